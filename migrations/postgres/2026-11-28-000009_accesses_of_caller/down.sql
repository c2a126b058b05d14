DROP INDEX accesses_done_by;
CREATE INDEX accesses_done_by ON accesses (account_id, done_by_id, occurred_at, sequence);
