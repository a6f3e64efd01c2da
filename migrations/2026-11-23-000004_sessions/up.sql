CREATE TABLE sessions (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    user_id       uuid NOT NULL,
    refresh_hash  bytea NOT NULL,
    previous_hash bytea,
    rotated_at    timestamptz NOT NULL,
    ip            text,
    user_agent    text,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT sessions_user_exists FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON COLUMN sessions.rotated_at IS 'When the refresh token was last exchanged, which is when the session was last seen.';
COMMENT ON COLUMN sessions.expires_at IS 'The absolute end; a session that is not refreshed ends before.';
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id, created_at);
CREATE INDEX sessions_by_expires_at ON sessions (expires_at);
