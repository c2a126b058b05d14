//! Reads pages of a log: chooses the index, loads the rows and counts the matches.

use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper,
    dsl::{AsSelect, auto_type},
    sql_types::BigInt,
};

use super::{
    arms::{Arms, EventQuery, KeySource},
    caches::Version,
    conditions::{Conditions, EventFilter, Resolved},
    connection::{Backend, Db, Dialect},
    fragment::{Fragment, is_one_of},
    heads,
    index::Index,
    log::LogTable,
    merge::{by_time, count, count_by_keys, first_sequences, merged},
    reader::Reader,
    schema::{LogKey, events, log_heads},
    source::Source,
    stored_event::{EventRow, StoredEvent, details, with_terms},
};
use crate::domain::page::{OrderKey, Page, PageRequest, Total};

/// An index with fewer matching entries than this is selective. Reading all of their rows takes a few milliseconds, as long as
/// scanning some ten thousand entries of another index.
const SELECTIVE: i64 = 3_000;

/// A range of up to this number of sequences is read directly. It is also the maximum range of one read of a stream. So a stream
/// with a selective filter, from the beginning of a long log, takes many short reads instead of one that exceeds the deadline.
pub(super) const SPAN: i64 = 20_000;

/// An event, its details, and the log's newest sequence in the same snapshot.
type PageRow = (EventRow, Option<String>, Option<i64>);

/// A log and the conditions on its events.
struct Search<'a> {
    dialect: Dialect,
    log: &'static LogTable,
    key: LogKey,
    conditions: &'a Conditions,
}

impl Reader<'_> {
    /// A page of a log.
    pub(super) fn page(&mut self, filter: EventFilter<'_>, request: &PageRequest) -> QueryResult<(Page<StoredEvent>, Version)> {
        let Self { db, caches, log, key } = self;
        let (log, key) = (*log, *key);
        let Resolved { conditions, newest } = filter.resolve(db, &caches.dictionary, key)?;
        let search = conditions.as_ref().map(|conditions| Search::new(db, log, key, conditions));
        let bound = match (request.newest.or(newest), request.order.key) {
            // In sequence order, the strategy depends on the number of sequences in the range.
            (None, OrderKey::Sequence) => Some(heads::newest(db, key)?),
            // A search for several filters can be long and find nothing. With the head read first, it runs once.
            (None, _) if search.as_ref().is_some_and(|search| search.conditions.values.len() > 1) => {
                Some(heads::newest(db, key)?)
            }
            (bound, _) => bound,
        };
        let (rows, newest) = match (&search, bound) {
            (Some(search), Some(newest)) => (search.rows(db, &PageRequest { newest: Some(newest), ..*request })?, newest),
            (Some(search), None) => search.rows_and_newest(db, request)?,
            (None, Some(newest)) => (Vec::new(), newest),
            (None, None) => (Vec::new(), heads::newest(db, key)?),
        };
        // Every event up to `newest` was committed when the rows were read, so the page is a snapshot of the log.
        let request = &PageRequest { newest: Some(newest), ..*request };
        let is_all = request.start.is_none() && rows.len() <= usize::from(request.limit.get());
        let total = match &search {
            _ if !request.include_total => None,
            Some(search) if !is_all => Some(search.count(db, request)?),
            _ => Some(Total::from_count(i64::try_from(rows.len()).unwrap_or(i64::MAX))),
        };
        let rows = rows.into_iter().map(|(row, details, _)| (row, details)).collect();
        let events = with_terms(db, &caches.dictionary, log, key, rows)?;
        Ok((Page::of_rows(events, request, total), Version { incarnation: caches.incarnation, newest }))
    }
}

impl<'a> Search<'a> {
    fn new(db: &Db, log: &'static LogTable, key: LogKey, conditions: &'a Conditions) -> Self {
        Self { dialect: Dialect::of(db), log, key, conditions }
    }

    fn by(&self, index: Index) -> Arms<'_> {
        Arms::new(self.dialect, self.log, self.key, self.conditions, index)
    }

    /// The rows of a page and the log's newest sequence, in one snapshot. Usually this is one statement. If no row matches, the
    /// sequence is read first and limits a second read of the rows.
    fn rows_and_newest(&self, db: &mut Db, request: &PageRequest) -> QueryResult<(Vec<PageRow>, i64)> {
        let rows = self.rows(db, request)?;
        if let Some(newest) = rows.first().and_then(|(.., newest)| *newest) {
            return Ok((rows, newest));
        }
        let newest = heads::newest(db, self.key)?;
        Ok((self.rows(db, &PageRequest { newest: Some(newest), ..*request })?, newest))
    }

    /// The rows of a page in reading order, plus one if there is a next page.
    fn rows(&self, db: &mut Db, request: &PageRequest) -> QueryResult<Vec<PageRow>> {
        match request.order.key {
            OrderKey::OccurredAt => {
                let index = self.choose(db)?;
                self.load(db, &self.by(index), request)
            }
            OrderKey::Sequence => self.rows_by_sequence(db, request),
        }
    }

    fn load(&self, db: &mut Db, arms: &Arms<'_>, request: &PageRequest) -> QueryResult<Vec<PageRow>> {
        if arms.are_found_in_index_first() {
            let found = events::table.filter(events::log_key.eq(self.key)).into_boxed().filter(merged(arms, request));
            let query = sorted(found, request).limit(request.rows());
            Source::table(self.log, self.dialect, self.key).read(query.select(row(self.key))).load(db)
        } else {
            let query = in_order(arms.in_range(KeySource::List, request), request).limit(request.rows());
            arms.source().read(query.select(row(self.key))).load(db)
        }
    }

    /// The first selective candidate, or the one with the fewest arms if none is selective. So the database does not search for a
    /// rare value among the many events of a busy item.
    fn choose(&self, db: &mut Db) -> QueryResult<Index> {
        let candidates = Index::candidates(self.conditions);
        if candidates.len() > 1 {
            for index in &candidates {
                let arms = self.by(*index);
                if arms.source().read(count_by_keys(&arms, SELECTIVE)).get_result::<i64>(db)? < SELECTIVE {
                    return Ok(*index);
                }
            }
        }
        Ok(Index::with_fewest_arms(&candidates, self.conditions))
    }

    /// The number of matches on all pages. Counting stops at [`Total::LIMIT`] + 1.
    fn count(&self, db: &mut Db, request: &PageRequest) -> QueryResult<Total> {
        let index = self.choose(db)?;
        let all = PageRequest { start: None, ..*request };
        let arms = self.by(index);
        arms.source().read(count(&arms, &all, Total::LIMIT + 1)).get_result(db).map(Total::from_count)
    }

    /// The rows of a page in sequence order, which only the primary key provides.
    fn rows_by_sequence(&self, db: &mut Db, request: &PageRequest) -> QueryResult<Vec<PageRow>> {
        let log = self.by(Index::Sequence);
        if self.conditions.match_everything() || span(request) <= SPAN {
            return self.load(db, &log, request);
        }
        let arms = self.by(self.choose(db)?);
        let read = |db: &mut Db, nearest: &PageRequest| self.load(db, &log, nearest);
        let has_few = |db: &mut Db, most| {
            let counted = arms.source().read(count(&arms, request, most + 1)).get_result::<i64>(db)?;
            Ok(counted <= most)
        };
        if let Some(rows) = in_rounds(db, request, read, has_few)? {
            return Ok(rows);
        }
        let found: Vec<i64> = arms.source().read(first_sequences(&arms, request)).load(db)?;
        let listed = is_one_of("events.sequence", &found, self.dialect);
        let listed = events::table.filter(events::log_key.eq(self.key)).into_boxed().filter(listed);
        Source::table(self.log, self.dialect, self.key).read(sorted(listed, request).select(row(self.key))).load(db)
    }
}

/// The columns of a [`PageRow`].
#[auto_type]
fn row(key: LogKey) -> _ {
    let head = log_heads::table.filter(log_heads::log_key.eq(key)).select(log_heads::last_sequence).single_value();
    let event: AsSelect<EventRow, Backend> = EventRow::as_select();
    let details: details = details();
    (event, details, head)
}

/// Orders a query for reading.
fn in_order<'q>(query: EventQuery<'q>, request: &PageRequest) -> EventQuery<'q> {
    match (request.order.key, request.reads_descending()) {
        (OrderKey::OccurredAt, descending) => by_time(query, descending),
        (OrderKey::Sequence, true) => query.order(events::sequence.desc()),
        (OrderKey::Sequence, false) => query.order(events::sequence.asc()),
    }
}

/// Sorts rows that are already found into reading order. The `+` keeps SQLite from using the order of an index, in which it would
/// scan the log for the rows.
fn sorted<'q>(query: EventQuery<'q>, request: &PageRequest) -> EventQuery<'q> {
    query.order(Fragment::<BigInt>::new(match (request.order.key, request.reads_descending()) {
        (OrderKey::OccurredAt, true) => "+occurred_at DESC, +sequence DESC",
        (OrderKey::OccurredAt, false) => "+occurred_at ASC, +sequence ASC",
        (OrderKey::Sequence, true) => "+sequence DESC",
        (OrderKey::Sequence, false) => "+sequence ASC",
    }))
}

/// The number of sequences that a page in sequence order can span.
fn span(request: &PageRequest) -> i64 {
    let (oldest, newest) = range(request);
    newest.saturating_sub(oldest)
}

/// Reads a page in sequence order in rounds. `None` if so few entries match that it can be sorted out of all matches.
///
/// Each round reads the nearest part of the log, which frequent matches fill, and then looks whether an index has few matches.
/// Each round may read four times as much as the one before. So the cost depends on the distance of the matches or on their number
/// in the log, whichever is smaller.
pub(super) fn in_rounds<R>(
    db: &mut Db,
    request: &PageRequest,
    read: impl Fn(&mut Db, &PageRequest) -> QueryResult<Vec<R>>,
    has_at_most: impl Fn(&mut Db, i64) -> QueryResult<bool>,
) -> QueryResult<Option<Vec<R>>> {
    let mut most = SPAN;
    loop {
        let rows = read(db, &nearest(request, most))?;
        if rows.len() as i64 == request.rows() || span(request) <= most {
            return Ok(Some(rows));
        }
        // With a quarter of the page, the next round is likely to fill it.
        let is_frequent = rows.len() as i64 * 4 >= request.rows();
        if !is_frequent && has_at_most(db, most)? {
            return Ok(None);
        }
        most *= 4;
    }
}

/// Restricts a page in sequence order to the nearest sequences.
fn nearest(request: &PageRequest, sequences: i64) -> PageRequest {
    let (oldest, newest) = range(request);
    if request.reads_descending() {
        PageRequest { above: newest.saturating_sub(sequences), ..*request }
    } else {
        PageRequest { newest: Some(newest.min(oldest.saturating_add(sequences))), ..*request }
    }
}

/// The sequences that a page in sequence order can span: after the first number, up to the second.
fn range(request: &PageRequest) -> (i64, i64) {
    let start = request.start.map(|start| start.position.sequence);
    let newest = request.newest.unwrap_or(i64::MAX);
    if request.reads_descending() { (0, newest.min(start.unwrap_or(newest))) } else { (start.unwrap_or(0), newest) }
}
