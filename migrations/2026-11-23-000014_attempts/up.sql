-- Sign-ins that failed, counted for all instances. A row is of an account and where it was tried from, or of an
-- address alone. Accounts that do not exist are counted like those that do, or the count would tell them apart, and an
-- address belongs to no tenant: so there is no tenant in the key, which is a hash of both, and no foreign key.
CREATE TABLE attempts (
    account       bytea NOT NULL,
    lane          bytea NOT NULL,
    failures      integer NOT NULL,
    total         integer NOT NULL,
    is_somebody   boolean NOT NULL,
    blocked_until timestamptz NOT NULL,
    signed_in_at  timestamptz,
    seen_at       timestamptz NOT NULL,
    PRIMARY KEY (account, lane)
);
COMMENT ON COLUMN attempts.account IS 'Hash of tenant and e-mail; or of an address and five minutes of it.';
COMMENT ON COLUMN attempts.lane IS 'Hash of an address where the account signed in before; empty for all others together.';
COMMENT ON COLUMN attempts.failures IS 'Failures lately, which the next attempt has to wait for.';
COMMENT ON COLUMN attempts.total IS 'Failures since the last success, of accounts that exist.';
CREATE INDEX attempts_by_seen_at ON attempts (seen_at);
