//! How the audit log is asked, written and shown.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    domain::{
        audit_event::{AuditEvent, AuditEventType, Item, ItemType},
        catalogue::EventType,
        event::{Actor, LabelledValue},
        fault::Fault,
        filter::{AnyOf, AuditLogFilter},
        text::{Details, EventId, Identifier},
        timestamp::Timestamp,
    },
    http::{
        conversation_links::ConversationLinks,
        ingest,
        json::{Json, Object, Path, Violations},
        parameters::Parameters,
        period::Period,
        resource::{Relation, Resource, ShowError},
    },
    store::{AuditLog, NamedTerm, StoredEvent},
};

impl Resource for AuditLog {
    type Input = AuditEvent;
    type Body<'a> = AuditEventBody<'a>;

    fn filter(parameters: &mut Parameters) -> AuditLogFilter {
        let period = Period::read(parameters);
        AuditLogFilter {
            event: parameters.any_of("event"),
            done_by_id: parameters.any_of("doneById"),
            done_by_type: parameters.any_of("doneByType"),
            from_value: parameters.any_of("fromValue"),
            to_value: parameters.any_of("toValue"),
            operation_id: parameters.any_of("operationId"),
            date_from: period.date_from,
            date_to: period.date_to,
            time_zone: period.time_zone,
            item_type: parameters.any_of("itemType"),
            item_id: parameters.any_of("itemId"),
        }
    }

    fn narrow(filter: &mut AuditLogFilter, event: &StoredEvent, by: Relation) -> Result<(), ShowError> {
        match by {
            Relation::Item => {
                filter.item_type.narrow_to(event_type(event)?.item_type());
                filter.item_id.narrow_to(event.subject.identifier()?);
            }
            // An event that is part of no operation is related to nothing in this respect.
            Relation::Operation => match &event.operation_id {
                Some(operation) => filter.operation_id.narrow_to(Identifier::from_stored(operation.clone())),
                None => filter.operation_id = AnyOf::these(Vec::new()),
            },
        }
        Ok(())
    }

    fn event(json: Json<'_>, path: Path<'_>, violations: &mut Violations) -> Option<AuditEvent> {
        Object::read(json, path, violations, |event| {
            let id = ingest::event_id(event);
            let occurred_at = ingest::occurred_at(event);
            let event_type = event.text("event");
            let done_by = ingest::done_by(event);
            let from = ingest::value(event, "from");
            let to = ingest::value(event, "to");
            let item = item(event, event_type);
            let operation_id = event.optional_text("operationId");
            let details = details(event);
            Some(AuditEvent {
                id: id?,
                occurred_at: occurred_at?,
                event_type: event_type?,
                done_by: done_by?,
                from: from?,
                to: to?,
                item: item?,
                operation_id: operation_id?,
                details: details?,
            })
        })
    }

    fn body<'a>(event: &'a StoredEvent, _: &ConversationLinks) -> Result<AuditEventBody<'a>, ShowError> {
        let event_type = event_type(event)?;
        Ok(AuditEventBody {
            id: &event.id,
            sequence: event.sequence,
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
            event: event_type.code(),
            label: event_type.label(),
            done_by: event.done_by.as_json(),
            from: event.from.as_ref().map(NamedTerm::as_json),
            to: event.to.as_ref().map(NamedTerm::as_json),
            item: event.subject.as_json(),
            operation_id: event.operation_id.as_deref(),
            details: event.details.as_ref(),
        })
    }
}

/// The type of an event.
pub(super) fn event_type(event: &StoredEvent) -> Result<AuditEventType, ShowError> {
    AuditEventType::from_number(event.event_type).ok_or(ShowError::UnknownEventType(event.event_type))
}

/// A change of an item of the configuration, as it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEvent, examples(json!({
    "id": "01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55",
    "sequence": 42,
    "occurredAt": "2026-03-29T12:34:56.789012Z",
    "recordedAt": "2026-03-29T12:34:57.001500Z",
    "event": "QUEUE_RENAMED",
    "label": "Queue renamed",
    "doneBy": {"type": "USER", "id": "u-1042", "name": "Ana Horvat"},
    "from": {"value": "Billing", "label": null},
    "to": {"value": "Invoices", "label": null},
    "item": {"type": "QUEUE", "id": "q-17", "name": "Invoices"},
    "operationId": "op-7f3a",
    "details": {"reason": "Billing is another team now", "ticket": 4711}
})))]
pub struct AuditEventBody<'a> {
    /// The event's identifier, unique in the account's log.
    #[schema(value_type = EventId)]
    id: &'a str,
    /// Its place in the account's log: 1, 2, 3 … in the order in which events came in, without gaps.
    #[schema(example = 42, minimum = 1)]
    sequence: i64,
    /// When it happened, by the producer's clock.
    occurred_at: Timestamp,
    /// When it was stored, by the service's clock.
    recorded_at: Timestamp,
    /// What happened.
    #[schema(value_type = AuditEventType)]
    event: &'static str,
    /// What happened, as people read it.
    #[schema(example = "Queue renamed")]
    label: &'static str,
    /// Who or what did it.
    #[schema(value_type = Actor)]
    done_by: &'a RawValue,
    /// The previous value, where there was one.
    #[schema(required = true, value_type = Option<LabelledValue>)]
    from: Option<&'a RawValue>,
    /// The new value, where there is one.
    #[schema(required = true, value_type = Option<LabelledValue>)]
    to: Option<&'a RawValue>,
    /// The item that was changed.
    #[schema(value_type = Item)]
    item: &'a RawValue,
    /// The operation (one click or API call) that it is a part of.
    #[schema(required = true, value_type = Option<Identifier>)]
    operation_id: Option<&'a str>,
    /// What else is known of the change.
    #[schema(required = true, value_type = Option<Details>)]
    details: Option<&'a Details>,
}

/// The member `item`, whose type must be the one that the event happens to.
fn item(event: &mut Object<'_>, event_type: Option<AuditEventType>) -> Option<Item> {
    event.object("item", |item| {
        let item_type: Option<ItemType> = item.text("type");
        let id = item.text("id");
        let name = item.optional_text("name");
        if let (Some(came), Some(event_type)) = (item_type, event_type)
            && came != event_type.item_type()
        {
            let needed = event_type.item_type().code();
            let message = format!("{} does not go with {}, which happens to {needed}", came.code(), event_type.code());
            item.refuse("type", Fault { message, allowed: vec![needed.to_owned()] });
            return None;
        }
        Some(Item { item_type: item_type?, id: id?, name: name? })
    })
}

/// The member `details`. The outer `None` is a fault.
fn details(event: &mut Object<'_>) -> Option<Option<Details>> {
    match event.free_form("details")?.map(Details::new).transpose() {
        Ok(details) => Some(details),
        Err(fault) => {
            event.refuse("details", fault);
            None
        }
    }
}
