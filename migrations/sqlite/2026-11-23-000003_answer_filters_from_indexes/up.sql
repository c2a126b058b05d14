-- Indexes that answer filters by themselves: what stands behind the sequence is compared there, without a look at the row.
-- src/store/index.rs says which index serves which filters. The indexed beginnings of values are columns of their own now,
-- because PostgreSQL reads an index alone only for columns.

ALTER TABLE conversation_events ADD COLUMN from_key TEXT GENERATED ALWAYS AS (substr(from_value, 1, 64)) VIRTUAL;
ALTER TABLE conversation_events ADD COLUMN to_key TEXT GENERATED ALWAYS AS (substr(to_value, 1, 64)) VIRTUAL;
DROP INDEX conversation_events_actor;
DROP INDEX conversation_events_conversation;
DROP INDEX conversation_events_from;
DROP INDEX conversation_events_to;
DROP INDEX conversation_events_operation;
CREATE INDEX conversation_events_actor ON conversation_events
    (account_id, done_by_id, occurred_at, sequence, event_type, done_by_type, to_key, from_key) WHERE done_by_id IS NOT NULL;
CREATE INDEX conversation_events_actor_event ON conversation_events
    (account_id, done_by_id, done_by_type, event_type, occurred_at, sequence) WHERE done_by_id IS NOT NULL;
CREATE INDEX conversation_events_conversation ON conversation_events
    (account_id, conversation_id, occurred_at, sequence, event_type, done_by_type, done_by_id, to_key, from_key);
CREATE INDEX conversation_events_from ON conversation_events
    (account_id, from_key, occurred_at, sequence, event_type, done_by_type, done_by_id) WHERE from_key IS NOT NULL;
CREATE INDEX conversation_events_to ON conversation_events
    (account_id, to_key, occurred_at, sequence, event_type, done_by_type, done_by_id, from_key) WHERE to_key IS NOT NULL;
CREATE INDEX conversation_events_operation ON conversation_events
    (account_id, operation_id, occurred_at, sequence, event_type, done_by_type, done_by_id, conversation_id, to_key, from_key)
    WHERE operation_id IS NOT NULL;

ALTER TABLE audit_events ADD COLUMN from_key TEXT GENERATED ALWAYS AS (substr(from_value, 1, 64)) VIRTUAL;
ALTER TABLE audit_events ADD COLUMN to_key TEXT GENERATED ALWAYS AS (substr(to_value, 1, 64)) VIRTUAL;
DROP INDEX audit_events_actor;
DROP INDEX audit_events_item;
DROP INDEX audit_events_from;
DROP INDEX audit_events_to;
DROP INDEX audit_events_operation;
CREATE INDEX audit_events_actor ON audit_events
    (account_id, done_by_id, occurred_at, sequence, event_type, done_by_type, to_key, from_key) WHERE done_by_id IS NOT NULL;
CREATE INDEX audit_events_actor_event ON audit_events
    (account_id, done_by_id, done_by_type, event_type, occurred_at, sequence) WHERE done_by_id IS NOT NULL;
CREATE INDEX audit_events_item ON audit_events
    (account_id, item_id, occurred_at, sequence, event_type, done_by_type, done_by_id, to_key, from_key);
CREATE INDEX audit_events_from ON audit_events
    (account_id, from_key, occurred_at, sequence, event_type, done_by_type, done_by_id) WHERE from_key IS NOT NULL;
CREATE INDEX audit_events_to ON audit_events
    (account_id, to_key, occurred_at, sequence, event_type, done_by_type, done_by_id, from_key) WHERE to_key IS NOT NULL;
CREATE INDEX audit_events_operation ON audit_events
    (account_id, operation_id, occurred_at, sequence, event_type, done_by_type, done_by_id, item_id, to_key, from_key)
    WHERE operation_id IS NOT NULL;
