CREATE TABLE activity (
    tenant_id   uuid NOT NULL CONSTRAINT activity_tenant_exists REFERENCES tenants (id),
    id          uuid NOT NULL,
    at          timestamptz NOT NULL,
    action      text NOT NULL,
    actor_type  text NOT NULL,
    actor_id    uuid,
    actor_name  text NOT NULL,
    target_type text NOT NULL,
    target_id   text NOT NULL,
    target_name text NOT NULL,
    changes     jsonb NOT NULL,
    ip          text,
    user_agent  text,
    request_id  text,
    search      text NOT NULL GENERATED ALWAYS AS (search_fold(actor_name || ' ' || target_name || ' ' || action)) STORED,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX activity_by_at ON activity (tenant_id, at, id);
CREATE INDEX activity_by_actor ON activity (tenant_id, actor_id, at, id);
CREATE INDEX activity_by_target ON activity (tenant_id, target_id, at, id);
CREATE INDEX activity_by_action ON activity (tenant_id, action, at, id);
CREATE INDEX activity_search ON activity USING gin (tenant_id, search gin_trgm_ops);

-- Append-only, whatever the code does: rows are never removed, and changed only where a purge says so.
CREATE FUNCTION activity_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('roster.purging', true) = 'on' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the activity log is append-only';
END
$$;
CREATE TRIGGER activity_append_only BEFORE UPDATE OR DELETE ON activity
    FOR EACH ROW EXECUTE FUNCTION activity_is_append_only();
CREATE TRIGGER activity_no_truncate BEFORE TRUNCATE ON activity
    FOR EACH STATEMENT EXECUTE FUNCTION activity_is_append_only();

-- Answers that a repeated POST gets again. Only committed successes are here.
CREATE TABLE idempotency_keys (
    tenant_id    uuid NOT NULL CONSTRAINT idempotency_keys_tenant_exists REFERENCES tenants (id),
    principal_id uuid NOT NULL,
    key          text NOT NULL,
    request_hash bytea NOT NULL,
    status       smallint NOT NULL,
    headers      jsonb NOT NULL,
    body         text,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, principal_id, key)
);
CREATE INDEX idempotency_keys_by_created_at ON idempotency_keys (created_at);
