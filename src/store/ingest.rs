//! Stores batches of events: each batch atomically, each identifier once, with sequences in commit order.

use std::collections::HashMap;

use diesel::{Connection, QueryResult};

use super::{
    caches::Caches,
    commits::LogName,
    connection::{Db, Dialect},
    facet_writes,
    fragment::is_one_of,
    heads::{self, Head, Heads},
    log::LogTable,
    new_event::{self, NewRow},
    queue::Request,
    schema::LogKey,
    stored_event,
    term_numbers::{FoundTerms, TermNumbers},
    terms::{Dictionary, invalid},
};
use crate::domain::{
    batch::{Conflict, Planner, Receipt},
    event::{Event, Recorded},
    text::EventId,
    timestamp::Timestamp,
};

/// The outcome of a batch in a successful transaction.
pub(super) type Outcome = Result<Vec<Receipt>, Conflict>;

pub(super) struct Outcomes {
    /// In the order of the requests.
    pub outcomes: Vec<Outcome>,
    /// The logs with new events, and the newest sequence of each.
    pub grown: Vec<(LogName, i64)>,
}

/// Stores the batches of a group in one transaction, which is committed and durable when this returns.
pub(super) fn record(db: &mut Db, caches: &Caches, group: &[Request]) -> QueryResult<Outcomes> {
    let mut heads = Heads::new();
    let mut keys = Vec::with_capacity(group.len());
    for Request { log, account, events, .. } in group {
        let key = caches.keys.find_or_create(db, account, log)?;
        heads.entry(key).or_insert_with(|| Head::new(account, log)).reserved += events.len() as i64;
        keys.push(key);
    }
    let (outcomes, terms) = db.transaction(|db| {
        // From here to the commit, no other transaction assigns sequences or term numbers in these logs. So sequences are dense
        // and in commit order, and an event or term that is not found now cannot appear before this group is committed.
        heads::lock(db, &mut heads)?;
        let stored = stored(db, &caches.dictionary, &heads, group, &keys)?;
        let (outcomes, new) = plan(&mut heads, group, &keys, &stored);
        let terms = insert(db, &caches.dictionary, &mut heads, &new)?;
        heads::advance(db, &heads)?;
        Ok::<_, diesel::result::Error>((outcomes, terms))
    })?;
    caches.dictionary.insert(terms);
    let grown = heads.values().filter(|head| head.newest > head.last_sequence).map(|head| (LogName::of(head), head.newest));
    Ok(Outcomes { outcomes, grown: grown.collect() })
}

/// The log tables of a group.
fn tables(heads: &Heads<'_>) -> Vec<&'static LogTable> {
    let mut tables: Vec<&'static LogTable> = heads.values().map(|head| head.log).collect();
    tables.sort_unstable_by_key(|table| table.name);
    tables.dedup_by_key(|table| table.name);
    tables
}

/// The stored events whose identifiers the group uses. Usually there are none.
fn stored(
    db: &mut Db,
    dictionary: &Dictionary,
    heads: &Heads<'_>,
    group: &[Request],
    keys: &[LogKey],
) -> QueryResult<Vec<(LogKey, Recorded)>> {
    let mut stored = Vec::new();
    for table in tables(heads) {
        let of_table = group.iter().zip(keys).filter(|(request, _)| request.log.name == table.name);
        let wanted: Vec<(LogKey, &EventId)> =
            of_table.flat_map(|(request, key)| request.events.iter().map(|event| (*key, &event.id))).collect();
        let mut sequences: HashMap<LogKey, Vec<i64>> = HashMap::new();
        for (key, sequence) in stored_event::sequences(db, table, &wanted)? {
            sequences.entry(key).or_default().push(sequence);
        }
        for (key, sequences) in sequences {
            let has_sequence = is_one_of("events.sequence", &sequences, Dialect::of(db));
            for event in stored_event::load(db, dictionary, table, key, has_sequence)? {
                stored.push((key, event.into_recorded(table).map_err(invalid)?));
            }
        }
    }
    Ok(stored)
}

/// Decides the outcome of each batch, in order, and returns the new events with their sequences.
fn plan<'a>(
    heads: &mut Heads<'_>,
    group: &'a [Request],
    keys: &[LogKey],
    stored: &'a [(LogKey, Recorded)],
) -> (Vec<Outcome>, Vec<(LogKey, i64, &'a Event)>) {
    let mut planners: HashMap<LogKey, Planner<'_>> =
        heads.iter().map(|(key, head)| (*key, Planner::new(head.last_sequence))).collect();
    for (key, recorded) in stored {
        if let Some(planner) = planners.get_mut(key) {
            planner.know(recorded);
        }
    }
    let outcomes = group.iter().zip(keys).filter_map(|(request, key)| Some(planners.get_mut(key)?.plan(&request.events)));
    let outcomes = outcomes.collect();
    let mut new = Vec::new();
    // In the order of the heads, so that equal groups are stored in the same way.
    for (key, head) in heads.iter_mut() {
        if let Some(planner) = planners.remove(key) {
            head.newest = planner.newest();
            new.extend(planner.into_new().into_iter().map(|(sequence, event)| (*key, sequence, event)));
        }
    }
    (outcomes, new)
}

/// Inserts new events with their terms and facet entries. Returns the terms to cache after the commit.
fn insert(db: &mut Db, dictionary: &Dictionary, heads: &mut Heads<'_>, new: &[(LogKey, i64, &Event)]) -> QueryResult<FoundTerms> {
    if new.is_empty() {
        return Ok(FoundTerms::new());
    }
    let recorded_at = Timestamp::now().microseconds();
    let events: Vec<(LogKey, &Event)> = new.iter().map(|(log, _, event)| (*log, *event)).collect();
    let mut numbers = TermNumbers::new(dictionary);
    let terms = numbers.of(db, heads, &events)?;
    for table in tables(heads) {
        let is_of_table = |log: &LogKey| heads.get(log).is_some_and(|head| head.log.name == table.name);
        let rows: Vec<NewRow<'_>> = new
            .iter()
            .zip(&terms)
            .filter(|((log, ..), _)| is_of_table(log))
            .map(|((log, sequence, event), terms)| NewRow { log: *log, sequence: *sequence, recorded_at, event, terms: *terms })
            .collect();
        if !rows.is_empty() {
            facet_writes::update(db, table, heads, &rows)?;
            new_event::insert(db, table, &rows)?;
        }
    }
    Ok(numbers.found)
}
