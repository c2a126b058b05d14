//! What a reader asks for: the filters of both logs. Different filters are ANDed, the values of one are ORed.

use utoipa::IntoParams;

use super::{
    audit_event::{AuditEventType, ItemType},
    conversation_event::ConversationEventType,
    event::ActorType,
    moment::Moment,
    text::{Identifier, Text},
    time_zone::TimeZone,
    timestamp::Timestamp,
};

/// The filters of the conversation log.
#[derive(Debug, Clone, Default, PartialEq, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ConversationLogFilter {
    /// Events of any of these types.
    #[param(required = false, value_type = Vec<ConversationEventType>, min_items = 1, max_items = 50, example = json!(["STATUS_CHANGED"]))]
    pub event: AnyOf<ConversationEventType>,
    /// Events done by any of these actors.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["u-1042"]))]
    pub done_by_id: AnyOf<Identifier>,
    /// Events done by any of these kinds of actors.
    #[param(required = false, value_type = Vec<ActorType>, min_items = 1, max_items = 50, example = json!(["USER"]))]
    pub done_by_type: AnyOf<ActorType>,
    /// Events whose previous value is any of these, an exact, case-sensitive match.
    #[param(required = false, value_type = Vec<Text>, min_items = 1, max_items = 50, example = json!(["OPEN"]))]
    pub from_value: AnyOf<Text>,
    /// Events whose new value is any of these, an exact, case-sensitive match.
    #[param(required = false, value_type = Vec<Text>, min_items = 1, max_items = 50, example = json!(["SOLVED"]))]
    pub to_value: AnyOf<Text>,
    /// Events that are part of any of these operations.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["op-7f3a"]))]
    pub operation_id: AnyOf<Identifier>,
    /// Events that happened at this instant or later: RFC 3339 with an offset. With `timeZone` also a local date-time
    /// (`2026-03-01T08:30`), or a day (`2026-03-01`), which means its beginning. A time that clocks skip there is the instant
    /// at which they are put forward; of one that they show twice it is the earlier.
    #[param(required = false, inline, value_type = Moment, example = "2026-03-01T00:00:00Z")]
    pub date_from: Option<Timestamp>,
    /// Events that happened before this instant: as `dateFrom`, but of a time that clocks show twice it is the later.
    #[param(required = false, inline, value_type = Moment, example = "2026-04-01T00:00:00Z")]
    pub date_to: Option<Timestamp>,
    /// The time zone of `dateFrom` and `dateTo` where they have no offset, and of the times in a CSV export: a name of the
    /// IANA database.
    #[param(required = false, inline, example = "Europe/Zagreb")]
    pub time_zone: TimeZone,
    /// Events of any of these conversations.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["c-90210"]))]
    pub conversation_id: AnyOf<Identifier>,
}

/// The filters of the audit log.
#[derive(Debug, Clone, Default, PartialEq, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct AuditLogFilter {
    /// Events of any of these types.
    #[param(required = false, value_type = Vec<AuditEventType>, min_items = 1, max_items = 50, example = json!(["QUEUE_RENAMED"]))]
    pub event: AnyOf<AuditEventType>,
    /// Events done by any of these actors.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["u-1042"]))]
    pub done_by_id: AnyOf<Identifier>,
    /// Events done by any of these kinds of actors.
    #[param(required = false, value_type = Vec<ActorType>, min_items = 1, max_items = 50, example = json!(["USER"]))]
    pub done_by_type: AnyOf<ActorType>,
    /// Events whose previous value is any of these, an exact, case-sensitive match.
    #[param(required = false, value_type = Vec<Text>, min_items = 1, max_items = 50, example = json!(["Billing"]))]
    pub from_value: AnyOf<Text>,
    /// Events whose new value is any of these, an exact, case-sensitive match.
    #[param(required = false, value_type = Vec<Text>, min_items = 1, max_items = 50, example = json!(["Invoices"]))]
    pub to_value: AnyOf<Text>,
    /// Events that are part of any of these operations.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["op-7f3a"]))]
    pub operation_id: AnyOf<Identifier>,
    /// Events that happened at this instant or later: RFC 3339 with an offset. With `timeZone` also a local date-time
    /// (`2026-03-01T08:30`), or a day (`2026-03-01`), which means its beginning. A time that clocks skip there is the instant
    /// at which they are put forward; of one that they show twice it is the earlier.
    #[param(required = false, inline, value_type = Moment, example = "2026-03-01T00:00:00Z")]
    pub date_from: Option<Timestamp>,
    /// Events that happened before this instant: as `dateFrom`, but of a time that clocks show twice it is the later.
    #[param(required = false, inline, value_type = Moment, example = "2026-04-01T00:00:00Z")]
    pub date_to: Option<Timestamp>,
    /// The time zone of `dateFrom` and `dateTo` where they have no offset, and of the times in a CSV export: a name of the
    /// IANA database.
    #[param(required = false, inline, example = "Europe/Zagreb")]
    pub time_zone: TimeZone,
    /// Events of items of any of these types.
    #[param(required = false, value_type = Vec<ItemType>, min_items = 1, max_items = 50, example = json!(["QUEUE"]))]
    pub item_type: AnyOf<ItemType>,
    /// Events of any of these items.
    #[param(required = false, value_type = Vec<Identifier>, min_items = 1, max_items = 50, example = json!(["q-17"]))]
    pub item_id: AnyOf<Identifier>,
}

/// The values that one filter lets through: all, or those of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct AnyOf<T>(Option<Vec<T>>);

impl<T> AnyOf<T> {
    /// How many values one filter takes.
    pub const MAXIMUM: usize = 50;

    /// Lets through the listed values.
    pub fn these(values: Vec<T>) -> Self {
        Self(Some(values))
    }

    /// The list; `None` where everything is let through.
    pub fn values(&self) -> Option<&[T]> {
        self.0.as_deref()
    }

    /// Lets through no more than this one value, and not even that if it was not let through before.
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
