//! How a page of a log is read: which index, and what of it.

use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper,
    dsl::{AsSelect, auto_type},
    sql_types::BigInt,
};

use super::{
    arms::{Arms, EventQuery, KeySource},
    conditions::{Conditions, EventFilter, Resolved},
    connection::{Backend, Db, Dialect},
    fragment::{Fragment, among},
    heads,
    index::Index,
    log::LogTable,
    merge::{by_time, count, count_by_keys, merged, sequences},
    on::{On, Source},
    reader::Reader,
    schema::{LogKey, events, log_heads},
    stored_event::{EventRow, StoredEvent, details, with_terms},
};
use crate::domain::page::{OrderKey, Page, PageRequest, Total};

/// An index that lets fewer entries through than this is selective: to read all of their rows takes a few milliseconds, as does
/// walking through some ten thousands of entries of another.
const SELECTIVE: i64 = 3_000;

/// In the order of sequences, up to this number of matches are looked up and sorted. Where there are more, the log itself is
/// read, because they are not far apart in it.
const SORTED: i64 = 4_000;

/// A range of up to this number of sequences is simply read. One read of a stream covers no more: a filter that lets little
/// through, from the beginning of a long log, then takes many short steps instead of one that no deadline allows.
pub(super) const SPAN: i64 = 20_000;

/// A row, its details, and the head of the log in the same snapshot.
type Row = (EventRow, Option<String>, Option<i64>);

/// What a page is read from.
struct Search<'a> {
    dialect: Dialect,
    log: &'static LogTable,
    key: LogKey,
    conditions: &'a Conditions,
}

impl Reader<'_> {
    /// A page of a log.
    pub(super) fn page(
        &mut self,
        log: &'static LogTable,
        filter: &EventFilter<'_>,
        request: &PageRequest,
    ) -> QueryResult<Page<StoredEvent>> {
        let Some(key) = self.keys.find(self.db, self.account, log)? else {
            return Ok(Page::of_rows(Vec::new(), request, request.include_total.then_some(Total::Exact(0)), 0));
        };
        let Resolved { conditions, newest } = filter.resolve(self.db, self.dictionary, key)?;
        let search = conditions.as_ref().map(|conditions| Search::new(self.db, log, key, conditions));
        let bound = match (request.newest.or(newest), request.order.key) {
            // How to read in the order of sequences depends on how many there are.
            (None, OrderKey::Sequence) => Some(heads::newest(self.db, key)?),
            (bound, _) => bound,
        };
        let (rows, newest) = match (&search, bound) {
            (Some(search), Some(newest)) => (search.rows(self.db, &PageRequest { newest: Some(newest), ..*request })?, newest),
            (Some(search), None) => search.rows_and_newest(self.db, request)?,
            (None, Some(newest)) => (Vec::new(), newest),
            (None, None) => (Vec::new(), heads::newest(self.db, key)?),
        };
        // Every event up to `newest` was committed when the rows were read, so the page shows the log as it was then.
        let request = &PageRequest { newest: Some(newest), ..*request };
        let is_all = request.start.is_none() && rows.len() <= usize::from(request.limit.get());
        let total = match &search {
            _ if !request.include_total => None,
            Some(search) if !is_all => Some(search.count(self.db, request)?),
            _ => Some(Total::from_count(i64::try_from(rows.len()).unwrap_or(i64::MAX))),
        };
        let rows = rows.into_iter().map(|(row, details, _)| (row, details)).collect();
        let events = with_terms(self.db, self.dictionary, log, key, rows)?;
        Ok(Page::of_rows(events, request, total, newest))
    }
}

impl<'a> Search<'a> {
    fn new(db: &Db, log: &'static LogTable, key: LogKey, conditions: &'a Conditions) -> Self {
        Self { dialect: Dialect::of(db), log, key, conditions }
    }

    fn by(&self, index: Index) -> Arms<'_> {
        Arms::new(self.dialect, self.log, self.key, self.conditions, index)
    }

    /// The rows of a page and the head of the log, in one snapshot: usually one statement. Where nothing matches there is no row
    /// with the head in it; then the head comes first, and bounds the rows.
    fn rows_and_newest(&self, db: &mut Db, request: &PageRequest) -> QueryResult<(Vec<Row>, i64)> {
        let rows = self.rows(db, request)?;
        if let Some(newest) = rows.first().and_then(|(.., newest)| *newest) {
            return Ok((rows, newest));
        }
        let newest = heads::newest(db, self.key)?;
        Ok((self.rows(db, &PageRequest { newest: Some(newest), ..*request })?, newest))
    }

    /// The rows of a page in the order of reading, one more than the page has if there are as many.
    fn rows(&self, db: &mut Db, request: &PageRequest) -> QueryResult<Vec<Row>> {
        match request.order.key {
            OrderKey::OccurredAt => {
                let index = self.choose(db)?;
                self.load(db, &self.by(index), request)
            }
            OrderKey::Sequence => self.rows_by_sequence(db, request),
        }
    }

    fn load(&self, db: &mut Db, arms: &Arms<'_>, request: &PageRequest) -> QueryResult<Vec<Row>> {
        if arms.are_found_first() {
            let found = events::table.filter(events::log_key.eq(self.key)).into_boxed().filter(merged(arms, request));
            let query = sorted(found, request).limit(request.rows());
            On::new(Source::table(self.log), query.select(row(self.key))).load(db)
        } else {
            let query = in_order(arms.in_range(KeySource::List, request), request).limit(request.rows());
            On::new(arms.source(), query.select(row(self.key))).load(db)
        }
    }

    /// The index to use. Of several the first that proves selective, so that a rare value is not searched among the many events
    /// of a busy item; without one, the one with the fewest arms.
    fn choose(&self, db: &mut Db) -> QueryResult<Index> {
        let candidates = Index::candidates(self.conditions);
        if candidates.len() > 1 {
            for index in &candidates {
                let arms = self.by(*index);
                if On::new(arms.source(), count_by_keys(&arms, SELECTIVE)).get_result::<i64>(db)? < SELECTIVE {
                    return Ok(*index);
                }
            }
        }
        Ok(Index::with_fewest_arms(&candidates, self.conditions))
    }

    /// How many events match on all pages. Counting stops at one more than is reported.
    fn count(&self, db: &mut Db, request: &PageRequest) -> QueryResult<Total> {
        let index = self.choose(db)?;
        let all = PageRequest { start: None, ..*request };
        let arms = self.by(index);
        On::new(arms.source(), count(&arms, &all, Total::LIMIT + 1)).get_result(db).map(Total::from_count)
    }

    /// In the order of sequences, which only the primary key has.
    fn rows_by_sequence(&self, db: &mut Db, request: &PageRequest) -> QueryResult<Vec<Row>> {
        if self.conditions.match_everything() || span(request) <= SPAN {
            return self.load(db, &self.by(Index::Sequence), request);
        }
        let arms = self.by(self.choose(db)?);
        let mut found: Vec<i64> = On::new(arms.source(), sequences(&arms, request, SORTED + 1)).load(db)?;
        if found.len() as i64 > SORTED {
            return self.load(db, &self.by(Index::Sequence), request);
        }
        found.sort_unstable();
        if request.reads_descending() {
            found.reverse();
        }
        found.truncate(usize::from(request.limit.get()) + 1);
        let listed = among("events.sequence", &found, self.dialect);
        let listed = events::table.filter(events::log_key.eq(self.key)).into_boxed().filter(listed);
        On::new(Source::table(self.log), sorted(listed, request).select(row(self.key))).load(db)
    }
}

/// What is read of each row.
#[auto_type]
fn row(key: LogKey) -> _ {
    let head = log_heads::table.filter(log_heads::log_key.eq(key)).select(log_heads::last_sequence).single_value();
    let event: AsSelect<EventRow, Backend> = EventRow::as_select();
    let details: details = details();
    (event, details, head)
}

/// A query in the order of reading.
fn in_order<'q>(query: EventQuery<'q>, request: &PageRequest) -> EventQuery<'q> {
    match (request.order.key, request.reads_descending()) {
        (OrderKey::OccurredAt, descending) => by_time(query, descending),
        (OrderKey::Sequence, true) => query.order(events::sequence.desc()),
        (OrderKey::Sequence, false) => query.order(events::sequence.asc()),
    }
}

/// Rows that were found before, in the order of reading. It must not look like the order of an index, by which SQLite would walk
/// through the log to meet them; the `+` hides the columns.
fn sorted<'q>(query: EventQuery<'q>, request: &PageRequest) -> EventQuery<'q> {
    query.order(Fragment::<BigInt>::new(match (request.order.key, request.reads_descending()) {
        (OrderKey::OccurredAt, true) => "+occurred_at DESC, +sequence DESC",
        (OrderKey::OccurredAt, false) => "+occurred_at ASC, +sequence ASC",
        (OrderKey::Sequence, true) => "+sequence DESC",
        (OrderKey::Sequence, false) => "+sequence ASC",
    }))
}

/// How many sequences a page in their order can lie among.
fn span(request: &PageRequest) -> i64 {
    let start = request.start.map(|start| start.position.sequence);
    let newest = request.newest.unwrap_or(i64::MAX);
    if request.reads_descending() { newest.min(start.unwrap_or(newest)) } else { newest.saturating_sub(start.unwrap_or(0)) }
}
