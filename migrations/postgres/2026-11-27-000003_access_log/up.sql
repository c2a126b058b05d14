-- Who read what: one row for each access to a log, kept apart from the logs. docs/decisions/access-log.md has the reasons.
--
-- All keys and indexes begin with the account. Times are microseconds since 1970-01-01T00:00:00Z. src/domain/access.rs defines
-- the codes of logs, calls and outcomes.

-- One row per account. The writer locks it to number the account's accesses in commit order.
CREATE TABLE access_heads (
    account_id    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The sequence of the newest access.
    last_sequence BIGINT NOT NULL
);

CREATE TABLE accesses (
    account_id       TEXT COLLATE "C" NOT NULL,
    sequence         BIGINT NOT NULL CHECK (sequence > 0),
    occurred_at      BIGINT NOT NULL,
    recorded_at      BIGINT NOT NULL,
    log              TEXT COLLATE "C" NOT NULL,
    call             TEXT NOT NULL,
    path             TEXT NOT NULL,
    -- The parameters except those of the page, as a JSON object: name to values.
    filter           TEXT NOT NULL,
    done_by_id       TEXT COLLATE "C" NOT NULL,
    done_by_name     TEXT,
    outcome          TEXT NOT NULL,
    status           SMALLINT NOT NULL,
    row_count        BIGINT NOT NULL,
    highest_sequence BIGINT,
    request_id       TEXT NOT NULL,
    -- The number of accesses of the account before this one that could not be recorded.
    lost             BIGINT NOT NULL,
    PRIMARY KEY (account_id, sequence)
);
CREATE INDEX accesses_log ON accesses (account_id, log, occurred_at, sequence);
CREATE INDEX accesses_done_by ON accesses (account_id, done_by_id, occurred_at, sequence);

-- The conversations and items that an access named.
CREATE TABLE access_subjects (
    account_id  TEXT COLLATE "C" NOT NULL,
    log         TEXT COLLATE "C" NOT NULL,
    subject     TEXT COLLATE "C" NOT NULL,
    -- The next three are those of the access.
    occurred_at BIGINT NOT NULL,
    sequence    BIGINT NOT NULL,
    done_by_id  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, log, subject, occurred_at, sequence)
);

-- Accesses never change. Nothing deletes them yet; retention will replace these triggers.
CREATE TRIGGER accesses_immutable BEFORE UPDATE OR DELETE ON accesses
    FOR EACH ROW EXECUTE FUNCTION refuse_change('accesses');
CREATE TRIGGER accesses_not_truncated BEFORE TRUNCATE ON accesses
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('accesses');
CREATE TRIGGER access_subjects_immutable BEFORE UPDATE OR DELETE ON access_subjects
    FOR EACH ROW EXECUTE FUNCTION refuse_change('accesses');
CREATE TRIGGER access_subjects_not_truncated BEFORE TRUNCATE ON access_subjects
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('accesses');
