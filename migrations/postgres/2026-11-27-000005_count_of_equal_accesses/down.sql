ALTER TABLE accesses DROP COLUMN call_count;
