//! The final entry does not depend on the order of its events, or on how they are split into batches.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::*;
use crate::domain::{audit_event::ItemType, numbered::Numbered, search_text::folded, timestamp::Timestamp};

const NAMES: [&str; 5] = ["Billing", "Invoices", "Debts", "Sales", ""];

/// What an event states about the item of these tests.
#[derive(Debug, Clone, Copy)]
struct Change {
    position: Position,
    name: Option<&'static str>,
    former_name: Option<&'static str>,
    deleted: Option<bool>,
}

impl Change {
    fn random(random: &mut Rng, sequence: i64) -> Self {
        // Few instants, so that many are equal, also before 1970.
        let occurred_at = Timestamp::from_microseconds(random.i64(-3..6));
        Self {
            position: Position { occurred_at, sequence },
            name: random.bool().then(|| NAMES[random.usize(..NAMES.len())]),
            former_name: (random.u8(..4) == 0).then(|| NAMES[random.usize(..NAMES.len())]),
            deleted: (random.u8(..3) == 0).then(|| random.bool()),
        }
    }

    fn mention(&self) -> Mention<'static> {
        let Self { name, former_name, deleted, .. } = *self;
        let mention = Mention::new(Facet::Item, ItemType::Queue.number(), "q-1", None);
        Mention { name, former_name, deleted, ..mention }
    }
}

/// The entry after one more batch.
fn after(stored: Option<&Entry>, before: &[Change], batch: &[Change]) -> Entry {
    let mut statements = Statements::default();
    batch.iter().for_each(|change| statements.add(&change.mention(), change.position));
    let mut entry = stored.cloned().unwrap_or_else(|| Entry::new("q-1"));
    // As in the store: whether a stored event has a newer statement.
    let is_older = |position: Option<Position>, states: fn(&Change) -> bool| {
        position.is_some_and(|position| before.iter().any(|change| states(change) && change.position > position))
    };
    let name_is_older = entry.contradicts_name(&statements)
        && is_older(statements.name.map(|(position, _)| position), |change| change.name.is_some());
    let state_is_older = entry.contradicts_state(&statements)
        && is_older(statements.deleted.map(|(position, _)| position), |change| change.deleted.is_some());
    let previous = entry.clone();
    let agrees = stored.is_some() && statements.agree_with(entry.name.as_deref(), entry.deleted);
    let has_changed = entry.learn(&statements, name_is_older, state_is_older);
    assert_eq!(has_changed, entry != previous);
    assert!(!agrees || !has_changed, "events that agree change nothing: {previous:?} {entry:?}");
    entry
}

/// Applies the events batch by batch.
fn applied(changes: &[Change], random: &mut Rng) -> Entry {
    let mut entry: Option<Entry> = None;
    let mut done = 0;
    while done < changes.len() {
        let end = random.usize(done + 1..=changes.len());
        entry = Some(after(entry.as_ref(), &changes[..done], &changes[done..end]));
        done = end;
    }
    entry.unwrap()
}

#[test]
fn the_newest_event_determines_the_entry_in_any_order_and_batches() {
    let mut random = Rng::with_seed(3);
    for _ in 0..2_000 {
        let mut changes: Vec<Change> = (1..=random.i64(1..12)).map(|sequence| Change::random(&mut random, sequence)).collect();
        let newest_name = changes.iter().copied().filter(|change| change.name.is_some()).max_by_key(|change| change.position);
        let newest_state = changes.iter().copied().filter(|change| change.deleted.is_some()).max_by_key(|change| change.position);
        let names: BTreeSet<String> =
            changes.iter().flat_map(|change| [change.name, change.former_name]).flatten().map(folded).collect();
        for _ in 0..3 {
            random.shuffle(&mut changes);
            let entry = applied(&changes, &mut random);
            assert_eq!(entry.name.as_deref(), newest_name.and_then(|change| change.name), "{changes:?}");
            assert_eq!(entry.deleted, newest_state.is_some_and(|change| change.deleted == Some(true)), "{changes:?}");
            let found: Vec<&str> = entry.search_text.as_str().split('\u{1f}').collect();
            assert_eq!(found[0], "q-1");
            assert_eq!(found[1..].iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), names, "{changes:?}");
            assert_eq!(found.len() - 1, names.len(), "each name once: {changes:?}");
        }
    }
}

#[test]
fn known_events_change_nothing() {
    let mut random = Rng::with_seed(4);
    let changes: Vec<Change> = (1..50).map(|sequence| Change::random(&mut random, sequence)).collect();
    let entry = applied(&changes, &mut random);
    assert_eq!(after(Some(&entry), &changes, &changes), entry);
}
