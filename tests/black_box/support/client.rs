//! An HTTP client of the API, and its responses.

use reqwest::{
    Method, RequestBuilder,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Value, json};

use super::event_stream::EventStream;

/// Sends requests to one service, with one `Authorization` or without.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    authorization: Option<HeaderValue>,
}

/// The settings of every client of the tests: loopback needs no proxy.
pub(super) fn http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none())
}

impl Client {
    /// A client of the service at `base`, a URL without a path.
    pub(super) fn new(http: reqwest::Client, base: String, authorization: Option<&str>) -> Self {
        let authorization = authorization.map(|text| HeaderValue::from_bytes(text.as_bytes()).expect("a header's value"));
        Self { http, base, authorization }
    }

    /// Sends the path and query unchanged, except characters that a URL cannot contain, such as a space.
    pub async fn get(&self, path_and_query: &str) -> Response {
        self.execute(self.request(Method::GET, path_and_query)).await
    }

    /// The head of a response whose body the test reads itself.
    pub async fn begin(&self, path_and_query: &str) -> reqwest::Response {
        self.request(Method::GET, path_and_query).send().await.unwrap_or_else(|error| panic!("{path_and_query}: {error:?}"))
    }

    /// Encodes the names and values of the query.
    pub async fn get_query(&self, path: &str, query: &[(&str, &str)]) -> Response {
        self.execute(self.request(Method::GET, path).query(query)).await
    }

    /// As [`Client::get`], for a service that may be killed before it responds.
    pub async fn try_get(&self, path_and_query: &str) -> reqwest::Result<Response> {
        self.try_execute(self.request(Method::GET, path_and_query)).await
    }

    /// As [`Client::post`], for a service that may be killed before it responds.
    pub async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Response> {
        self.try_execute(self.request(Method::POST, path).json(body)).await
    }

    /// Posts a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.execute(self.request(Method::POST, path).json(body)).await
    }

    /// Sends any method, headers and body.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Response {
        let mut request = self.request(Method::from_bytes(method.as_bytes()).expect("a method's name"), path);
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            request = request.header(name, HeaderValue::from_bytes(value.as_bytes()).expect("a header's value"));
        }
        self.execute(request.body(body.into())).await
    }

    /// Opens a stream. Any other response is the error.
    pub async fn stream(&self, path_and_query: &str, headers: &[(&str, &str)]) -> Result<EventStream, Response> {
        let mut request = self.request(Method::GET, path_and_query);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{path_and_query}: no response: {error:?}"));
        if response.headers().get("content-type").is_some_and(|value| value == "text/event-stream") {
            return Ok(EventStream::of(response));
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Err(Response { status, headers, body: response.bytes().await.unwrap().into() })
    }

    fn request(&self, method: Method, path_and_query: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path_and_query}", self.base));
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request
    }

    async fn execute(&self, request: RequestBuilder) -> Response {
        self.try_execute(request).await.unwrap_or_else(|error| panic!("no response: {error:?}"))
    }

    async fn try_execute(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        // A stream has no end, so the response ends with its head.
        let endless = headers.get("content-type").is_some_and(|value| value == "text/event-stream");
        let body = if endless { Vec::new() } else { response.bytes().await?.into() };
        Ok(Response { status, headers, body })
    }
}

/// A complete response.
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Response {
    /// The body as JSON. Panics with status and body if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{} is not JSON: {error}: {}", self.status, self.text()))
    }

    /// The first header with this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("an ASCII header"))
    }

    /// Returns the response if it has this status. Panics with the body otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A minimal valid event of the conversation log.
pub fn conversation_event(id: &str) -> Value {
    json!({
        "id": id,
        "occurredAt": "2026-03-29T12:34:56.789012Z",
        "event": "STATUS_CHANGED",
        "doneBy": {"type": "USER", "id": "u-1042"},
        "conversation": {"id": "c-90210"},
    })
}

/// A minimal valid event of the audit log.
pub fn audit_event(id: &str) -> Value {
    json!({
        "id": id,
        "occurredAt": "2026-03-29T12:34:56.789012Z",
        "event": "QUEUE_RENAMED",
        "doneBy": {"type": "USER", "id": "u-1042"},
        "item": {"type": "QUEUE", "id": "q-17"},
    })
}
