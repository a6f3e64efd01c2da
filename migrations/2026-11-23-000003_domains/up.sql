CREATE TABLE domains (
    tenant_id   uuid NOT NULL CONSTRAINT domains_tenant_exists REFERENCES tenants (id),
    id          uuid NOT NULL,
    hostname    text NOT NULL,
    is_primary  boolean NOT NULL DEFAULT false,
    status      text NOT NULL CONSTRAINT domains_status_known CHECK (status IN ('pending', 'active', 'degraded', 'suspended', 'failed')),
    challenge   text NOT NULL,
    checked_at  timestamptz,
    verified_at timestamptz,
    failure     jsonb,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    version     bigint NOT NULL DEFAULT nextval('row_version'),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT domains_hostname_unique UNIQUE (tenant_id, hostname)
);
COMMENT ON COLUMN domains.challenge IS 'What the TXT record has to say.';
CREATE UNIQUE INDEX domains_one_primary ON domains (tenant_id) WHERE is_primary;
CREATE INDEX domains_by_created_at ON domains (tenant_id, created_at, id);

-- An unproven claim blocks nobody; a proof is exclusive, and this key makes it so, also in a race.
CREATE TABLE proven_hosts (
    hostname  text PRIMARY KEY,
    tenant_id uuid NOT NULL,
    domain_id uuid NOT NULL,
    CONSTRAINT proven_hosts_domain_exists FOREIGN KEY (tenant_id, domain_id) REFERENCES domains (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX proven_hosts_by_domain ON proven_hosts (tenant_id, domain_id);
