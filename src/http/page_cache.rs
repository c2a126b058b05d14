//! Pages that are asked for again: an unchanged one is not sent, and one of a log that has not gone on is not read.
//!
//! A page depends on what was asked and on the log up to its newest event, and on nothing else: events never change. So the
//! two together make a strong validator (RFC 9110, 8.8.3), and one look at the log's head tells whether a page still holds.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::{self, ContentEncoding, EntityTag, HeaderValue},
    web::Bytes,
};
use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use quick_cache::{Weighter, sync::Cache};

use super::{
    cache_headers::{CacheHeaders, encoded},
    problem::Problem,
};
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

    /// What a request asks for: the account, the URL byte by byte, and the content coding.
    pub fn question(&self, account: &AccountId, url: &str, headers: CacheHeaders) -> Question {
        let mut digest = Context::new(&SHA256);
        for part in [account.as_str(), url, headers.coding.as_str(), &self.made_by] {
            // The length in front keeps `a, bc` apart from `ab, c`.
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let mut key = [0; SHA256_OUTPUT_LEN];
        key.copy_from_slice(digest.finish().as_ref());
        Question { key, headers }
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
        let body = encoded(json.into(), question.headers.coding).await?;
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
    headers: CacheHeaders,
}

impl Question {
    /// Whether the client has a page and asks whether it is still valid.
    pub fn is_conditional(&self) -> bool {
        self.headers.is_conditional()
    }

    /// The answer to a client that has the page of this state of the log.
    pub fn not_modified(&self, newest: i64) -> Option<PageAnswer> {
        let tag = self.tag(newest);
        self.headers.has(&tag).then_some(PageAnswer { tag, page: None, coding: self.headers.coding })
    }

    /// The answer with the page.
    pub fn answer(&self, page: Arc<EncodedPage>) -> PageAnswer {
        PageAnswer { tag: self.tag(page.newest), page: Some(page), coding: self.headers.coding }
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

/// The answer to a [`Question`].
pub struct PageAnswer {
    tag: EntityTag,
    /// `None` if the client has it already.
    page: Option<Arc<EncodedPage>>,
    coding: ContentEncoding,
}

impl Responder for PageAnswer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let Self { tag, page, coding } = self;
        let mut response = if page.is_some() { HttpResponse::Ok() } else { HttpResponse::NotModified() };
        response.insert_header(header::ETag(tag)).insert_header((header::VARY, "accept-encoding"));
        let Some(page) = page else { return response.finish() };
        response.content_type("application/json");
        for link in &page.links {
            response.append_header((header::LINK, link.clone()));
        }
        if coding != ContentEncoding::Identity {
            response.insert_header(coding);
        }
        response.body(page.body.clone())
    }
}
