-- The number of equal calls that an access states: repeated ones within a fraction of a second are stored once.
ALTER TABLE accesses ADD COLUMN call_count INTEGER NOT NULL DEFAULT 1;
