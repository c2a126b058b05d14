-- Who read what: one row for each access to a log, kept apart from the logs. docs/decisions/access-log.md has the reasons.
--
-- All keys and indexes begin with the account. Times are microseconds since 1970-01-01T00:00:00Z. src/domain/access.rs defines
-- the codes of logs, calls and outcomes.

-- One row per account. The writer locks it to number the account's accesses in commit order.
CREATE TABLE access_heads (
    account_id    TEXT NOT NULL PRIMARY KEY,
    -- The sequence of the newest access.
    last_sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accesses (
    account_id       TEXT NOT NULL,
    sequence         INTEGER NOT NULL CHECK (sequence > 0),
    occurred_at      INTEGER NOT NULL,
    recorded_at      INTEGER NOT NULL,
    log              TEXT NOT NULL,
    call             TEXT NOT NULL,
    path             TEXT NOT NULL,
    -- The parameters except those of the page, as a JSON object: name to values.
    filter           TEXT NOT NULL,
    done_by_id       TEXT NOT NULL,
    done_by_name     TEXT,
    outcome          TEXT NOT NULL,
    status           INTEGER NOT NULL,
    row_count        INTEGER NOT NULL,
    highest_sequence INTEGER,
    request_id       TEXT NOT NULL,
    -- The number of accesses of the account before this one that could not be recorded.
    lost             INTEGER NOT NULL,
    PRIMARY KEY (account_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX accesses_log ON accesses (account_id, log, occurred_at, sequence);
CREATE INDEX accesses_done_by ON accesses (account_id, done_by_id, occurred_at, sequence);

-- The conversations and items that an access named.
CREATE TABLE access_subjects (
    account_id  TEXT NOT NULL,
    log         TEXT NOT NULL,
    subject     TEXT NOT NULL,
    -- The next three are those of the access.
    occurred_at INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    done_by_id  TEXT NOT NULL,
    PRIMARY KEY (account_id, log, subject, occurred_at, sequence)
) STRICT, WITHOUT ROWID;

-- Accesses never change. Nothing deletes them yet; retention will replace these triggers.
CREATE TRIGGER accesses_immutable BEFORE UPDATE ON accesses
BEGIN
    SELECT RAISE(ABORT, 'accesses are immutable');
END;
CREATE TRIGGER accesses_retained BEFORE DELETE ON accesses
BEGIN
    SELECT RAISE(ABORT, 'accesses are immutable');
END;
CREATE TRIGGER access_subjects_immutable BEFORE UPDATE ON access_subjects
BEGIN
    SELECT RAISE(ABORT, 'accesses are immutable');
END;
CREATE TRIGGER access_subjects_retained BEFORE DELETE ON access_subjects
BEGIN
    SELECT RAISE(ABORT, 'accesses are immutable');
END;
