//! `/conversation-logs/facets`: what the drop-downs of the conversation log's filters offer.

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Json},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    domain::{
        account::AccountId,
        catalogue::EventType,
        conversation_event::ConversationEventType,
        event::{Actor, LabelledValue},
        facet::{Choice, Facet, FacetRequest, Kind, KindChoices},
        filter::AnyOf,
        page::Limit,
        text::{Identifier, Text},
    },
    http::{
        auth::{Caller, ReadConversationLogs},
        database,
        facets::{self, ACTORS, ActorFacetParameters, FacetBody, FacetParameters, Question},
        negotiation::AcceptsJson,
        parameters::Parameters,
        problem::Problem,
        responses::ReadProblems,
        state::State,
    },
    store::ConversationLog,
};

type ActorFacet = FacetBody<Actor>;
type ValueFacet = FacetBody<LabelledValue>;

/// List who did something to conversations
///
/// The actors of the account's conversation log, each once with its newest name, for the drop-down of the filters `doneById` and
/// `doneByType`. They are ordered by name without regard to case, then by identifier.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "listConversationActors",
    params(ActorFacetParameters, FacetParameters),
    responses(
        (status = 200, description = "A page of actors, with links to the next and the previous one.", body = ActorFacet,
            headers(("Link" = String, description = "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query."))),
        ReadProblems
    )
)]
#[get("/conversation-logs/facets/doneBy")]
pub async fn list_conversation_actors(
    caller: Caller<ReadConversationLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    facets::answer::<ConversationLog, _, _>(&request, caller.account, &state, ACTORS).await
}

/// List the previous values
///
/// What the events of the account's conversation log changed from, each value once with its newest label, for the drop-down of the
/// filter `fromValue`. They are ordered by label without regard to case, then by value.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "listPreviousValues",
    params(ValueFacetParameters, FacetParameters),
    responses(
        (status = 200, description = "A page of values, with links to the next and the previous one.", body = ValueFacet,
            headers(("Link" = String, description = "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query."))),
        ReadProblems
    )
)]
#[get("/conversation-logs/facets/fromValue")]
pub async fn list_previous_values(
    caller: Caller<ReadConversationLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    facets::answer::<ConversationLog, _, _>(&request, caller.account, &state, values(Facet::FromValue)).await
}

/// List the new values
///
/// What the events of the account's conversation log changed to, each value once with its newest label, for the drop-down of the
/// filter `toValue`. They are ordered by label without regard to case, then by value.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "listNewValues",
    params(ValueFacetParameters, FacetParameters),
    responses(
        (status = 200, description = "A page of values, with links to the next and the previous one.", body = ValueFacet,
            headers(("Link" = String, description = "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query."))),
        ReadProblems
    )
)]
#[get("/conversation-logs/facets/toValue")]
pub async fn list_new_values(
    caller: Caller<ReadConversationLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    facets::answer::<ConversationLog, _, _>(&request, caller.account, &state, values(Facet::ToValue)).await
}

/// List the previous values by event type
///
/// What the events of the account's conversation log changed from, in a group for each event type that has values. So the values of
/// a type can be offered together, and a type with very many values does not hide those of the others.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "listPreviousValuesByEvent",
    params(ValueFacetParameters, GroupParameters),
    responses((status = 200, description = "The first values of each event type.", body = ValueGroups), ReadProblems)
)]
#[get("/conversation-logs/facets/fromValue/byEvent")]
pub async fn list_previous_values_by_event(
    caller: Caller<ReadConversationLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<Json<ValueGroups>, Problem> {
    groups(&request, caller.account, &state, Facet::FromValue).await
}

/// List the new values by event type
///
/// What the events of the account's conversation log changed to, in a group for each event type that has values. So the values of a
/// type can be offered together, and a type with very many values does not hide those of the others.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "listNewValuesByEvent",
    params(ValueFacetParameters, GroupParameters),
    responses((status = 200, description = "The first values of each event type.", body = ValueGroups), ReadProblems)
)]
#[get("/conversation-logs/facets/toValue/byEvent")]
pub async fn list_new_values_by_event(
    caller: Caller<ReadConversationLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<Json<ValueGroups>, Problem> {
    groups(&request, caller.account, &state, Facet::ToValue).await
}

/// The parameters of values by event type.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GroupParameters {
    /// A part of the value or of a label, also of one that it had before; case does not count, and no character is special. Values
    /// whose labels begin with it come before the others.
    #[param(required = false, inline, example = "open")]
    search: Option<Identifier>,
    /// The most values of each event type.
    #[param(required = false, inline, example = 5)]
    limit: Limit,
}

/// Values by event type.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueGroups {
    /// In the order of the catalogue; an event type without any value that matches is left out.
    #[schema(max_items = 1000)]
    groups: Vec<ValueGroup>,
}

/// The values of one event type.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueGroup {
    /// The code of the event type.
    #[schema(value_type = ConversationEventType, example = "STATUS_CHANGED")]
    event: &'static str,
    /// What people read.
    #[schema(example = "Status changed")]
    label: &'static str,
    /// By label without regard to case, then by value; of a search, those whose labels begin with it first.
    #[schema(max_items = 1000)]
    values: Vec<LabelledValue>,
    /// Whether more values of this event type match.
    #[schema(example = false)]
    has_more: bool,
}

async fn groups(
    request: &HttpRequest,
    account: AccountId,
    state: &Data<State>,
    facet: Facet,
) -> Result<Json<ValueGroups>, Problem> {
    let mut parameters = Parameters::of(request);
    let kinds = facets::numbers(&ValueFacetParameters::read(&mut parameters));
    let GroupParameters { search, limit } =
        GroupParameters { search: parameters.one("search"), limit: parameters.one("limit").unwrap_or_default() };
    parameters.finish()?;
    let asked = FacetRequest { facet, kinds, search, prefix: None, limit, start: None };
    let found = database::run(&state.store, move |store| store.facet_by_kind::<ConversationLog>(&account, &asked)).await?;
    let group = |KindChoices { kind, choices, has_more }| {
        let event = ConversationEventType::of(kind)?;
        let values = choices.into_iter().map(|choice| value(event, choice)).collect();
        Some(ValueGroup { event: event.code(), label: event.label(), values, has_more })
    };
    Ok(Json(ValueGroups { groups: found.into_iter().filter_map(group).collect() }))
}

/// What narrows the facets of values.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ValueFacetParameters {
    /// Values of events of any of these types, with the newest label that they have there.
    #[param(required = false, value_type = Vec<ConversationEventType>, min_items = 1, max_items = 50, example = json!(["STATUS_CHANGED"]))]
    event: AnyOf<ConversationEventType>,
}

impl ValueFacetParameters {
    fn read(parameters: &mut Parameters) -> AnyOf<ConversationEventType> {
        Self { event: parameters.any_of("event") }.event
    }
}

/// What the events changed from or to.
fn values(facet: Facet) -> Question<ConversationEventType, LabelledValue> {
    Question { facet, kinds: ValueFacetParameters::read, show: value }
}

fn value(_: ConversationEventType, choice: Choice) -> LabelledValue {
    LabelledValue { value: Text::from_stored(choice.id), label: facets::name(choice.name) }
}
