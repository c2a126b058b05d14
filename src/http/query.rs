//! Extractors of query strings. Every fault of every parameter is reported at once.

use std::{
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};

use super::{
    cursor::{Binding, CursorPosition, Cursors},
    endpoints::{Describe, Description},
    parameters::Parameters,
    problem::{Problem, Violation},
};
use crate::domain::{account::AccountId, audit_event::AuditEventType, fault::Fault, page::Start};

/// Parameters that are read from a query string.
pub trait Parsed: IntoParams {
    /// Reads the parameters. After a fault, the value is never used.
    fn parse(parameters: &mut Parameters) -> Self;
}

/// Two sets of parameters.
#[derive(Debug)]
pub struct And<A, B>(pub A, pub B);

impl<A: Parsed, B: Parsed> Parsed for And<A, B> {
    fn parse(parameters: &mut Parameters) -> Self {
        Self(A::parse(parameters), B::parse(parameters))
    }
}

impl<A: IntoParams, B: IntoParams> IntoParams for And<A, B> {
    fn into_params(within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        [A::into_params(&within), B::into_params(&within)].concat()
    }
}

/// No parameter is allowed.
#[derive(Debug, IntoParams)]
pub struct NoParameters {}

impl Parsed for NoParameters {
    fn parse(_: &mut Parameters) -> Self {
        Self {}
    }
}

/// The query of a call that is not paged, and the parameters that it was read from; see [`NoParameters`] for a call without a query.
#[derive(Debug)]
pub struct Query<Q>(pub Q, pub Parameters);

impl<Q: Parsed> FromRequest for Query<Q> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut parameters = Parameters::of(request);
        let query = Q::parse(&mut parameters);
        ready(parameters.finish().map(|()| Self(query, parameters)))
    }
}

impl<Q: Parsed> Describe for Query<Q> {
    fn describe(description: &mut Description) {
        describe::<Q>(description);
    }
}

/// The parameters of a page: its size, its order and its cursor.
pub trait PageParameters: Parsed {
    /// The type of the position in the cursor.
    type Position: CursorPosition;

    /// Takes the cursor, which is not verified yet.
    fn cursor(&mut self) -> Option<CursorText>;

    /// The order, which the cursor is bound to.
    fn order(&self) -> &'static str;
}

/// The query of a paged call: filters and the parameters of the page.
///
/// A cursor is bound to the account, so the handler checks it, and gets the query only then.
#[derive(Debug)]
pub struct Paged<F, P> {
    filter: F,
    page: P,
    parameters: Parameters,
}

/// A [`Paged`] query without faults.
#[derive(Debug)]
pub struct Checked<F, P: PageParameters> {
    pub filter: F,
    pub page: P,
    /// The beginning of the page; `None` for the first page.
    pub start: Option<Start<P::Position>>,
    /// For the cursors of the response.
    pub binding: Binding,
    pub parameters: Parameters,
}

impl<F, P: PageParameters> Paged<F, P> {
    /// Checks the cursor, and reports the faults of all parameters.
    pub fn check(mut self, account: &AccountId, cursors: &Cursors) -> Result<Checked<F, P>, Problem> {
        let binding = binding(&self.parameters, account, self.page.order());
        let start = self.page.cursor().and_then(|CursorText(cursor)| {
            let start = cursors.decode(&cursor, &binding);
            if start.is_none() {
                let message = "is not a cursor of this list: a cursor is valid only for the account, path, filters and order that \
                               it was made for. Start again without it";
                self.parameters.refuse("cursor", Fault::new(message));
            }
            start
        });
        let Self { filter, page, mut parameters } = self;
        parameters.finish()?;
        Ok(Checked { filter, page, start, binding, parameters })
    }
}

/// A cursor is valid for the account, the path, the filters as a set, and the order; the size of the page may change.
fn binding(parameters: &Parameters, account: &AccountId, order: &str) -> Binding {
    let mut filters: Vec<&(String, String)> = parameters.filters().collect();
    filters.sort_unstable();
    filters.dedup();
    let filters = filters.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    Binding::new([account.as_str(), parameters.path(), order].into_iter().chain(filters))
}

impl<F: Parsed, P: PageParameters> FromRequest for Paged<F, P> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut parameters = Parameters::of(request);
        let And(filter, page) = Parsed::parse(&mut parameters);
        ready(Ok(Self { filter, page, parameters }))
    }
}

impl<F: Parsed, P: PageParameters> Describe for Paged<F, P> {
    fn describe(description: &mut Description) {
        describe::<And<F, P>>(description);
    }
}

fn describe<Q: Parsed>(description: &mut Description) {
    description.parameters(Q::into_params(|| None));
    let fault = "QUEUE_RENAMD".parse::<AuditEventType>().err();
    let violations = fault.into_iter().map(|fault| Violation::new("event", fault)).collect();
    description.problem("At least one parameter is unknown or invalid.", &Problem::invalid_parameters(violations));
}

/// A cursor of an earlier response.
#[derive(Debug, ToSchema)]
#[schema(min_length = 1, max_length = 2048)]
pub struct CursorText(String);

#[cfg(any(test, fuzzing))]
impl CursorText {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CursorText {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.is_empty() { Err(Fault::new("must not be empty; omit it for the first page")) } else { Ok(Self(text.to_owned())) }
    }
}
