//! What to do with a batch of events: which are new, which were there already, which contradict what is there.

use std::collections::HashMap;

use super::{
    event::{Event, Recorded},
    text::EventId,
    timestamp::Timestamp,
};

/// The most events of one batch.
pub const MAXIMUM_EVENTS: usize = 1000;

/// What became of one event of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The event's identifier.
    pub id: EventId,
    /// Its place in the log.
    pub sequence: i64,
    /// It was there already, or stood earlier in the same batch.
    pub duplicate: bool,
}

/// Events whose identifiers are taken by events with other content.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The places in the batch, with the identifiers.
    pub events: Vec<(usize, EventId)>,
}

/// What is to be stored of the batches of one log that come one after the other and are stored together.
///
/// Its maker holds the lock of the log's head, so that neither the last sequence nor what is known of the identifiers can
/// change before the plan is carried out.
#[derive(Debug)]
pub struct Planner<'a, E> {
    last_sequence: i64,
    recorded_at: Timestamp,
    /// By identifier, what the log has and what was planned.
    taken: HashMap<&'a EventId, (i64, &'a E)>,
    new: Vec<Recorded<&'a E>>,
}

impl<'a, E: Event + PartialEq> Planner<'a, E> {
    /// New events are numbered from `last_sequence` + 1 on.
    pub fn new(last_sequence: i64, recorded_at: Timestamp) -> Self {
        Self { last_sequence, recorded_at, taken: HashMap::new(), new: Vec::new() }
    }

    /// The log has this event. All whose identifiers the batches have must be made known before the first of them.
    pub fn know(&mut self, stored: &'a Recorded<E>) {
        self.taken.insert(stored.event.id(), (stored.sequence, &stored.event));
    }

    /// Takes in the next batch, all or nothing: what its events become, one by one.
    pub fn plan(&mut self, batch: &'a [E]) -> Result<Vec<Receipt>, Conflict> {
        let before = self.new.len();
        let mut receipts = Vec::with_capacity(batch.len());
        let mut conflicts = Vec::new();
        for (index, event) in batch.iter().enumerate() {
            let id = event.id().clone();
            match self.taken.get(event.id()) {
                Some((sequence, known)) if *known == event => {
                    receipts.push(Receipt { id, sequence: *sequence, duplicate: true });
                }
                Some(_) => conflicts.push((index, id)),
                None => {
                    let sequence = self.newest() + 1;
                    self.taken.insert(event.id(), (sequence, event));
                    self.new.push(Recorded { sequence, recorded_at: self.recorded_at, event });
                    receipts.push(Receipt { id, sequence, duplicate: false });
                }
            }
        }
        if conflicts.is_empty() {
            return Ok(receipts);
        }
        // As if it had never come: those after it may use its identifiers, and get its numbers.
        for recorded in self.new.drain(before..) {
            self.taken.remove(recorded.event.id());
        }
        Err(Conflict { events: conflicts })
    }

    /// The sequence of the newest event: of the log, or planned.
    pub fn newest(&self) -> i64 {
        self.new.last().map_or(self.last_sequence, |newest| newest.sequence)
    }

    /// The events to insert, numbered.
    pub fn into_new(self) -> Vec<Recorded<&'a E>> {
        self.new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Sent(EventId, &'static str);

    impl Event for Sent {
        fn id(&self) -> &EventId {
            &self.0
        }

        fn occurred_at(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    fn sent(id: &str, content: &'static str) -> Sent {
        Sent(id.parse().unwrap(), content)
    }

    fn stored(sequence: i64, event: Sent) -> Recorded<Sent> {
        Recorded { sequence, recorded_at: Timestamp::UNIX_EPOCH, event }
    }

    fn planner<'a>(stored: &'a [Recorded<Sent>], last_sequence: i64) -> Planner<'a, Sent> {
        let mut planner = Planner::new(last_sequence, Timestamp::UNIX_EPOCH);
        stored.iter().for_each(|recorded| planner.know(recorded));
        planner
    }

    fn told(receipts: &[Receipt]) -> Vec<(&str, i64, bool)> {
        receipts.iter().map(|receipt| (receipt.id.as_str(), receipt.sequence, receipt.duplicate)).collect()
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
        assert_eq!(told(&receipts), [("c", 8, false), ("a", 3, true), ("d", 9, false), ("c", 8, true)]);
        assert_eq!(planner.newest(), 9);
        assert_eq!(planner.into_new().iter().map(|recorded| recorded.sequence).collect::<Vec<_>>(), [8, 9]);
    }

    #[test]
    fn other_content_under_a_taken_identifier_conflicts_with_the_log_and_within_the_batch() {
        let stored = [stored(1, sent("a", "old"))];
        let batch = [sent("a", "other"), sent("b", "one"), sent("b", "two"), sent("c", "new")];
        let conflict = planner(&stored, 1).plan(&batch).unwrap_err();
        assert_eq!(conflicts(&conflict), [(0, "a"), (2, "b")]);
    }

    #[test]
    fn a_batch_sees_those_before_it_but_for_the_refused_ones() {
        let batches = [
            vec![sent("a", "one")],
            vec![sent("b", "two"), sent("a", "other"), sent("c", "two")],
            vec![sent("c", "three"), sent("a", "one")],
            vec![sent("c", "two")],
            vec![sent("b", "five")],
        ];
        let mut planner = planner(&[], 0);
        assert_eq!(told(&planner.plan(&batches[0]).unwrap()), [("a", 1, false)]);
        assert_eq!(conflicts(&planner.plan(&batches[1]).unwrap_err()), [(1, "a")]);
        assert_eq!(told(&planner.plan(&batches[2]).unwrap()), [("c", 2, false), ("a", 1, true)]);
        assert_eq!(conflicts(&planner.plan(&batches[3]).unwrap_err()), [(0, "c")]);
        assert_eq!(told(&planner.plan(&batches[4]).unwrap()), [("b", 3, false)]);
        let new: Vec<_> = planner.into_new().iter().map(|recorded| (recorded.sequence, recorded.event.0.as_str())).collect();
        assert_eq!(new, [(1, "a"), (2, "c"), (3, "b")]);
    }
}
