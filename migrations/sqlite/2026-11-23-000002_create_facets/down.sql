DROP TABLE facet_entries;
