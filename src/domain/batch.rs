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

/// How a batch is to be stored.
#[derive(Debug)]
pub struct Plan<E> {
    /// The events to insert, numbered.
    pub new: Vec<Recorded<E>>,
    /// One for each event of the batch, in its order.
    pub receipts: Vec<Receipt>,
}

/// Events whose identifiers are taken by events with other content.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The places in the batch, with the identifiers.
    pub events: Vec<(usize, EventId)>,
}

/// Numbers the new events of a batch from `last_sequence` + 1 on; all or nothing.
///
/// `stored` holds the events of the log whose identifiers the batch has. The caller holds the lock of the log's head, so
/// that neither they nor `last_sequence` can change before the plan is carried out.
pub fn plan<E: Event + PartialEq>(
    batch: Vec<E>,
    stored: Vec<Recorded<E>>,
    last_sequence: i64,
    recorded_at: Timestamp,
) -> Result<Plan<E>, Conflict> {
    let stored: HashMap<&EventId, &Recorded<E>> = stored.iter().map(|recorded| (recorded.event.id(), recorded)).collect();
    let mut new: Vec<Recorded<E>> = Vec::with_capacity(batch.len());
    let mut receipts = Vec::with_capacity(batch.len());
    let mut taken: HashMap<EventId, usize> = HashMap::with_capacity(batch.len());
    let mut conflicts = Vec::new();
    let mut sequence = last_sequence;

    for (index, event) in batch.into_iter().enumerate() {
        let id = event.id().clone();
        let known = stored.get(&id).copied().or_else(|| taken.get(&id).map(|place| &new[*place]));
        match known {
            Some(known) if known.event == event => receipts.push(Receipt { id, sequence: known.sequence, duplicate: true }),
            Some(_) => conflicts.push((index, id)),
            None => {
                sequence += 1;
                taken.insert(id.clone(), new.len());
                new.push(Recorded { sequence, recorded_at, event });
                receipts.push(Receipt { id, sequence, duplicate: false });
            }
        }
    }
    if conflicts.is_empty() { Ok(Plan { new, receipts }) } else { Err(Conflict { events: conflicts }) }
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

    #[test]
    fn new_events_are_numbered_densely_and_duplicates_keep_their_number() {
        let batch = vec![sent("c", "new"), sent("a", "old"), sent("d", "new"), sent("c", "new")];
        let plan = plan(batch, vec![stored(3, sent("a", "old"))], 7, Timestamp::UNIX_EPOCH).unwrap();
        let receipts: Vec<_> =
            plan.receipts.iter().map(|receipt| (receipt.id.as_str(), receipt.sequence, receipt.duplicate)).collect();
        assert_eq!(receipts, [("c", 8, false), ("a", 3, true), ("d", 9, false), ("c", 8, true)]);
        assert_eq!(plan.new.iter().map(|recorded| recorded.sequence).collect::<Vec<_>>(), [8, 9]);
    }

    #[test]
    fn other_content_under_a_taken_identifier_conflicts_with_the_log_and_within_the_batch() {
        let batch = vec![sent("a", "other"), sent("b", "one"), sent("b", "two"), sent("c", "new")];
        let conflict = plan(batch, vec![stored(1, sent("a", "old"))], 1, Timestamp::UNIX_EPOCH).unwrap_err();
        let ids: Vec<_> = conflict.events.iter().map(|(index, id)| (*index, id.as_str())).collect();
        assert_eq!(ids, [(0, "a"), (2, "b")]);
    }
}
