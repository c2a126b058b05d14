//! The request headers that determine whether a body is sent, and in which encoding.

use std::future::{Ready, ready};

use actix_http::{ResponseHead, encoding::Encoder};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    body::to_bytes,
    dev::Payload,
    http::{
        StatusCode,
        header::{self, AcceptEncoding, ContentEncoding, Encoding, EntityTag, Header, IfNoneMatch},
    },
    web::Bytes,
};
use utoipa::IntoParams;

use super::{
    endpoints::{Describe, Description},
    problem::Problem,
};

/// The content codings of responses: all that the framework encodes, so that it does not encode a body again, whose tag would then
/// be wrong.
pub const CODINGS: [ContentEncoding; 5] =
    [ContentEncoding::Identity, ContentEncoding::Zstd, ContentEncoding::Gzip, ContentEncoding::Brotli, ContentEncoding::Deflate];

/// `If-None-Match` and `Accept-Encoding`.
#[derive(Debug)]
pub struct CacheHeaders {
    /// The preferred one of [`CODINGS`].
    pub coding: ContentEncoding,
    known: Option<IfNoneMatch>,
}

impl CacheHeaders {
    /// Whether the client has a body and asks whether it is still valid.
    pub fn is_conditional(&self) -> bool {
        self.known.is_some()
    }

    /// Whether every body that exists matches: `If-None-Match: *`.
    pub fn match_any(&self) -> bool {
        matches!(self.known, Some(IfNoneMatch::Any))
    }

    /// Whether the client has the body with this tag, by weak comparison (RFC 9110, 13.1.2).
    pub fn has(&self, tag: &EntityTag) -> bool {
        match &self.known {
            None => false,
            Some(IfNoneMatch::Any) => true,
            Some(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        }
    }
}

impl FromRequest for CacheHeaders {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let accepted = request.get_header::<AcceptEncoding>();
        let coding = match accepted.and_then(|accepted| accepted.negotiate(CODINGS.map(Encoding::Known).iter())) {
            Some(Encoding::Known(coding)) => coding,
            _ => ContentEncoding::Identity,
        };
        let known = IfNoneMatch::parse(request).ok().filter(|_| request.headers().contains_key(header::IF_NONE_MATCH));
        ready(Ok(Self { coding, known }))
    }
}

/// The page that the client has.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
struct IfNoneMatchHeader {
    /// The `ETag` of the page that the client has. If the page is unchanged, the response is 304 without a body.
    #[param(rename = "If-None-Match", required = false, value_type = String, example = "\"Yq8cLw1X0m5v5m0p5iYc3A\"", max_length = 16384)]
    _if_none_match: Option<String>,
}

impl Describe for CacheHeaders {
    fn describe(description: &mut Description) {
        description.parameters(IfNoneMatchHeader::into_params(|| None));
    }
}

/// Encodes a body.
pub async fn encoded(body: Bytes, coding: ContentEncoding) -> Result<Bytes, Problem> {
    let encoder = Encoder::response(coding, &mut ResponseHead::new(StatusCode::OK), body);
    to_bytes(encoder).await.map_err(|error| {
        tracing::error!(%error, "a body cannot be encoded");
        Problem::internal()
    })
}
