//! The table of facets: kept up with each batch of events, and read by page.

use aws_lc_rs::digest::{SHA256, digest};
use diesel::{
    EscapeExpressionMethods, ExpressionMethods, Insertable, QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable,
    SelectableHelper, TextExpressionMethods,
    dsl::sql,
    sql_types::{Binary, Bool, Integer, SmallInt, Text},
    upsert::excluded,
};

use super::{
    connection::{Backend, Db, on_each_backend},
    log::Log,
    row,
    schema::facet_entries,
};
use crate::domain::{
    account::AccountId,
    event::{Event, Recorded},
    facet::{self, Choice, Entry, Facet, FacetRequest, Key, Mentions, Place},
    page::{Position, Start},
    search_text::{SearchText, folded},
    timestamp::Timestamp,
};

/// Adds what new events mention. The caller holds the lock of the log's head, under which alone entries are written.
pub(super) fn keep_up<L: Log>(db: &mut Db, account: &AccountId, events: &[Recorded<L::Event>]) -> QueryResult<()> {
    /// Of one statement: SQLite binds 32,766 values at most.
    const ROWS: usize = 2_000;
    let mentioned: Vec<_> = events
        .iter()
        .map(|recorded| {
            let position = Position { occurred_at: recorded.event.occurred_at(), sequence: recorded.sequence };
            (position, recorded.event.mentions())
        })
        .collect();
    let keys = mentioned.iter().flat_map(|(_, mentions)| mentions).map(|mention| mention.key());
    let stored = find::<L>(db, account, keys)?;
    let mut rows: Vec<Row> = facet::merge(stored, mentioned).into_iter().map(Row::from).collect();
    // In one order, so that the same events make the same table.
    rows.sort_unstable_by(|left, right| (left.facet, &left.digest, left.kind).cmp(&(right.facet, &right.digest, right.kind)));
    rows.chunks(ROWS).try_for_each(|rows| upsert::<L>(db, account, rows))
}

/// The entries of these keys that are there, and perhaps others.
fn find<L: Log>(db: &mut Db, account: &AccountId, keys: impl Iterator<Item = Key>) -> QueryResult<Vec<Entry>> {
    let (mut facets, mut digests): (Vec<i16>, Vec<Vec<u8>>) = keys.map(|key| (key.facet.number(), digest_of(&key.id))).unzip();
    facets.sort_unstable();
    facets.dedup();
    digests.sort_unstable();
    digests.dedup();
    let rows: Vec<Row> = facet_entries::table
        .filter(facet_entries::account_id.eq(account.as_str()))
        .filter(facet_entries::log.eq(L::NAME))
        .filter(facet_entries::facet.eq_any(facets))
        .filter(facet_entries::digest.eq_any(digests))
        .select(Row::as_select())
        .load(db)?;
    rows.into_iter().map(Row::into_entry).collect()
}

fn upsert<L: Log>(db: &mut Db, account: &AccountId, rows: &[Row]) -> QueryResult<()> {
    let (of_account, of_log) = (facet_entries::account_id.eq(account.as_str()), facet_entries::log.eq(L::NAME));
    let rows: Vec<_> = rows.iter().map(|row| (of_account, of_log, row)).collect();
    on_each_backend!(db, connection => diesel::insert_into(facet_entries::table)
        .values(rows)
        .on_conflict((
            facet_entries::account_id,
            facet_entries::log,
            facet_entries::facet,
            facet_entries::digest,
            facet_entries::kind,
        ))
        .do_update()
        .set((
            facet_entries::name.eq(excluded(facet_entries::name)),
            facet_entries::named_at.eq(excluded(facet_entries::named_at)),
            facet_entries::named_sequence.eq(excluded(facet_entries::named_sequence)),
            facet_entries::deleted.eq(excluded(facet_entries::deleted)),
            facet_entries::lived_at.eq(excluded(facet_entries::lived_at)),
            facet_entries::lived_sequence.eq(excluded(facet_entries::lived_sequence)),
            facet_entries::sort_key.eq(excluded(facet_entries::sort_key)),
            facet_entries::search_text.eq(excluded(facet_entries::search_text)),
        ))
        .execute(connection))
    .map(drop)
}

/// The rows of a page, one more than it has if there are so many, in the order of reading.
pub(super) fn select<L: Log>(db: &mut Db, account: &AccountId, request: &FacetRequest) -> QueryResult<Vec<Choice>> {
    // Every part is named, so that a new one does not compile until it is handled.
    let FacetRequest { facet, kinds, search, limit, start } = request;
    let descending = start.as_ref().is_some_and(|start| start.backward);
    let mut query = facet_entries::table
        .filter(facet_entries::account_id.eq(account.as_str()))
        .filter(facet_entries::log.eq(L::NAME))
        .filter(facet_entries::facet.eq(facet.number()))
        .filter(facet_entries::kind.eq_any(kinds))
        .select(ChoiceRow::as_select())
        .order(sql::<Integer>(if descending {
            "sort_key DESC, kind DESC, digest DESC"
        } else {
            "sort_key ASC, kind ASC, digest ASC"
        }))
        .limit(i64::from(limit.get()) + 1)
        .into_boxed::<Backend>();
    if let Some(Start { position: Place { sort_key, kind, digest }, backward, inclusive }) = start {
        let comparison = match (backward, inclusive) {
            (true, false) => "<",
            (true, true) => "<=",
            (false, false) => ">",
            (false, true) => ">=",
        };
        let beyond = sql::<Bool>(&format!("(sort_key, kind, digest) {comparison} ("));
        let beyond = beyond.bind::<Text, _>(sort_key).sql(", ").bind::<SmallInt, _>(kind).sql(", ");
        query = query.filter(beyond.bind::<Binary, _>(digest).sql(")"));
    }
    let pattern = search.as_ref().map(|search| containing(search.as_str()));
    if !facet.joins_kinds() || kinds.len() == 1 {
        if let Some(pattern) = pattern {
            query = query.filter(facet_entries::search_text.like(pattern).escape('\\'));
        }
        return Ok(query.load::<ChoiceRow>(db)?.into_iter().map(Choice::from).collect());
    }

    let kinds = kinds.iter().map(i16::to_string).collect::<Vec<_>>().join(", ");
    // Of the entries of one value it is the one that was named last; where none has a name, any but always the same.
    // -9e18 is before any time.
    query = query.filter(sql::<Bool>(&format!(
        "NOT EXISTS (SELECT 1 FROM facet_entries AS other \
         WHERE other.account_id = facet_entries.account_id AND other.log = facet_entries.log \
         AND other.facet = facet_entries.facet AND other.digest = facet_entries.digest AND other.kind IN ({kinds}) \
         AND (COALESCE(other.named_at, -9000000000000000000), COALESCE(other.named_sequence, 0), other.kind) > \
         (COALESCE(facet_entries.named_at, -9000000000000000000), COALESCE(facet_entries.named_sequence, 0), facet_entries.kind))"
    )));
    if let Some(pattern) = pattern {
        // A value is found by what it is called in any of the kinds.
        let found =
            sql::<Bool>("facet_entries.digest IN (SELECT found.digest FROM facet_entries AS found WHERE found.account_id = ");
        let found = found.bind::<Text, _>(account.as_str()).sql(" AND found.log = ").bind::<Text, _>(L::NAME);
        let found = found.sql(&format!(" AND found.facet = {} AND found.kind IN ({kinds})", facet.number()));
        query = query.filter(found.sql(" AND found.search_text LIKE ").bind::<Text, _>(pattern).sql(" ESCAPE '\\')"));
    }
    Ok(query.load::<ChoiceRow>(db)?.into_iter().map(Choice::from).collect())
}

/// A pattern of `LIKE` for texts that contain this one, without regard to case; `%` and `_` stand for themselves.
fn containing(text: &str) -> String {
    let escaped: String = folded(text)
        .chars()
        .flat_map(|character| matches!(character, '%' | '_' | '\\').then_some('\\').into_iter().chain([character]))
        .collect();
    format!("%{escaped}%")
}

fn digest_of(id: &str) -> Vec<u8> {
    digest(&SHA256, id.as_bytes()).as_ref().to_vec()
}

/// A row of the table without its account and log.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = facet_entries, treat_none_as_default_value = false)]
struct Row {
    facet: i16,
    digest: Vec<u8>,
    kind: i16,
    id: String,
    name: Option<String>,
    named_at: Option<i64>,
    named_sequence: Option<i64>,
    deleted: bool,
    lived_at: Option<i64>,
    lived_sequence: Option<i64>,
    sort_key: String,
    search_text: String,
}

impl Row {
    fn into_entry(self) -> QueryResult<Entry> {
        let facet = Facet::from_number(self.facet).ok_or_else(|| row::unknown_number("facet", self.facet))?;
        Ok(Entry {
            key: Key { facet, kind: self.kind, id: self.id },
            name: self.name,
            named_at: position(self.named_at, self.named_sequence),
            deleted: self.deleted,
            lived_at: position(self.lived_at, self.lived_sequence),
            search_text: SearchText::from_stored(self.search_text),
        })
    }
}

impl From<Entry> for Row {
    fn from(entry: Entry) -> Self {
        Self {
            facet: entry.key.facet.number(),
            digest: digest_of(&entry.key.id),
            kind: entry.key.kind,
            named_at: entry.named_at.map(|position| position.occurred_at.microseconds()),
            named_sequence: entry.named_at.map(|position| position.sequence),
            deleted: entry.deleted,
            lived_at: entry.lived_at.map(|position| position.occurred_at.microseconds()),
            lived_sequence: entry.lived_at.map(|position| position.sequence),
            sort_key: entry.sort_key(),
            search_text: entry.search_text.as_str().to_owned(),
            id: entry.key.id,
            name: entry.name,
        }
    }
}

fn position(occurred_at: Option<i64>, sequence: Option<i64>) -> Option<Position> {
    Some(Position { occurred_at: Timestamp::from_microseconds(occurred_at?), sequence: sequence? })
}

/// What a page needs of a row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = facet_entries)]
struct ChoiceRow {
    kind: i16,
    id: String,
    name: Option<String>,
    deleted: bool,
    sort_key: String,
    digest: Vec<u8>,
}

impl From<ChoiceRow> for Choice {
    fn from(row: ChoiceRow) -> Self {
        let place = Place { sort_key: row.sort_key, kind: row.kind, digest: row.digest };
        Self { kind: row.kind, id: row.id, name: row.name, deleted: row.deleted, place }
    }
}
