//! Cross-origin requests: pages of the listed origins may call the API (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use std::str::FromStr;

use actix_cors::{Cors, CorsError};
use actix_web::{
    HttpResponse,
    http::{
        Uri,
        header::{self, HeaderMap},
    },
    middleware::Condition,
};

use super::{
    problem::{Problem, Violation},
    rate_limits::{RATE_LIMIT, RATE_LIMIT_POLICY},
    request_id::X_REQUEST_ID,
};
use crate::domain::fault::{Fault, quoted};

/// The methods that pages of other origins may use.
const METHODS: [&str; 3] = ["GET", "HEAD", "POST"];

/// The headers that they may send, besides those that every page may send.
const HEADERS: [&str; 7] =
    ["accept", "authorization", "content-encoding", "content-type", "if-none-match", "last-event-id", "x-request-id"];

/// An origin as browsers send it: a scheme, a host, and the port unless it is the default one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid =
            || format!("{text:?} is not an origin: http or https and a host, without a path, such as https://app.example.com");
        let uri: Uri = text.parse().map_err(|_| invalid())?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(invalid)?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https")).ok_or_else(invalid)?;
        // Browsers compare origins character by character.
        let origin = format!("{scheme}://{}", authority.as_str().to_ascii_lowercase());
        if origin == text { Ok(Self(origin)) } else { Err(invalid()) }
    }
}

/// Answers preflight requests, and adds the headers for pages of these origins, if there are any. Cookies are not used, so credentials
/// are not allowed.
pub fn cors(origins: &[Origin]) -> Condition<Cors> {
    /// How long a browser may use the answer to a preflight request, in seconds.
    const MAXIMUM_AGE: usize = 3600;
    let cors = Cors::default()
        .allowed_methods(METHODS)
        .allowed_headers(HEADERS)
        .expose_headers([
            header::CONTENT_DISPOSITION,
            header::ETAG,
            header::LINK,
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
            RATE_LIMIT,
            RATE_LIMIT_POLICY,
            X_REQUEST_ID,
        ])
        .max_age(MAXIMUM_AGE);
    Condition::new(!origins.is_empty(), origins.iter().fold(cors, |cors, Origin(origin)| cors.allowed_origin(origin)))
}

/// The problem of a preflight request that was refused; `None` for any other response. `asked`: the headers of the request.
pub fn refused(response: &HttpResponse, asked: &HeaderMap) -> Option<Problem> {
    let error = response.error()?.as_error::<CorsError>()?;
    let given = |name| asked.get(name).map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
    let (name, fault) = match error {
        CorsError::MissingOrigin => (header::ORIGIN, Fault::new("is required")),
        // The allowed origins are not listed: they can be names of other internal services.
        CorsError::OriginNotAllowed => {
            let message = format!(
                "Pages of {} may not call this service; its setting cors-origins lists those that may",
                quoted(&given(header::ORIGIN))
            );
            (header::ORIGIN, Fault::new(message))
        }
        CorsError::HeadersNotAllowed | CorsError::BadRequestHeaders => {
            let name = header::ACCESS_CONTROL_REQUEST_HEADERS;
            let headers = given(name.clone()).to_ascii_lowercase();
            let other = headers.split(',').map(str::trim).find(|header| !HEADERS.contains(header));
            (name, Fault::not_one_of("a header that pages of other origins may send", other.unwrap_or(&headers), HEADERS))
        }
        _ => {
            let name = header::ACCESS_CONTROL_REQUEST_METHOD;
            let fault = Fault::not_one_of("a method that pages of other origins may use", &given(name.clone()), METHODS);
            (name, fault)
        }
    };
    let problem = Problem::invalid_parameters(vec![Violation::new(name.as_str(), fault)]);
    Some(problem.varying("Origin, Access-Control-Request-Method, Access-Control-Request-Headers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_a_scheme_and_a_host_and_nothing_else() {
        for good in ["https://app.example.com", "http://localhost:5173", "https://[::1]:8443"] {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "*",
            "null",
            "app.example.com",
            "https://",
            "https://a/",
            "https://a/b",
            "https://A.example",
            "https://u@a",
            "ftp://a",
            "https://a?b",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
