ALTER TABLE terms ALTER COLUMN log_key RESET (n_distinct);
ALTER TABLE conversation_events ALTER COLUMN log_key RESET (n_distinct);
ALTER TABLE audit_events ALTER COLUMN log_key RESET (n_distinct);
ALTER TABLE event_details ALTER COLUMN log_key RESET (n_distinct);
ALTER TABLE facet_entries ALTER COLUMN log_key RESET (n_distinct);
ALTER TABLE accesses ALTER COLUMN account_id RESET (n_distinct);
ALTER TABLE access_subjects ALTER COLUMN account_id RESET (n_distinct);
