//! The term dictionary. It stores each distinct text of a log once, under a small integer that event rows and indexes use
//! instead.
//!
//! A term never changes, so cached terms need no invalidation. Writers number new terms under the lock of the log's head, and
//! cache them after the commit, so that a rollback leaves nothing in the cache. This also works for several instances on one
//! database, because writers look up terms that are not cached under the same lock.

use std::{borrow::Cow, collections::HashMap, fmt, sync::Arc};

use aws_lc_rs::digest::{Context, SHA256};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl, QueryResult,
    RunQueryDsl, SqliteConnection,
    result::Error as QueryError,
    sql_types::{BigInt, Binary, Integer, SmallInt, Text as SqlText},
};
use quick_cache::{Weighter, sync::Cache};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{
    connection::{Db, Dialect},
    fragment::is_one_of,
    row_security,
    schema::{LogKey, log_heads, terms},
    statement::{Statement, by_position, column, insert_rows, rows},
};
use crate::domain::{
    event::{Actor, ActorType, LabelledValue, Subject},
    numbered::Numbered,
    text::{Identifier, Text},
};

/// The kind of a term. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// An actor, by type and identifier.
    Actor = 1,
    /// An item, by type and identifier; or a conversation.
    Subject = 2,
    /// A previous or a new value.
    Value = 3,
    /// The name or label of another term, which is its qualifier.
    Name = 4,
}

/// A term, identified by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Term<'a> {
    pub kind: Kind,
    /// The type of an actor or an item, or the number of the term that a name belongs to; otherwise 0.
    pub qualifier: i32,
    pub text: &'a str,
}

/// Identifies a term within its log.
pub(super) type Digest = [u8; 16];

/// An actor, a subject or a value, with the name that an event gave it, encoded as JSON.
#[derive(Debug, Clone)]
pub struct NamedTerm(Arc<RawValue>);

/// The texts of a [`NamedTerm`].
#[derive(Debug, Default, Deserialize)]
pub struct TermTexts<'a> {
    /// The identifier or the value; `None` for an actor without one.
    #[serde(borrow, alias = "value")]
    pub id: Option<Cow<'a, str>>,
    /// The name or the label.
    #[serde(borrow, alias = "label", default)]
    pub name: Option<Cow<'a, str>>,
}

impl NamedTerm {
    /// A JSON object: an [`Actor`], a [`LabelledValue`], or the log's representation of a [`Subject`].
    pub fn as_json(&self) -> &RawValue {
        &self.0
    }

    /// The identifier of a subject.
    pub fn identifier(&self) -> serde_json::Result<Identifier> {
        Ok(Identifier::from_stored(self.texts()?.id.unwrap_or_default().into_owned()))
    }

    /// Parses the texts.
    pub fn texts(&self) -> serde_json::Result<TermTexts<'_>> {
        serde_json::from_str(self.0.get())
    }
}

/// A term that is about to be inserted.
#[derive(Debug)]
pub(super) struct NewTerm<'a> {
    pub log: LogKey,
    pub number: i32,
    pub term: Term<'a>,
    pub digest: Digest,
}

/// A stored term: its number, its digest and its text.
type FoundTerm = (i32, Vec<u8>, String);

/// Encodes a subject as the JSON of its log's events.
pub type EncodeSubject = fn(Subject) -> serde_json::Result<Box<RawValue>>;

/// The number of a term and the number of its name; 0 if it has no name.
pub(super) type TermPair = (i32, i32);

/// A stored term: its kind, its qualifier and its text.
type StoredTerm = (i16, i32, String);

/// The result of looking up terms.
pub(super) struct Found {
    /// In the order of the terms; `None` if the log does not have the term.
    pub numbers: Vec<Option<i32>>,
    /// A sequence of the log, if the database was queried. No event up to it contains a term that was not found.
    pub newest: Option<i64>,
}

/// A cache of the dictionary for all logs, bounded in bytes.
pub(super) struct Dictionary {
    numbers: Cache<(LogKey, Digest), i32>,
    named: Cache<(LogKey, TermPair), NamedTerm, InBytes>,
}

#[derive(Clone)]
struct InBytes;

impl Weighter<(LogKey, TermPair), NamedTerm> for InBytes {
    fn weight(&self, _: &(LogKey, TermPair), named: &NamedTerm) -> u64 {
        /// The approximate overhead of the cache and the allocator for an entry, in bytes.
        const OVERHEAD: usize = 64;
        (named.0.get().len() + OVERHEAD) as u64
    }
}

impl Term<'_> {
    pub(super) fn digest(&self) -> Digest {
        let Self { kind, qualifier, text } = self;
        digest_of(&[&[*kind as u8], &qualifier.to_be_bytes(), text.as_bytes()])
    }
}

/// The first 16 bytes of the SHA-256 of these parts.
pub(super) fn digest_of(parts: &[&[u8]]) -> Digest {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut digest = Digest::default();
    digest.copy_from_slice(&context.finish().as_ref()[..size_of::<Digest>()]);
    digest
}

impl Dictionary {
    /// Creates a cache of at most `bytes` bytes.
    pub(super) fn new(bytes: u64) -> Self {
        /// The size of a number and its digest in bytes, with the overhead of the cache.
        const NUMBER: u64 = 64;
        /// The typical size of a term and its name, in bytes.
        const NAMED: u64 = 160;
        // Texts with names, for reading, take more memory than numbers, for filters and writing.
        let (numbers, named) = (bytes / 4, bytes / 4 * 3);
        Self {
            numbers: Cache::new((numbers / NUMBER) as usize),
            named: Cache::with_weighter((named / NAMED) as usize, named, InBytes),
        }
    }

    /// The number of a term, if it is cached.
    pub(super) fn cached(&self, log: LogKey, digest: &Digest) -> Option<i32> {
        self.numbers.get(&(log, *digest))
    }

    /// Caches the numbers of committed terms. Numbers of a transaction that may still be rolled back must not be cached.
    pub(super) fn insert(&self, numbers: impl IntoIterator<Item = ((LogKey, Digest), i32)>) {
        numbers.into_iter().for_each(|(key, number)| self.numbers.insert(key, number));
    }

    /// The numbers of these terms of a log.
    pub(super) fn look_up(&self, db: &mut Db, log: LogKey, wanted: &[Term<'_>]) -> QueryResult<Found> {
        let digests: Vec<Digest> = wanted.iter().map(Term::digest).collect();
        let mut numbers: Vec<Option<i32>> = digests.iter().map(|digest| self.cached(log, digest)).collect();
        let missing: Vec<&[u8]> =
            digests.iter().zip(&numbers).filter(|(_, number)| number.is_none()).map(|(digest, _)| digest.as_slice()).collect();
        if missing.is_empty() {
            return Ok(Found { numbers, newest: None });
        }
        let (newest, found) = newest_and_terms(db, log, &missing)?;
        let found: HashMap<Vec<u8>, (i32, String)> =
            found.into_iter().map(|(number, digest, text)| (digest, (number, text))).collect();
        for ((term, digest), number) in wanted.iter().zip(&digests).zip(&mut numbers) {
            if let Some((found, text)) = found.get(digest.as_slice()) {
                *number = Some(checked(*found, term, text)?);
                self.numbers.insert((log, *digest), *found);
            }
        }
        Ok(Found { numbers, newest: Some(newest) })
    }

    /// The terms of a log with their names, in the order of `wanted`. The events of a page share many terms, so each pair is
    /// looked up once.
    pub(super) fn named(
        &self,
        db: &mut Db,
        encode: EncodeSubject,
        log: LogKey,
        wanted: &[TermPair],
    ) -> QueryResult<Vec<NamedTerm>> {
        let mut distinct = wanted.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let mut named: Vec<Option<NamedTerm>> = distinct.iter().map(|pair| self.named.get(&(log, *pair))).collect();
        if named.iter().any(Option::is_none) {
            let is_missing = |(pair, named): (&TermPair, &Option<NamedTerm>)| named.is_none().then_some(*pair);
            let missing = distinct.iter().zip(&named).filter_map(is_missing);
            let stored = stored(db, log, missing.flat_map(|(term, name)| [term, name]))?;
            for (pair, named) in distinct.iter().zip(&mut named).filter(|(_, named)| named.is_none()) {
                let found = NamedTerm(self::named(encode, &stored, *pair)?.into());
                self.named.insert((log, *pair), found.clone());
                *named = Some(found);
            }
        }
        let of = |pair: &TermPair| distinct.binary_search(pair).ok().and_then(|index| named.get(index)?.clone());
        wanted.iter().map(|pair| of(pair).ok_or(QueryError::NotFound)).collect()
    }
}

/// A sequence of a log, and its terms that have these digests. No event up to the sequence contains a term that is stored after the
/// lookup, because the head is read in the same snapshot or first.
fn newest_and_terms(db: &mut Db, log: LogKey, digests: &[&[u8]]) -> QueryResult<(i64, Vec<FoundTerm>)> {
    match db {
        Db::Sqlite(connection) => {
            let newest = log_heads::table.find(log).select(log_heads::last_sequence).first(connection)?;
            let found = digests.iter().filter_map(|digest| find_in_sqlite(connection, log, digest).transpose());
            Ok((newest, found.collect::<QueryResult<_>>()?))
        }
        Db::Postgres(connection) => {
            let found: Vec<(i64, Option<FoundTerm>)> = log_heads::table
                .left_join(terms::table.on(terms::log_key.eq(log).and(terms::digest.eq_any(digests))))
                .filter(log_heads::log_key.eq(log))
                .filter(row_security::names_log_in_postgres(i64::from(log)))
                .select((log_heads::last_sequence, (terms::term, terms::digest, terms::text).nullable()))
                .load(connection)?;
            // Without a term, the head has a row of its own.
            let (newest, _) = found.first().ok_or(QueryError::NotFound)?;
            Ok((*newest, found.into_iter().filter_map(|(_, term)| term).collect()))
        }
    }
}

/// Loads the term that has this digest. For a list of digests, SQLite would scan all terms of the log.
fn find_in_sqlite(connection: &mut SqliteConnection, log: LogKey, digest: &[u8]) -> QueryResult<Option<FoundTerm>> {
    let query = terms::table.filter(terms::log_key.eq(log)).filter(terms::digest.eq(digest));
    query.select((terms::term, terms::digest, terms::text)).first(connection).optional()
}

/// Loads terms of a log. 0 means no term and is skipped.
fn stored(db: &mut Db, log: LogKey, wanted: impl Iterator<Item = i32>) -> QueryResult<HashMap<i32, StoredTerm>> {
    let mut wanted: Vec<i64> = wanted.filter(|term| *term != 0).map(i64::from).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let dialect = Dialect::of(db);
    let is_wanted = is_one_of("terms.term", &wanted, dialect);
    let is_wanted = match row_security::names_log(dialect, log) {
        Some(condition) => condition.sql(" AND ").then(is_wanted),
        None => is_wanted,
    };
    let query = terms::table
        .filter(terms::log_key.eq(log))
        .filter(is_wanted)
        .select((terms::term, (terms::kind, terms::qualifier, terms::text)));
    Ok(query.load::<(i32, StoredTerm)>(db)?.into_iter().collect())
}

/// Encodes a term and its name as JSON.
fn named(encode: EncodeSubject, stored: &HashMap<i32, StoredTerm>, (term, name): TermPair) -> QueryResult<Box<RawValue>> {
    let find = |term: i32| stored.get(&term).ok_or_else(|| invalid(format!("term {term} is not in the dictionary")));
    let (kind, qualifier, text) = find(term)?;
    let name = if name == 0 { None } else { Some(Text::from_stored(find(name)?.2.clone())) };
    let json = if *kind == Kind::Actor as i16 {
        let actor_type = i16::try_from(*qualifier).ok().and_then(ActorType::of);
        let actor_type = actor_type.ok_or_else(|| invalid(format!("actor type {qualifier} is unknown to this version")))?;
        let id = Some(text).filter(|id| !id.is_empty()).cloned().map(Identifier::from_stored);
        to_raw_value(&Actor { actor_type, id, name })
    } else if *kind == Kind::Subject as i16 {
        let kind = i16::try_from(*qualifier).unwrap_or_default();
        encode(Subject { kind, id: Identifier::from_stored(text.clone()), name })
    } else {
        to_raw_value(&LabelledValue { value: Text::from_stored(text.clone()), label: name })
    };
    json.map_err(invalid)
}

pub(super) fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> QueryError {
    QueryError::DeserializationError(error.into())
}

/// Returns the number if the stored text is the wanted one; otherwise two terms have the same digest.
fn checked(number: i32, wanted: &Term<'_>, text: &str) -> QueryResult<i32> {
    if text == wanted.text {
        return Ok(number);
    }
    Err(invalid(format!("term {number} has the digest of another term")))
}

/// The numbers of stored terms of several logs. The caller must hold the locks of the logs' heads.
pub(super) fn find(db: &mut Db, wanted: &[(LogKey, Digest, Term<'_>)]) -> QueryResult<Vec<Option<i32>>> {
    const FOUND: &str = " WITH ORDINALITY AS wanted (log_key, digest, place) CROSS JOIN LATERAL (SELECT term, text FROM terms \
        WHERE terms.log_key = wanted.log_key AND terms.digest = wanted.digest LIMIT 1) AS found";

    let found: Vec<Option<FoundTerm>> = match db {
        Db::Sqlite(connection) => {
            wanted.iter().map(|(log, digest, _)| find_in_sqlite(connection, *log, digest)).collect::<QueryResult<_>>()?
        }
        Db::Postgres(connection) => {
            let rows = rows((
                column::<Integer, _>(wanted.iter().map(|(log, ..)| *log)),
                column::<Binary, _>(wanted.iter().map(|(_, digest, _)| digest.as_slice())),
            ));
            let found = Statement::new("SELECT place, term, digest, text FROM", rows, FOUND);
            by_position(wanted.len(), found.typed::<(BigInt, (Integer, Binary, SqlText))>().load(connection)?)
        }
    };
    let number = |((_, _, term), found): (&(LogKey, Digest, Term<'_>), Option<FoundTerm>)| {
        found.map(|(number, _, text)| checked(number, term, &text)).transpose()
    };
    wanted.iter().zip(found).map(number).collect()
}

/// Inserts new terms. The caller must hold the locks of the logs' heads.
pub(super) fn insert(db: &mut Db, new: &[NewTerm<'_>]) -> QueryResult<()> {
    insert_rows!(db, new, "INSERT INTO terms (log_key, term, kind, qualifier, digest, text)", "", |new| (
        Integer: new.log,
        Integer: new.number,
        SmallInt: new.term.kind as i16,
        Integer: new.term.qualifier,
        Binary: new.digest.as_slice(),
        SqlText: new.term.text,
    ))
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Dictionary").field("numbers", &self.numbers.len()).field("named", &self.named.len()).finish()
    }
}
