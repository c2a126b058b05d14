-- The accesses of one caller to one log, also where the caller has very many of other logs.
DROP INDEX accesses_done_by;
CREATE INDEX accesses_done_by ON accesses (account_id, done_by_id, log, occurred_at, sequence);
