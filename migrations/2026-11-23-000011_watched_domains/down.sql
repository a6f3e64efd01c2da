DROP TABLE retired_challenges;
ALTER TABLE domains DROP COLUMN next_check_at, DROP COLUMN degraded_at;
