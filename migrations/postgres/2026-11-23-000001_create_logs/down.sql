DROP TABLE conversation_events;
DROP TABLE audit_events;
DROP TABLE log_heads;
DROP TABLE service_keys;
DROP FUNCTION refuse_change;
DROP FUNCTION refuse_delete_of_kept_event;
