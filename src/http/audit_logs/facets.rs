//! `/audit-logs/facets`: what the drop-downs of the audit log's filters offer.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    domain::{
        audit_event::ItemType,
        event::Actor,
        facet::{Choice, Facet},
        filter::AnyOf,
        text::{Identifier, Text},
    },
    http::{
        auth::{Caller, ReadAuditLogs},
        facets::{self, ACTORS, ActorFacetParameters, FacetBody, FacetParameters, Question},
        negotiation::AcceptsJson,
        parameters::Parameters,
        problem::Problem,
        responses::ReadProblems,
        state::State,
    },
    store::AuditLog,
};

type ActorFacet = FacetBody<Actor>;
type ItemFacet = FacetBody<ItemChoice>;

/// List who changed the configuration
///
/// The actors of the account's audit log, each once with its newest name, for the drop-down of the filters `doneById` and
/// `doneByType`. They are ordered by name without regard to case, then by identifier.
#[utoipa::path(
    tag = "Audit logs",
    operation_id = "listAuditActors",
    params(ActorFacetParameters, FacetParameters),
    responses(
        (status = 200, description = "A page of actors, with links to the next and the previous one.", body = ActorFacet,
            headers(("Link" = String, description = "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query."))),
        ReadProblems
    )
)]
#[get("/audit-logs/facets/doneBy")]
pub async fn list_audit_actors(
    caller: Caller<ReadAuditLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    facets::answer::<AuditLog, _, _>(&request, caller.account, &state, ACTORS).await
}

/// List the items that were changed
///
/// The items of the account's audit log, each once with its newest name, for the drop-down of the filters `itemType` and
/// `itemId`. A search finds an item by its old names too. They are ordered by name without regard to case, then by identifier.
#[utoipa::path(
    tag = "Audit logs",
    operation_id = "listAuditItems",
    params(ItemFacetParameters, FacetParameters),
    responses(
        (status = 200, description = "A page of items, with links to the next and the previous one.", body = ItemFacet,
            headers(("Link" = String, description = "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query."))),
        ReadProblems
    )
)]
#[get("/audit-logs/facets/item")]
pub async fn list_audit_items(
    caller: Caller<ReadAuditLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    facets::answer::<AuditLog, _, _>(&request, caller.account, &state, ITEMS).await
}

/// What narrows the facet of items.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ItemFacetParameters {
    /// Items of any of these types.
    #[param(required = false, value_type = Vec<ItemType>, min_items = 1, max_items = 50, example = json!(["QUEUE"]))]
    item_type: AnyOf<ItemType>,
}

impl ItemFacetParameters {
    fn read(parameters: &mut Parameters) -> AnyOf<ItemType> {
        Self { item_type: parameters.any_of("itemType") }.item_type
    }
}

/// What was changed.
const ITEMS: Question<ItemType, ItemChoice> = Question { facet: Facet::Item, kinds: ItemFacetParameters::read, show: item };

fn item(item_type: ItemType, choice: Choice) -> ItemChoice {
    let id = Identifier::from_stored(choice.id);
    ItemChoice { item_type, id, name: facets::name(choice.name), deleted: choice.deleted }
}

/// An item that a filter can ask for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemChoice {
    /// What type of item it is.
    #[serde(rename = "type")]
    #[schema(example = "QUEUE")]
    item_type: ItemType,
    /// The item's identifier.
    #[schema(example = "q-17")]
    id: Identifier,
    /// Its newest name.
    #[schema(required = true, example = "Invoices")]
    name: Option<Text>,
    /// Whether it was deleted, and not created again since.
    #[schema(example = false)]
    deleted: bool,
}
