//! `/audit-logs`: who changed the configuration.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::{
    conversation_links::ConversationLinks,
    endpoints::{About, Endpoints},
    event_body::event_body,
    export::row::Row,
    facets::{self, FacetResource},
    json::Object,
    parameters::Parameters,
    query::Parsed,
    resource::{Names, Resource, ShowError},
};
use crate::{
    domain::{
        access::AccessedLog,
        audit_event::{AuditEvent, AuditEventType, Item, ItemType},
        catalogue::EventType,
        event::Subject,
        facet::{Choice, Facet},
        fault::Fault,
        filter::{AnyOf, AuditFilter},
        numbered::Numbered,
        role::Permission,
        text::{Details, Identifier, Text},
    },
    store::{AuditLog, StoredEvent},
};

impl Resource for AuditLog {
    const NAMES: Names = Names {
        path: "audit-logs",
        tag: "Audit logs",
        about: "Changes to the configuration. Reading requires the role CONVERSATIONS_SETUP.",
        id: "Audit",
        log: "audit log",
        subject: "item",
    };
    const READ: Permission = Permission::ReadAuditLogs;
    const ACCESSED: AccessedLog = AccessedLog::AuditLogs;
    const COLUMNS: &[&str] = &["itemType", "itemId", "itemName", "operationId", "details"];

    type OwnFilter = AuditFilter;
    type EventType = AuditEventType;
    type Input = AuditEvent;
    type Body<'a> = AuditEventBody<'a>;

    fn facets(endpoints: &mut Endpoints) {
        let about = About {
            tag: Self::NAMES.tag,
            operation_id: "listAuditItems".to_owned(),
            summary: "List the items of the audit log".to_owned(),
            description: "Each item once, with its newest name, for the drop-down of the filters `itemType` and `itemId`. A search \
                          finds an item by its previous names too. The order is by name without regard to case, then by identifier."
                .to_owned(),
        };
        endpoints.get("/audit-logs/facets/item", about, facets::list::<Self, Items>);
    }

    fn narrow_to_subject(filter: &mut Self::Filter, event: &StoredEvent) -> Result<(), ShowError> {
        filter.own.item_type.narrow_to(Self::event_type(event)?.item_type());
        filter.own.item_id.narrow_to(event.subject.identifier()?);
        Ok(())
    }

    fn subject(event: &mut Object<'_>, event_type: Option<AuditEventType>) -> Option<Subject> {
        event.object("item", |item| {
            let item_type: Option<ItemType> = item.text("type");
            let id = item.text("id");
            let name = item.optional_text("name");
            if let (Some(given), Some(event_type)) = (item_type, event_type)
                && given != event_type.item_type()
            {
                let required = event_type.item_type().code();
                let message = format!("{} does not match {}, which requires {required}", given.code(), event_type.code());
                item.refuse("type", Fault { message, allowed: vec![required.to_owned()] });
                return None;
            }
            Some(Subject { kind: item_type?.number(), id: id?, name: name? })
        })
    }

    fn details(event: &mut Object<'_>) -> Option<Option<Details>> {
        match event.free_form("details")?.map(Details::new).transpose() {
            Ok(details) => Some(details),
            Err(fault) => {
                event.refuse("details", fault);
                None
            }
        }
    }

    fn body<'a>(event: &'a StoredEvent, _: &ConversationLinks) -> Result<AuditEventBody<'a>, ShowError> {
        Ok(AuditEventBody::of(event, Self::event_type(event)?, event.subject.as_json(), event.details.as_ref()))
    }

    fn fill(row: &mut Row, event: &StoredEvent, _: &ConversationLinks) -> Result<(), ShowError> {
        row.text(Self::event_type(event)?.item_type().code());
        row.term(Some(&event.subject))?;
        row.optional(event.operation_id.as_deref());
        row.optional(event.details.as_ref().map(Details::as_json));
        Ok(())
    }
}

impl Parsed for AuditFilter {
    fn parse(parameters: &mut Parameters) -> Self {
        Self { item_type: parameters.any_of("itemType"), item_id: parameters.any_of("itemId") }
    }
}

event_body! {
    /// A change to an item of the configuration.
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
        "operationId": "op-7f3a",
        "item": {"type": "QUEUE", "id": "q-17", "name": "Invoices"},
        "details": {"reason": "Billing is another team now", "ticket": 4711}
    })))]
    pub struct AuditEventBody<'a> of AuditEventType {
        /// The item that was changed.
        #[schema(value_type = Item)]
        item: &'a RawValue,
        /// Additional information about the change.
        #[schema(required = true, value_type = Option<Details>)]
        details: Option<&'a Details>,
    }
}

/// The items of the audit log.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct Items {
    /// Items of any of these types.
    #[param(required = false, value_type = Vec<ItemType>, min_items = 1, max_items = 50, example = json!(["QUEUE"]))]
    item_type: AnyOf<ItemType>,
}

impl Parsed for Items {
    fn parse(parameters: &mut Parameters) -> Self {
        Self { item_type: parameters.any_of("itemType") }
    }
}

impl FacetResource for Items {
    const FACET: Facet = Facet::Item;
    type Kind = ItemType;
    type Value = ItemChoice;

    fn kinds(&self) -> &AnyOf<ItemType> {
        &self.item_type
    }

    fn show(item_type: ItemType, choice: Choice) -> ItemChoice {
        let id = Identifier::from_stored(choice.id);
        ItemChoice { item_type, id, name: facets::name(choice.name), deleted: choice.deleted }
    }
}

/// An item that a filter can select.
#[derive(Debug, Serialize, ToSchema)]
struct ItemChoice {
    /// The type of the item.
    #[serde(rename = "type")]
    #[schema(example = "QUEUE")]
    item_type: ItemType,
    /// The identifier of the item.
    #[schema(example = "q-17")]
    id: Identifier,
    /// Its newest name.
    #[schema(required = true, example = "Invoices")]
    name: Option<Text>,
    /// Whether it was deleted and not created again.
    #[schema(example = false)]
    deleted: bool,
}
