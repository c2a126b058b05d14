//! Whether the client takes what a call answers with.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, Accept, Header},
};

use super::problem::Problem;

/// The client takes JSON (RFC 9110, 12.5.1): it says so, or says nothing.
#[derive(Debug)]
pub struct AcceptsJson;

impl FromRequest for AcceptsJson {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(demand(request, &mime::APPLICATION_JSON).map(|()| Self))
    }
}

/// The client takes server-sent events: it says so, or says nothing.
#[derive(Debug)]
pub struct AcceptsEventStream;

impl FromRequest for AcceptsEventStream {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(demand(request, &mime::TEXT_EVENT_STREAM).map(|()| Self))
    }
}

/// Refuses a request whose client does not take what is offered.
pub fn demand(request: &HttpRequest, offered: &mime::Mime) -> Result<(), Problem> {
    if takes(request, offered) { Ok(()) } else { Err(Problem::not_acceptable(offered.essence_str())) }
}

fn takes(request: &HttpRequest, offered: &mime::Mime) -> bool {
    if !request.headers().contains_key(header::ACCEPT) {
        return true;
    }
    // A header that cannot be read says nothing.
    let Ok(accept) = Accept::parse(request) else { return true };
    // The most specific range that fits decides; a weight of 0 rules out.
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
        let takes = |accept: &str| super::takes(&request(accept), &mime::APPLICATION_JSON);
        for accept in ["*/*", "application/json", "application/*;q=0.1", "text/html, */*;q=0.1", "application/json;charset=utf-8"]
        {
            assert!(takes(accept), "{accept}");
        }
        for accept in ["text/html", "application/xml", "application/json;q=0, */*"] {
            assert!(!takes(accept), "{accept}");
        }
        assert!(super::takes(&request("text/event-stream"), &mime::TEXT_EVENT_STREAM));
        assert!(super::takes(&request("text/*"), &mime::TEXT_EVENT_STREAM));
        assert!(!super::takes(&request("application/json"), &mime::TEXT_EVENT_STREAM));
    }
}
