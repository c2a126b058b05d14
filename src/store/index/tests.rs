//! Which filters are served by which index.

use std::iter;

use super::{
    Column::{Actor, ActorType, EventType, From, Operation, Subject, To},
    *,
};

#[test]
fn filters_map_to_indexes() {
    /// Columns with their numbers of values, the keys of the candidates, and that of the one with the fewest arms.
    type Case = (&'static [(Column, i64)], &'static [Column], Column);

    let cases: [Case; 10] = [
        (&[(EventType, 1)], &[EventType], EventType),
        (&[(ActorType, 1)], &[ActorType], ActorType),
        (&[(EventType, 2), (ActorType, 1)], &[EventType, ActorType], ActorType),
        (&[(Actor, 1)], &[Actor], Actor),
        (&[(Actor, 5), (EventType, 1)], &[Actor, EventType], Actor),
        (&[(Actor, 1), (EventType, 1), (To, 1)], &[Actor, To, EventType], Actor),
        (&[(Subject, 50), (Actor, 1)], &[Subject, Actor], Subject),
        (&[(From, 20), (To, 1)], &[To, From], To),
        (&[(Subject, 20), (From, 1)], &[Subject, From], Subject),
        (&[(Operation, 20), (To, 1), (ActorType, 1)], &[Operation, To, ActorType], Operation),
    ];
    for (columns, keys, fewest) in cases {
        let values = columns.iter().map(|(column, count)| (*column, (1..=*count).collect())).collect();
        let conditions = Conditions { values, ..Conditions::default() };
        let candidates: Vec<Index> = keys.iter().copied().map(Index::By).collect();
        assert_eq!(Index::candidates(&conditions), candidates, "{columns:?}");
        assert_eq!(Index::with_fewest_arms(&candidates, &conditions), Index::By(fewest), "{columns:?}");
    }
    assert_eq!(Index::candidates(&Conditions::default()), [Index::Time]);
}

#[test]
fn the_migrations_create_indexes_of_these_columns() {
    const SQLITE: &str = include_str!("../../../migrations/sqlite/2026-11-27-000001_create_logs/up.sql");
    const POSTGRES: &str = include_str!("../../../migrations/postgres/2026-11-27-000001_create_logs/up.sql");

    let migrations = [SQLITE, POSTGRES].map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" "));
    let keys = [Operation, Subject, Actor, To, From, EventType, ActorType].map(Index::By);
    for index in keys.into_iter().chain([Index::Time]) {
        let key = index.key().into_iter().map(Column::name);
        let trailing = index.trailing().iter().copied().map(Column::name);
        // Operations are also compared by their identifiers.
        let identifier = (index == Index::By(Operation)).then_some("operation_id");
        let columns = iter::once("log_key").chain(key).chain(["occurred_at", "sequence"]).chain(trailing).chain(identifier);
        let columns = columns.collect::<Vec<_>>().join(", ");
        for table in ["audit_events", "conversation_events"] {
            let definition = format!("CREATE INDEX {table}{} ON {table} ({columns})", index.suffix().unwrap());
            for migration in &migrations {
                assert!(migration.contains(&definition), "{definition}");
            }
        }
    }
}
