//! The filters of the logs. An event must match every filter. It matches a filter if it has any of its values.

use utoipa::IntoParams;

use super::{
    audit_event::ItemType,
    event::ActorType,
    moment::MomentText,
    text::{Identifier, Text},
    time_zone::TimeZone,
    timestamp::Timestamp,
};

/// The filters of a log with event types `T`: those that all logs have, and its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter<T, O> {
    /// Events of any of these types.
    pub event: AnyOf<T>,
    pub shared: SharedFilter,
    pub period: Period,
    pub own: O,
}

impl<T, O: Default> Default for Filter<T, O> {
    fn default() -> Self {
        Self { event: AnyOf::default(), shared: SharedFilter::default(), period: Period::default(), own: O::default() }
    }
}

/// The filters that only the conversation log has.
#[derive(Debug, Clone, Default, PartialEq, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ConversationFilter {
    /// Events of any of these conversations.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["c-90210"]))]
    pub conversation_id: AnyOf<Identifier>,
}

/// The filters that only the audit log has.
#[derive(Debug, Clone, Default, PartialEq, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct AuditFilter {
    /// Events of items of any of these types.
    #[param(required = false, value_type = Vec<ItemType>, min_items = 1, max_items = 50, example = json!(["QUEUE"]))]
    pub item_type: AnyOf<ItemType>,
    /// Events of any of these items.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["q-17"]))]
    pub item_id: AnyOf<Identifier>,
}

/// The filters that all logs have, besides those of event types and of the period.
#[derive(Debug, Clone, Default, PartialEq, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct SharedFilter {
    /// Events of any of these actors.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["u-1042"]))]
    pub done_by_id: AnyOf<Identifier>,
    /// Events of actors of any of these types.
    #[param(required = false, value_type = Vec<ActorType>, min_items = 1, max_items = 50, example = json!(["USER"]))]
    pub done_by_type: AnyOf<ActorType>,
    /// Events whose previous value is any of these, an exact, case-sensitive match.
    #[param(required = false, value_type = Vec<Text>, min_items = 1, max_items = 50, example = json!(["OPEN"]))]
    pub from_value: AnyOf<Text>,
    /// Events whose new value is any of these, an exact, case-sensitive match.
    #[param(required = false, value_type = Vec<Text>, min_items = 1, max_items = 50, example = json!(["SOLVED"]))]
    pub to_value: AnyOf<Text>,
    /// Events of any of these operations.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["op-7f3a"]))]
    pub operation_id: AnyOf<Identifier>,
}

/// A period. The instants are in UTC: the time zone was applied to them.
#[derive(Debug, Clone, Default, PartialEq, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct Period {
    /// Only what happened at this instant or later: RFC 3339 with an offset. With `timeZone` also a local date-time
    /// (`2026-03-01T08:30`), or a day (`2026-03-01`), which means its beginning. A local time in a gap (clocks go forward) means
    /// the instant of the change, and an ambiguous one (clocks go back) its first instant.
    #[param(required = false, inline, value_type = MomentText, example = "2026-03-01T00:00:00Z")]
    pub date_from: Option<Timestamp>,
    /// Only what happened before this instant, in the same forms as `dateFrom`. An ambiguous local time means its second instant.
    #[param(required = false, inline, value_type = MomentText, example = "2026-04-01T00:00:00Z")]
    pub date_to: Option<Timestamp>,
    /// The time zone of `dateFrom` and `dateTo` without an offset, and of the times in a CSV export: a name of the IANA database.
    #[param(required = false, inline, example = "Europe/Zagreb")]
    pub time_zone: TimeZone,
}

impl SharedFilter {
    /// Matches only events of this operation. An event without an operation is related to no event by operation.
    pub fn narrow_to_operation(&mut self, operation: Option<Identifier>) {
        match operation {
            Some(operation) => self.operation_id.narrow_to(operation),
            None => self.operation_id = AnyOf::these(Vec::new()),
        }
    }
}

/// The values that one filter matches: all, or those of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct AnyOf<T>(Option<Vec<T>>);

impl<T> AnyOf<T> {
    /// The maximum number of values of one filter.
    pub const MAXIMUM: usize = 50;

    /// Matches the listed values.
    pub fn these(values: Vec<T>) -> Self {
        Self(Some(values))
    }

    /// The list; `None` if every value matches.
    pub fn values(&self) -> Option<&[T]> {
        self.0.as_deref()
    }

    /// Matches at most this value, and no value if it did not match before.
    pub fn narrow_to(&mut self, value: T)
    where
        T: PartialEq,
    {
        match &mut self.0 {
            None => self.0 = Some(vec![value]),
            Some(values) => values.retain(|other| *other == value),
        }
    }
}

impl<T> Default for AnyOf<T> {
    fn default() -> Self {
        Self(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowing_never_widens() {
        let mut all = AnyOf::default();
        all.narrow_to(1);
        assert_eq!(all.values(), Some([1].as_slice()));
        let mut listed = AnyOf::these(vec![1, 2]);
        listed.narrow_to(2);
        assert_eq!(listed.values(), Some([2].as_slice()));
        listed.narrow_to(3);
        assert_eq!(listed.values(), Some([].as_slice()));
    }
}
