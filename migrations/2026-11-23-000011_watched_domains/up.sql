-- The default is for binaries that do not know the column yet: what they claim is looked at like everything else.
ALTER TABLE domains
    ADD COLUMN degraded_at timestamptz,
    ADD COLUMN next_check_at timestamptz DEFAULT now();
COMMENT ON COLUMN domains.degraded_at IS 'Since when the record of a domain that was proven is wrong.';
COMMENT ON COLUMN domains.next_check_at IS 'When the watcher looks next; null where it does not.';
UPDATE domains SET degraded_at = now() WHERE status IN ('degraded', 'suspended');
CREATE INDEX domains_by_next_check_at ON domains (next_check_at) WHERE next_check_at IS NOT NULL;

-- What the records of removed claims had to say: one that still says it is told from one that is simply wrong.
CREATE TABLE retired_challenges (
    tenant_id  uuid NOT NULL CONSTRAINT retired_challenges_tenant_exists REFERENCES tenants (id),
    hostname   text NOT NULL,
    hash       bytea NOT NULL,
    retired_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hostname, hash)
);
COMMENT ON COLUMN retired_challenges.hash IS 'SHA-256 of what the TXT record had to say.';
