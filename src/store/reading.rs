//! How a page of a log is read: which index, and what of it.

use std::error::Error;

use diesel::{QueryResult, RunQueryDsl, result::Error as QueryError};

use super::{
    arms::{Arms, Count, InOrder, Rows, Sequences},
    comparison::{Dialect, Table},
    connection::Db,
    criteria::Criteria,
    heads,
    index::Index,
    log::Log,
};
use crate::domain::{
    account::AccountId,
    event::Recorded,
    page::{Entry, OrderKey, Page, PageRequest, Total},
};

/// An index that lets fewer entries through than this is selective: to read all of their rows takes a few milliseconds, as does
/// looking through some ten thousands of entries of another.
const SELECTIVE: i64 = 3_000;

/// In the order of the sequence, up to so many matches are all looked up and sorted; where there are more, the log itself is
/// read, in which they are not far.
const SORTED: i64 = 4_000;

/// A span of so many sequences is simply read. One read of a stream looks at no more: a filter that lets hardly anything through,
/// asked from the beginning of a long log, then goes on in many short steps instead of one that no deadline allows.
pub(super) const SPAN: i64 = 20_000;

/// One question to a log.
struct Question<'a> {
    dialect: Dialect,
    table: Table,
    account: &'a AccountId,
    criteria: Criteria<'a>,
}

/// What pages show of the events of one account's log. Events never change: what was made of one can be kept.
pub trait Shelf<E> {
    /// What is shown.
    type Entry: Entry;

    /// What was made of the event of that sequence, if it was kept.
    fn kept(&self, sequence: i64) -> Option<Self::Entry>;

    /// Makes it.
    fn make(&self, recorded: Recorded<E>) -> Result<Self::Entry, Box<dyn Error + Send + Sync>>;

    /// Whether of the last pages of this log most was kept.
    fn is_warm(&self) -> bool;

    /// Of a page so many were kept, and so many had to be read.
    fn learn(&self, kept: usize, read: usize);
}

/// A page of what `read` finds, which is given the request with the newest sequence of the log.
pub(super) fn page<L: Log, E: Entry>(
    db: &mut Db,
    account: &AccountId,
    filter: &L::Filter,
    request: &PageRequest,
    read: impl FnOnce(&mut Db, &PageRequest) -> QueryResult<Vec<E>>,
) -> QueryResult<Page<E>> {
    // The head first: every event up to it is committed, so that the page is that of the log as it was just then.
    let newest = match request.newest {
        Some(newest) => newest,
        None => heads::newest(db, account, L::NAME)?,
    };
    let request = &PageRequest { newest: Some(newest), ..*request };
    let rows = read(db, request)?;
    let is_all = request.start.is_none() && rows.len() <= usize::from(request.limit.get());
    let total = match i64::try_from(rows.len()) {
        _ if !request.include_total => None,
        Ok(count) if is_all => Some(Total::from_count(count)),
        _ => {
            let question = Question::new::<L>(db, account, filter);
            Some(Total::from_count(question.count(db, request)?))
        }
    };
    Ok(Page::of_rows(rows, request, total, newest))
}

/// The events of a page, in the order of reading, one more than the page has if there are so many.
pub(super) fn select<L: Log>(
    db: &mut Db,
    account: &AccountId,
    filter: &L::Filter,
    request: &PageRequest,
) -> QueryResult<Vec<Recorded<L::Event>>> {
    let question = Question::new::<L>(db, account, filter);
    match question.rows(db, request)? {
        Some(rows) => L::load(db, rows, request),
        None => Ok(Vec::new()),
    }
}

/// The same from a shelf. Where most is kept, only which events they are is read, and those events that are not kept; where
/// little is, one statement that reads them all costs less than two.
pub(super) fn select_from<L: Log, S: Shelf<L::Event>>(
    db: &mut Db,
    account: &AccountId,
    filter: &L::Filter,
    request: &PageRequest,
    shelf: &S,
) -> QueryResult<Vec<S::Entry>> {
    let question = Question::new::<L>(db, account, filter);
    let Some(rows) = question.rows(db, request)? else { return Ok(Vec::new()) };
    let (kept, read) = if shelf.is_warm() {
        let sequences: Vec<i64> = InOrder { order: rows.order(request), limit: request.rows(), rows }.load(db)?;
        let kept: Vec<_> = sequences.into_iter().map(|sequence| (sequence, shelf.kept(sequence))).collect();
        let missing: Vec<i64> = kept.iter().filter(|(_, entry)| entry.is_none()).map(|(sequence, _)| *sequence).collect();
        let read = if missing.is_empty() { Vec::new() } else { L::load(db, question.listed(&missing), request)? };
        (kept, read)
    } else {
        let read = L::load(db, rows, request)?;
        (read.iter().map(|recorded| (recorded.sequence, shelf.kept(recorded.sequence))).collect(), read)
    };
    let missing = kept.iter().filter(|(_, entry)| entry.is_none()).count();
    shelf.learn(kept.len() - missing, missing);

    let mut read = read.into_iter().peekable();
    // Both are in the order of reading. What is neither kept nor read was deleted just now.
    let entries = kept.into_iter().filter_map(|(sequence, kept)| {
        let read = read.next_if(|recorded| recorded.sequence == sequence);
        kept.map(Ok).or_else(|| read.map(|recorded| shelf.make(recorded)))
    });
    entries.collect::<Result<_, _>>().map_err(QueryError::SerializationError)
}

impl<'a> Question<'a> {
    fn new<L: Log>(db: &Db, account: &'a AccountId, filter: &'a L::Filter) -> Self {
        Self { dialect: Dialect::of(db), table: L::TABLE, account, criteria: L::criteria(filter) }
    }

    /// The rows of a page; `None` where nothing can match.
    fn rows<'q>(&'q self, db: &mut Db, request: &'q PageRequest) -> QueryResult<Option<Rows<'q>>> {
        if self.criteria.match_nothing() {
            return Ok(None);
        }
        match request.order.key {
            OrderKey::OccurredAt => {
                let index = self.choose(db)?;
                Ok(Some(self.by(index).of_page(request).first(request.rows())))
            }
            OrderKey::Sequence => self.by_sequence(db, request).map(Some),
        }
    }

    fn listed(&self, sequences: &[i64]) -> Rows<'_> {
        Rows::Listed(self.dialect, self.account.as_str(), serde_json::json!(sequences).to_string())
    }

    fn by(&self, index: Index) -> Arms<'_> {
        Arms::new(self.dialect, self.table, self.account.as_str(), &self.criteria, index)
    }

    /// The index to go by. Of several the first that proves selective, so that a rare value is not looked for among the many
    /// events of a busy item; without one, that with the fewest walks.
    fn choose(&self, db: &mut Db) -> QueryResult<Index> {
        let candidates = Index::candidates(&self.criteria);
        if candidates.len() > 1 {
            for index in &candidates {
                let entries = Sequences(self.by(*index).by_keys_alone(), SELECTIVE);
                if Count(entries).get_result::<i64>(db)? < SELECTIVE {
                    return Ok(*index);
                }
            }
        }
        Ok(Index::with_fewest_arms(&candidates, &self.criteria))
    }

    /// How many match on all pages; stops counting at one more than is told.
    fn count(&self, db: &mut Db, request: &PageRequest) -> QueryResult<i64> {
        if self.criteria.match_nothing() {
            return Ok(0);
        }
        let index = self.choose(db)?;
        let all = PageRequest { start: None, ..*request };
        Count(Sequences(self.by(index).of_page(&all), Total::LIMIT + 1)).get_result(db)
    }

    /// In the order of the sequence, which no index but the primary key has.
    fn by_sequence<'q>(&'q self, db: &mut Db, request: &'q PageRequest) -> QueryResult<Rows<'q>> {
        let through_the_log = || Rows::OfOne(self.by(Index::Sequence).of_page(request));
        if self.criteria.match_everything() || span(request) <= SPAN {
            return Ok(through_the_log());
        }
        let index = self.choose(db)?;
        let mut sequences: Vec<i64> = Sequences(self.by(index).of_page(request), SORTED + 1).load(db)?;
        if sequences.len() as i64 > SORTED {
            return Ok(through_the_log());
        }
        sequences.sort_unstable();
        if request.reads_descending() {
            sequences.reverse();
        }
        sequences.truncate(usize::from(request.limit.get()) + 1);
        Ok(self.listed(&sequences))
    }
}

/// How many sequences a page in their order can lie among.
fn span(request: &PageRequest) -> i64 {
    let start = request.start.map(|start| start.position.sequence);
    let newest = request.newest.unwrap_or(i64::MAX);
    if request.reads_descending() { newest.min(start.unwrap_or(newest)) } else { newest.saturating_sub(start.unwrap_or(0)) }
}
