//! The invariants of the term dictionary, checked in the database itself.

use aws_lc_rs::digest::{SHA256, digest};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Binary, Integer, Text},
};

use crate::support::Database;

/// A row of `terms`.
#[derive(Debug, PartialEq, Eq, QueryableByName)]
pub struct TermRow {
    #[diesel(sql_type = Integer)]
    log_key: i32,
    #[diesel(sql_type = Integer)]
    term: i32,
    #[diesel(sql_type = Integer)]
    kind: i32,
    #[diesel(sql_type = Integer)]
    qualifier: i32,
    #[diesel(sql_type = Binary)]
    digest: Vec<u8>,
    #[diesel(sql_type = Text)]
    text: String,
}

impl TermRow {
    pub fn has_text(&self, text: &str) -> bool {
        self.text == text
    }
}

/// The numbers of a log: those in its head, and those of its terms.
#[derive(Debug, QueryableByName)]
struct Numbers {
    #[diesel(sql_type = Integer)]
    log_key: i32,
    #[diesel(sql_type = Integer)]
    last_term: i32,
    #[diesel(sql_type = Integer)]
    newest_term: i32,
    #[diesel(sql_type = BigInt)]
    terms: i64,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The columns of event tables that contain terms, with the kind and the qualifier of each.
const TERM_COLUMNS: [(&str, i32, &str); 8] = [
    ("actor", 1, "event.actor_type"),
    ("subject", 2, "term.qualifier"),
    ("from_value", 3, "0"),
    ("to_value", 3, "0"),
    ("actor_text", 4, "event.actor"),
    ("subject_text", 4, "event.subject"),
    ("from_text", 4, "event.from_value"),
    ("to_text", 4, "event.to_value"),
];

/// All terms of all logs.
pub fn terms(database: &Database) -> Vec<TermRow> {
    database
        .load("SELECT log_key, term, CAST(kind AS INTEGER) AS kind, qualifier, digest, text FROM terms ORDER BY log_key, term")
}

/// Asserts that terms are dense, unique and correct, and that each term of an event or of a facet exists.
///
/// Each invariant is checked by one statement, so it can also be checked during writes.
#[track_caller]
pub fn check(database: &Database) {
    let numbers: Vec<Numbers> = database.load(
        "SELECT head.log_key, head.last_term, COALESCE(MAX(terms.term), 0) AS newest_term, COUNT(terms.term) AS terms \
         FROM log_heads AS head LEFT JOIN terms ON terms.log_key = head.log_key GROUP BY head.log_key, head.last_term",
    );
    assert!(!numbers.is_empty(), "there is a log");
    for log in numbers {
        let dense = log.last_term == log.newest_term && log.terms == i64::from(log.last_term);
        assert!(dense, "log {}: terms are numbered from 1 to last_term without a gap: {log:?}", log.log_key);
    }
    let count = |query: &str| database.load::<Count>(query)[0].count;
    let none = |what: &str, query: &str| assert_eq!(count(query), 0, "{what}: {query}");
    none(
        "a term of a log without a head",
        "SELECT COUNT(*) AS count FROM terms WHERE log_key NOT IN (SELECT log_key FROM log_heads)",
    );
    for columns in ["log_key, digest", "log_key, kind, qualifier, text"] {
        let twice = format!("SELECT 1 FROM terms GROUP BY {columns} HAVING COUNT(*) > 1");
        none("a term that is stored twice", &format!("SELECT COUNT(*) AS count FROM ({twice}) AS twice"));
    }
    for table in ["conversation_events", "audit_events"] {
        for (column, kind, qualifier) in TERM_COLUMNS {
            let query = format!(
                "SELECT COUNT(*) AS count FROM {table} AS event WHERE event.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 \
                 FROM terms AS term WHERE term.log_key = event.log_key AND term.term = event.{column} AND term.kind = {kind} \
                 AND term.qualifier = {qualifier})"
            );
            none("an event with a term that does not exist or has another kind", &query);
        }
    }
    none(
        "a choice of a facet with a term that does not exist",
        "SELECT COUNT(*) AS count FROM facet_entries AS entry WHERE NOT EXISTS (SELECT 1 FROM terms AS term \
         WHERE term.log_key = entry.log_key AND term.term = entry.term)",
    );
    none(
        "a name that belongs to no term",
        "SELECT COUNT(*) AS count FROM terms AS name WHERE name.kind = 4 AND NOT EXISTS (SELECT 1 FROM terms AS owner \
         WHERE owner.log_key = name.log_key AND owner.term = name.qualifier AND owner.term < name.term AND owner.kind <> 4)",
    );
    for term in terms(database) {
        let kind = u8::try_from(term.kind).unwrap();
        let content = [&[kind], term.qualifier.to_be_bytes().as_slice(), term.text.as_bytes()].concat();
        assert_eq!(term.digest, digest(&SHA256, &content).as_ref()[..16], "the digest of {term:?}");
    }
}
