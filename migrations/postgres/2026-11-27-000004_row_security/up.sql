-- A role that does not own the tables sees only the rows of the logs that its transaction names in a setting: one in
-- logbook.log_key, such as '7', or several in logbook.log_keys, such as '{7,8}'. Without a setting it sees no rows. docs/security.md
-- has the roles, and docs/decisions/row-level-security.md the reasons for the form of the condition: it must not change the plans,
-- so it must not look like a condition of an index, and its sub-selects are evaluated once per statement.
CREATE POLICY of_log ON audit_events USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY ((SELECT NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[])::INTEGER[]), false)
);
CREATE POLICY of_log ON conversation_events USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY ((SELECT NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[])::INTEGER[]), false)
);
CREATE POLICY of_log ON event_details USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY ((SELECT NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[])::INTEGER[]), false)
);
CREATE POLICY of_log ON terms USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY ((SELECT NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[])::INTEGER[]), false)
);
CREATE POLICY of_log ON facet_entries USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY ((SELECT NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[])::INTEGER[]), false)
);

ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversation_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE event_details ENABLE ROW LEVEL SECURITY;
ALTER TABLE terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE facet_entries ENABLE ROW LEVEL SECURITY;

-- Names the log that a statement reads. The setting ends with the transaction.
--
-- It is declared STABLE so that PostgreSQL evaluates it once, before it begins to read: see src/store/row_security.rs.
CREATE FUNCTION names_log(log_key BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN set_config('logbook.log_key', log_key::TEXT, true) IS NOT NULL;
END
$$;
