//! Accesses: who read what, and when.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::{IntoParams, ToSchema};

use super::{
    fault::Fault,
    filter::AnyOf,
    text::{Identifier, Text},
    timestamp::Timestamp,
};

/// The subject of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Principal {
    /// The subject of the token: the claim `sub`, unless the operator configured another one.
    #[schema(example = "u-1042")]
    pub id: Identifier,
    /// The claim `name`.
    #[schema(required = true, example = "Ana Horvat")]
    pub name: Option<Text>,
}

/// A call that read a log, or a part of such a call; see [`Outcome`].
#[derive(Debug, Clone)]
pub struct Access {
    /// When the call began. The end of an export or a stream has the time of the end.
    pub occurred_at: Timestamp,
    pub done_by: Arc<Principal>,
    pub log: AccessedLog,
    pub call: Call,
    pub path: String,
    /// The parameters of the request, except those of the page.
    pub filter: Vec<(String, String)>,
    pub request_id: String,
    pub outcome: Outcome,
    /// The status code of the response.
    pub status: u16,
    pub returned: Returned,
}

/// What a response returned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Returned {
    /// The number of rows: events, values of a facet, or accesses.
    pub rows: i64,
    /// The highest sequence of these rows; `None` if there are none, and for values of a facet.
    pub highest_sequence: Option<i64>,
    /// The conversation or the item of the event that the path names.
    pub subject: Option<Identifier>,
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, ToSchema, VariantArray)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", parse_err_ty = Fault, parse_err_fn = unknown_log)]
pub enum AccessedLog {
    /// The conversation logs.
    ConversationLogs,
    /// The audit logs.
    AuditLogs,
    /// The access log itself.
    AccessLogs,
}

/// How it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Call {
    /// A page of the log.
    List,
    /// A page of the events that are related to one.
    Related,
    /// One event.
    Event,
    /// A page of a facet, or a facet by event type.
    Facet,
    Export,
    Stream,
}

/// Whether an access states a complete response, or the beginning or the early end of an export or a stream. An export or a
/// stream has two accesses with the same request identifier: one at its beginning, so that a crash does not hide it, and one at
/// its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// The service sent the whole response, or ended the stream itself.
    Complete,
    /// An export or a stream began.
    Began,
    /// The client disconnected before the end, or an error aborted the export.
    Cut,
}

/// Which accesses to list, besides the period. An access must match every filter. It matches a filter if it has any of its
/// values.
#[derive(Debug, Clone, Default, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct AccessFilter {
    /// Accesses of any of these callers: the subjects of their tokens.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["u-1042"]))]
    pub done_by_id: AnyOf<Identifier>,
    /// Accesses to any of these logs.
    #[param(required = false, value_type = Vec<AccessedLog>, min_items = 1, max_items = 50, example = json!(["CONVERSATION_LOGS"]))]
    pub log: AnyOf<AccessedLog>,
    /// Accesses that named any of these conversations: in the filter `conversationId`, or by the event in the path. A call that
    /// named no conversation, such as a list without filters, may also have returned events of the conversation; see `rows` and
    /// `highestSequence`.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["c-90210"]))]
    pub conversation_id: AnyOf<Identifier>,
    /// Accesses that named any of these items: in the filter `itemId`, or by the event in the path. A call that named no item may
    /// also have returned events of the item.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["q-17"]))]
    pub item_id: AnyOf<Identifier>,
}

/// What equal accesses have in common: everything except the time and the request identifier.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Content<'a> {
    caller: &'a str,
    log: AccessedLog,
    call: Call,
    path: &'a str,
    filter: &'a [(String, String)],
    status: u16,
    returned: &'a Returned,
}

impl Access {
    /// For comparing accesses. `None` for exports and streams: each one has two accesses that belong together.
    pub fn content(&self) -> Option<Content<'_>> {
        // No `..`: a new field does not compile until it is handled here.
        let Self { occurred_at: _, done_by, log, call, path, filter, request_id: _, outcome: _, status, returned } = self;
        let (caller, log, call, status) = (done_by.id.as_str(), *log, *call, *status);
        (!matches!(call, Call::Export | Call::Stream)).then_some(Content { caller, log, call, path, filter, status, returned })
    }

    /// The filter as a JSON object: each name with its values, both sorted, and without duplicates.
    pub fn filter_json(&self) -> String {
        let mut members: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, value) in &self.filter {
            members.entry(name).or_default().insert(value);
        }
        serde_json::json!(members).to_string()
    }

    /// The conversations or items that the call names: those of the filter, and that of the event in the path.
    pub fn subjects(&self) -> BTreeSet<&str> {
        let names = |(name, _): &&(String, String)| self.log.subject_filter() == Some(name.as_str());
        let filtered = self.filter.iter().filter(names).map(|(_, id)| id.as_str());
        filtered.chain(self.returned.subject.iter().map(Identifier::as_str)).collect()
    }

    /// The memory that it uses, in bytes, without shared parts.
    pub fn size(&self) -> usize {
        let filter: usize =
            self.filter.iter().map(|(name, value)| name.len() + value.len() + size_of::<(String, String)>()).sum();
        let subject = self.returned.subject.as_ref().map_or(0, |id| id.as_str().len());
        size_of::<Self>() + self.path.len() + self.request_id.len() + filter + subject
    }
}

impl Returned {
    /// The events with these sequences.
    pub fn events(sequences: impl Iterator<Item = i64>) -> Self {
        let mut returned = Self::default();
        sequences.for_each(|sequence| returned.add_event(sequence));
        returned
    }

    /// Rows that have no sequence.
    pub fn values(rows: usize) -> Self {
        Self { rows: i64::try_from(rows).unwrap_or(i64::MAX), ..Self::default() }
    }

    /// Adds what was returned later.
    pub fn add(&mut self, more: &Self) {
        self.rows += more.rows;
        self.highest_sequence = self.highest_sequence.max(more.highest_sequence);
    }

    fn add_event(&mut self, sequence: i64) {
        self.rows += 1;
        self.highest_sequence = self.highest_sequence.max(Some(sequence));
    }
}

impl AccessedLog {
    /// Its code in the contract.
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The filter that names what its events belong to.
    fn subject_filter(self) -> Option<&'static str> {
        match self {
            Self::ConversationLogs => Some("conversationId"),
            Self::AuditLogs => Some("itemId"),
            Self::AccessLogs => None,
        }
    }
}

fn unknown_log(code: &str) -> Fault {
    Fault::not_one_of("a log", code, AccessedLog::VARIANTS.iter().map(|log| log.code()))
}

#[cfg(test)]
impl Access {
    pub fn example() -> Self {
        Self {
            occurred_at: Timestamp::UNIX_EPOCH,
            done_by: Arc::new(Principal { id: "u-1".parse().unwrap(), name: None }),
            log: AccessedLog::AuditLogs,
            call: Call::List,
            path: "/audit-logs".to_owned(),
            filter: Vec::new(),
            request_id: String::new(),
            outcome: Outcome::Complete,
            status: 200,
            returned: Returned::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(log: AccessedLog, filter: &[(&str, &str)]) -> Access {
        let filter = filter.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let returned = Returned { subject: Some("i-0".parse().unwrap()), ..Returned::default() };
        Access { log, filter, returned, ..Access::example() }
    }

    #[test]
    fn equal_filters_have_equal_json() {
        let filter = [("itemId", "b"), ("event", "TAG_CREATED"), ("itemId", "\0\""), ("itemId", "b")];
        let json = access(AccessedLog::AuditLogs, &filter).filter_json();
        assert_eq!(json, r#"{"event":["TAG_CREATED"],"itemId":["\u0000\"","b"]}"#);
    }

    #[test]
    fn the_subjects_are_those_of_the_filter_and_of_the_path() {
        let filter = [("itemId", "b"), ("conversationId", "c"), ("search", "d")];
        let subjects = |log| access(log, &filter).subjects().into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(subjects(AccessedLog::AuditLogs), ["b", "i-0"]);
        assert_eq!(subjects(AccessedLog::ConversationLogs), ["c", "i-0"]);
        assert_eq!(subjects(AccessedLog::AccessLogs), ["i-0"]);
    }

    #[test]
    fn the_parts_of_a_response_add_up() {
        let mut returned = Returned::events([3, 9, 5].into_iter());
        returned.add(&Returned::values(2));
        returned.add(&Returned::events([8].into_iter()));
        assert_eq!(returned, Returned { rows: 6, highest_sequence: Some(9), subject: None });
    }
}
