-- The two logs, the head of each account's log, what filters offer, and the keys of this service.
-- Times are microseconds since 1970-01-01T00:00:00Z. The numbers of event types and actor types stand in src/domain.
-- Every key and every index begins with the account, so that the tables can be distributed by it. Values are indexed by
-- their first 64 characters, because a whole one can be larger than PostgreSQL lets an index entry be. What indexes have behind
-- the sequence is compared there, without a look at the row; src/store/index.rs says which index serves which filters.

CREATE TABLE log_heads (
    account_id     TEXT NOT NULL,
    log            TEXT NOT NULL CHECK (log IN ('conversation', 'audit')),
    last_sequence  INTEGER NOT NULL,
    -- The oldest sequence that is kept. Retention raises it first; only then may older rows be deleted.
    first_sequence INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (account_id, log)
) STRICT;

-- What all instances share and nobody configures, such as the key that signs cursors.
CREATE TABLE service_keys (
    name   TEXT NOT NULL PRIMARY KEY,
    secret BLOB NOT NULL
) STRICT;

CREATE TABLE conversation_events (
    account_id      TEXT NOT NULL,
    sequence        INTEGER NOT NULL CHECK (sequence > 0),
    id              TEXT NOT NULL,
    occurred_at     INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    event_type      INTEGER NOT NULL,
    done_by_type    INTEGER NOT NULL,
    done_by_id      TEXT,
    done_by_name    TEXT,
    from_value      TEXT,
    from_label      TEXT,
    from_key        TEXT GENERATED ALWAYS AS (substr(from_value, 1, 64)) VIRTUAL,
    to_value        TEXT,
    to_label        TEXT,
    to_key          TEXT GENERATED ALWAYS AS (substr(to_value, 1, 64)) VIRTUAL,
    conversation_id TEXT NOT NULL,
    operation_id    TEXT,
    PRIMARY KEY (account_id, sequence),
    UNIQUE (account_id, id)
) STRICT;
CREATE INDEX conversation_events_time ON conversation_events (account_id, occurred_at, sequence);
CREATE INDEX conversation_events_event ON conversation_events (account_id, done_by_type, event_type, occurred_at, sequence);
CREATE INDEX conversation_events_actor ON conversation_events
    (account_id, done_by_id, occurred_at, sequence, event_type, done_by_type, to_key, from_key) WHERE done_by_id IS NOT NULL;
CREATE INDEX conversation_events_actor_event ON conversation_events
    (account_id, done_by_id, done_by_type, event_type, occurred_at, sequence) WHERE done_by_id IS NOT NULL;
CREATE INDEX conversation_events_conversation ON conversation_events
    (account_id, conversation_id, occurred_at, sequence, event_type, done_by_type, done_by_id, to_key, from_key);
CREATE INDEX conversation_events_from ON conversation_events
    (account_id, from_key, occurred_at, sequence, event_type, done_by_type, done_by_id) WHERE from_key IS NOT NULL;
CREATE INDEX conversation_events_to ON conversation_events
    (account_id, to_key, occurred_at, sequence, event_type, done_by_type, done_by_id, from_key) WHERE to_key IS NOT NULL;
CREATE INDEX conversation_events_operation ON conversation_events
    (account_id, operation_id, occurred_at, sequence, event_type, done_by_type, done_by_id, conversation_id, to_key, from_key)
    WHERE operation_id IS NOT NULL;

CREATE TABLE audit_events (
    account_id      TEXT NOT NULL,
    sequence        INTEGER NOT NULL CHECK (sequence > 0),
    id              TEXT NOT NULL,
    occurred_at     INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    event_type      INTEGER NOT NULL,
    done_by_type    INTEGER NOT NULL,
    done_by_id      TEXT,
    done_by_name    TEXT,
    from_value      TEXT,
    from_label      TEXT,
    from_key        TEXT GENERATED ALWAYS AS (substr(from_value, 1, 64)) VIRTUAL,
    to_value        TEXT,
    to_label        TEXT,
    to_key          TEXT GENERATED ALWAYS AS (substr(to_value, 1, 64)) VIRTUAL,
    item_id         TEXT NOT NULL,
    item_name       TEXT,
    operation_id    TEXT,
    -- A JSON object.
    details         TEXT,
    PRIMARY KEY (account_id, sequence),
    UNIQUE (account_id, id)
) STRICT;
CREATE INDEX audit_events_time ON audit_events (account_id, occurred_at, sequence);
CREATE INDEX audit_events_event ON audit_events (account_id, done_by_type, event_type, occurred_at, sequence);
CREATE INDEX audit_events_actor ON audit_events
    (account_id, done_by_id, occurred_at, sequence, event_type, done_by_type, to_key, from_key) WHERE done_by_id IS NOT NULL;
CREATE INDEX audit_events_actor_event ON audit_events
    (account_id, done_by_id, done_by_type, event_type, occurred_at, sequence) WHERE done_by_id IS NOT NULL;
CREATE INDEX audit_events_item ON audit_events
    (account_id, item_id, occurred_at, sequence, event_type, done_by_type, done_by_id, to_key, from_key);
CREATE INDEX audit_events_from ON audit_events
    (account_id, from_key, occurred_at, sequence, event_type, done_by_type, done_by_id) WHERE from_key IS NOT NULL;
CREATE INDEX audit_events_to ON audit_events
    (account_id, to_key, occurred_at, sequence, event_type, done_by_type, done_by_id, from_key) WHERE to_key IS NOT NULL;
CREATE INDEX audit_events_operation ON audit_events
    (account_id, operation_id, occurred_at, sequence, event_type, done_by_type, done_by_id, item_id, to_key, from_key)
    WHERE operation_id IS NOT NULL;

-- What the drop-downs of filters offer, kept up by what takes events in; src/domain/facet.rs says what the columns mean.
-- An identifier (a value of up to 1,024 characters, say) is told by its SHA-256, which fits an index.
CREATE TABLE facet_entries (
    account_id       TEXT NOT NULL,
    log              TEXT NOT NULL CHECK (log IN ('conversation', 'audit')),
    facet            INTEGER NOT NULL,
    digest           BLOB NOT NULL,
    -- An actor type, an item type or an event type.
    kind             INTEGER NOT NULL,
    id               TEXT NOT NULL,
    name             TEXT,
    named_at         INTEGER,
    named_sequence   INTEGER,
    deleted          INTEGER NOT NULL,
    lived_at         INTEGER,
    lived_sequence   INTEGER,
    sort_key         TEXT NOT NULL,
    search_text      TEXT NOT NULL,
    PRIMARY KEY (account_id, log, facet, digest, kind)
) STRICT;
CREATE INDEX facet_entries_order ON facet_entries (account_id, log, facet, sort_key, kind, digest);

-- An event never changes. It is deleted only by retention, which first moves the head's first_sequence past it: whoever
-- wants to remove one event must say so in the head, for all older events, where it is seen.

CREATE TRIGGER conversation_events_immutable BEFORE UPDATE ON conversation_events
BEGIN
    SELECT RAISE(ABORT, 'events are immutable');
END;
CREATE TRIGGER conversation_events_kept BEFORE DELETE ON conversation_events
WHEN NOT EXISTS (
    SELECT 1 FROM log_heads
    WHERE account_id = OLD.account_id AND log = 'conversation' AND OLD.sequence < first_sequence
)
BEGIN
    SELECT RAISE(ABORT, 'events are deleted by retention only');
END;

CREATE TRIGGER audit_events_immutable BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'events are immutable');
END;
CREATE TRIGGER audit_events_kept BEFORE DELETE ON audit_events
WHEN NOT EXISTS (
    SELECT 1 FROM log_heads
    WHERE account_id = OLD.account_id AND log = 'audit' AND OLD.sequence < first_sequence
)
BEGIN
    SELECT RAISE(ABORT, 'events are deleted by retention only');
END;
