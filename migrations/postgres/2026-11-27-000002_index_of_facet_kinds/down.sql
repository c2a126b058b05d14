DROP INDEX facet_entries_of_kind;
