//! Around every request: its identifier, its line in the log, and what every answer has in common.

use std::{panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    Error, HttpResponse,
    body::{self, BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
};
use futures_util::FutureExt;
use tracing::Instrument;
use uuid::Uuid;

use super::problem::{MEDIA_TYPE, Problem};

/// The header that carries the identifier, in and out.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest URL that is read, path and query together.
const LONGEST_URL: usize = 8 * 1024;

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The identifier of the request that this task serves.
pub fn current() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Wraps the whole application.
pub async fn around<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = given(request.headers()).unwrap_or_else(|| Uuid::now_v7().to_string());
    // The path only: a query holds what people searched for, which is nobody's business in a log.
    let span = tracing::info_span!("request", id, method = %request.method(), path = request.path());
    let head_only = request.method() == Method::HEAD;
    if head_only {
        // RFC 9110, 9.3.2: the same answer as to GET; the protocol layer leaves out the body.
        request.head_mut().method = Method::GET;
    }
    let answered = REQUEST_ID.scope(id.clone(), answer(request, next, id).instrument(span)).await;
    if head_only { answered.map(|response| response.map_body(|_, body| without_stream(body))) } else { answered }
}

/// A body that is made while it is sent would be made to its end, and an open-ended one for ever, to be thrown away.
fn without_stream(body: BoxBody) -> BoxBody {
    if body.size() == BodySize::Stream { BoxBody::new(body::None::new()) } else { body }
}

async fn answer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    id: String,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let too_long = request.uri().path_and_query().is_some_and(|url| url.as_str().len() > LONGEST_URL);
    let outcome = if too_long {
        Ok(request.error_response(Problem::uri_too_long(LONGEST_URL)))
    } else {
        match AssertUnwindSafe(next.call(request)).catch_unwind().await {
            Ok(outcome) => outcome.map(ServiceResponse::map_into_boxed_body),
            // The panic's message and place are in the log by the panic hook.
            Err(_) => Err(Problem::internal().into()),
        }
    };
    let milliseconds = began.elapsed().as_secs_f64() * 1e3;
    match outcome {
        Ok(response) => {
            let (request, response) = response.into_parts();
            let response = finish(response, &id);
            tracing::info!(status = response.status().as_u16(), milliseconds, "answered");
            Ok(ServiceResponse::new(request, response))
        }
        // There is no request left to answer, but the error carries the answer to it.
        Err(error) => {
            let response = finish(error.error_response(), &id);
            tracing::info!(status = response.status().as_u16(), milliseconds, "answered");
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// Gives an answer the headers that all have; the framework's own errors get our form first.
fn finish(response: HttpResponse, id: &str) -> HttpResponse {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes() == MEDIA_TYPE.as_bytes());
    let mut response =
        if failed && !is_problem { actix_web::ResponseError::error_response(&Problem::of_status(status)) } else { response };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    response
}

/// The client's own identifier, if it is one that a log line can carry.
fn given(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(X_REQUEST_ID)?.to_str().ok()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    ((1..=128).contains(&id.len()) && id.bytes().all(fits)).then(|| id.to_owned())
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
        let app = init_service(App::new().wrap(from_fn(around)).route("/", web::get().to(broken))).await;
        let request = TestRequest::get().insert_header((X_REQUEST_ID, "r-1")).to_request();
        let error = try_call_service(&app, request).await.expect_err("the service had to fail");
        let response = error.error_response();
        assert_eq!(response.status().as_u16(), 500);
        assert_eq!(response.headers().get(X_REQUEST_ID).unwrap(), "r-1");
        assert_eq!(response.headers().get(header::CONTENT_TYPE).unwrap(), MEDIA_TYPE);
    }

    #[test]
    fn an_identifier_that_could_harm_a_log_is_not_taken() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(X_REQUEST_ID, HeaderValue::from_str(value).unwrap());
            given(&headers)
        };
        assert_eq!(with("a-1"), Some("a-1".to_owned()));
        assert_eq!(with("a b"), None);
        assert_eq!(with(""), None);
        assert_eq!(with(&"x".repeat(129)), None);
    }
}
