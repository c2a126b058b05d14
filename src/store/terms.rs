//! The term dictionary: each text of a log once, under a small integer that event rows and indexes use instead.
//!
//! A term never changes, so what is cached of it needs no invalidation. Writers number new terms under the lock of the log's
//! head, and cache them after the commit: a transaction that is rolled back leaves nothing behind. Several instances on one
//! database need no more than that, because a term that is not cached is looked up under the same lock.

use std::{borrow::Cow, collections::HashMap, fmt, sync::Arc};

use aws_lc_rs::digest::{Context, SHA256};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl, QueryResult,
    RunQueryDsl,
    result::Error as QueryError,
    sql_types::{Binary, Integer, SmallInt, Text},
};
use quick_cache::{Weighter, sync::Cache};
use serde_json::value::{RawValue, to_raw_value};

use super::{
    connection::{Db, Dialect, on_each_backend},
    fragment::among,
    schema::{LogKey, log_heads, terms},
    statement::{End, Statement, column, insert_rows, rows},
};

/// What a term stands for. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// An actor, by type and identifier.
    Actor = 1,
    /// An item, by type and identifier; or a conversation.
    Subject = 2,
    /// A previous or a new value.
    Value = 3,
    /// The name or label that an event gave to another term, which is its qualifier.
    Name = 4,
}

/// A term by what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Term<'a> {
    pub kind: Kind,
    /// An actor's type, an item's type, or the term that a name belongs to; otherwise 0.
    pub qualifier: i32,
    pub text: &'a str,
}

/// Identifies a term within its log.
pub(super) type Digest = [u8; 16];

/// The text of a term, kept as a JSON string, because that is how pages show it.
#[derive(Debug, Clone)]
pub struct TermText(Arc<RawValue>);

impl TermText {
    fn new(text: &str) -> serde_json::Result<Self> {
        to_raw_value(text).map(|json| Self(json.into()))
    }

    /// The text as a JSON string.
    pub fn as_json(&self) -> &RawValue {
        &self.0
    }

    /// The text itself.
    pub fn text(&self) -> Cow<'_, str> {
        let json = self.0.get();
        let quoted = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or(json);
        // Without an escape, the text is what the quotes enclose.
        let escaped = quoted.contains('\\').then(|| serde_json::from_str(json).ok()).flatten();
        escaped.map_or(Cow::Borrowed(quoted), Cow::Owned)
    }

    /// Whether it is the empty text.
    pub fn is_empty(&self) -> bool {
        self.0.get() == "\"\""
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

/// Terms that were looked up.
pub(super) struct Found {
    /// In the order of the terms; `None`: the log does not have it.
    pub numbers: Vec<Option<i32>>,
    /// The head of the log in the same snapshot, if the database was asked: a term that was not found is in no event up to there.
    pub newest: Option<i64>,
}

/// The cached part of the dictionary: of all logs, bounded in bytes.
pub(super) struct Dictionary {
    numbers: Cache<(LogKey, Digest), i32>,
    texts: Cache<(LogKey, i32), TermText, InBytes>,
}

#[derive(Clone)]
struct InBytes;

impl Weighter<(LogKey, i32), TermText> for InBytes {
    fn weight(&self, _: &(LogKey, i32), text: &TermText) -> u64 {
        /// What the cache and the allocator add to an entry, about.
        const OVERHEAD: usize = 64;
        (text.0.get().len() + OVERHEAD) as u64
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
    /// Caches up to so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        /// What a number and its digest take, with the cache's own share.
        const NUMBER: u64 = 64;
        /// What a text usually takes.
        const TEXT: u64 = 112;
        // Readers need many texts, writers few numbers.
        let (numbers, texts) = (bytes / 4, bytes / 4 * 3);
        Self {
            numbers: Cache::new((numbers / NUMBER) as usize),
            texts: Cache::with_weighter((texts / TEXT) as usize, texts, InBytes),
        }
    }

    /// The number of a term, if it is cached.
    pub(super) fn cached(&self, log: LogKey, digest: &Digest) -> Option<i32> {
        self.numbers.get(&(log, *digest))
    }

    /// Caches the numbers of committed terms.
    pub(super) fn learn(&self, numbers: impl IntoIterator<Item = ((LogKey, Digest), i32)>) {
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
        // One statement: the head must not be newer than the look at the dictionary.
        let joined = log_heads::table
            .left_join(terms::table.on(terms::log_key.eq(log_heads::log_key).and(terms::digest.eq_any(&missing))));
        let query = joined
            .filter(log_heads::log_key.eq(log))
            .select((log_heads::last_sequence, (terms::term, terms::digest, terms::text).nullable()));
        let found: Vec<(i64, Option<FoundTerm>)> = on_each_backend!(db, connection => query.load(connection))?;
        let newest = found.first().map_or(0, |(newest, _)| *newest);
        let found: HashMap<Vec<u8>, (i32, String)> =
            found.into_iter().filter_map(|(_, term)| term).map(|(number, digest, text)| (digest, (number, text))).collect();
        for ((term, digest), number) in wanted.iter().zip(&digests).zip(&mut numbers) {
            if let Some((found, text)) = found.get(digest.as_slice()) {
                *number = Some(checked(*found, term, text)?);
                self.numbers.insert((log, *digest), *found);
            }
        }
        Ok(Found { numbers, newest: Some(newest) })
    }

    /// The texts of these terms of a log, in their order.
    pub(super) fn texts(&self, db: &mut Db, log: LogKey, wanted: &[i32]) -> QueryResult<Vec<TermText>> {
        let cached: Vec<Option<TermText>> = wanted.iter().map(|term| self.texts.get(&(log, *term))).collect();
        let is_missing = |(term, text): (&i32, &Option<TermText>)| text.is_none().then_some(i64::from(*term));
        let mut missing: Vec<i64> = wanted.iter().zip(&cached).filter_map(is_missing).collect();
        if missing.is_empty() {
            return Ok(cached.into_iter().flatten().collect());
        }
        missing.sort_unstable();
        missing.dedup();
        let query = terms::table
            .filter(terms::log_key.eq(log))
            .filter(among("terms.term", &missing, Dialect::of(db)))
            .select((terms::term, terms::text));
        let mut found: HashMap<i32, TermText> = HashMap::new();
        for (term, text) in query.load::<(i32, String)>(db)? {
            let text = TermText::new(&text).map_err(|error| QueryError::DeserializationError(error.into()))?;
            self.texts.insert((log, term), text.clone());
            found.insert(term, text);
        }
        let text = |(term, text): (&i32, Option<TermText>)| {
            let text = text.or_else(|| found.get(term).cloned());
            text.ok_or_else(|| QueryError::DeserializationError(format!("term {term} is not in the dictionary").into()))
        };
        wanted.iter().zip(cached).map(text).collect()
    }
}

/// The number, if the term that was found is the one that was wanted.
fn checked(number: i32, wanted: &Term<'_>, text: &str) -> QueryResult<i32> {
    if text == wanted.text {
        return Ok(number);
    }
    Err(QueryError::DeserializationError(format!("term {number} has the digest of another term").into()))
}

/// The numbers of stored terms of several logs, under the locks of their heads.
pub(super) fn find(db: &mut Db, wanted: &[(LogKey, Digest, Term<'_>)]) -> QueryResult<Vec<Option<i32>>> {
    const FOUND: &str = " WITH ORDINALITY AS wanted (log_key, digest, place) CROSS JOIN LATERAL (SELECT term, text FROM terms \
        WHERE terms.log_key = wanted.log_key AND terms.digest = wanted.digest LIMIT 1) AS found";

    let mut numbers = vec![None; wanted.len()];
    match db {
        Db::Sqlite(connection) => {
            for ((log, digest, term), number) in wanted.iter().zip(&mut numbers) {
                let query = terms::table.filter(terms::log_key.eq(log)).filter(terms::digest.eq(digest.as_slice()));
                let found: Option<(i32, String)> = query.select((terms::term, terms::text)).first(connection).optional()?;
                *number = found.map(|(found, text)| checked(found, term, &text)).transpose()?;
            }
        }
        Db::Postgres(connection) => {
            let rows = rows((
                column::<Integer, _>(wanted.iter().map(|(log, ..)| *log)),
                column::<Binary, _>(wanted.iter().map(|(_, digest, _)| digest.as_slice())),
            ));
            let found = Statement::new("SELECT CAST(place AS INTEGER), term, text FROM", rows, End(FOUND));
            for (place, found, text) in found.answering::<(Integer, Integer, Text)>().load::<(i32, i32, String)>(connection)? {
                let index = usize::try_from(place - 1).unwrap_or(usize::MAX);
                if let (Some((_, _, term)), Some(number)) = (wanted.get(index), numbers.get_mut(index)) {
                    *number = Some(checked(found, term, &text)?);
                }
            }
        }
    }
    Ok(numbers)
}

/// Inserts new terms, under the locks of their logs' heads.
pub(super) fn insert(db: &mut Db, new: &[NewTerm<'_>]) -> QueryResult<()> {
    insert_rows!(db, new, "INSERT INTO terms (log_key, term, kind, qualifier, digest, text)", "", |new| (
        Integer: new.log,
        Integer: new.number,
        SmallInt: new.term.kind as i16,
        Integer: new.term.qualifier,
        Binary: new.digest.as_slice(),
        Text: new.term.text,
    ))
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Dictionary").field("numbers", &self.numbers.len()).field("texts", &self.texts.len()).finish()
    }
}
