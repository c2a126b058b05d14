-- Writers cached facet entries and validated them by this version. They no longer do.
ALTER TABLE log_heads DROP COLUMN facet_version;
