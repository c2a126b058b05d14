//! `/{log}/facets/…`: the choices of the drop-downs of filters.

use actix_web::web::Data;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Reading,
    auth::{Caller, Read},
    database,
    endpoints::{Content, Description},
    negotiation::AcceptsJson,
    pagination::{Linked, Pagination},
    parameters::Parameters,
    problem::Problem,
    query::{Checked, CursorText, PageParameters, Paged, Parsed},
    resource::Resource,
    state::State,
};
use crate::domain::{
    access::{Call, Returned},
    event::{Actor, ActorType},
    facet::{Choice, Facet, FacetPosition, FacetRequest},
    filter::AnyOf,
    numbered::Numbered,
    page::{Limit, Page, Start},
    text::{Identifier, Text},
};

/// The parameters of every facet.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FacetParameters {
    /// A part of the identifier or of a name, also of a previous name; case is ignored, and no character is special.
    #[param(required = false, inline, example = "bill")]
    search: Option<Identifier>,
    /// The beginning of the newest name, or of the identifier if there is no name; case is ignored. Only the first 64
    /// characters are compared.
    #[param(required = false, inline, example = "inv")]
    prefix: Option<Identifier>,
    /// The maximum number of values of the page.
    #[param(required = false, inline, example = 50)]
    limit: Limit,
    /// A cursor of an earlier response: the page after or before it. The other parameters must be the same as there.
    #[param(required = false, inline, example = "AQAAAQAAAAAAAAAgx3Q")]
    cursor: Option<CursorText>,
}

impl Parsed for FacetParameters {
    fn parse(parameters: &mut Parameters) -> Self {
        Self {
            search: parameters.one("search"),
            prefix: parameters.one("prefix"),
            limit: parameters.one("limit").unwrap_or_default(),
            cursor: parameters.one("cursor"),
        }
    }
}

impl PageParameters for FacetParameters {
    type Position = FacetPosition;

    fn cursor(&mut self) -> Option<CursorText> {
        self.cursor.take()
    }

    /// A facet has one order.
    fn order(&self) -> &'static str {
        ""
    }
}

/// A facet as a resource. The type itself is the parameter that selects kinds of entries.
pub trait FacetResource: Parsed + 'static {
    /// The facet.
    const FACET: Facet;
    /// What distinguishes entries, besides their identifiers.
    type Kind: Numbered;
    /// An entry as it is shown.
    type Value: Serialize + ToSchema + 'static;

    /// The selected kinds.
    fn kinds(&self) -> &AnyOf<Self::Kind>;

    /// Shows an entry.
    fn show(kind: Self::Kind, choice: Choice) -> Self::Value;
}

/// The actors of a log.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct Actors {
    /// Actors of any of these types.
    #[param(required = false, value_type = Vec<ActorType>, min_items = 1, max_items = 50, example = json!(["USER"]))]
    done_by_type: AnyOf<ActorType>,
}

impl Parsed for Actors {
    fn parse(parameters: &mut Parameters) -> Self {
        Self { done_by_type: parameters.any_of("doneByType") }
    }
}

impl FacetResource for Actors {
    const FACET: Facet = Facet::DoneBy;
    type Kind = ActorType;
    type Value = Actor;

    fn kinds(&self) -> &AnyOf<ActorType> {
        &self.done_by_type
    }

    fn show(actor_type: ActorType, choice: Choice) -> Actor {
        let id = Some(choice.id).filter(|id| !id.is_empty()).map(Identifier::from_stored);
        Actor { actor_type, id, name: name(choice.name) }
    }
}

/// A name as it was stored.
pub fn name(name: Option<String>) -> Option<Text> {
    name.map(Text::from_stored)
}

/// A page of a facet.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetBody<V> {
    /// The values, ordered by name (ignoring case), then by identifier.
    #[schema(max_items = 1000)]
    values: Vec<V>,
    pagination: Pagination,
}

impl<V: ToSchema> Content for FacetBody<V> {
    const DESCRIPTION: &str = "A page of values, with links to the next and the previous page.";

    fn schema_name() -> String {
        format!("{}Facet", V::name())
    }

    fn arguments(description: &mut Description) {
        description.schema::<V>(&V::name());
    }
}

/// The numbers of these kinds, each once and in the order of the catalogue; or of all that this version knows, so that it can show
/// every entry that it gets.
pub fn numbers<K: Numbered>(kinds: &AnyOf<K>) -> Vec<i16> {
    let is_given = |number: &i16| kinds.values().is_none_or(|kinds| kinds.iter().any(|kind| kind.number() == *number));
    K::all().map(K::number).filter(is_given).collect()
}

/// Answers with a page of a facet of the log.
pub async fn list<R: Resource, F: FacetResource>(
    caller: Caller<Read<R>>,
    _: AcceptsJson,
    query: Paged<F, FacetParameters>,
    state: Data<State>,
) -> Result<Linked<FacetBody<F::Value>>, Problem> {
    let Checked { filter, page, start, binding, parameters } = query.check(&caller.account, &state.cursors)?;
    let reading = Reading::new(&caller, R::ACCESSED, Call::Facet, &parameters, &state);
    let account = caller.account;
    let FacetParameters { search, prefix, limit, .. } = page;
    let request = FacetRequest { facet: F::FACET, kinds: numbers(filter.kinds()), search, prefix, limit, start };
    let page = database::run(&state.store, move |store| store.facet::<R>(&account, &request)).await?;
    let Page { entries: choices, next, previous, .. } = page;
    let cursor = |start: &Start<_>| state.cursors.encode(start, &binding);
    let pagination = Pagination::new(limit, None, [next, previous], cursor);
    let links = pagination.links(&parameters);
    let values: Vec<F::Value> =
        choices.into_iter().filter_map(|choice| Some(F::show(F::Kind::of(choice.kind)?, choice))).collect();
    let returned = Returned::values(values.len());
    let page = Linked::new(&FacetBody { values, pagination }, links, &reading.account, &state)?;
    reading.answered(returned);
    Ok(page)
}
