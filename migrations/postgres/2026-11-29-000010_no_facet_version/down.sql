ALTER TABLE log_heads ADD COLUMN facet_version BIGINT NOT NULL DEFAULT 0;
-- Higher than every earlier version, so that a program that cached entries does not use them.
UPDATE log_heads SET facet_version = last_sequence + 1;
