-- Statements are planned once, for a log of average size. If most logs are small, the planner would read all rows of a log to find a
-- few of them, also in a large log. So the planner assumes 100 logs, or accounts, whatever their number.
ALTER TABLE terms ALTER COLUMN log_key SET (n_distinct = 100);
ALTER TABLE conversation_events ALTER COLUMN log_key SET (n_distinct = 100);
ALTER TABLE audit_events ALTER COLUMN log_key SET (n_distinct = 100);
ALTER TABLE event_details ALTER COLUMN log_key SET (n_distinct = 100);
ALTER TABLE facet_entries ALTER COLUMN log_key SET (n_distinct = 100);
ALTER TABLE accesses ALTER COLUMN account_id SET (n_distinct = 100);
ALTER TABLE access_subjects ALTER COLUMN account_id SET (n_distinct = 100);
ANALYZE terms (log_key);
ANALYZE conversation_events (log_key);
ANALYZE audit_events (log_key);
ANALYZE event_details (log_key);
ANALYZE facet_entries (log_key);
ANALYZE accesses (account_id);
ANALYZE access_subjects (account_id);
