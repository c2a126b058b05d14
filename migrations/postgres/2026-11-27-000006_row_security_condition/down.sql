ALTER POLICY of_log ON audit_events USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY ((SELECT NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[])::INTEGER[]), false)
);
ALTER POLICY of_log ON conversation_events USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY ((SELECT NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[])::INTEGER[]), false)
);
ALTER POLICY of_log ON event_details USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY ((SELECT NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[])::INTEGER[]), false)
);
ALTER POLICY of_log ON terms USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY ((SELECT NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[])::INTEGER[]), false)
);
ALTER POLICY of_log ON facet_entries USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY ((SELECT NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[])::INTEGER[]), false)
);
