-- The words of a name after its first, alone: who is found by one of them, without everybody whose first name or address
-- has the same letters. A search says it in the same words.
CREATE INDEX users_by_later_names ON users USING gin (tenant_id, substring(search from '^ [^ ]*( .* )') gin_trgm_ops)
    WITH (fastupdate = off);
