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
        ready(if takes_json(request) { Ok(Self) } else { Err(Problem::not_acceptable()) })
    }
}

fn takes_json(request: &HttpRequest) -> bool {
    if !request.headers().contains_key(header::ACCEPT) {
        return true;
    }
    // A header that cannot be read says nothing.
    let Ok(accept) = Accept::parse(request) else { return true };
    // The most specific range that fits decides; a weight of 0 rules out.
    let specificity = |range: &mime::Mime| match (range.type_(), range.subtype()) {
        (mime::APPLICATION, mime::JSON) => Some(2),
        (mime::APPLICATION, mime::STAR) => Some(1),
        (mime::STAR, mime::STAR) => Some(0),
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
        let takes = |accept: &str| takes_json(&TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request());
        for accept in ["*/*", "application/json", "application/*;q=0.1", "text/html, */*;q=0.1", "application/json;charset=utf-8"]
        {
            assert!(takes(accept), "{accept}");
        }
        for accept in ["text/html", "application/xml", "application/json;q=0, */*"] {
            assert!(!takes(accept), "{accept}");
        }
    }
}
