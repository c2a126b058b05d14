//! The cache of encoded pages. A page that the client has is not sent again, and a page of an unchanged log is not read again.
//!
//! A page depends only on the request and on the version of the log, because events never change. So both together are a strong
//! validator (RFC 9110, 8.8.3), and reading the log's head is enough to check whether a page is current.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::{self, ContentEncoding, EntityTag, HeaderValue},
    web::Bytes,
};
use aws_lc_rs::digest::{self, SHA256, SHA256_OUTPUT_LEN};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use quick_cache::{Weighter, sync::Cache};

use super::{
    body_memory::{Reserved, held},
    cache_headers::{CacheHeaders, encoded},
    problem::Problem,
};
use crate::{
    domain::{access::Returned, account::AccountId},
    store::Version,
};

/// The cached pages of all accounts.
pub struct PageCache {
    pages: Cache<[u8; SHA256_OUTPUT_LEN], Arc<EncodedPage>, InBytes>,
    /// The maximum size of a cached page, in bytes, so that one page does not evict all others.
    largest: usize,
    /// Everything else that affects a page: the version of the program, settings, and the database.
    made_by: String,
}

impl PageCache {
    /// Creates a cache of at most `bytes` bytes. `settings` are those that affect the content of a page; `database` identifies the
    /// database, because another one has other events with the same sequences.
    pub fn new(bytes: u64, settings: &str, database: &str) -> Self {
        /// The usual size of a page of the default limit, in bytes.
        const USUAL: u64 = 16 * 1024;
        Self {
            pages: Cache::with_weighter((bytes / USUAL) as usize, bytes, InBytes),
            largest: usize::try_from(bytes / 32).unwrap_or(usize::MAX),
            made_by: format!("{} {database} {settings}", env!("CARGO_PKG_VERSION")),
        }
    }

    /// The key of a request: the account, the URL byte by byte, and the content coding.
    pub fn question(&self, account: &AccountId, url: &str, headers: CacheHeaders) -> Question {
        let mut digest = digest::Context::new(&SHA256);
        for part in [account.as_str(), url, headers.coding.as_str(), &self.made_by] {
            // The length before each part distinguishes `a, bc` from `ab, c`.
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let mut key = [0; SHA256_OUTPUT_LEN];
        key.copy_from_slice(digest.finish().as_ref());
        Question { key, headers }
    }

    /// The cached page for this question.
    pub fn get(&self, question: &Question) -> Option<Arc<EncodedPage>> {
        self.pages.get(&question.key)
    }

    /// Encodes a page for its client, and caches it.
    pub async fn keep(
        &self,
        question: &Question,
        version: Version,
        json: Vec<u8>,
        links: Vec<HeaderValue>,
        returned: Returned,
    ) -> Result<Arc<EncodedPage>, Problem> {
        let body = encoded(json.into(), question.headers.coding).await?;
        let page = Arc::new(EncodedPage { version, body, links, returned });
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

/// The memory that a page uses.
#[derive(Clone)]
struct InBytes;

impl Weighter<[u8; SHA256_OUTPUT_LEN], Arc<EncodedPage>> for InBytes {
    fn weight(&self, key: &[u8; SHA256_OUTPUT_LEN], page: &Arc<EncodedPage>) -> u64 {
        let links: usize = page.links.iter().map(HeaderValue::len).sum();
        (size_of_val(key) + size_of::<EncodedPage>() + page.body.len() + links) as u64
    }
}

/// An encoded page.
pub struct EncodedPage {
    /// The version of the log that was read.
    version: Version,
    body: Bytes,
    links: Vec<HeaderValue>,
    /// The events in the body.
    pub returned: Returned,
}

impl EncodedPage {
    /// The size of the body, in bytes.
    pub fn size(&self) -> usize {
        self.body.len()
    }

    /// Whether the page is that of this version of the log.
    pub fn is_current(&self, version: Version) -> bool {
        self.version == version
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

    /// The answer to a client that has the page of this version of the log.
    pub fn not_modified(&self, version: Version) -> Option<PageAnswer> {
        let tag = self.tag(version);
        // Whether `*` matches is known only once the page is found: the event in its path may not exist.
        let is_known = !self.headers.match_any() && self.headers.has(&tag);
        is_known.then_some(PageAnswer { tag, page: None, coding: self.headers.coding, memory: None })
    }

    /// The answer with the page, or 304 if every page matches.
    pub fn answer(&self, page: Arc<EncodedPage>, memory: Option<Reserved>) -> PageAnswer {
        let tag = self.tag(page.version);
        PageAnswer { tag, page: Some(page).filter(|_| !self.headers.match_any()), coding: self.headers.coding, memory }
    }

    fn tag(&self, version: Version) -> EntityTag {
        /// The number of bytes of the digest that are used; enough to make collisions negligible.
        const BYTES: usize = 16;
        let mut digest = digest::Context::new(&SHA256);
        digest.update(&self.key);
        let Version { incarnation: (server, database), newest } = version;
        [server, database, newest].iter().for_each(|number| digest.update(&number.to_be_bytes()));
        EntityTag::new_strong(URL_SAFE_NO_PAD.encode(&digest.finish().as_ref()[..BYTES]))
    }
}

/// The answer to a [`Question`].
pub struct PageAnswer {
    tag: EntityTag,
    /// `None` for a response 304.
    page: Option<Arc<EncodedPage>>,
    coding: ContentEncoding,
    /// The memory of a large page, which is free again once the page is sent.
    memory: Option<Reserved>,
}

impl PageAnswer {
    /// The page, unless the answer is 304.
    pub fn page(&self) -> Option<&EncodedPage> {
        self.page.as_deref()
    }
}

impl Responder for PageAnswer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let Self { tag, page, coding, memory } = self;
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
        response.body(held(page.body.clone(), memory))
    }
}
