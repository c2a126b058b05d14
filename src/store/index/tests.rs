//! Which filters are served by which index.

use super::{
    super::conditions::Operations,
    Index::{Actor, ActorType, EventType, From, Operation, Subject, Time, To},
    *,
};

/// Conditions with the given number of values for each column.
fn conditions(columns: &[(Column, usize)]) -> Conditions {
    let mut conditions = Conditions::default();
    for (column, count) in columns {
        let values = Some((1..=*count as i64).collect());
        match column {
            Column::EventType => conditions.event_types = values,
            Column::ActorType => conditions.actor_types = values,
            Column::Actor => conditions.actors = values,
            Column::Subject => conditions.subjects = values,
            Column::From => conditions.from_values = values,
            Column::To => conditions.to_values = values,
            Column::Operation => conditions.operations = values.map(|numbers| Operations { numbers, ids: Vec::new() }),
        }
    }
    conditions
}

#[test]
fn filters_map_to_indexes() {
    /// Columns with their numbers of values, the candidates, and the one with the fewest arms.
    type Case = (&'static [(Column, usize)], &'static [Index], Index);

    let cases: [Case; 11] = [
        (&[], &[Time], Time),
        (&[(Column::EventType, 1)], &[EventType], EventType),
        (&[(Column::ActorType, 1)], &[ActorType], ActorType),
        (&[(Column::EventType, 2), (Column::ActorType, 1)], &[EventType, ActorType], ActorType),
        (&[(Column::Actor, 1)], &[Actor], Actor),
        (&[(Column::Actor, 5), (Column::EventType, 1)], &[Actor, EventType], Actor),
        (&[(Column::Actor, 1), (Column::EventType, 1), (Column::To, 1)], &[Actor, To, EventType], Actor),
        (&[(Column::Subject, 50), (Column::Actor, 1)], &[Subject, Actor], Subject),
        (&[(Column::From, 20), (Column::To, 1)], &[To, From], To),
        (&[(Column::Subject, 20), (Column::From, 1)], &[Subject, From], Subject),
        (&[(Column::Operation, 20), (Column::To, 1), (Column::ActorType, 1)], &[Operation, To, ActorType], Operation),
    ];
    for (columns, candidates, fewest) in cases {
        let conditions = conditions(columns);
        assert_eq!(Index::candidates(&conditions), candidates, "{columns:?}");
        assert_eq!(Index::with_fewest_arms(candidates, &conditions), fewest, "{columns:?}");
    }
}

#[test]
fn every_column_is_the_key_of_one_index() {
    for column in Column::ALL {
        assert_eq!(column.index().key(), Some(column));
    }
    assert_eq!((Time.key(), Index::Sequence.key()), (None, None));
}
