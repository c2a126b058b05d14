//! Reads pages of the access log.
//!
//! Each value of a list is read by a statement of its own, and the results are merged here. These reads are rare, so this
//! simplicity is worth more than the speed of a statement that merges.

use diesel::{OptionalExtension, QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable, SelectableHelper, sql_types::BigInt};
use strum::VariantArray;

use super::{
    connection::{Db, Dialect},
    fragment::{Fragment, comparison, is_one_of, is_one_of_texts},
    page::in_rounds,
    row_security::is_of_account,
    schema::accesses,
};
use crate::domain::{
    access::{AccessFilter, AccessedLog},
    account::AccountId,
    filter::Period,
    page::{OrderKey, Page, PageRequest, Position, Positioned, Total},
    text::Identifier,
    timestamp::Timestamp,
};

/// An access as it was recorded.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = accesses)]
pub struct RecordedAccess {
    /// Its number in the account: 1, 2, 3 … in commit order, without gaps.
    pub sequence: i64,
    /// In microseconds since 1970-01-01T00:00:00Z, as `recorded_at`.
    pub occurred_at: i64,
    pub recorded_at: i64,
    pub log: String,
    pub call: String,
    pub path: String,
    /// A JSON object.
    pub filter: String,
    pub done_by_id: String,
    pub done_by_name: Option<String>,
    pub outcome: String,
    pub status: i16,
    pub row_count: i64,
    pub highest_sequence: Option<i64>,
    pub request_id: String,
    pub lost: i64,
    pub call_count: i64,
}

impl Positioned for RecordedAccess {
    type Position = Position;

    fn position(&self) -> Position {
        Position { occurred_at: Timestamp::from_microseconds(self.occurred_at), sequence: self.sequence }
    }
}

/// The position of an access: time and sequence.
type TimeAndSequence = (i64, i64);

/// A page of the account's accesses.
pub(super) fn page(
    db: &mut Db,
    account: &AccountId,
    filter: &AccessFilter,
    period: &Period,
    request: &PageRequest,
) -> QueryResult<Page<RecordedAccess>> {
    let mut search = Search { db, account, filter, period, request };
    let keys = match request.order.key {
        OrderKey::OccurredAt => search.first_of(&arms(filter))?,
        OrderKey::Sequence => search.first_by_sequence()?,
    };
    let total = if request.include_total { Some(search.count()?) } else { None };
    let rows = search.rows(&keys)?;
    Ok(Page::of_rows(rows, request, total))
}

/// The accesses with one value of the filter, which one index has in the order of time.
struct Arm<'a> {
    table: &'static str,
    /// For SQLite, which otherwise scans all accesses of the account. `None` for the primary key.
    index: Option<&'static str>,
    /// The columns of the index before the time.
    key: Vec<(&'static str, &'a str)>,
}

/// All arms of a filter. Together they have all accesses that match.
fn arms(filter: &AccessFilter) -> Vec<Arm<'_>> {
    match (filter.conversation_id.values(), filter.item_id.values(), filter.done_by_id.values()) {
        // An access reads one log.
        (Some(_), Some(_), _) => Vec::new(),
        (Some(ids), None, _) => arms_of_subjects(filter, AccessedLog::ConversationLogs, ids),
        (None, Some(ids), _) => arms_of_subjects(filter, AccessedLog::AuditLogs, ids),
        (None, None, Some(ids)) => {
            let of_log = |log: &AccessedLog| {
                let code = log.code();
                ids.iter().map(move |id| Arm {
                    table: "accesses",
                    index: Some("accesses_done_by"),
                    key: vec![("done_by_id", id.as_str()), ("log", code)],
                })
            };
            logs(filter).iter().flat_map(of_log).collect()
        }
        (None, None, None) => {
            let of_log =
                |log: &AccessedLog| Arm { table: "accesses", index: Some("accesses_log"), key: vec![("log", log.code())] };
            logs(filter).iter().map(of_log).collect()
        }
    }
}

fn arms_of_subjects<'a>(filter: &AccessFilter, log: AccessedLog, ids: &'a [Identifier]) -> Vec<Arm<'a>> {
    let ids = if logs(filter).contains(&log) { ids } else { &[] };
    let key = |id: &'a Identifier| vec![("log", log.code()), ("subject", id.as_str())];
    ids.iter().map(|id| Arm { table: "access_subjects", index: None, key: key(id) }).collect()
}

fn logs(filter: &AccessFilter) -> &[AccessedLog] {
    filter.log.values().unwrap_or(AccessedLog::VARIANTS)
}

fn names_subjects(filter: &AccessFilter) -> bool {
    filter.conversation_id.values().is_some() || filter.item_id.values().is_some()
}

struct Search<'a> {
    db: &'a mut Db,
    account: &'a AccountId,
    filter: &'a AccessFilter,
    period: &'a Period,
    request: &'a PageRequest,
}

impl Search<'_> {
    /// The keys of a page, plus one if there is a next page, in the order of reading. Each arm is read in this order.
    fn first_of(&mut self, arms: &[Arm<'_>]) -> QueryResult<Vec<TimeAndSequence>> {
        let direction = if self.request.reads_descending() { "DESC" } else { "ASC" };
        let mut keys = Vec::new();
        for arm in arms {
            let order = match self.request.order.key {
                OrderKey::OccurredAt => format!(" ORDER BY occurred_at {direction}, sequence {direction}"),
                OrderKey::Sequence if arm.key.is_empty() => format!(" ORDER BY sequence {direction}"),
                // A sum, because PostgreSQL would otherwise search for the matches in the order of the primary key.
                OrderKey::Sequence => format!(" ORDER BY sequence + 0 {direction}"),
            };
            let first = self.matches(arm, true).sql(order).sql(" LIMIT ").number(self.request.rows());
            keys.extend(first.load::<TimeAndSequence>(self.db)?);
        }
        self.sort(&mut keys, |key| *key);
        // An access can name several of the listed conversations or items.
        keys.dedup();
        keys.truncate(usize::from(self.request.limit.get()) + 1);
        Ok(keys)
    }

    /// The same strategy as that of events; see [`page`](super::page).
    fn first_by_sequence(&mut self) -> QueryResult<Vec<TimeAndSequence>> {
        let arms = arms(self.filter);
        let has_period = self.period.date_from.is_some() || self.period.date_to.is_some();
        let is_filtered = has_period || self.filter.log.values().is_some() || self.filter.done_by_id.values().is_some();
        if names_subjects(self.filter) {
            // Only these arms contain the condition on the subject.
            return self.first_of(&arms);
        }
        let log = [Arm { table: "accesses", index: None, key: Vec::new() }];
        if !is_filtered {
            return self.first_of(&log);
        }
        let request = PageRequest { newest: Some(self.newest()?), ..*self.request };
        let Self { account, filter, period, .. } = *self;
        let read = |db: &mut Db, nearest: &PageRequest| Search { db, account, filter, period, request: nearest }.first_of(&log);
        let has_at_most = |db: &mut Db, most| Search { db, account, filter, period, request: &request }.has_at_most(most, &arms);
        match in_rounds(self.db, &request, read, has_at_most)? {
            Some(keys) => Ok(keys),
            None => self.first_of(&arms),
        }
    }

    /// The newest sequence of the account; 0 if it has no access.
    fn newest(&mut self) -> QueryResult<i64> {
        let newest = Fragment::<BigInt>::new("SELECT last_sequence FROM access_heads WHERE account_id = ");
        let newest: Option<i64> = newest.text(self.account.as_str()).get_result(self.db).optional()?;
        Ok(newest.unwrap_or(0))
    }

    /// The number of accesses that match, on all pages.
    fn count(&mut self) -> QueryResult<Total> {
        let mut keys = Vec::new();
        for arm in arms(self.filter) {
            let matches = self.matches(&arm, false).sql(" LIMIT ").number(Total::LIMIT + 1);
            keys.extend(matches.load::<TimeAndSequence>(self.db)?);
            keys.sort_unstable();
            // An access can name several of the listed conversations or items.
            keys.dedup();
            if keys.len() as i64 > Total::LIMIT {
                break;
            }
        }
        Ok(Total::from_count(keys.len() as i64))
    }

    /// Whether the arms together have at most this number of matches in the range of the page.
    fn has_at_most(&mut self, most: i64, arms: &[Arm<'_>]) -> QueryResult<bool> {
        let mut count = 0;
        for arm in arms {
            let counted = Fragment::<BigInt>::new("SELECT COUNT(*) FROM (").then(self.matches(arm, true)).sql(" LIMIT ");
            count += counted.number(most + 1 - count).sql(") AS counted").get_result::<i64>(self.db)?;
            if count > most {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A query of the keys of an arm that match all filters; with `in_range`, those that the page can have. It has no order and no
    /// limit.
    fn matches(&self, arm: &Arm<'_>, in_range: bool) -> Fragment<(BigInt, BigInt)> {
        let dialect = Dialect::of(self.db);
        let index = arm.index.filter(|_| dialect == Dialect::Sqlite).map(|index| format!(" INDEXED BY {index}"));
        let mut query = Fragment::<(BigInt, BigInt)>::new("SELECT occurred_at, sequence FROM ")
            .sql(arm.table)
            .sql(index.unwrap_or_default())
            .sql(" WHERE ")
            .then(is_of_account(dialect, self.account));
        for (column, value) in &arm.key {
            query = query.sql(format!(" AND {column} = ")).text(*value);
        }
        let is_key = |column: &str| arm.key.iter().any(|(key, _)| *key == column);
        if let Some(logs) = self.filter.log.values().filter(|_| !is_key("log")) {
            query = query.then(is_any_of("log", logs.iter().map(|log| log.code())));
        }
        if let Some(ids) = self.filter.done_by_id.values().filter(|_| !is_key("done_by_id")) {
            query = query.then(is_any_of("done_by_id", ids.iter().map(Identifier::as_str)));
        }
        if let Some(from) = self.period.date_from {
            query = query.sql(" AND occurred_at >= ").number(from.microseconds());
        }
        if let Some(to) = self.period.date_to {
            query = query.sql(" AND occurred_at < ").number(to.microseconds());
        }
        if let Some(newest) = self.request.newest.filter(|_| in_range) {
            query = query.sql(" AND sequence <= ").number(newest);
        }
        if in_range && self.request.above > 0 {
            query = query.sql(" AND sequence > ").number(self.request.above);
        }
        if let Some(start) = self.request.start.filter(|_| in_range) {
            let comparison = comparison(self.request.reads_descending(), start.inclusive);
            let Position { occurred_at, sequence } = start.position;
            query = match self.request.order.key {
                OrderKey::OccurredAt => query
                    .sql(format!(" AND (occurred_at, sequence) {comparison} ("))
                    .number(occurred_at.microseconds())
                    .sql(", ")
                    .number(sequence)
                    .sql(")"),
                OrderKey::Sequence => query.sql(format!(" AND sequence {comparison} ")).number(sequence),
            };
        }
        query
    }

    /// The accesses with these keys, in the order of reading.
    fn rows(&mut self, keys: &[TimeAndSequence]) -> QueryResult<Vec<RecordedAccess>> {
        let sequences: Vec<i64> = keys.iter().map(|(_, sequence)| *sequence).collect();
        let dialect = Dialect::of(self.db);
        let listed = is_one_of("accesses.sequence", &sequences, dialect);
        let query = accesses::table.filter(is_of_account(dialect, self.account)).filter(listed);
        let mut rows = query.select(RecordedAccess::as_select()).load(self.db)?;
        self.sort(&mut rows, |row| (row.occurred_at, row.sequence));
        Ok(rows)
    }

    /// Sorts into the order of reading by `key`, which is unique.
    fn sort<T>(&self, entries: &mut [T], key: impl Fn(&T) -> TimeAndSequence) {
        match self.request.order.key {
            OrderKey::OccurredAt => entries.sort_unstable_by_key(|entry| key(entry)),
            OrderKey::Sequence => entries.sort_unstable_by_key(|entry| key(entry).1),
        }
        if self.request.reads_descending() {
            entries.reverse();
        }
    }
}

/// A condition that has no effect on the choice of the index.
fn is_any_of<'a>(column: &'static str, values: impl Iterator<Item = &'a str>) -> Fragment {
    Fragment::new(" AND (").then(is_one_of_texts(column, values)).sql(") IS TRUE")
}
