-- The entries of one kind in their order, also where the facet has very many entries of other kinds.
CREATE INDEX facet_entries_of_kind ON facet_entries (log_key, facet, kind, sort_key, term);
