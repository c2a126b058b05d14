//! Keeps up the table of facets with what comes in: each entry is read once and written at most once, and only what changed.

use aws_lc_rs::digest::{SHA256, digest};
use diesel::{
    IntoSql, OptionalExtension, QueryResult, Queryable, RunQueryDsl, Selectable,
    dsl::{AsSelect, SqlTypeOf},
    pg::Pg,
    result::Error as QueryError,
    sql_types::{BigInt, Binary, Bool, Nullable, SmallInt, Text},
    sqlite::Sqlite,
};

use super::{
    connection::Db,
    log::Log,
    row,
    schema::facet_entries,
    statement::{self, End, Statement, column, rows},
};
use crate::domain::{
    account::AccountId,
    event::{Event, Recorded},
    facet::{Change, Entry, Key, Mentioned, Mentions},
    page::Position,
    search_text::SearchText,
    timestamp::Timestamp,
};

/// Adds what new events mention. The caller holds the locks of the logs' heads, under which alone entries are written.
pub(super) fn keep_up<L: Log>(db: &mut Db, events: &[(&AccountId, Recorded<&L::Event>)]) -> QueryResult<()> {
    let mentioned = Mentioned::by(events.iter().map(|(account, Recorded { sequence, event, .. })| {
        (*account, Position { occurred_at: event.occurred_at(), sequence: *sequence }, event.mentions())
    }));
    let places: Vec<Place<'_>> = mentioned.keys.iter().map(|(account, key)| Place::new::<L>(account, *key)).collect();
    let (kept_at, entries): (Vec<_>, Vec<_>) = find(db, &places)?.into_iter().map(Option::unzip).unzip();
    let learnt = mentioned.learnt(entries);
    let rows = places.iter().zip(&kept_at).zip(&learnt);
    let rows: Vec<Row<'_>> = rows.map(|((place, kept_at), (entry, _))| Row { place, kept_at: kept_at.as_ref(), entry }).collect();
    let of = |wanted: Change| -> Vec<&Row<'_>> {
        rows.iter().zip(&learnt).filter(|(_, (_, change))| *change == wanted).map(|(row, _)| row).collect()
    };
    update(db, &of(Change::State))?;
    upsert(db, &of(Change::Names))
}

/// Where an entry stands in the table.
struct Place<'a> {
    account: &'a str,
    log: &'static str,
    key: Key<'a>,
    /// Tells the identifier in an index, whatever its length.
    digest: Vec<u8>,
}

impl<'a> Place<'a> {
    fn new<L: Log>(account: &'a AccountId, key: Key<'a>) -> Self {
        let digest = digest(&SHA256, key.id.as_bytes()).as_ref().to_vec();
        Self { account: account.as_str(), log: L::NAME, key, digest }
    }
}

/// Where the database keeps a row: SQLite's `rowid`, PostgreSQL's `ctid`. It stays there until the row is written to again,
/// which nobody else does while the head is locked.
type Address = String;

/// A row to write.
struct Row<'a> {
    place: &'a Place<'a>,
    /// `None`: nowhere yet.
    kept_at: Option<&'a Address>,
    entry: &'a Entry,
}

impl Row<'_> {
    fn named(&self) -> (Option<i64>, Option<i64>) {
        columns(self.entry.named_at)
    }

    fn lived(&self) -> (Option<i64>, Option<i64>) {
        columns(self.entry.lived_at)
    }
}

fn columns(position: Option<Position>) -> (Option<i64>, Option<i64>) {
    (position.map(|position| position.occurred_at.microseconds()), position.map(|position| position.sequence))
}

/// What is stored at each of these places, and where.
fn find(db: &mut Db, places: &[Place<'_>]) -> QueryResult<Vec<Option<(Address, Entry)>>> {
    /// The order is that of [`Stored`].
    const SELECT: &str = "SELECT CAST(rowid AS TEXT), name, named_at, named_sequence, deleted, lived_at, lived_sequence, \
        search_text FROM facet_entries WHERE (account_id, log, facet, digest, kind) = (";
    type Answer = (Text, SqlTypeOf<AsSelect<Stored, Sqlite>>);

    const FOUND: &str = "SELECT place, found.* FROM";
    /// In the order of the key, so that PostgreSQL takes the key's index. Asked for what is equal (`digest = …` would make the
    /// order one of constants, which any index has), it takes another and goes through a whole facet for each, as long as it
    /// knows nothing of the table yet.
    const BY_KEY: &str = " WITH ORDINALITY AS wanted (account, the_log, the_facet, the_digest, the_kind, place) \
        CROSS JOIN LATERAL (SELECT CAST(ctid AS TEXT), name, named_at, named_sequence, deleted, lived_at, lived_sequence, \
        search_text FROM facet_entries WHERE account_id = account AND log = the_log AND facet = the_facet \
        AND digest BETWEEN the_digest AND the_digest AND kind = the_kind ORDER BY digest, kind LIMIT 1) AS found";
    type Found = (BigInt, Text, SqlTypeOf<AsSelect<Stored, Pg>>);

    match db {
        Db::Sqlite(connection) => places
            .iter()
            .map(|Place { account, log, key, digest }| {
                let key = (
                    account.into_sql::<Text>(),
                    log.into_sql::<Text>(),
                    key.facet.number().into_sql::<SmallInt>(),
                    digest.into_sql::<Binary>(),
                    key.kind.into_sql::<SmallInt>(),
                );
                let found = Statement::new(SELECT, key, End(")")).answering::<Answer>().get_result(connection);
                Ok(found.optional()?.map(|(address, stored): (Address, Stored)| (address, stored.into())))
            })
            .collect(),
        Db::Postgres(connection) => {
            let wanted = rows((
                column::<Text, _>(places.iter().map(|place| place.account)),
                column::<Text, _>(places.iter().map(|place| place.log)),
                column::<SmallInt, _>(places.iter().map(|place| place.key.facet.number())),
                column::<Binary, _>(places.iter().map(|place| place.digest.as_slice())),
                column::<SmallInt, _>(places.iter().map(|place| place.key.kind)),
            ));
            let found: Vec<(i64, Address, Stored)> =
                Statement::new(FOUND, wanted, End(BY_KEY)).answering::<Found>().load(connection)?;
            let mut entries: Vec<Option<(Address, Entry)>> = places.iter().map(|_| None).collect();
            for (place, address, stored) in found {
                entries[row::place(place)?] = Some((address, stored.into()));
            }
            Ok(entries)
        }
    }
}

/// Writes what stands in no index, to rows that were found.
fn update(db: &mut Db, entries: &[&Row<'_>]) -> QueryResult<()> {
    if entries.is_empty() {
        return Ok(());
    }
    match db {
        Db::Sqlite(connection) => entries.iter().try_for_each(|row| {
            const SET: &str = "UPDATE facet_entries SET (named_at, named_sequence, deleted, lived_at, lived_sequence) = (";
            let state = (
                row.named().0.into_sql::<Nullable<BigInt>>(),
                row.named().1.into_sql::<Nullable<BigInt>>(),
                row.entry.deleted.into_sql::<Bool>(),
                row.lived().0.into_sql::<Nullable<BigInt>>(),
                row.lived().1.into_sql::<Nullable<BigInt>>(),
            );
            let account = Statement::new(" AS INTEGER) AND account_id = ", (row.place.account.into_sql::<Text>(),), End(""));
            let at = Statement::new(") WHERE rowid = CAST(", row.kept_at.into_sql::<Nullable<Text>>(), account);
            expect(Statement::new(SET, state, at).execute(connection)?, 1)
        }),
        Db::Postgres(connection) => {
            const SET: &str = "UPDATE facet_entries AS entry SET (named_at, named_sequence, deleted, lived_at, lived_sequence) = \
                (new.named_at, new.named_sequence, new.deleted, new.lived_at, new.lived_sequence) FROM";
            /// The account is hidden from the planner, which is to go by the address.
            const AT: &str = " AS new (address, account_id, named_at, named_sequence, deleted, lived_at, lived_sequence) \
                WHERE entry.ctid = CAST(new.address AS tid) AND (entry.account_id = new.account_id) IS TRUE";
            let new = rows((
                column::<Nullable<Text>, _>(entries.iter().map(|row| row.kept_at)),
                column::<Text, _>(entries.iter().map(|row| row.place.account)),
                column::<Nullable<BigInt>, _>(entries.iter().map(|row| row.named().0)),
                column::<Nullable<BigInt>, _>(entries.iter().map(|row| row.named().1)),
                column::<Bool, _>(entries.iter().map(|row| row.entry.deleted)),
                column::<Nullable<BigInt>, _>(entries.iter().map(|row| row.lived().0)),
                column::<Nullable<BigInt>, _>(entries.iter().map(|row| row.lived().1)),
            ));
            expect(Statement::new(SET, new, End(AT)).execute(connection)?, entries.len())
        }
    }
}

/// So many rows must have been where they were found.
fn expect(updated: usize, wanted: usize) -> QueryResult<()> {
    if updated == wanted { Ok(()) } else { Err(QueryError::NotFound) }
}

/// Writes whole rows, new ones and others.
fn upsert(db: &mut Db, entries: &[&Row<'_>]) -> QueryResult<()> {
    /// The order is that of the values below.
    const INTO: &str = "INSERT INTO facet_entries (account_id, log, facet, digest, kind, id, name, named_at, named_sequence, \
        deleted, lived_at, lived_sequence, sort_key, search_text)";
    const OR: &str = " ON CONFLICT (account_id, log, facet, digest, kind) DO UPDATE SET name = excluded.name, \
        named_at = excluded.named_at, named_sequence = excluded.named_sequence, deleted = excluded.deleted, \
        lived_at = excluded.lived_at, lived_sequence = excluded.lived_sequence, sort_key = excluded.sort_key, \
        search_text = excluded.search_text";

    if entries.is_empty() {
        return Ok(());
    }
    match db {
        Db::Sqlite(connection) => entries.iter().try_for_each(|row| {
            let (Place { account, log, key, digest }, entry) = (row.place, row.entry);
            let values = (
                account.into_sql::<Text>(),
                log.into_sql::<Text>(),
                key.facet.number().into_sql::<SmallInt>(),
                digest.into_sql::<Binary>(),
                key.kind.into_sql::<SmallInt>(),
                key.id.into_sql::<Text>(),
                entry.name.as_deref().into_sql::<Nullable<Text>>(),
                row.named().0.into_sql::<Nullable<BigInt>>(),
                row.named().1.into_sql::<Nullable<BigInt>>(),
                entry.deleted.into_sql::<Bool>(),
                row.lived().0.into_sql::<Nullable<BigInt>>(),
                row.lived().1.into_sql::<Nullable<BigInt>>(),
                entry.sort_key(key.id).into_sql::<Text>(),
                entry.search_text.as_str().into_sql::<Text>(),
            );
            Statement::new(INTO, statement::row(values), End(OR)).execute(connection).map(drop)
        }),
        Db::Postgres(connection) => {
            let new = rows((
                column::<Text, _>(entries.iter().map(|row| row.place.account)),
                column::<Text, _>(entries.iter().map(|row| row.place.log)),
                column::<SmallInt, _>(entries.iter().map(|row| row.place.key.facet.number())),
                column::<Binary, _>(entries.iter().map(|row| row.place.digest.as_slice())),
                column::<SmallInt, _>(entries.iter().map(|row| row.place.key.kind)),
                column::<Text, _>(entries.iter().map(|row| row.place.key.id)),
                column::<Nullable<Text>, _>(entries.iter().map(|row| row.entry.name.as_deref())),
                column::<Nullable<BigInt>, _>(entries.iter().map(|row| row.named().0)),
                column::<Nullable<BigInt>, _>(entries.iter().map(|row| row.named().1)),
                column::<Bool, _>(entries.iter().map(|row| row.entry.deleted)),
                column::<Nullable<BigInt>, _>(entries.iter().map(|row| row.lived().0)),
                column::<Nullable<BigInt>, _>(entries.iter().map(|row| row.lived().1)),
                column::<Text, _>(entries.iter().map(|row| row.entry.sort_key(row.place.key.id))),
                column::<Text, _>(entries.iter().map(|row| row.entry.search_text.as_str())),
            ));
            Statement::new(INTO, Statement::new(" SELECT * FROM", new, End("")), End(OR)).execute(connection).map(drop)
        }
    }
}

/// What is read of an entry.
#[derive(Queryable, Selectable)]
#[diesel(table_name = facet_entries)]
struct Stored {
    name: Option<String>,
    named_at: Option<i64>,
    named_sequence: Option<i64>,
    deleted: bool,
    lived_at: Option<i64>,
    lived_sequence: Option<i64>,
    search_text: String,
}

impl From<Stored> for Entry {
    fn from(stored: Stored) -> Self {
        Self {
            name: stored.name,
            named_at: position(stored.named_at, stored.named_sequence),
            deleted: stored.deleted,
            lived_at: position(stored.lived_at, stored.lived_sequence),
            search_text: SearchText::from_stored(stored.search_text),
        }
    }
}

fn position(occurred_at: Option<i64>, sequence: Option<i64>) -> Option<Position> {
    Some(Position { occurred_at: Timestamp::from_microseconds(occurred_at?), sequence: sequence? })
}
