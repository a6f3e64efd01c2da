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
COMMENT ON COLUMN outbox.is_sealed IS 'Whether the link is encrypted under ROSTER_SECRET_KEY.';
COMMENT ON COLUMN outbox.next_try_at IS 'When somebody takes it, or takes it away from who has it; null once it has ended.';
CREATE INDEX outbox_by_next_try_at ON outbox (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX outbox_by_ended_at ON outbox (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX outbox_by_user ON outbox (tenant_id, user_id);

-- Postmen are woken by their instances, which listen on this channel anyway.
CREATE FUNCTION tell_mail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('roster_changes', 'mail');
    RETURN NULL;
END
$$;
CREATE TRIGGER outbox_tell AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION tell_mail();
