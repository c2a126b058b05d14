-- A role that does not own the tables sees only the accesses of the account that its statement names, as with the rows of logs.
-- It can add accesses of any account: the writer stores those of many accounts together, and reads none.
CREATE POLICY of_account ON accesses FOR SELECT USING (
    texteq(account_id, (SELECT NULLIF(current_setting('logbook.account_id', true), '')))
);
CREATE POLICY added ON accesses FOR INSERT WITH CHECK (true);
CREATE POLICY of_account ON access_subjects FOR SELECT USING (
    texteq(account_id, (SELECT NULLIF(current_setting('logbook.account_id', true), '')))
);
CREATE POLICY added ON access_subjects FOR INSERT WITH CHECK (true);

ALTER TABLE accesses ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_subjects ENABLE ROW LEVEL SECURITY;

-- Names the account whose accesses a statement reads. See names_log.
CREATE FUNCTION names_account(account_id TEXT) RETURNS BOOLEAN LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN set_config('logbook.account_id', account_id, true) IS NOT NULL;
END
$$;
