DROP TABLE devices;
DROP TABLE outbox;
DROP FUNCTION tell_mail();
