-- Extensions are trusted: the owner of the database may create them, no superuser is needed.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- The version that ETags show. One sequence for all tables: a row that is deleted and made again under the
-- same key never repeats a version.
CREATE SEQUENCE row_version AS bigint;

-- unaccent() is only STABLE because its dictionary could be altered; naming function and dictionary with their
-- schema makes the result depend on nothing but the argument, which an index needs.
DO $$
DECLARE
    home text := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'unaccent');
BEGIN
    EXECUTE format(
        'CREATE FUNCTION search_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
         AS $fold$ SELECT lower(%1$I.unaccent(%2$L::regdictionary, normalize(value, NFKC))) $fold$',
        home, format('%I.unaccent', home));
END
$$;

-- A LIKE pattern that finds what was typed, its % _ \ taken literally. Escaping comes after folding, because
-- folding may produce these characters (full-width forms).
CREATE FUNCTION like_literal(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT replace(replace(replace(search_fold(value), '\', '\\'), '%', '\%'), '_', '\_') $$;

CREATE TABLE tenants (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    slug            text NOT NULL,
    is_platform     boolean NOT NULL DEFAULT false,
    seat_limit      integer CONSTRAINT tenants_seat_limit_positive CHECK (seat_limit >= 0),
    seats_used      integer NOT NULL DEFAULT 0 CONSTRAINT tenants_seats_used_positive CHECK (seats_used >= 0),
    suspended_at    timestamptz,
    users_opened_at timestamptz,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    version         bigint NOT NULL DEFAULT nextval('row_version'),
    CONSTRAINT tenants_slug_unique UNIQUE (slug)
);
COMMENT ON TABLE tenants IS 'One row a white-label customer; the platform itself is the first.';
COMMENT ON COLUMN tenants.users_opened_at IS 'When the first domain was proven; set once and for good.';
CREATE UNIQUE INDEX tenants_one_platform ON tenants (is_platform) WHERE is_platform;
CREATE INDEX tenants_by_created_at ON tenants (created_at, id);
CREATE INDEX tenants_by_name ON tenants (search_fold(name), id);

CREATE TABLE permissions (
    key         text PRIMARY KEY,
    name        text NOT NULL,
    description text,
    "group"     text NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    version     bigint NOT NULL DEFAULT nextval('row_version')
);
COMMENT ON TABLE permissions IS 'The application''s own permissions; those of the service are constants in its code.';

CREATE TABLE roles (
    tenant_id   uuid NOT NULL CONSTRAINT roles_tenant_exists REFERENCES tenants (id),
    key         text NOT NULL,
    name        text NOT NULL,
    description text,
    permissions text[] NOT NULL,
    is_builtin  boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    version     bigint NOT NULL DEFAULT nextval('row_version'),
    PRIMARY KEY (tenant_id, key)
);
COMMENT ON COLUMN roles.permissions IS 'Keys in order; empty for the built-in admin, who holds every permission of the tenant.';
CREATE INDEX roles_by_created_at ON roles (tenant_id, created_at, key);
CREATE INDEX roles_by_name ON roles (tenant_id, search_fold(name), key);
CREATE INDEX roles_by_permission ON roles USING gin (permissions);

CREATE TABLE tiers (
    tenant_id   uuid NOT NULL CONSTRAINT tiers_tenant_exists REFERENCES tenants (id),
    key         text NOT NULL,
    name        text NOT NULL,
    description text,
    features    text[] NOT NULL,
    seat_limit  integer CONSTRAINT tiers_seat_limit_positive CHECK (seat_limit >= 0),
    seats_used  integer NOT NULL DEFAULT 0 CONSTRAINT tiers_seats_used_positive CHECK (seats_used >= 0),
    is_builtin  boolean NOT NULL DEFAULT false,
    is_default  boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    version     bigint NOT NULL DEFAULT nextval('row_version'),
    PRIMARY KEY (tenant_id, key)
);
CREATE UNIQUE INDEX tiers_one_default ON tiers (tenant_id) WHERE is_default;
CREATE INDEX tiers_by_created_at ON tiers (tenant_id, created_at, key);
CREATE INDEX tiers_by_name ON tiers (tenant_id, search_fold(name), key);

-- What the service makes for itself on its first start: signing key, cursor key, refresh key.
CREATE TABLE secrets (
    name       text PRIMARY KEY,
    value      bytea NOT NULL,
    encrypted  boolean NOT NULL,
    created_at timestamptz NOT NULL
);
