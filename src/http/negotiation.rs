//! Whether the client accepts the media type of a response.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, Accept, Header},
};

use super::{
    endpoints::{Describe, Description},
    problem::Problem,
};

/// The client accepts JSON (RFC 9110, 12.5.1). Without the header `Accept`, it accepts everything.
#[derive(Debug)]
pub struct AcceptsJson;

impl FromRequest for AcceptsJson {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(require(request, &mime::APPLICATION_JSON).map(|()| Self))
    }
}

/// The client accepts server-sent events.
#[derive(Debug)]
pub struct AcceptsEventStream;

impl FromRequest for AcceptsEventStream {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(require(request, &mime::TEXT_EVENT_STREAM).map(|()| Self))
    }
}

impl Describe for AcceptsJson {
    fn describe(description: &mut Description) {
        description.problem("The header Accept excludes JSON.", &Problem::not_acceptable("application/json"));
    }
}

impl Describe for AcceptsEventStream {
    fn describe(description: &mut Description) {
        description.problem("The header Accept excludes event streams.", &Problem::not_acceptable("text/event-stream"));
    }
}

/// What the client accepts, for a call that learns the media type of its response from the query.
#[derive(Debug)]
pub struct Accepts(HttpRequest);

impl Accepts {
    /// Refuses a request whose client does not accept this media type.
    pub fn require(&self, offered: &mime::Mime) -> Result<(), Problem> {
        require(&self.0, offered)
    }
}

impl FromRequest for Accepts {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.clone())))
    }
}

/// The media type is described with the response.
impl Describe for Accepts {
    fn describe(_: &mut Description) {}
}

fn require(request: &HttpRequest, offered: &mime::Mime) -> Result<(), Problem> {
    if accepts(request, offered) { Ok(()) } else { Err(Problem::not_acceptable(offered.essence_str())) }
}

fn accepts(request: &HttpRequest, offered: &mime::Mime) -> bool {
    if !request.headers().contains_key(header::ACCEPT) {
        return true;
    }
    // An invalid header counts as absent.
    let Ok(accept) = Accept::parse(request) else { return true };
    // The most specific range that matches decides; a weight of 0 excludes.
    let specificity = |range: &mime::Mime| match (range.type_(), range.subtype()) {
        (mime::STAR, mime::STAR) => Some(0),
        (range, mime::STAR) if range == offered.type_() => Some(1),
        (range, subtype) if range == offered.type_() && subtype == offered.subtype() => Some(2),
        _ => None,
    };
    let fitting = accept.iter().filter_map(|entry| specificity(&entry.item).map(|rank| (rank, entry.quality)));
    fitting.max_by_key(|(rank, _)| *rank).is_some_and(|(_, quality)| quality > header::Quality::ZERO)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_most_specific_range_decides() {
        let request = |accept: &str| TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();
        let json = |accept: &str| super::accepts(&request(accept), &mime::APPLICATION_JSON);
        for accept in ["*/*", "application/json", "application/*;q=0.1", "text/html, */*;q=0.1", "application/json;charset=utf-8"]
        {
            assert!(json(accept), "{accept}");
        }
        for accept in ["text/html", "application/xml", "application/json;q=0, */*"] {
            assert!(!json(accept), "{accept}");
        }
        assert!(super::accepts(&request("text/event-stream"), &mime::TEXT_EVENT_STREAM));
        assert!(super::accepts(&request("text/*"), &mime::TEXT_EVENT_STREAM));
        assert!(!super::accepts(&request("application/json"), &mime::TEXT_EVENT_STREAM));
    }
}
