-- What instances keep in memory they drop when it changes: triggers tell it on the channel roster_changes, whoever the
-- writer is. A NOTIFY takes a lock of the whole cluster over its COMMIT, so only what memory depends on is told: signing
-- in, refreshing, adding a user and counting seats tell nothing. Postgres sends equal payloads of a transaction once.
--
--     user:<tenant>:<id>   session:<tenant>:<id>   tenant:<id>   hosts:<tenant>   all

-- Rows that change one by one and are few: each tells of its tenant. The arguments are the word and the column of the
-- tenant's id.
CREATE FUNCTION tell_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM pg_notify('roster_changes', TG_ARGV[0] || ':' || (to_jsonb(OLD) ->> TG_ARGV[1]));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM pg_notify('roster_changes', TG_ARGV[0] || ':' || (to_jsonb(NEW) ->> TG_ARGV[1]));
    END IF;
    RETURN NULL;
END
$$;

-- Rows of which one statement may change many: up to fifty are told one by one, more as their tenants.
CREATE FUNCTION tell_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM changed LIMIT 51) few) <= 50 THEN
        PERFORM pg_notify('roster_changes', format('%s:%s:%s', TG_ARGV[0], tenant_id, id)) FROM changed;
    ELSIF (SELECT count(DISTINCT tenant_id) FROM changed) <= 50 THEN
        PERFORM pg_notify('roster_changes', format('tenant:%s', tenant_id))
        FROM (SELECT DISTINCT tenant_id FROM changed) tenants;
    ELSE
        PERFORM pg_notify('roster_changes', 'all');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION tell_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('roster_changes', 'all');
    RETURN NULL;
END
$$;

-- What changes at every sign-in stands in other tables, and who is new nobody has in memory.
CREATE TRIGGER users_tell_update AFTER UPDATE ON users REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_rows('user');
CREATE TRIGGER users_tell_delete AFTER DELETE ON users REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_rows('user');
-- A refresh changes no fact about its session but how long it lasts, which it only prolongs.
CREATE TRIGGER sessions_tell AFTER DELETE ON sessions REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_rows('session');

-- Seats are counted in columns of their own.
CREATE TRIGGER tenants_tell AFTER DELETE OR UPDATE OF name, slug, is_platform, suspended_at, users_opened_at ON tenants
    FOR EACH ROW EXECUTE FUNCTION tell_tenant('tenant', 'id');
CREATE TRIGGER roles_tell AFTER INSERT OR DELETE OR UPDATE OF key, permissions, is_builtin ON roles
    FOR EACH ROW EXECUTE FUNCTION tell_tenant('tenant', 'tenant_id');
CREATE TRIGGER tiers_tell AFTER INSERT OR DELETE OR UPDATE OF key, features ON tiers
    FOR EACH ROW EXECUTE FUNCTION tell_tenant('tenant', 'tenant_id');
-- Every look at a domain writes its state, mostly the same one.
CREATE TRIGGER domains_tell_update AFTER UPDATE OF hostname, status ON domains
    FOR EACH ROW WHEN ((OLD.hostname, OLD.status) IS DISTINCT FROM (NEW.hostname, NEW.status))
    EXECUTE FUNCTION tell_tenant('hosts', 'tenant_id');
CREATE TRIGGER domains_tell_delete AFTER DELETE ON domains
    FOR EACH ROW EXECUTE FUNCTION tell_tenant('hosts', 'tenant_id');
CREATE TRIGGER proven_hosts_tell AFTER INSERT OR UPDATE OR DELETE ON proven_hosts
    FOR EACH ROW EXECUTE FUNCTION tell_tenant('hosts', 'tenant_id');

-- The catalogue is everybody's.
CREATE TRIGGER permissions_tell AFTER INSERT OR DELETE OR UPDATE OF key ON permissions
    FOR EACH ROW EXECUTE FUNCTION tell_all();
