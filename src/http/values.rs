//! `/conversation-logs/facets/{fromValue|toValue}`: the values of the conversation log, as a list and by event type.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Reading,
    auth::{Caller, Read},
    database,
    endpoints::Content,
    facets::{self, FacetResource},
    negotiation::AcceptsJson,
    parameters::Parameters,
    problem::Problem,
    query::{And, Parsed, Query},
    resource::Resource,
    state::State,
};
use crate::{
    domain::{
        access::{Call, Returned},
        catalogue::EventType,
        conversation_event::ConversationEventType,
        event::LabelledValue,
        facet::{Choice, Facet, FacetRequest, KindChoices},
        filter::AnyOf,
        numbered::Numbered,
        page::Limit,
        text::{Identifier, Text},
    },
    store::ConversationLog,
};

/// The values of the conversation log: the new ones if `NEW`, otherwise the previous ones.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Values<const NEW: bool> {
    /// Values in events of any of these types, each with its newest label in those events.
    #[param(required = false, value_type = Vec<ConversationEventType>, min_items = 1, max_items = 50, example = json!(["STATUS_CHANGED"]))]
    event: AnyOf<ConversationEventType>,
}

impl<const NEW: bool> Parsed for Values<NEW> {
    fn parse(parameters: &mut Parameters) -> Self {
        Self { event: parameters.any_of("event") }
    }
}

impl<const NEW: bool> FacetResource for Values<NEW> {
    const FACET: Facet = if NEW { Facet::ToValue } else { Facet::FromValue };
    type Kind = ConversationEventType;
    type Value = LabelledValue;

    fn kinds(&self) -> &AnyOf<ConversationEventType> {
        &self.event
    }

    fn show(_: ConversationEventType, choice: Choice) -> LabelledValue {
        LabelledValue { value: Text::from_stored(choice.id), label: facets::name(choice.name) }
    }
}

/// The parameters of values by event type.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GroupParameters {
    /// A part of the value or of a label, also of a previous label; case is ignored, and no character is special. Values whose
    /// labels begin with it come first.
    #[param(required = false, inline, example = "open")]
    search: Option<Identifier>,
    /// The maximum number of values of each event type.
    #[param(required = false, inline, example = 5)]
    limit: Limit,
}

impl Parsed for GroupParameters {
    fn parse(parameters: &mut Parameters) -> Self {
        Self { search: parameters.one("search"), limit: parameters.one("limit").unwrap_or_default() }
    }
}

/// Values by event type.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueGroups {
    /// The groups, in the order of the catalogue. Event types without matching values have no group.
    #[schema(max_items = 1000)]
    groups: Vec<ValueGroup>,
}

/// The values of one event type.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueGroup {
    /// The code of the event type.
    #[schema(example = "STATUS_CHANGED")]
    event: ConversationEventType,
    /// The event type, for display.
    #[schema(example = "Status changed")]
    label: &'static str,
    /// The values, ordered by label (ignoring case), then by value. With a search, values whose labels begin with the searched
    /// text come first.
    #[schema(max_items = 1000)]
    values: Vec<LabelledValue>,
    /// Whether more values of this event type match.
    #[schema(example = false)]
    has_more: bool,
}

impl Content for ValueGroups {
    const DESCRIPTION: &str = "The first values of each event type.";
}

/// Answers with the values of each event type.
pub async fn groups<const NEW: bool>(
    caller: Caller<Read<ConversationLog>>,
    _: AcceptsJson,
    query: Query<And<Values<NEW>, GroupParameters>>,
    state: Data<State>,
) -> Result<Json<ValueGroups>, Problem> {
    let Query(And(values, GroupParameters { search, limit }), parameters) = query;
    let reading = Reading::new(&caller, ConversationLog::ACCESSED, Call::Facet, &parameters, &state);
    let facet = Values::<NEW>::FACET;
    let request = FacetRequest { facet, kinds: facets::numbers(values.kinds()), search, prefix: None, limit, start: None };
    let found =
        database::run(&state.store, move |store| store.facet_by_kind::<ConversationLog>(&caller.account, &request)).await?;
    let group = |KindChoices { kind, choices, has_more }| {
        let event = ConversationEventType::of(kind)?;
        let values = choices.into_iter().map(|choice| Values::<NEW>::show(event, choice)).collect();
        Some(ValueGroup { event, label: event.label(), values, has_more })
    };
    let groups: Vec<ValueGroup> = found.into_iter().filter_map(group).collect();
    reading.answered(Returned::values(groups.iter().map(|group| group.values.len()).sum()));
    Ok(Json(ValueGroups { groups }))
}
