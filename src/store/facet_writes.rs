//! Writes facet entries when events contain a new actor, item or value, or a name that differs from the stored one.
//!
//! Usually an event agrees with its entries, so there is nothing to write.
//!
//! If an event states a different name, the stored events decide: if a newer one states a name, the new event arrived late and
//! its name is outdated.

use std::{collections::HashMap, iter};

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Bool, Integer, Nullable, SmallInt, Text},
};

use super::{
    arms::beyond,
    conditions::Column,
    connection::{Db, Dialect},
    fragment::is_one_of,
    heads::Heads,
    index::Index,
    log::LogTable,
    new_event::NewRow,
    schema::{LogKey, events, facet_entries},
    sort_key::sort_key,
    source::Source,
    statement::{Statement, by_position, column, insert_rows, rows},
};
use crate::domain::{
    facet::{Entry, Facet, Statements},
    page::Position,
    search_text::SearchText,
};

/// The primary key of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct EntryKey {
    log: LogKey,
    facet: Facet,
    term: i32,
    kind: i16,
}

/// Updates the entries for new events of one log table.
///
/// The caller must hold the locks of the logs' heads, which protect the entries, and must not have inserted the events yet.
pub(super) fn update(db: &mut Db, table: &'static LogTable, heads: &Heads<'_>, rows: &[NewRow<'_>]) -> QueryResult<()> {
    // A term that is new in its log has no entries.
    let is_new = |Stated { key, .. }: &Stated<'_>| heads.get(&key.log).is_some_and(|head| key.term > head.last_term);
    let (new, known): (Vec<_>, Vec<_>) = stated(table, rows).into_iter().partition(is_new);
    let states = states(db, &known)?.into_iter().chain(iter::repeat_with(|| None));

    let mut changed = Vec::new();
    for (stated, state) in known.iter().chain(&new).zip(states) {
        let is_new = state.is_none();
        let mut entry = match state {
            None => Entry::new(stated.id),
            Some((name, deleted)) if stated.statements.agree_with(name.as_deref(), deleted) => continue,
            Some((name, deleted)) => Entry { name, deleted, search_text: search_text(db, stated.key)? },
        };
        let Statements { name, deleted, .. } = stated.statements;
        let name_is_older = match name {
            Some((position, _)) if entry.contradicts_name(&stated.statements) => {
                is_stated_after(db, table, stated.key, position, Aspect::Name)?
            }
            _ => false,
        };
        let state_is_older = match deleted {
            Some((position, _)) if entry.contradicts_state(&stated.statements) => {
                is_stated_after(db, table, stated.key, position, Aspect::State)?
            }
            _ => false,
        };
        if entry.learn(&stated.statements, name_is_older, state_is_older) || is_new {
            changed.push(Changed { stated, entry });
        }
    }
    upsert(db, &changed)
}

/// What new events state about one entry.
struct Stated<'a> {
    key: EntryKey,
    /// The identifier, or the value.
    id: &'a str,
    statements: Statements<'a>,
}

/// An entry to write.
struct Changed<'a> {
    stated: &'a Stated<'a>,
    entry: Entry,
}

fn stated<'a>(table: &LogTable, new: &'a [NewRow<'a>]) -> Vec<Stated<'a>> {
    let mut indexes: HashMap<EntryKey, usize> = HashMap::new();
    let mut stated: Vec<Stated<'a>> = Vec::new();
    for row in new {
        let position = Position { occurred_at: row.event.occurred_at, sequence: row.sequence };
        for mention in (table.mentions)(row.event) {
            let term = match mention.facet {
                Facet::DoneBy => Some(row.terms.actor),
                Facet::Item => Some(row.terms.subject),
                Facet::FromValue => row.terms.from_value,
                Facet::ToValue => row.terms.to_value,
            };
            let Some(term) = term else { continue };
            let key = EntryKey { log: row.log, facet: mention.facet, term, kind: mention.kind };
            let index = *indexes.entry(key).or_insert_with(|| {
                stated.push(Stated { key, id: mention.id, statements: Statements::default() });
                stated.len() - 1
            });
            stated[index].statements.add(&mention, position);
        }
    }
    stated
}

/// The part of an entry that an event can state.
#[derive(Debug, Clone, Copy)]
enum Aspect {
    Name,
    State,
}

/// Whether a stored event after this position states this aspect of the entry.
fn is_stated_after(
    db: &mut Db,
    table: &'static LogTable,
    EntryKey { log, facet, term, kind }: EntryKey,
    after: Position,
    aspect: Aspect,
) -> QueryResult<bool> {
    let dialect = Dialect::of(db);
    let types = |types: Vec<i16>| types.into_iter().map(i64::from).collect::<Vec<_>>();
    let query = events::table
        .filter(events::log_key.eq(log))
        .filter(beyond(">", after.occurred_at.microseconds(), after.sequence))
        .order((events::occurred_at.asc(), events::sequence.asc()))
        .limit(1)
        .select(events::sequence)
        .into_boxed();
    let (key, query) = match facet {
        Facet::DoneBy => (Column::Actor, query.filter(events::actor.eq(term))),
        Facet::Item => (Column::Subject, query.filter(events::subject.eq(term))),
        Facet::FromValue => (Column::From, query.filter(events::from_value.eq(term)).filter(events::event_type.eq(kind))),
        Facet::ToValue => (Column::To, query.filter(events::to_value.eq(term)).filter(events::event_type.eq(kind))),
    };
    let query = match (aspect, facet) {
        (Aspect::State, _) => query.filter(is_one_of("events.event_type", &types((table.life_cycle_types)()), dialect)),
        (Aspect::Name, Facet::DoneBy) => query.filter(events::actor_text.is_not_null()),
        (Aspect::Name, Facet::Item) => {
            let renames = is_one_of("events.event_type", &types((table.renaming_types)()), dialect);
            let renamed = events::to_value.is_not_null().and(renames);
            query.filter(events::subject_text.is_not_null().or(renamed))
        }
        (Aspect::Name, Facet::FromValue) => query.filter(events::from_text.is_not_null()),
        (Aspect::Name, Facet::ToValue) => query.filter(events::to_text.is_not_null()),
    };
    let newer: Option<i64> = Source::by_index(table, dialect, log, Index::By(key)).read(query).get_result(db).optional()?;
    Ok(newer.is_some())
}

/// The newest name of a stored entry, and whether it is deleted.
type State = (Option<String>, bool);

/// The states of the stored entries, in the order of `wanted`.
fn states(db: &mut Db, wanted: &[Stated<'_>]) -> QueryResult<Vec<Option<State>>> {
    const FOUND: &str = " WITH ORDINALITY AS wanted (log_key, facet, term, kind, place) CROSS JOIN LATERAL (SELECT name, deleted \
        FROM facet_entries AS entry WHERE entry.log_key = wanted.log_key AND entry.facet = wanted.facet \
        AND entry.term = wanted.term AND entry.kind = wanted.kind LIMIT 1) AS found";
    match db {
        _ if wanted.is_empty() => Ok(Vec::new()),
        Db::Sqlite(connection) => wanted
            .iter()
            .map(|Stated { key: EntryKey { log, facet, term, kind }, .. }| {
                let query = facet_entries::table.find((log, facet.number(), term, kind));
                query.select((facet_entries::name, facet_entries::deleted)).first(connection).optional()
            })
            .collect(),
        Db::Postgres(connection) => {
            let rows = rows((
                column::<Integer, _>(wanted.iter().map(|stated| stated.key.log)),
                column::<SmallInt, _>(wanted.iter().map(|stated| stated.key.facet.number())),
                column::<Integer, _>(wanted.iter().map(|stated| stated.key.term)),
                column::<SmallInt, _>(wanted.iter().map(|stated| stated.key.kind)),
            ));
            let found = Statement::new("SELECT place, name, deleted FROM", rows, FOUND);
            let found: Vec<(i64, State)> = found.typed::<(BigInt, (Nullable<Text>, Bool))>().load(connection)?;
            Ok(by_position(wanted.len(), found))
        }
    }
}

/// The search text of a stored entry.
fn search_text(db: &mut Db, EntryKey { log, facet, term, kind }: EntryKey) -> QueryResult<SearchText> {
    let query = facet_entries::table.find((log, facet.number(), term, kind)).select(facet_entries::search_text);
    query.first(db).map(SearchText::from_stored)
}

/// Inserts new entries and updates changed ones.
fn upsert(db: &mut Db, entries: &[Changed<'_>]) -> QueryResult<()> {
    const INTO: &str = "INSERT INTO facet_entries (log_key, facet, term, kind, name, deleted, sort_key, search_text)";
    const OR: &str = " ON CONFLICT (log_key, facet, term, kind) DO UPDATE SET name = excluded.name, deleted = excluded.deleted, \
        sort_key = excluded.sort_key, search_text = excluded.search_text";

    if entries.is_empty() {
        return Ok(());
    }
    insert_rows!(db, entries, INTO, OR, |new| (
        Integer: new.stated.key.log,
        SmallInt: new.stated.key.facet.number(),
        Integer: new.stated.key.term,
        SmallInt: new.stated.key.kind,
        Nullable<Text>: new.entry.name.as_deref(),
        Bool: new.entry.deleted,
        Text: sort_key(new.entry.name.as_deref(), new.stated.id),
        Text: new.entry.search_text.as_str(),
    ))
}
