-- Links that are mailed to people: each is good for one thing, once, and for a while. Only a hash of its secret is kept.
-- Those that are over stay a little longer, so that whoever follows one is told what became of it.
CREATE TABLE links (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    user_id     uuid NOT NULL,
    purpose     text NOT NULL CONSTRAINT links_purpose_known CHECK (purpose IN ('invitation', 'password_reset', 'address_change')),
    address     text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    revoked_at  timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT links_secret_unique UNIQUE (secret_hash),
    CONSTRAINT links_end_once CHECK (used_at IS NULL OR revoked_at IS NULL),
    CONSTRAINT links_user_exists FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON COLUMN links.address IS 'Where it was mailed to; of a change of address, the new one.';
COMMENT ON COLUMN links.revoked_at IS 'When it was taken back: by a newer one, another address or password, a suspension or a removal.';
-- A new link of the same purpose ends the one before.
CREATE UNIQUE INDEX links_open_once ON links (tenant_id, user_id, purpose) WHERE used_at IS NULL AND revoked_at IS NULL;
CREATE INDEX links_by_user ON links (tenant_id, user_id);
CREATE INDEX links_by_expires_at ON links (expires_at);
