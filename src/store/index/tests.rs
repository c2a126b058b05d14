//! Which filters are served by which index.

use super::{
    super::conditions::Operations,
    Index::{Actor, ActorEvent, Event, From, Operation, Subject, Time, To},
    *,
};

const EVENT_TYPES: [i64; 43] = [1; 43];

/// Conditions with that many values for each of these columns.
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
    let cases: [(&[(Column, usize)], &[Index], Index); 13] = [
        (&[], &[Time], Time),
        (&[(Column::EventType, 1)], &[Event], Event),
        (&[(Column::ActorType, 1)], &[Event], Event),
        (&[(Column::EventType, 2), (Column::ActorType, 1)], &[Event], Event),
        (&[(Column::Actor, 1)], &[Actor], Actor),
        (&[(Column::Actor, 4), (Column::EventType, 50)], &[ActorEvent], ActorEvent),
        (&[(Column::Actor, 5), (Column::EventType, 50)], &[Actor], Actor),
        (&[(Column::Actor, 1), (Column::EventType, 1), (Column::To, 1)], &[Actor, To], Actor),
        (&[(Column::Subject, 2), (Column::EventType, 1)], &[Subject, Event], Subject),
        (&[(Column::Subject, 50), (Column::Actor, 1)], &[Subject, Actor], Subject),
        (&[(Column::From, 20), (Column::To, 1)], &[To, From], To),
        (&[(Column::Subject, 20), (Column::From, 1)], &[Subject, From], Subject),
        (&[(Column::Operation, 20), (Column::To, 1), (Column::ActorType, 1)], &[Operation, To, Event], Operation),
    ];
    for (columns, candidates, fewest) in cases {
        let conditions = conditions(columns);
        assert_eq!(Index::candidates(&conditions, &EVENT_TYPES), candidates, "{columns:?}");
        let chosen = Index::with_fewest_arms(candidates, &conditions, &EVENT_TYPES);
        assert_eq!(chosen, fewest, "{columns:?}");
    }
}

#[test]
fn every_key_of_every_index_has_values() {
    for index in [Operation, Subject, ActorEvent, Actor, To, From, Event, Time] {
        let named: Vec<(Column, usize)> = index.keys().iter().map(|column| (*column, 1)).collect();
        assert_eq!(index.arms(&conditions(&named), &EVENT_TYPES), 1, "{index:?}");
    }
    assert_eq!(Event.arms(&Conditions::default(), &EVENT_TYPES), 3 * 43);
}
