-- The words of a name after its first, alone: who is found by one of them, without everybody whose first name or address
-- has the same letters. A search says it in the same words.
CREATE INDEX users_by_later_names ON users USING gin (tenant_id, substring(search from '^ [^ ]*( .* )') gin_trgm_ops)
    WITH (fastupdate = off);
-- Whose name is a single word, so that everybody with that first name need not be looked at for it.
CREATE INDEX users_by_only_name ON users (tenant_id, search) WHERE search NOT LIKE ' % % %';
