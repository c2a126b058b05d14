-- The two logs, their term dictionaries, and the keys of the service.
--
-- Each log of each account has a small integer, its `log_key`. All other tables and all their indexes begin with it, so the
-- tables can be distributed by it. Times are microseconds since 1970-01-01T00:00:00Z. src/domain defines the numbers of event
-- types, actor types and item types.

-- One row per account and log. Writers lock it: see src/store/heads.rs.
CREATE TABLE log_heads (
    log_key        INTEGER PRIMARY KEY,
    account_id     TEXT NOT NULL,
    log            TEXT NOT NULL CHECK (log IN ('conversation', 'audit')),
    -- The sequence of the newest event; 0: none yet.
    last_sequence  INTEGER NOT NULL DEFAULT 0,
    -- The oldest sequence that is retained. Retention raises it first; only then may older rows be deleted.
    first_sequence INTEGER NOT NULL DEFAULT 1,
    -- The number of the newest term; 0: none yet.
    last_term      INTEGER NOT NULL DEFAULT 0,
    -- Incremented by every transaction that changes facet_entries of this log.
    facet_version  INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account_id, log)
) STRICT;

-- Keys that all instances share and that need no configuration, such as the key that signs cursors.
CREATE TABLE service_keys (
    name   TEXT NOT NULL PRIMARY KEY,
    secret BLOB NOT NULL
) STRICT;

-- The term dictionary: each text of a log once, numbered 1, 2, 3 … per log. A term never changes.
CREATE TABLE terms (
    log_key   INTEGER NOT NULL,
    term      INTEGER NOT NULL CHECK (term > 0),
    -- 1: an actor's id, 2: the id of an item or a conversation, 3: a value, 4: a name or label.
    kind      INTEGER NOT NULL,
    -- Of an actor its type, of an item its type, of a name or label the term that it belongs to; otherwise 0.
    qualifier INTEGER NOT NULL,
    -- The first 16 bytes of the SHA-256 of kind, qualifier and text.
    digest    BLOB NOT NULL,
    text      TEXT NOT NULL,
    PRIMARY KEY (log_key, term),
    UNIQUE (log_key, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation_events (
    log_key       INTEGER NOT NULL,
    actor         INTEGER NOT NULL,
    sequence      INTEGER NOT NULL CHECK (sequence > 0),
    occurred_at   INTEGER NOT NULL,
    recorded_at   INTEGER NOT NULL,
    -- The first 8 bytes of the SHA-256 of operation_id.
    operation     INTEGER,
    -- Terms. `subject` is the conversation; a `_text` is the name or the label that this event gave.
    actor_text    INTEGER,
    subject       INTEGER NOT NULL,
    subject_text  INTEGER,
    from_value    INTEGER,
    from_text     INTEGER,
    to_value      INTEGER,
    to_text       INTEGER,
    event_type    INTEGER NOT NULL,
    actor_type    INTEGER NOT NULL,
    -- Whether event_details has a row for this event.
    has_details   INTEGER NOT NULL,
    id            TEXT NOT NULL,
    operation_id  TEXT,
    PRIMARY KEY (log_key, sequence),
    UNIQUE (log_key, id)
) STRICT, WITHOUT ROWID;
-- src/store/index.rs describes which index serves which filters.
CREATE INDEX conversation_events_time ON conversation_events (log_key, occurred_at, sequence);
CREATE INDEX conversation_events_event_type ON conversation_events (log_key, event_type, occurred_at, sequence, actor_type);
CREATE INDEX conversation_events_actor_type ON conversation_events (log_key, actor_type, occurred_at, sequence, event_type);
CREATE INDEX conversation_events_actor ON conversation_events (log_key, actor, occurred_at, sequence, event_type, to_value, from_value);
CREATE INDEX conversation_events_subject ON conversation_events
    (log_key, subject, occurred_at, sequence, event_type, actor_type, actor, to_value, from_value);
CREATE INDEX conversation_events_from ON conversation_events
    (log_key, from_value, occurred_at, sequence, event_type, actor_type, actor) WHERE from_value IS NOT NULL;
CREATE INDEX conversation_events_to ON conversation_events
    (log_key, to_value, occurred_at, sequence, event_type, actor_type, actor, from_value) WHERE to_value IS NOT NULL;
CREATE INDEX conversation_events_operation ON conversation_events
    (log_key, operation, occurred_at, sequence, event_type, actor_type, actor, subject, to_value, from_value, operation_id)
    WHERE operation IS NOT NULL;

CREATE TABLE audit_events (
    log_key       INTEGER NOT NULL,
    actor         INTEGER NOT NULL,
    sequence      INTEGER NOT NULL CHECK (sequence > 0),
    occurred_at   INTEGER NOT NULL,
    recorded_at   INTEGER NOT NULL,
    -- The first 8 bytes of the SHA-256 of operation_id.
    operation     INTEGER,
    -- Terms. `subject` is the item; a `_text` is the name or the label that this event gave.
    actor_text    INTEGER,
    subject       INTEGER NOT NULL,
    subject_text  INTEGER,
    from_value    INTEGER,
    from_text     INTEGER,
    to_value      INTEGER,
    to_text       INTEGER,
    event_type    INTEGER NOT NULL,
    actor_type    INTEGER NOT NULL,
    -- Whether event_details has a row for this event.
    has_details   INTEGER NOT NULL,
    id            TEXT NOT NULL,
    operation_id  TEXT,
    PRIMARY KEY (log_key, sequence),
    UNIQUE (log_key, id)
) STRICT, WITHOUT ROWID;
-- src/store/index.rs describes which index serves which filters.
CREATE INDEX audit_events_time ON audit_events (log_key, occurred_at, sequence);
CREATE INDEX audit_events_event_type ON audit_events (log_key, event_type, occurred_at, sequence, actor_type);
CREATE INDEX audit_events_actor_type ON audit_events (log_key, actor_type, occurred_at, sequence, event_type);
CREATE INDEX audit_events_actor ON audit_events (log_key, actor, occurred_at, sequence, event_type, to_value, from_value);
CREATE INDEX audit_events_subject ON audit_events
    (log_key, subject, occurred_at, sequence, event_type, actor_type, actor, to_value, from_value);
CREATE INDEX audit_events_from ON audit_events
    (log_key, from_value, occurred_at, sequence, event_type, actor_type, actor) WHERE from_value IS NOT NULL;
CREATE INDEX audit_events_to ON audit_events
    (log_key, to_value, occurred_at, sequence, event_type, actor_type, actor, from_value) WHERE to_value IS NOT NULL;
CREATE INDEX audit_events_operation ON audit_events
    (log_key, operation, occurred_at, sequence, event_type, actor_type, actor, subject, to_value, from_value, operation_id)
    WHERE operation IS NOT NULL;

-- The details of events that have some: a JSON object as text.
CREATE TABLE event_details (
    log_key  INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    details  TEXT NOT NULL,
    PRIMARY KEY (log_key, sequence)
) STRICT, WITHOUT ROWID;

-- What the drop-downs of filters offer, each under its newest name. Written only when a new actor, item or value appears, or
-- when a name changes; src/domain/facet.rs defines the columns.
CREATE TABLE facet_entries (
    log_key     INTEGER NOT NULL,
    facet       INTEGER NOT NULL,
    term        INTEGER NOT NULL,
    -- An actor type, an item type or an event type.
    kind        INTEGER NOT NULL,
    name        TEXT,
    deleted     INTEGER NOT NULL,
    sort_key    TEXT NOT NULL,
    search_text TEXT NOT NULL,
    PRIMARY KEY (log_key, facet, term, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX facet_entries_order ON facet_entries (log_key, facet, sort_key, kind, term);

-- Events, their details and terms never change. Events are deleted only by retention, which first moves the head's
-- first_sequence past them: to remove one event is to remove all older ones, and the head shows it.

CREATE TRIGGER conversation_events_immutable BEFORE UPDATE ON conversation_events
BEGIN
    SELECT RAISE(ABORT, 'events are immutable');
END;
CREATE TRIGGER conversation_events_retained BEFORE DELETE ON conversation_events
WHEN NOT EXISTS (SELECT 1 FROM log_heads WHERE log_key = OLD.log_key AND OLD.sequence < first_sequence)
BEGIN
    SELECT RAISE(ABORT, 'events are deleted by retention only');
END;

CREATE TRIGGER audit_events_immutable BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'events are immutable');
END;
CREATE TRIGGER audit_events_retained BEFORE DELETE ON audit_events
WHEN NOT EXISTS (SELECT 1 FROM log_heads WHERE log_key = OLD.log_key AND OLD.sequence < first_sequence)
BEGIN
    SELECT RAISE(ABORT, 'events are deleted by retention only');
END;

CREATE TRIGGER event_details_immutable BEFORE UPDATE ON event_details
BEGIN
    SELECT RAISE(ABORT, 'events are immutable');
END;
CREATE TRIGGER event_details_retained BEFORE DELETE ON event_details
WHEN NOT EXISTS (SELECT 1 FROM log_heads WHERE log_key = OLD.log_key AND OLD.sequence < first_sequence)
BEGIN
    SELECT RAISE(ABORT, 'events are deleted by retention only');
END;

CREATE TRIGGER terms_immutable BEFORE UPDATE ON terms
BEGIN
    SELECT RAISE(ABORT, 'terms are immutable');
END;
CREATE TRIGGER terms_retained BEFORE DELETE ON terms
BEGIN
    SELECT RAISE(ABORT, 'terms are immutable');
END;

-- The event types by number. Only the views below read it; the service writes it from its catalogues when it migrates.
CREATE TABLE event_types (
    log       TEXT NOT NULL CHECK (log IN ('conversation', 'audit')),
    number    INTEGER NOT NULL,
    code      TEXT NOT NULL,
    label     TEXT NOT NULL,
    -- The type of the items that it happens to; null in the conversation log.
    item_type TEXT,
    PRIMARY KEY (log, number)
) STRICT, WITHOUT ROWID;

-- The two logs with their texts, for people with psql or sqlite3 and for reporting tools. The service does not read them.
CREATE VIEW conversation_log AS
SELECT
    head.account_id,
    event.sequence,
    event.id,
    strftime('%Y-%m-%dT%H:%M:%S', (event.occurred_at - ((event.occurred_at % 1000000) + 1000000) % 1000000) / 1000000, 'unixepoch')
        || printf('.%06dZ', ((event.occurred_at % 1000000) + 1000000) % 1000000) AS occurred_at,
    strftime('%Y-%m-%dT%H:%M:%S', (event.recorded_at - ((event.recorded_at % 1000000) + 1000000) % 1000000) / 1000000, 'unixepoch')
        || printf('.%06dZ', ((event.recorded_at % 1000000) + 1000000) % 1000000) AS recorded_at,
    event_type.code AS event,
    event_type.label,
    CASE event.actor_type WHEN 1 THEN 'USER' WHEN 2 THEN 'SYSTEM' WHEN 3 THEN 'API_USER' END AS done_by_type,
    NULLIF(actor.text, '') AS done_by_id,
    actor_text.text AS done_by_name,
    from_value.text AS from_value,
    from_text.text AS from_label,
    to_value.text AS to_value,
    to_text.text AS to_label,
    subject.text AS conversation_id,
    event.operation_id
FROM conversation_events AS event
JOIN log_heads AS head ON head.log_key = event.log_key AND head.log = 'conversation'
LEFT JOIN event_types AS event_type ON event_type.log = 'conversation' AND event_type.number = event.event_type
JOIN terms AS actor ON actor.log_key = event.log_key AND actor.term = event.actor
LEFT JOIN terms AS actor_text ON actor_text.log_key = event.log_key AND actor_text.term = event.actor_text
JOIN terms AS subject ON subject.log_key = event.log_key AND subject.term = event.subject
LEFT JOIN terms AS from_value ON from_value.log_key = event.log_key AND from_value.term = event.from_value
LEFT JOIN terms AS from_text ON from_text.log_key = event.log_key AND from_text.term = event.from_text
LEFT JOIN terms AS to_value ON to_value.log_key = event.log_key AND to_value.term = event.to_value
LEFT JOIN terms AS to_text ON to_text.log_key = event.log_key AND to_text.term = event.to_text;
CREATE VIEW audit_log AS
SELECT
    head.account_id,
    event.sequence,
    event.id,
    strftime('%Y-%m-%dT%H:%M:%S', (event.occurred_at - ((event.occurred_at % 1000000) + 1000000) % 1000000) / 1000000, 'unixepoch')
        || printf('.%06dZ', ((event.occurred_at % 1000000) + 1000000) % 1000000) AS occurred_at,
    strftime('%Y-%m-%dT%H:%M:%S', (event.recorded_at - ((event.recorded_at % 1000000) + 1000000) % 1000000) / 1000000, 'unixepoch')
        || printf('.%06dZ', ((event.recorded_at % 1000000) + 1000000) % 1000000) AS recorded_at,
    event_type.code AS event,
    event_type.label,
    CASE event.actor_type WHEN 1 THEN 'USER' WHEN 2 THEN 'SYSTEM' WHEN 3 THEN 'API_USER' END AS done_by_type,
    NULLIF(actor.text, '') AS done_by_id,
    actor_text.text AS done_by_name,
    from_value.text AS from_value,
    from_text.text AS from_label,
    to_value.text AS to_value,
    to_text.text AS to_label,
    event_type.item_type,
    subject.text AS item_id,
    subject_text.text AS item_name,
    event.operation_id,
    event_details.details
FROM audit_events AS event
JOIN log_heads AS head ON head.log_key = event.log_key AND head.log = 'audit'
LEFT JOIN event_types AS event_type ON event_type.log = 'audit' AND event_type.number = event.event_type
JOIN terms AS actor ON actor.log_key = event.log_key AND actor.term = event.actor
LEFT JOIN terms AS actor_text ON actor_text.log_key = event.log_key AND actor_text.term = event.actor_text
JOIN terms AS subject ON subject.log_key = event.log_key AND subject.term = event.subject
LEFT JOIN terms AS subject_text ON subject_text.log_key = event.log_key AND subject_text.term = event.subject_text
LEFT JOIN terms AS from_value ON from_value.log_key = event.log_key AND from_value.term = event.from_value
LEFT JOIN terms AS from_text ON from_text.log_key = event.log_key AND from_text.term = event.from_text
LEFT JOIN terms AS to_value ON to_value.log_key = event.log_key AND to_value.term = event.to_value
LEFT JOIN terms AS to_text ON to_text.log_key = event.log_key AND to_text.term = event.to_text
LEFT JOIN event_details ON event_details.log_key = event.log_key AND event_details.sequence = event.sequence;
