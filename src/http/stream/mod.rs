//! Server-sent events: what comes into a log, as it comes in.

mod encoding;
mod follower;
pub mod places;
pub mod streams;

use std::{convert::Infallible, str::FromStr, time::SystemTime};

use actix_web::{HttpRequest, HttpResponse, http::header::HeaderName, web::Data};
use futures_util::{TryFutureExt, stream::unfold};
use tokio::time::{Duration, Instant};
use tracing::Instrument;
use utoipa::{IntoParams, PartialSchema, ToSchema, openapi};

use self::{encoding::MEDIA_TYPE, follower::Follower};
use super::{database, parameters::Parameters, problem::Problem, resource::Resource, state::State};
use crate::domain::{
    account::AccountId,
    fault::{Fault, quoted},
};

/// The header of a client that comes back.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Where a stream goes on; for those who can set a header.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct ResumeHeader {
    /// The `id` of the last message that was seen: the stream begins with what comes after it. Clients send it by themselves
    /// when they come back. It takes precedence over the parameter `lastEventId`.
    #[param(rename = "Last-Event-ID", required = false, inline, example = 42)]
    last_event_id: Option<LastEventId>,
}

impl ResumeHeader {
    fn read(request: &HttpRequest, parameters: &mut Parameters) -> Self {
        let value = request.headers().get(LAST_EVENT_ID).map(|value| String::from_utf8_lossy(value.as_bytes()).parse());
        let last_event_id = value.transpose().unwrap_or_else(|fault| {
            parameters.refuse("Last-Event-ID", fault);
            None
        });
        Self { last_event_id }
    }
}

/// Where a stream goes on; for those who cannot, such as a browser's first EventSource.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ResumeParameters {
    /// The sequence after which the stream begins; 0 for everything that the log has. Without it and without the header
    /// `Last-Event-ID`, the stream begins with what comes in from now on.
    #[param(required = false, inline, example = 42)]
    last_event_id: Option<LastEventId>,
}

/// The sequence of the last event that a client has seen; 0 before the first.
#[derive(Debug, Clone, Copy)]
struct LastEventId(i64);

impl FromStr for LastEventId {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).map(Self).ok_or_else(|| {
            let message = format!("{} is not a sequence of this log: a whole number from 0 to {}", quoted(text), i64::MAX);
            Fault::new(message)
        })
    }
}

impl PartialSchema for LastEventId {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        openapi::ObjectBuilder::new()
            .schema_type(openapi::schema::Type::Integer)
            .format(Some(openapi::SchemaFormat::KnownFormat(openapi::KnownFormat::Int64)))
            .minimum(Some(0))
            .into()
    }
}

impl ToSchema for LastEventId {}

/// Answers with what comes into the log, until the token expires.
pub async fn stream<R: Resource>(
    request: &HttpRequest,
    account: AccountId,
    expires_at: u64,
    state: &Data<State>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(request);
    let filter = R::filter(&mut parameters);
    let ResumeParameters { last_event_id: at_first } = ResumeParameters { last_event_id: parameters.one("lastEventId") };
    let ResumeHeader { last_event_id: again } = ResumeHeader::read(request, &mut parameters);
    parameters.finish()?;
    let expires = expiry(expires_at)?;
    let closed = state.streams.closed.subscribe();
    if *closed.borrow() {
        return Err(Problem::unavailable("The service is about to stop"));
    }

    let place = state.streams.places.take(&account)?;
    // Before the head is read, so that nothing can come in unseen between the two.
    let watch = state.store.watch::<R>(&account);
    let newest = state.store.newest::<R>(&account).map_err(Problem::from);
    let newest = database::in_time(&state.store, newest).await?;
    // An EventSource that comes back still has the parameter of its first address, so the header takes precedence.
    let position = again.or(at_first).map_or(newest, |LastEventId(sequence)| sequence);
    let follower = Follower::<R>::new(state.clone(), account, filter, position, watch, closed, expires, place);

    let span = tracing::Span::current();
    let pieces = unfold(follower, move |mut follower| {
        async move { follower.next().await.map(|piece| (Ok::<_, Infallible>(piece), follower)) }.instrument(span.clone())
    });
    let mut response = HttpResponse::Ok();
    response.content_type(MEDIA_TYPE);
    // Proxies that would collect the answer before they pass it on know this one.
    response.insert_header(("X-Accel-Buffering", "no"));
    // When the stream has ended, so has the connection: who stops waits for no client to hang up.
    response.force_close();
    Ok(response.streaming(pieces))
}

/// When the token expires, by the clock that timers go by.
///
/// A token that is only good because clocks may differ is not: its stream would end again and again while it lasts.
fn expiry(expires_at: u64) -> Result<Instant, Problem> {
    /// Longer than any stream lasts, and short enough to be counted with.
    const LONGEST: u64 = 365 * 24 * 60 * 60;
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let left = Duration::from_secs(expires_at.min(since_epoch.as_secs() + LONGEST)).saturating_sub(since_epoch);
    if left.is_zero() {
        return Err(Problem::unauthorized(Some("it has expired")));
    }
    Ok(Instant::now() + left)
}
