-- Letters that have to go out: written in the transaction of what they tell, sent after it by any one instance. The link
-- in one is worth an account, so it is encrypted where the operator has set a key, and gone with the letter's end.
CREATE TABLE outbox (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    user_id     uuid NOT NULL,
    email       text NOT NULL,
    full_name   text NOT NULL,
    letter      jsonb NOT NULL,
    link        bytea,
    is_sealed   boolean NOT NULL,
    status      text NOT NULL DEFAULT 'waiting' CONSTRAINT outbox_status_known CHECK (status IN ('waiting', 'delivered', 'given_up')),
    attempts    integer NOT NULL DEFAULT 0,
    failure     text,
    created_at  timestamptz NOT NULL,
    give_up_at  timestamptz NOT NULL,
    next_try_at timestamptz,
    ended_at    timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT outbox_user_exists FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT outbox_waits_or_ended CHECK (CASE status WHEN 'waiting' THEN next_try_at IS NOT NULL AND ended_at IS NULL
        ELSE next_try_at IS NULL AND ended_at IS NOT NULL AND link IS NULL END)
);
COMMENT ON COLUMN outbox.letter IS 'Its kind and what it tells, without the secret of its link.';
COMMENT ON COLUMN outbox.link IS 'The secret of its link; null without one, and once the letter has ended.';
COMMENT ON COLUMN outbox.is_sealed IS 'Whether the link is encrypted under `ROSTER_SECRET_KEY`.';
COMMENT ON COLUMN outbox.failure IS 'Why the last attempt was in vain.';
COMMENT ON COLUMN outbox.next_try_at IS 'When somebody takes it, or takes it away from who has it; null once it has ended.';
CREATE INDEX outbox_by_next_try_at ON outbox (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX outbox_by_ended_at ON outbox (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX outbox_by_user ON outbox (tenant_id, user_id);

-- Postmen are woken by their instances. The channel is one of its own: what is heard on the other one is forgotten from
-- memory.
CREATE FUNCTION tell_mail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('roster_mail', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER outbox_tell AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION tell_mail();

-- Where users have signed in from, so that they can be told of a place that is new. Sessions do not tell: one that is
-- ended is a row that is gone.
CREATE TABLE devices (
    tenant_id uuid NOT NULL,
    user_id   uuid NOT NULL,
    device    bytea NOT NULL,
    seen_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id, device),
    CONSTRAINT devices_user_exists FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON COLUMN devices.device IS 'Hash of the client''s name without its version and of the network that it came from.';
COMMENT ON COLUMN devices.seen_at IS 'When it was last signed in from, to the day.';
CREATE INDEX devices_by_seen_at ON devices (seen_at);
