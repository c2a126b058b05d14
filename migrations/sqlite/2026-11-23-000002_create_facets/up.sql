-- What the drop-downs of filters offer, kept up by what takes events in; src/domain/facet.rs says what the columns mean.
-- After this migration, the program fills it with what the logs have already: src/store/backfill.rs.
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
