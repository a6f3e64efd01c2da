CREATE TABLE companies (
    tenant_id   uuid NOT NULL CONSTRAINT companies_tenant_exists REFERENCES tenants (id),
    id          uuid NOT NULL,
    name        text NOT NULL,
    name_key    text NOT NULL,
    external_id text,
    search      text NOT NULL GENERATED ALWAYS AS (search_fold(name)) STORED,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    version     bigint NOT NULL DEFAULT nextval('row_version'),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT companies_name_unique UNIQUE (tenant_id, name_key),
    CONSTRAINT companies_external_id_unique UNIQUE (tenant_id, external_id)
);
COMMENT ON COLUMN companies.name_key IS 'The name in lower case and NFC: unique in any letter case.';
CREATE INDEX companies_by_created_at ON companies (tenant_id, created_at, id);
CREATE INDEX companies_by_name ON companies (tenant_id, search, id);
CREATE INDEX companies_search ON companies USING gin (tenant_id, search gin_trgm_ops);

CREATE TABLE users (
    tenant_id            uuid NOT NULL CONSTRAINT users_tenant_exists REFERENCES tenants (id),
    id                   uuid NOT NULL,
    email                text NOT NULL,
    email_key            text COLLATE "C" NOT NULL,
    full_name            text NOT NULL,
    company_id           uuid,
    role                 text NOT NULL,
    tier                 text NOT NULL,
    status               text NOT NULL CONSTRAINT users_status_known CHECK (status IN ('invited', 'active', 'suspended', 'deleted')),
    status_before        text CONSTRAINT users_status_before_known CHECK (status_before IN ('invited', 'active', 'suspended')),
    suspension_reason    text,
    deleted_at           timestamptz,
    must_change_password boolean NOT NULL DEFAULT false,
    external_id          text,
    metadata             jsonb NOT NULL DEFAULT '{}',
    search               text COLLATE "C" NOT NULL GENERATED ALWAYS AS (search_fold(' ' || full_name || ' ' || email)) STORED,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    version              bigint NOT NULL DEFAULT nextval('row_version'),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT users_role_exists FOREIGN KEY (tenant_id, role) REFERENCES roles (tenant_id, key),
    CONSTRAINT users_tier_exists FOREIGN KEY (tenant_id, tier) REFERENCES tiers (tenant_id, key),
    CONSTRAINT users_company_exists FOREIGN KEY (tenant_id, company_id) REFERENCES companies (tenant_id, id)
);
COMMENT ON COLUMN users.email_key IS 'The address in lower case: unique among the users who are not deleted.';
COMMENT ON COLUMN users.status_before IS 'What a suspended or deleted user was before, so that lifting it restores the same.';
CREATE UNIQUE INDEX users_email_unique ON users (tenant_id, email_key) WHERE status <> 'deleted';
CREATE UNIQUE INDEX users_external_id_unique ON users (tenant_id, external_id) WHERE status <> 'deleted' AND external_id IS NOT NULL;
-- One index a sort order, each of them unique by its last column: what a keyset page walks.
CREATE INDEX users_by_created_at ON users (tenant_id, created_at, id) WHERE status <> 'deleted';
-- The search text begins with the folded name: sorting by it puts Élodie beside Elodie and ana beside Ana. It has
-- a blank before each word, so that '% ana%' is what starts with ana. Searches for common fragments walk this
-- index, which has everything that they look at.
CREATE INDEX users_by_full_name ON users (tenant_id, search, id) WHERE status <> 'deleted';
CREATE INDEX users_by_email ON users (tenant_id, email_key, id) WHERE status <> 'deleted';
CREATE INDEX users_by_role ON users (tenant_id, role, created_at, id);
CREATE INDEX users_by_tier ON users (tenant_id, tier, created_at, id);
CREATE INDEX users_by_company ON users (tenant_id, company_id, created_at, id) WHERE company_id IS NOT NULL;
CREATE INDEX users_by_status ON users (tenant_id, status, created_at, id) WHERE status <> 'active';
CREATE INDEX users_by_deleted_at ON users (deleted_at) WHERE status = 'deleted';
CREATE INDEX users_search ON users USING gin (tenant_id, search gin_trgm_ops) WITH (fastupdate = off);
-- Trigrams are made of letters and digits. Who has one of the rarer signs is few enough to be looked through; a search
-- for one says so in the same words.
CREATE INDEX users_with_signs ON users (tenant_id, id) WHERE search ~ '[%_+''\\]';

-- Secrets stand apart from what the API shows.
CREATE TABLE passwords (
    tenant_id  uuid NOT NULL,
    user_id    uuid NOT NULL,
    hash       text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT passwords_user_exists FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

-- What changes at every sign-in stands apart too: it would rewrite the user's search index otherwise.
CREATE TABLE sign_ins (
    tenant_id     uuid NOT NULL,
    user_id       uuid NOT NULL,
    last_login_at timestamptz,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT sign_ins_user_exists FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
-- Whoever never signed in comes before everybody else.
CREATE INDEX sign_ins_by_last_login_at ON sign_ins (tenant_id, coalesce(last_login_at, 'epoch'::timestamptz), user_id);
