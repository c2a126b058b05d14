//! Fills a log by SQL, with its term dictionary: far more events than a test could post.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
    sql_types::Text,
};

use crate::{logs::Log, support::Database};

/// The number of identifiers of each kind: four common ones, and rare ones.
const IDENTIFIERS: i32 = 4 + 977;

/// The terms of items are numbered from the first constant on, and those of values from the second.
const ITEMS: i32 = 10_000;
const VALUES: i32 = 20_000;

/// Every column has four common values with a tenth of the events each, many rare ones, and no value where that is allowed.
/// `v-0` of one column and `v-3` of another never occur together. A third of the events are in the account's log, which gets
/// this key.
pub fn fill(database: &Database, log: Log, account: &str, key: i32, events: usize) {
    let busy = |prime: u32| format!("CASE WHEN (g * {prime}) % 1000003 < 400000 THEN g % 4 ELSE 4 + (g * {prime}) % 977 END");
    let optional = |prime: u32, term: &str| {
        format!("CASE WHEN (g * {prime}) % 1000003 < 600000 THEN {} END", term.replace('#', &format!("({})", busy(prime + 2))))
    };
    let hot = if log.is_audit() { [5, 8] } else { [2, 4] };
    // The type of an item follows from the type of the event.
    let kind = if log.is_audit() { "CASE WHEN event_type <= 3 THEN 1 WHEN event_type <= 13 THEN 2 ELSE 4 END" } else { "0" };
    let statement = format!(
        "INSERT INTO {table} (log_key, sequence, id, occurred_at, recorded_at, event_type, actor_type, actor, subject, from_value,
             to_value, operation, operation_id, has_details)
         WITH RECURSIVE numbers(g) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT g + 1 FROM numbers WHERE g < {events}),
         typed AS (SELECT g,
             CASE WHEN (g * 69621) % 1000003 < 300000 THEN CASE WHEN g % 4 < 2 THEN {first} ELSE {second} END
                  WHEN (g * 69621) % 1000003 < 301000 THEN 14 ELSE 1 + (g * 7919) % 13 END AS event_type,
             CASE WHEN g % 4 = 3 THEN 3 WHEN g % 50 = 2 THEN 2 ELSE 1 END AS actor_type FROM numbers)
         SELECT CASE WHEN (g * 30011) % 1000003 < 333334 THEN {key} ELSE 1 + g % 199 END, g, 'e-' || g,
             1700000000000000 + g * 600000000 + (g * 48271) % 1000003 * 3600, 0, event_type, actor_type,
             ({actor}) * 3 + actor_type, {ITEMS} + ({item}) * 6 + {kind}, {from}, {to}, {operation}, {operation_id}, {no_details}
         FROM typed",
        table = log.table,
        first = hot[0],
        second = hot[1],
        actor = busy(16807),
        item = busy(40692),
        from = optional(39373, &format!("{VALUES} + #")),
        to = optional(40014, &format!("{VALUES} + #")),
        operation = optional(45991, if database.is_postgres() { OPERATION_OF_POSTGRES } else { "#" }),
        operation_id = optional(45991, "'o-' || #"),
        no_details = if database.is_postgres() { "FALSE" } else { "0" },
    );
    let name = log.name;
    let mut heads = "INSERT INTO log_heads (log_key, account_id, log, last_sequence, last_term) VALUES ".to_owned();
    let _ = write!(heads, "({key}, '{account}', '{name}', {events}, 100000)");
    for other in 1..200 {
        let _ = write!(heads, ", ({other}, 'other-{other}', '{name}', {events}, 100000)");
    }
    let statements = format!("{heads}; {statement}; {}", terms(database, log, key));
    if database.is_postgres() {
        let mut connection = PgConnection::establish(database.own_url()).unwrap();
        let indexes = indexes(&mut connection, log);
        indexes.iter().for_each(|index| connection.batch_execute(&format!("DROP INDEX {}", index.name)).unwrap());
        connection.batch_execute(&statements).unwrap();
        // All rows are sorted in memory.
        connection.batch_execute("SET maintenance_work_mem = '256MB'").unwrap();
        indexes.iter().for_each(|index| connection.batch_execute(&index.definition).unwrap());
        connection.batch_execute("VACUUM ANALYZE").unwrap();
    } else {
        let mut connection = SqliteConnection::establish(database.url().trim_start_matches("sqlite://")).unwrap();
        connection.batch_execute(&format!("PRAGMA busy_timeout = 5000; {statements}")).unwrap();
        // SQLite cannot compute the numbers of operations, so those of the few operations in queries are computed here.
        for number in 0..4 {
            let statement = format!(
                "DROP TRIGGER IF EXISTS {0}_immutable; UPDATE {0} SET operation = {1} WHERE operation_id = 'o-{number}'",
                log.table,
                operation_number(&format!("o-{number}"))
            );
            connection.batch_execute(&statement).unwrap();
        }
    }
}

/// An index that belongs to no constraint, with the statement that creates it.
#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

/// The indexes of a log's table. They are created after the rows, which is five times faster.
fn indexes(connection: &mut PgConnection, log: Log) -> Vec<Index> {
    let query = format!(
        "SELECT indexname::text AS name, indexdef AS definition FROM pg_indexes
         WHERE tablename = '{}' AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        log.table
    );
    sql_query(query).load(connection).unwrap()
}

/// The first 8 bytes of the SHA-256 of the operation's identifier.
const OPERATION_OF_POSTGRES: &str =
    "('x' || encode(substr(sha256(convert_to('o-' || #, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint";

fn operation_number(id: &str) -> i64 {
    i64::from_be_bytes(digest(&SHA256, id.as_bytes()).as_ref()[..8].try_into().unwrap())
}

/// The dictionary of the account's log.
fn terms(database: &Database, log: Log, key: i32) -> String {
    let mut statement = "INSERT INTO terms (log_key, term, kind, qualifier, digest, text) VALUES ".to_owned();
    let mut separator = "";
    let mut add = |term: i32, kind: u8, qualifier: i32, text: String| {
        let content = [&[kind], qualifier.to_be_bytes().as_slice(), text.as_bytes()].concat();
        let hex: String = digest(&SHA256, &content).as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let blob = if database.is_postgres() { format!("'\\x{hex}'") } else { format!("X'{hex}'") };
        let _ = write!(statement, "{separator}({key}, {term}, {kind}, {qualifier}, {blob}, '{text}')");
        separator = ", ";
    };
    for number in 0..IDENTIFIERS {
        (1..=3).for_each(|actor_type| add(number * 3 + actor_type, 1, actor_type, format!("u-{number}")));
        let kinds: &[i32] = if log.is_audit() { &[1, 2, 4] } else { &[0] };
        kinds.iter().for_each(|kind| add(ITEMS + number * 6 + kind, 2, *kind, format!("i-{number}")));
        add(VALUES + number, 3, 0, format!("v-{number}"));
    }
    statement
}
