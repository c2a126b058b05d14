//! Pages that are asked for again: an unchanged one is not sent, and one of a log that has not gone on is not read.
//!
//! A page depends on what was asked and on the log up to its newest event, and on nothing else: events never change. So the
//! two together make a strong validator (RFC 9110, 8.8.3), and one look at the log's head tells whether a page still holds.

use std::sync::Arc;

use actix_http::{ResponseHead, encoding::Encoder};
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::to_bytes,
    http::{
        StatusCode,
        header::{self, AcceptEncoding, ContentEncoding, Encoding, EntityTag, Header, HeaderValue, IfNoneMatch},
    },
    web::Bytes,
};
use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use quick_cache::{Weighter, sync::Cache};

use super::problem::Problem;
use crate::domain::{access::Given, account::AccountId};

/// The pages that an instance keeps, those of all accounts together.
pub struct PageCache {
    pages: Cache<[u8; SHA256_OUTPUT_LEN], Arc<EncodedPage>, InBytes>,
    /// The largest page that is kept, in bytes: one must not drive out all others.
    largest: usize,
    /// What else a page is made of: another version of the program may show the same events otherwise.
    made_by: String,
}

impl PageCache {
    /// Creates a cache of at most `bytes` bytes. `settings` are those that affect the content of a page.
    pub fn new(bytes: u64, settings: &str) -> Self {
        /// What a page of the default size takes.
        const USUAL: u64 = 16 * 1024;
        Self {
            pages: Cache::with_weighter((bytes / USUAL) as usize, bytes, InBytes),
            largest: usize::try_from(bytes / 32).unwrap_or(usize::MAX),
            made_by: format!("{} {settings}", env!("CARGO_PKG_VERSION")),
        }
    }

    /// What a request asks for, to the letter, with the content coding that its client takes.
    pub fn question(&self, request: &HttpRequest, account: &AccountId) -> Question {
        let coding = coding(request);
        let mut digest = Context::new(&SHA256);
        let url = request.uri().path_and_query().map_or("", |url| url.as_str());
        for part in [account.as_str(), url, coding.as_str(), &self.made_by] {
            // The length in front keeps `a, bc` apart from `ab, c`.
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let mut key = [0; SHA256_OUTPUT_LEN];
        key.copy_from_slice(digest.finish().as_ref());
        let seen = IfNoneMatch::parse(request).ok().filter(|_| request.headers().contains_key(header::IF_NONE_MATCH));
        Question { key, coding, seen }
    }

    /// The page that answered this question last, if it is still kept.
    pub fn get(&self, question: &Question) -> Option<Arc<EncodedPage>> {
        self.pages.get(&question.key)
    }

    /// Encodes a page as its client takes it, and keeps it.
    pub async fn keep(
        &self,
        question: &Question,
        newest: i64,
        json: Vec<u8>,
        links: Vec<HeaderValue>,
        given: Given,
    ) -> Result<Arc<EncodedPage>, Problem> {
        let body = encoded(json.into(), question.coding).await?;
        let page = Arc::new(EncodedPage { newest, body, links, given });
        if page.body.len() <= self.largest {
            self.pages.insert(question.key, Arc::clone(&page));
        }
        Ok(page)
    }
}

impl std::fmt::Debug for PageCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PageCache").field("pages", &self.pages.len()).field("bytes", &self.pages.weight()).finish()
    }
}

/// What a page takes.
#[derive(Clone)]
struct InBytes;

impl Weighter<[u8; SHA256_OUTPUT_LEN], Arc<EncodedPage>> for InBytes {
    fn weight(&self, key: &[u8; SHA256_OUTPUT_LEN], page: &Arc<EncodedPage>) -> u64 {
        let links: usize = page.links.iter().map(HeaderValue::len).sum();
        (size_of_val(key) + size_of::<EncodedPage>() + page.body.len() + links) as u64
    }
}

/// A page as it goes to a client.
pub struct EncodedPage {
    /// The newest event of the log when it was read.
    newest: i64,
    body: Bytes,
    links: Vec<HeaderValue>,
    /// The events in the body.
    pub given: Given,
}

impl EncodedPage {
    /// Whether it is what would be read now.
    pub fn holds(&self, newest: i64) -> bool {
        self.newest == newest
    }
}

/// What a request asks for.
pub struct Question {
    key: [u8; SHA256_OUTPUT_LEN],
    coding: ContentEncoding,
    /// What the client has already.
    seen: Option<IfNoneMatch>,
}

impl Question {
    /// The client has a page and asks whether it still holds.
    pub fn is_conditional(&self) -> bool {
        self.seen.is_some()
    }

    /// That it still holds, if that is so.
    pub fn not_modified(&self, newest: i64) -> Option<HttpResponse> {
        let tag = self.tag(newest);
        let holds = match self.seen.as_ref()? {
            IfNoneMatch::Any => true,
            // RFC 9110, 13.1.2: by weak comparison.
            IfNoneMatch::Items(seen) => seen.iter().any(|seen| seen.weak_eq(&tag)),
        };
        let mut response = HttpResponse::NotModified();
        response.insert_header(header::ETag(tag)).insert_header((header::VARY, "accept-encoding"));
        holds.then(|| response.finish())
    }

    /// The page itself.
    pub fn answer(&self, page: &EncodedPage) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.content_type("application/json");
        for link in &page.links {
            response.append_header((header::LINK, link.clone()));
        }
        if self.coding != ContentEncoding::Identity {
            response.insert_header(self.coding);
        }
        response.insert_header(header::ETag(self.tag(page.newest))).insert_header((header::VARY, "accept-encoding"));
        response.body(page.body.clone())
    }

    fn tag(&self, newest: i64) -> EntityTag {
        /// The number of bytes of the digest that are used; enough to make collisions negligible.
        const BYTES: usize = 16;
        let mut digest = Context::new(&SHA256);
        digest.update(&self.key);
        digest.update(&newest.to_be_bytes());
        EntityTag::new_strong(URL_SAFE_NO_PAD.encode(&digest.finish().as_ref()[..BYTES]))
    }
}

/// The content coding that suits the client, of those that the framework knows too.
pub(super) fn coding(request: &HttpRequest) -> ContentEncoding {
    const CODINGS: [Encoding; 4] = [Encoding::identity(), Encoding::zstd(), Encoding::gzip(), Encoding::brotli()];
    let accepted = request.get_header::<AcceptEncoding>();
    match accepted.and_then(|accepted| accepted.negotiate(CODINGS.iter())) {
        Some(Encoding::Known(coding)) => coding,
        _ => ContentEncoding::Identity,
    }
}

/// Encodes a body.
pub(super) async fn encoded(body: Bytes, coding: ContentEncoding) -> Result<Bytes, Problem> {
    let encoder = Encoder::response(coding, &mut ResponseHead::new(StatusCode::OK), body);
    to_bytes(encoder).await.map_err(|error| {
        tracing::error!(%error, "a page cannot be encoded");
        Problem::internal()
    })
}
