-- The two logs, the head of each account's log, what filters offer, and the keys of this service.
-- Times are microseconds since 1970-01-01T00:00:00Z. The numbers of event types and actor types stand in src/domain.
-- Every key and every index begins with the account, so that the tables can be distributed by it. Values are indexed by
-- their first 64 characters, because a whole one can be larger than PostgreSQL lets an index entry be. What indexes have behind
-- the sequence is compared there, without a look at the row; src/store/index.rs says which index serves which filters.
-- Text that is compared or ordered has the collation "C": byte by byte, the same on every server and on SQLite.

CREATE TABLE log_heads (
    account_id     TEXT COLLATE "C" NOT NULL,
    log            TEXT NOT NULL CHECK (log IN ('conversation', 'audit')),
    last_sequence  BIGINT NOT NULL,
    -- The oldest sequence that is kept. Retention raises it first; only then may older rows be deleted.
    first_sequence BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (account_id, log)
);

-- What all instances share and nobody configures, such as the key that signs cursors.
CREATE TABLE service_keys (
    name   TEXT NOT NULL PRIMARY KEY,
    secret BYTEA NOT NULL
);

CREATE TABLE conversation_events (
    account_id      TEXT COLLATE "C" NOT NULL,
    sequence        BIGINT NOT NULL CHECK (sequence > 0),
    id              TEXT COLLATE "C" NOT NULL,
    occurred_at     BIGINT NOT NULL,
    recorded_at     BIGINT NOT NULL,
    event_type      SMALLINT NOT NULL,
    done_by_type    SMALLINT NOT NULL,
    done_by_id      TEXT COLLATE "C",
    done_by_name    TEXT,
    from_value      TEXT COLLATE "C",
    from_label      TEXT,
    from_key        TEXT COLLATE "C" GENERATED ALWAYS AS (substr(from_value, 1, 64)) STORED,
    to_value        TEXT COLLATE "C",
    to_label        TEXT,
    to_key          TEXT COLLATE "C" GENERATED ALWAYS AS (substr(to_value, 1, 64)) STORED,
    conversation_id TEXT COLLATE "C" NOT NULL,
    operation_id    TEXT COLLATE "C",
    PRIMARY KEY (account_id, sequence),
    UNIQUE (account_id, id)
);
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
    account_id      TEXT COLLATE "C" NOT NULL,
    sequence        BIGINT NOT NULL CHECK (sequence > 0),
    id              TEXT COLLATE "C" NOT NULL,
    occurred_at     BIGINT NOT NULL,
    recorded_at     BIGINT NOT NULL,
    event_type      SMALLINT NOT NULL,
    done_by_type    SMALLINT NOT NULL,
    done_by_id      TEXT COLLATE "C",
    done_by_name    TEXT,
    from_value      TEXT COLLATE "C",
    from_label      TEXT,
    from_key        TEXT COLLATE "C" GENERATED ALWAYS AS (substr(from_value, 1, 64)) STORED,
    to_value        TEXT COLLATE "C",
    to_label        TEXT,
    to_key          TEXT COLLATE "C" GENERATED ALWAYS AS (substr(to_value, 1, 64)) STORED,
    item_id         TEXT COLLATE "C" NOT NULL,
    item_name       TEXT,
    operation_id    TEXT COLLATE "C",
    -- A JSON object.
    details         TEXT,
    PRIMARY KEY (account_id, sequence),
    UNIQUE (account_id, id)
);
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
-- An identifier (a value of up to 1,024 characters, say) is told by its SHA-256, which fits an index. Most updates
-- change a time only: the free space lets PostgreSQL make them without touching an index.
CREATE TABLE facet_entries (
    account_id       TEXT COLLATE "C" NOT NULL,
    log              TEXT NOT NULL CHECK (log IN ('conversation', 'audit')),
    facet            SMALLINT NOT NULL,
    digest           BYTEA NOT NULL,
    -- An actor type, an item type or an event type.
    kind             SMALLINT NOT NULL,
    id               TEXT NOT NULL,
    name             TEXT,
    named_at         BIGINT,
    named_sequence   BIGINT,
    deleted          BOOLEAN NOT NULL,
    lived_at         BIGINT,
    lived_sequence   BIGINT,
    sort_key         TEXT COLLATE "C" NOT NULL,
    search_text      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, log, facet, digest, kind)
) WITH (fillfactor = 80);
CREATE INDEX facet_entries_order ON facet_entries (account_id, log, facet, sort_key, kind, digest);

-- An event never changes. It is deleted only by retention, which first moves the head's first_sequence past it: whoever
-- wants to remove one event must say so in the head, for all older events, where it is seen.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are immutable';
END
$$;

CREATE FUNCTION refuse_delete_of_kept_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.sequence < (SELECT first_sequence FROM log_heads WHERE account_id = OLD.account_id AND log = TG_ARGV[0]) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'events are deleted by retention only';
END
$$;

CREATE TRIGGER conversation_events_immutable BEFORE UPDATE ON conversation_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER conversation_events_kept BEFORE DELETE ON conversation_events
    FOR EACH ROW EXECUTE FUNCTION refuse_delete_of_kept_event('conversation');
CREATE TRIGGER conversation_events_not_truncated BEFORE TRUNCATE ON conversation_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_events_immutable BEFORE UPDATE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_kept BEFORE DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION refuse_delete_of_kept_event('audit');
CREATE TRIGGER audit_events_not_truncated BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
