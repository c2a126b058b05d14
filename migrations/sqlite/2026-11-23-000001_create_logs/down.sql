DROP TABLE conversation_events;
DROP TABLE audit_events;
DROP TABLE log_heads;
DROP TABLE service_keys;
