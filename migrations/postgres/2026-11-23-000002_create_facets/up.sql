-- What the drop-downs of filters offer, kept up by what takes events in; src/domain/facet.rs says what the columns mean.
-- After this migration, the program fills it with what the logs have already: src/store/backfill.rs.
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
