//! Cross-origin requests: pages of the listed origins may call the API (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use std::str::FromStr;

use actix_cors::Cors;
use actix_web::http::{Uri, header};

use super::{
    rate_limits::{RATE_LIMIT, RATE_LIMIT_POLICY},
    request_id::X_REQUEST_ID,
};

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

/// Answers preflight requests, and adds the headers for pages of these origins. Cookies are not used, so credentials are not allowed.
pub fn cors(origins: &[Origin]) -> Cors {
    /// How long a browser may use the answer to a preflight request, in seconds.
    const MAXIMUM_AGE: usize = 3600;
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST"])
        .allowed_headers([header::ACCEPT, header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_NONE_MATCH, X_REQUEST_ID])
        .allowed_header("last-event-id")
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
    origins.iter().fold(cors, |cors, Origin(origin)| cors.allowed_origin(origin))
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
