-- The condition for several logs is without a sub-select: reads name one log, so they do not evaluate it, and would only pay for its
-- preparation.
ALTER POLICY of_log ON audit_events USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY (NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[]), false)
);
ALTER POLICY of_log ON conversation_events USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY (NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[]), false)
);
ALTER POLICY of_log ON event_details USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY (NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[]), false)
);
ALTER POLICY of_log ON terms USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY (NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[]), false)
);
ALTER POLICY of_log ON facet_entries USING (
    int4eq(log_key, (SELECT NULLIF(current_setting('logbook.log_key', true), '')::INTEGER))
    OR COALESCE(log_key = ANY (NULLIF(current_setting('logbook.log_keys', true), '')::INTEGER[]), false)
);
