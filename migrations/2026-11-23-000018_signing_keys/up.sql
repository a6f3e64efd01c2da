-- Which key signs access tokens, from when, and until when the tokens of the others count. The times say it, so that all
-- instances agree without talking. The private halves stay among the secrets, encrypted or not like those; the first
-- key's row is made by the next start, because its id is the hash of something that may be encrypted here.
CREATE TABLE signing_keys (
    kid        text PRIMARY KEY,
    secret     text NOT NULL CONSTRAINT signing_keys_secret_unique UNIQUE
               CONSTRAINT signing_keys_secret_exists REFERENCES secrets (name),
    public     bytea NOT NULL,
    created_at timestamptz NOT NULL,
    signs_from timestamptz NOT NULL,
    retires_at timestamptz
);
COMMENT ON COLUMN signing_keys.kid IS 'The start of the public half''s SHA-256; tokens name it.';
COMMENT ON COLUMN signing_keys.secret IS 'The private half.';
COMMENT ON COLUMN signing_keys.signs_from IS 'It is published before.';
COMMENT ON COLUMN signing_keys.retires_at IS 'When its tokens count no more; null while no other key follows.';

-- Every instance has them in memory.
CREATE TRIGGER signing_keys_tell AFTER INSERT OR UPDATE OR DELETE ON signing_keys
    FOR EACH STATEMENT EXECUTE FUNCTION tell_all();
