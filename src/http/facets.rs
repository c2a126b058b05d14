//! What the drop-downs of filters offer: the shared part of `/{log}/facets/…`.

use std::borrow::Cow;

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use serde::Serialize;
use utoipa::{IntoParams, PartialSchema, ToSchema, openapi};

use super::{
    database,
    list::{self, CursorText},
    pagination::Pagination,
    parameters::Parameters,
    problem::Problem,
    state::State,
};
use crate::{
    domain::{
        account::AccountId,
        event::{Actor, ActorType},
        facet::{Choice, Facet, FacetPage, FacetRequest, Kind},
        filter::AnyOf,
        page::{Limit, Start},
        text::{Identifier, Text},
    },
    store::Log,
};

/// The parameters of every facet.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FacetParameters {
    /// A part of the identifier or of a name, also of one that it had before; case does not count, and no character is special.
    #[param(required = false, inline, example = "bill")]
    search: Option<Identifier>,
    /// The beginning of the newest name, or of the identifier where there is no name; case does not count. Of more than 64 characters,
    /// the first 64 are compared.
    #[param(required = false, inline, example = "inv")]
    prefix: Option<Identifier>,
    /// The most values of the page.
    #[param(required = false, inline, example = 50)]
    limit: Limit,
    /// A cursor of an earlier answer: the page after or before it. The other parameters must be the same as there.
    #[param(required = false, inline, example = "AQAAAQAAAAAAAAAgx3Q")]
    cursor: Option<CursorText>,
}

/// What narrows the facet of actors.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ActorFacetParameters {
    /// Actors of any of these kinds.
    #[param(required = false, value_type = Vec<ActorType>, min_items = 1, max_items = 50, example = json!(["USER"]))]
    done_by_type: AnyOf<ActorType>,
}

impl ActorFacetParameters {
    fn read(parameters: &mut Parameters) -> AnyOf<ActorType> {
        Self { done_by_type: parameters.any_of("doneByType") }.done_by_type
    }
}

/// How one facet is asked and shown.
#[derive(Debug)]
pub struct Question<K, V> {
    /// The facet.
    pub facet: Facet,
    /// Reads which of its kinds are asked for.
    pub kinds: fn(&mut Parameters) -> AnyOf<K>,
    /// Shows a choice.
    pub show: fn(K, Choice) -> V,
}

/// Who or what did it; the same in both logs.
pub const ACTORS: Question<ActorType, Actor> = Question { facet: Facet::DoneBy, kinds: ActorFacetParameters::read, show: actor };

fn actor(actor_type: ActorType, choice: Choice) -> Actor {
    Actor { actor_type, id: Some(choice.id).filter(|id| !id.is_empty()).map(Identifier::from_stored), name: name(choice.name) }
}

/// A name as it was stored.
pub fn name(name: Option<String>) -> Option<Text> {
    name.map(Text::from_stored)
}

/// A page of what a facet offers.
#[derive(Debug, Serialize)]
pub struct FacetBody<V> {
    values: Vec<V>,
    pagination: Pagination,
}

impl<V: ToSchema> PartialSchema for FacetBody<V> {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        let values = openapi::schema::ArrayBuilder::new()
            .description(Some("By name without regard to case, then by identifier."))
            .items(openapi::Ref::from_schema_name(V::name()))
            .max_items(Some(Limit::MAXIMUM.into()));
        openapi::ObjectBuilder::new()
            .description(Some("A page of what a facet offers."))
            .property("values", values)
            .required("values")
            .property("pagination", openapi::Ref::from_schema_name(Pagination::name()))
            .required("pagination")
            .into()
    }
}

impl<V: ToSchema> ToSchema for FacetBody<V> {
    fn name() -> Cow<'static, str> {
        format!("{}Facet", V::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, openapi::RefOr<openapi::Schema>)>) {
        schemas.extend([(V::name().into(), V::schema()), (Pagination::name().into(), Pagination::schema())]);
        V::schemas(schemas);
        Pagination::schemas(schemas);
    }
}

/// The kinds that are asked for: these, or all that this version knows, so that it can show all that comes back.
pub fn numbers<K: Kind>(kinds: &AnyOf<K>) -> Vec<i16> {
    match kinds.values() {
        Some(kinds) => kinds.iter().map(|kind| kind.number()).collect(),
        None => K::all().map(Kind::number).collect(),
    }
}

/// Answers with a page of a facet of the log.
pub async fn answer<L: Log, K: Kind, V: Serialize>(
    request: &HttpRequest,
    account: AccountId,
    state: &Data<State>,
    Question { facet, kinds, show }: Question<K, V>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(request);
    let kinds = numbers(&kinds(&mut parameters));
    let FacetParameters { search, prefix, limit, cursor } = FacetParameters {
        search: parameters.one("search"),
        prefix: parameters.one("prefix"),
        limit: parameters.one("limit").unwrap_or_default(),
        cursor: parameters.one("cursor"),
    };
    let binding = list::binding(request, &account, "", &parameters);
    let start = list::start(state, cursor, &binding, &mut parameters);
    parameters.finish()?;

    let asked = FacetRequest { facet, kinds, search, prefix, limit, start };
    let page = database::run(&state.store, move |store| store.facet::<L>(&account, &asked)).await?;
    let FacetPage { choices, next, previous } = page;
    let cursor = |start: Option<Start<_>>| start.map(|start| state.cursors.encode(&start, &binding));
    let pagination = Pagination::new(limit, cursor(next), cursor(previous));
    let mut response = HttpResponse::Ok();
    for link in list::links(request, &parameters, &pagination) {
        response.append_header((header::LINK, link));
    }
    let values = choices.into_iter().filter_map(|choice| Some(show(K::of(choice.kind)?, choice))).collect();
    Ok(response.json(FacetBody::<V> { values, pagination }))
}
