//! The identifier of a request: from the client or new, in every response and every log line.

use actix_web::http::header::{HeaderMap, HeaderName};
use uuid::Uuid;

/// The header that carries the identifier, in requests and in responses.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The identifier of the request that this task serves; empty outside a request.
pub fn current() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Runs `task` with `id` as the [`current`] identifier.
pub async fn scope<T>(id: String, task: impl Future<Output = T>) -> T {
    REQUEST_ID.scope(id, task).await
}

/// The client's own identifier if it is safe in a header and in a log line, otherwise a new UUIDv7.
pub fn of(headers: &HeaderMap) -> String {
    given(headers).unwrap_or_else(|| Uuid::now_v7().to_string())
}

fn given(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(X_REQUEST_ID)?.to_str().ok()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    ((1..=128).contains(&id.len()) && id.bytes().all(fits)).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn an_identifier_that_is_unsafe_in_a_log_line_is_replaced() {
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
