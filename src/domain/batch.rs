//! Decides which events of a batch are new, which are duplicates, and which conflict with stored events.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    event::{Event, Recorded},
    text::EventId,
};

/// The maximum number of events in a batch.
pub const MAXIMUM_EVENTS: usize = 1000;

/// The outcome for one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = EventReceipt)]
pub struct Receipt {
    /// Its identifier, as sent or generated.
    pub id: EventId,
    /// Its sequence in the log.
    #[schema(example = 42, minimum = 1)]
    pub sequence: i64,
    /// Whether this request stored it.
    pub status: EventStatus,
}

/// Whether an event is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventStatus {
    /// It was stored.
    Accepted,
    /// It was stored before, or is repeated in the batch, with the same content.
    Duplicate,
}

/// Events whose identifiers are used by events with different content.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Their positions in the batch, and their identifiers.
    pub events: Vec<(usize, EventId)>,
}

/// Decides, for consecutive batches of one log, which events are new and which sequences they get.
///
/// The caller must hold the lock of the log's head until the new events are inserted, so that neither the last sequence nor the
/// stored events change.
#[derive(Debug)]
pub struct Planner<'a> {
    last_sequence: i64,
    /// The stored and the planned events by identifier.
    taken: HashMap<&'a EventId, (i64, &'a Event)>,
    new: Vec<(i64, &'a Event)>,
}

impl<'a> Planner<'a> {
    /// New events get the sequences `last_sequence` + 1, + 2, …
    pub fn new(last_sequence: i64) -> Self {
        Self { last_sequence, taken: HashMap::new(), new: Vec::new() }
    }

    /// Adds an event of the log. All stored events whose identifiers the batches use must be added before the first batch.
    pub fn know(&mut self, stored: &'a Recorded) {
        self.taken.insert(&stored.event.id, (stored.sequence, &stored.event));
    }

    /// Plans the next batch, atomically, and returns a receipt for each of its events.
    pub fn plan(&mut self, batch: &'a [Event]) -> Result<Vec<Receipt>, Conflict> {
        let before = self.new.len();
        let mut receipts = Vec::with_capacity(batch.len());
        let mut conflicts = Vec::new();
        for (index, event) in batch.iter().enumerate() {
            let id = event.id.clone();
            match self.taken.get(&event.id) {
                Some((sequence, known)) if *known == event => {
                    receipts.push(Receipt { id, sequence: *sequence, status: EventStatus::Duplicate });
                }
                Some(_) => conflicts.push((index, id)),
                None => {
                    let sequence = self.newest() + 1;
                    self.taken.insert(&event.id, (sequence, event));
                    self.new.push((sequence, event));
                    receipts.push(Receipt { id, sequence, status: EventStatus::Accepted });
                }
            }
        }
        if conflicts.is_empty() {
            return Ok(receipts);
        }
        // A refused batch has no effect: later batches may use its identifiers and get its sequences.
        for (_, event) in self.new.drain(before..) {
            self.taken.remove(&event.id);
        }
        Err(Conflict { events: conflicts })
    }

    /// The sequence of the newest event, stored or planned.
    pub fn newest(&self) -> i64 {
        self.new.last().map_or(self.last_sequence, |(sequence, _)| *sequence)
    }

    /// The events to insert, each with its sequence.
    pub fn into_new(self) -> Vec<(i64, &'a Event)> {
        self.new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        event::{Actor, ActorType, Subject},
        timestamp::Timestamp,
    };

    /// An event with `content` in one of its members.
    fn sent(id: &str, content: &str) -> Event {
        Event {
            id: id.parse().unwrap(),
            occurred_at: Timestamp::UNIX_EPOCH,
            event_type: 1,
            done_by: Actor { actor_type: ActorType::System, id: None, name: None },
            from: None,
            to: None,
            subject: Subject { kind: 0, id: "c-1".parse().unwrap(), name: None },
            operation_id: Some(content.parse().unwrap()),
            details: None,
        }
    }

    fn stored(sequence: i64, event: Event) -> Recorded {
        Recorded { sequence, event }
    }

    fn planner(stored: &[Recorded], last_sequence: i64) -> Planner<'_> {
        let mut planner = Planner::new(last_sequence);
        stored.iter().for_each(|recorded| planner.know(recorded));
        planner
    }

    fn outcomes(receipts: &[Receipt]) -> Vec<(&str, i64, bool)> {
        receipts.iter().map(|receipt| (receipt.id.as_str(), receipt.sequence, receipt.status == EventStatus::Duplicate)).collect()
    }

    fn conflicts(conflict: &Conflict) -> Vec<(usize, &str)> {
        conflict.events.iter().map(|(index, id)| (*index, id.as_str())).collect()
    }

    #[test]
    fn new_events_are_numbered_densely_and_duplicates_keep_their_number() {
        let stored = [stored(3, sent("a", "old"))];
        let mut planner = planner(&stored, 7);
        let batch = [sent("c", "new"), sent("a", "old"), sent("d", "new"), sent("c", "new")];
        let receipts = planner.plan(&batch).unwrap();
        assert_eq!(outcomes(&receipts), [("c", 8, false), ("a", 3, true), ("d", 9, false), ("c", 8, true)]);
        assert_eq!(planner.newest(), 9);
        assert_eq!(planner.into_new().iter().map(|(sequence, _)| *sequence).collect::<Vec<_>>(), [8, 9]);
    }

    #[test]
    fn different_content_with_a_used_identifier_conflicts_with_the_log_and_within_the_batch() {
        let stored = [stored(1, sent("a", "old"))];
        let batch = [sent("a", "other"), sent("b", "one"), sent("b", "two"), sent("c", "new")];
        let conflict = planner(&stored, 1).plan(&batch).unwrap_err();
        assert_eq!(conflicts(&conflict), [(0, "a"), (2, "b")]);
    }

    #[test]
    fn a_batch_sees_earlier_batches_except_refused_ones() {
        let batches = [
            vec![sent("a", "one")],
            vec![sent("b", "two"), sent("a", "other"), sent("c", "two")],
            vec![sent("c", "three"), sent("a", "one")],
            vec![sent("c", "two")],
            vec![sent("b", "five")],
        ];
        let mut planner = planner(&[], 0);
        assert_eq!(outcomes(&planner.plan(&batches[0]).unwrap()), [("a", 1, false)]);
        assert_eq!(conflicts(&planner.plan(&batches[1]).unwrap_err()), [(1, "a")]);
        assert_eq!(outcomes(&planner.plan(&batches[2]).unwrap()), [("c", 2, false), ("a", 1, true)]);
        assert_eq!(conflicts(&planner.plan(&batches[3]).unwrap_err()), [(0, "c")]);
        assert_eq!(outcomes(&planner.plan(&batches[4]).unwrap()), [("b", 3, false)]);
        let new: Vec<_> = planner.into_new().iter().map(|(sequence, event)| (*sequence, event.id.as_str())).collect();
        assert_eq!(new, [(1, "a"), (2, "c"), (3, "b")]);
    }
}
