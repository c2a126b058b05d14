//! The middleware of every request: identifier, log line, and the headers of all responses.

use std::{panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{self, BodySize, BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType, Method, StatusCode, Version,
        header::{self, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;
use tracing::{Instrument, field::Empty};

use super::{
    auth,
    connection::{Pieces, limits::Refusal},
    cors,
    problem::{LARGEST_HEAD, LONGEST_URL, MEDIA_TYPE, Problem},
    request_id::{self, X_REQUEST_ID},
    state::State,
};

/// Wraps the whole application.
pub async fn around<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id::of(request.headers());
    // The path only, because a query contains search texts, which must not be logged.
    // Account and subject are recorded when the token is verified.
    let span =
        tracing::info_span!("request", id, method = %request.method(), path = request.path(), account = Empty, subject = Empty);
    let head_only = request.method() == Method::HEAD;
    if head_only {
        // RFC 9110, 9.3.2: the same response as to GET; the protocol layer omits the body.
        request.head_mut().method = Method::GET;
    }
    let answered = request_id::scope(id.clone(), answer(request, next, id).instrument(span)).await;
    if head_only { answered.map(|response| response.map_body(|_, body| without_stream(body))) } else { answered }
}

/// Drops a streaming body. Otherwise it would be produced only to be discarded, and the body of a stream would never end.
fn without_stream(body: BoxBody) -> BoxBody {
    if body.size() == BodySize::Stream { BoxBody::new(body::None::new()) } else { body }
}

async fn answer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    id: String,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let limited = Limited::of(&request);
    let is_refused = request.conn_data::<Refusal>().is_some();
    let version = request.version();
    let outcome = next.call(request).await;
    let milliseconds = began.elapsed().as_secs_f64() * 1e3;
    let finished = |response| {
        let mut response = finish(response, &id);
        if let Some(limited) = limited {
            limited.report(&mut response);
        }
        if version < Version::HTTP_11 && response.body().size() == BodySize::Stream {
            // RFC 9112, 6.1: without chunks, so the end of the connection ends the body.
            response.head_mut().no_chunking(true);
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        if is_refused {
            // Also after a preflight request.
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        tracing::info!(status = response.status().as_u16(), milliseconds, "answered");
        response
    };
    match outcome {
        Ok(response) => {
            let (request, response) = response.into_parts();
            let response = response.map_body(|_, body| BoxBody::new(Pieces::new(body)));
            let response = cors::refused(&response, request.headers()).map_or(response, |problem| problem.error_response());
            Ok(ServiceResponse::new(request, finished(response)))
        }
        // The request was consumed, but the error contains its response.
        Err(error) => {
            let response = finished(error.error_response());
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// Responds to requests that no handler gets, and to panics. It is within [`cors`], so that pages can read these responses.
pub async fn protect<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if let Some(problem) = refusal(&request) {
        return Ok(request.error_response(problem).map_into_right_body());
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(outcome) => outcome.map(ServiceResponse::map_into_left_body),
        // The panic hook has logged the message and the location.
        Err(_) => Err(Problem::internal().into()),
    }
}

/// The problem of a request that no handler gets: over a limit of connections, or with a URL or headers that are too large.
fn refusal(request: &ServiceRequest) -> Option<Problem> {
    /// The maximum length of a cursor that does not count towards [`LONGEST_URL`], in bytes. The service never creates a longer
    /// cursor.
    const LONGEST_CURSOR: usize = 1024;
    if let Some(refusal) = request.conn_data::<Refusal>() {
        return Some(refusal.problem());
    }
    let url = request.uri().path_and_query().map_or(0, |url| url.as_str().len());
    // Without its cursor, so that the next page of a request that is not too long can be requested.
    let cursor = request.query_string().split('&').find(|pair| pair.starts_with("cursor=")).map_or(0, |pair| pair.len() + 1);
    let counted = if cursor <= LONGEST_CURSOR { url - cursor } else { url };
    if counted > LONGEST_URL {
        return Some(Problem::uri_too_long());
    }
    let line = request.method().as_str().len() + url + " HTTP/1.1\r\n".len() + 1;
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    (line + headers > LARGEST_HEAD).then(|| Problem::head_too_large().closing())
}

/// A request with a token, if rate limits are configured. Every response to it reports them, also an error.
struct Limited {
    state: Data<State>,
    token: String,
}

impl Limited {
    fn of(request: &ServiceRequest) -> Option<Self> {
        let state = request.app_data::<Data<State>>().filter(|state| !state.rate_limits.is_empty())?;
        let token = auth::bearer(request.headers()).ok()?;
        Some(Self { state: state.clone(), token: token.to_owned() })
    }

    /// Adds the limits of the token's roles. Without a valid token, no account is known.
    fn report(&self, response: &mut HttpResponse) {
        if response.status() != StatusCode::UNAUTHORIZED
            && let Ok(identity) = self.state.tokens.verify(&self.token)
        {
            let roles = identity.roles.iter().map(String::as_str);
            self.state.rate_limits.report(&identity.account, roles, response.headers_mut());
        }
    }
}

/// Adds the headers that every response has. Errors of the framework become problems first.
fn finish(response: HttpResponse, id: &str) -> HttpResponse {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes() == MEDIA_TYPE.as_bytes());
    let mut response = if failed && !is_problem { Problem::of_status(status).error_response() } else { response };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, value);
    }
    // Handlers set `identity`, so that the framework does not compress the body. It must not be sent (RFC 9110, 8.4).
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding == "identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    response
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        middleware::from_fn,
        test::{TestRequest, init_service, try_call_service},
        web,
    };

    use super::*;

    #[actix_web::test]
    async fn a_panic_is_answered_with_a_problem() {
        async fn broken() -> HttpResponse {
            panic!("for the test")
        }
        let app = init_service(App::new().wrap(from_fn(protect)).wrap(from_fn(around)).route("/", web::get().to(broken))).await;
        let request = TestRequest::get().insert_header((X_REQUEST_ID, "r-1")).to_request();
        let error = try_call_service(&app, request).await.expect_err("the service had to fail");
        let response = error.error_response();
        assert_eq!(response.status().as_u16(), 500);
        assert_eq!(response.headers().get(X_REQUEST_ID).unwrap(), "r-1");
        assert_eq!(response.headers().get(header::CONTENT_TYPE).unwrap(), MEDIA_TYPE);
    }
}
