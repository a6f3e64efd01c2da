DROP TRIGGER domains_tell_insert ON domains;
DROP TRIGGER tiers_tell_seats ON tiers;
