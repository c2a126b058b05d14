-- SQLite has no statistics unless ANALYZE is run, which the service does not do.
SELECT 1;
