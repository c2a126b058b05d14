//! Authentication and authorization, as extractors in the signatures of handlers.

pub mod claims;
pub mod fetch;
pub mod hmac_secret;
pub mod identity;
pub mod issuer;
pub mod key;
pub mod remote_keys;
pub mod token;

use std::{fmt, marker::PhantomData, sync::Arc};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};

use futures_util::future::LocalBoxFuture;
use tracing::Span;

use self::{
    identity::{Identity, TokenError},
    token::MAXIMUM_LENGTH,
};
use super::{
    endpoints::{Describe, Description},
    problem::Problem,
    resource::Resource,
    state::State,
};
use crate::domain::{
    access::Principal,
    account::AccountId,
    role::{self, Permission},
};

/// A caller whose token was verified and whose roles give the permission of `G`.
pub struct Caller<G> {
    /// The account of the token: the only one that the request can access.
    pub account: AccountId,
    /// The subject of the token.
    pub principal: Arc<Principal>,
    /// When the token expires, in seconds since 1970-01-01T00:00:00Z.
    pub expires_at: u64,
    granted: PhantomData<G>,
}

/// The requirement of a handler on its caller.
pub trait Grant {
    /// The permission that one of the caller's roles must give.
    const PERMISSION: Permission;
}

/// Requires the permission to read the log `R`.
#[derive(Debug)]
pub struct Read<R>(PhantomData<R>);

impl<R: Resource> Grant for Read<R> {
    const PERMISSION: Permission = R::READ;
}

/// Requires the permission to read the access log.
#[derive(Debug)]
pub struct ReadAccessLogs;

impl Grant for ReadAccessLogs {
    const PERMISSION: Permission = Permission::ReadAccessLogs;
}

/// Requires the permission to write events.
#[derive(Debug)]
pub struct Write;

impl Grant for Write {
    const PERMISSION: Permission = Permission::WriteEvents;
}

impl<G: Grant> Describe for Caller<G> {
    fn describe(description: &mut Description) {
        description.requires_token();
        description.problem("The request has no valid token.", &Problem::unauthorized(Some("it has expired")));
        description.problem("No role of the token allows this call.", &Problem::forbidden(role::names_allowing(G::PERMISSION)));
        description.problem(
            "The account has reached a limit.",
            &Problem::too_many_requests("An account may send 200 requests in 1s with the role LOGS_PRODUCER; try again in 1s", 1),
        );
        description.problem(
            "The database is unreachable, overloaded or too slow, or the keys of the token's issuer are not loaded.",
            &Problem::database_unreachable(),
        );
    }
}

impl<G: Grant> FromRequest for Caller<G> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { caller(&request, &*identified(&request).await?) })
    }
}

#[cfg(test)]
impl<G> Caller<G> {
    pub(super) fn example(account: AccountId) -> Self {
        let principal = Arc::new(Principal { id: account.as_str().parse().unwrap(), name: None });
        Self { account, principal, expires_at: 0, granted: PhantomData }
    }
}

impl<G> fmt::Debug for Caller<G> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Caller").field("account", &self.account).finish()
    }
}

/// The identity in the token of a request. Waits only for a key that is being fetched.
pub(super) async fn identified(request: &HttpRequest) -> Result<Arc<Identity>, Problem> {
    State::of(request)?.tokens.verify_after_fetch(bearer(request.headers())?).await.map_err(|error| refusal(&error))
}

fn refusal(error: &TokenError) -> Problem {
    tracing::info!(%error, "a token was not accepted");
    match error {
        TokenError::KeysNotLoaded(_) => Problem::keys_not_loaded(),
        error => Problem::unauthorized(Some(error.reason())),
    }
}

fn caller<G: Grant>(request: &HttpRequest, identity: &Identity) -> Result<Caller<G>, Problem> {
    // In the span of the middleware, so that every log line of the request has the caller.
    tracing::record_all!(Span::current(), account = identity.account.as_str(), subject = identity.principal.id.as_str());
    if !role::allows(identity.roles.iter().map(String::as_str), G::PERMISSION) {
        return Err(Problem::forbidden(role::names_allowing(G::PERMISSION)));
    }
    let roles = identity.roles.iter().map(String::as_str);
    State::of(request)?.rate_limits.count(&identity.account, roles, G::PERMISSION)?;
    Ok(Caller {
        account: identity.account.clone(),
        principal: Arc::clone(&identity.principal),
        expires_at: identity.expires_at,
        granted: PhantomData,
    })
}

/// The token of the one `Authorization: Bearer` header (RFC 6750, 2.1; the scheme in any case, RFC 9110, 11.1).
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let value = values.next().ok_or_else(|| Problem::unauthorized(None))?;
    if values.next().is_some() {
        return Err(Problem::unauthorized(Some("the request has more than one Authorization header")));
    }
    let not_bearer = || Problem::unauthorized(Some("the Authorization header is not of the form Bearer <JWT>"));
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(not_bearer)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(not_bearer());
    }
    // One or more spaces are allowed (RFC 6750, 2.1).
    let token = token.trim_start_matches(' ');
    if token.len() > MAXIMUM_LENGTH {
        return Err(Problem::unauthorized(Some("it is longer than 8192 bytes")));
    }
    Ok(token)
}
