//! Server-sent events: new events of a log, as they are stored.

mod encoding;
mod follower;
pub mod streams;

use std::{convert::Infallible, str::FromStr, time::SystemTime};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::ContentEncoding,
    web::{Bytes, Data},
};
use futures_util::{
    StreamExt, TryFutureExt,
    stream::{LocalBoxStream, unfold},
};
use tokio::time::{Duration, Instant};
use tracing::Instrument;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        ContentBuilder, ObjectBuilder, ResponseBuilder, Type,
        path::{Parameter, ParameterIn},
    },
};

use self::{encoding::MEDIA_TYPE, follower::Follower};
use super::{
    access::Reading,
    auth::{Caller, Read},
    database,
    endpoints::{Describe, Description},
    negotiation::AcceptsEventStream,
    parameters::Parameters,
    problem::Problem,
    query::{And, Parsed, Query},
    resource::Resource,
    slots::Slots,
    state::State,
};
use crate::domain::{
    access::Call,
    fault::{Fault, quoted},
};

/// Where a stream begins, for clients that can set a header.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
struct ResumeHeader {
    /// The `id` of the last message that the client received: the stream begins after it. Browsers send it when they reconnect. It
    /// takes precedence over the parameter `lastEventId`.
    #[param(rename = "Last-Event-ID", required = false, inline, example = 42)]
    last_event_id: Option<LastEventId>,
}

/// Where a stream begins, for clients that cannot set a header, such as a browser's EventSource on its first connection.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ResumeQuery {
    /// The sequence after which the stream begins; 0 for the whole log. Without it and without the header `Last-Event-ID`, the
    /// stream begins with the next new event.
    #[param(required = false, inline, example = 42)]
    last_event_id: Option<LastEventId>,
}

/// Where a stream begins; `None` for the next new event.
#[derive(Debug)]
pub struct Resume(Option<LastEventId>);

impl Resume {
    /// The sequence after which the stream begins.
    pub fn sequence(&self) -> Option<i64> {
        self.0.map(|LastEventId(sequence)| sequence)
    }
}

impl Parsed for Resume {
    fn parse(parameters: &mut Parameters) -> Self {
        let ResumeQuery { last_event_id: query } = ResumeQuery { last_event_id: parameters.one("lastEventId") };
        let ResumeHeader { last_event_id: header } = ResumeHeader { last_event_id: parameters.header("Last-Event-ID") };
        // An EventSource that reconnects still sends the parameter of its first request, so the header takes precedence.
        Self(header.or(query))
    }
}

impl IntoParams for Resume {
    fn into_params(within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        [ResumeQuery::into_params(&within), ResumeHeader::into_params(&within)].concat()
    }
}

/// The sequence of the last event that a client received; 0 before the first.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(minimum = 0)]
struct LastEventId(i64);

impl FromStr for LastEventId {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).map(Self).ok_or_else(|| {
            let message = format!("{} is not a sequence of this log: an integer from 0 to {}", quoted(text), i64::MAX);
            Fault::new(message)
        })
    }
}

/// Answers with new events of the log, until the token expires.
pub async fn stream<R: Resource>(
    caller: Caller<Read<R>>,
    _: AcceptsEventStream,
    query: Query<And<R::Filter, Resume>>,
    state: Data<State>,
) -> Result<EventStream, Problem> {
    let Query(And(filter, resume), parameters) = query;
    let reading = Reading::new(&caller, R::ACCESSED, Call::Stream, &parameters, &state);
    let account = caller.account;
    let expires = expiry(caller.expires_at)?;
    let closed = state.streams.closed.subscribe();
    if *closed.borrow() {
        return Err(Problem::unavailable("The service is stopping"));
    }

    let slot = state.streams.slots.take(&account)?;
    // Before the head is read, so that no event is missed between the two.
    let watch = state.store.watch::<R>(&account);
    let version = state.store.version::<R>(&account).map_err(Problem::from);
    let version = database::in_time(&state.store, version).await?;
    let position = resume.sequence().unwrap_or(version.newest);
    let follower = Follower::<R>::new(state.clone(), reading.begun(), filter, position, watch, closed, expires, slot);

    let span = tracing::Span::current();
    let pieces = unfold(follower, move |mut follower| {
        async move { follower.next().await.map(|piece| (Ok(piece), follower)) }.instrument(span.clone())
    });
    Ok(EventStream(pieces.boxed_local()))
}

/// A stream of server-sent events.
pub struct EventStream(LocalBoxStream<'static, Result<Bytes, Infallible>>);

impl Responder for EventStream {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.content_type(MEDIA_TYPE);
        // Not compressed, because an encoder would take memory as long as the stream is open.
        response.insert_header(ContentEncoding::Identity);
        // Proxies must not buffer the response.
        response.insert_header(("X-Accel-Buffering", "no"));
        // The connection ends with the stream, so that a shutdown does not wait for clients to disconnect.
        response.force_close();
        response.streaming(self.0)
    }
}

impl Describe for EventStream {
    fn describe(description: &mut Description) {
        const EXAMPLE: &str = "retry: 1500\n\nid: 41\n\nid: 42\ndata: {\"id\": \"queues-4711\", \"sequence\": 42, \"event\": \
            \"QUEUE_RENAMED\"}\n\n: no new events\n\n";
        let content = ContentBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String)));
        let content = content.example(Some(EXAMPLE.into())).build();
        let response = ResponseBuilder::new().description("The stream.").content(MEDIA_TYPE, content);
        description.response(200, response.build());
        description.problem("The account has the maximum number of open streams.", &Slots::too_many(100, "streams"));
    }
}

/// When the token expires, by the clock of timers.
///
/// The leeway for clock skew does not apply. With it, a stream would end at once, and its client would reconnect repeatedly.
fn expiry(expires_at: u64) -> Result<Instant, Problem> {
    /// Longer than any stream, and short enough not to overflow.
    const LONGEST: u64 = 365 * 24 * 60 * 60;
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let left = Duration::from_secs(expires_at.min(since_epoch.as_secs() + LONGEST)).saturating_sub(since_epoch);
    if left.is_zero() {
        return Err(Problem::unauthorized(Some("it has expired")));
    }
    Ok(Instant::now() + left)
}
