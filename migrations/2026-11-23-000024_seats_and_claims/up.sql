-- Answers about access say what would help: a tier with a seat left, a claim that waits for its proof. Instances keep both in
-- memory, so they are told of what changes them (see the migration "changes" for the channel and its words):
--
--     seats:<tenant>

-- Seats are counted all the time; that one is left or none is another matter.
CREATE TRIGGER tiers_tell_seats AFTER UPDATE OF seats_used, seat_limit ON tiers
    FOR EACH ROW WHEN (coalesce(OLD.seats_used < OLD.seat_limit, true) IS DISTINCT FROM coalesce(NEW.seats_used < NEW.seat_limit, true))
    EXECUTE FUNCTION tell_tenant('seats', 'tenant_id');
CREATE TRIGGER domains_tell_insert AFTER INSERT ON domains
    FOR EACH ROW EXECUTE FUNCTION tell_tenant('hosts', 'tenant_id');
