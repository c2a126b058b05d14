DROP FUNCTION names_account;
ALTER TABLE access_subjects DISABLE ROW LEVEL SECURITY;
ALTER TABLE accesses DISABLE ROW LEVEL SECURITY;
DROP POLICY added ON access_subjects;
DROP POLICY of_account ON access_subjects;
DROP POLICY added ON accesses;
DROP POLICY of_account ON accesses;
