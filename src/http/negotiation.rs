//! Whether the client accepts the media type of a response.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, Accept, Header},
};
use mime::Mime;

use super::{
    endpoints::{Describe, Description},
    problem::Problem,
};

/// The client accepts a media type (RFC 9110, 12.5.1). Without the header `Accept`, it accepts everything.
#[derive(Debug)]
pub struct Accepts<M>(PhantomData<M>);

/// The client accepts JSON.
pub type AcceptsJson = Accepts<JsonText>;

/// The client accepts server-sent events.
pub type AcceptsEventStream = Accepts<EventStreamText>;

/// A media type that a response can have.
pub trait MediaType {
    const MEDIA_TYPE: Mime;
    /// For the OpenAPI document.
    const EXCLUDED: &str;
}

#[derive(Debug)]
pub struct JsonText;

impl MediaType for JsonText {
    const MEDIA_TYPE: Mime = mime::APPLICATION_JSON;
    const EXCLUDED: &str = "The header Accept excludes JSON.";
}

#[derive(Debug)]
pub struct EventStreamText;

impl MediaType for EventStreamText {
    const MEDIA_TYPE: Mime = mime::TEXT_EVENT_STREAM;
    const EXCLUDED: &str = "The header Accept excludes event streams.";
}

impl<M: MediaType> FromRequest for Accepts<M> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(AcceptHeader::of(request).require(&M::MEDIA_TYPE).map(|()| Self(PhantomData)))
    }
}

impl<M: MediaType> Describe for Accepts<M> {
    fn describe(description: &mut Description) {
        description.problem(M::EXCLUDED, &Problem::not_acceptable(M::MEDIA_TYPE.essence_str()));
    }
}

/// The accepted media types, for a call whose query determines the media type of the response. `None`: all.
#[derive(Debug)]
pub struct AcceptHeader(Option<Accept>);

impl AcceptHeader {
    /// A header with an invalid range counts as absent, because that range may be meant to accept the response.
    fn of(request: &HttpRequest) -> Self {
        let values = request.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
        let ranges = values.flat_map(|value| value.split(',')).filter(|range| !range.trim().is_empty()).count();
        Self(Accept::parse(request).ok().filter(|accept| ranges > 0 && accept.len() == ranges))
    }

    /// Refuses a request whose client does not accept this media type.
    pub fn require(&self, offered: &Mime) -> Result<(), Problem> {
        if self.accepts(offered) { Ok(()) } else { Err(Problem::not_acceptable(offered.essence_str())) }
    }

    fn accepts(&self, offered: &Mime) -> bool {
        let Some(accept) = &self.0 else { return true };
        // The most specific range that matches decides; a weight of 0 excludes.
        let specificity = |range: &Mime| match (range.type_(), range.subtype()) {
            (mime::STAR, mime::STAR) => Some(0),
            (range, mime::STAR) if range == offered.type_() => Some(1),
            (range, subtype) if range == offered.type_() && subtype == offered.subtype() => Some(2),
            _ => None,
        };
        let fitting = accept.iter().filter_map(|entry| specificity(&entry.item).map(|rank| (rank, entry.quality)));
        fitting.max_by_key(|(rank, _)| *rank).is_some_and(|(_, quality)| quality > header::Quality::ZERO)
    }
}

impl FromRequest for AcceptHeader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

/// The media type is described with the response.
impl Describe for AcceptHeader {
    fn describe(_: &mut Description) {}
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_most_specific_range_decides() {
        let request = |accept: &str| TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();
        let accepts = |accept: &str, offered| AcceptHeader::of(&request(accept)).accepts(&offered);
        let json = |accept: &str| accepts(accept, mime::APPLICATION_JSON);
        for accept in ["*/*", "application/json", "application/*;q=0.1", "text/html, */*;q=0.1", "application/json;charset=utf-8"]
        {
            assert!(json(accept), "{accept}");
        }
        for invalid in ["text/html, image/gif, *; q=.2, */*; q=.2", "*", ""] {
            assert!(json(invalid), "{invalid}");
        }
        for accept in ["text/html", "application/xml", "application/json;q=0, */*"] {
            assert!(!json(accept), "{accept}");
        }
        assert!(accepts("text/event-stream", mime::TEXT_EVENT_STREAM));
        assert!(accepts("text/*", mime::TEXT_EVENT_STREAM));
        assert!(!accepts("application/json", mime::TEXT_EVENT_STREAM));
    }
}
