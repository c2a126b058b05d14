//! `/conversation-logs/facets`: what the drop-downs of the conversation log's filters offer.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use utoipa::IntoParams;

use crate::{
    domain::{
        conversation_event::ConversationEventType,
        event::{Actor, LabelledValue},
        facet::{Choice, Facet},
        filter::AnyOf,
        text::Text,
    },
    http::{
        auth::{Caller, ReadConversationLogs},
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
