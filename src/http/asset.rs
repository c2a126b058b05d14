//! Files for the browser that are part of the program: each is encoded once per coding, and all responses share the bytes.

use actix_web::{
    HttpResponse, HttpResponseBuilder, guard,
    http::header::{self, ContentEncoding, ETag, EntityTag},
    web::{self, Bytes},
};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::sync::OnceCell;

use super::{
    browser,
    cache_headers::{CODINGS, CacheHeaders, encoded},
    problem::Problem,
};

/// The client checks with each use whether the file has changed.
const REVALIDATE: &str = "no-cache";

/// The path has a hash of the content, so the file never changes.
const KEEP: &str = "public, max-age=31536000, immutable";

/// A file.
pub struct Asset {
    pub path: String,
    media_type: &'static str,
    cache_control: &'static str,
    tag: EntityTag,
    content: Bytes,
    /// The content in each coding that was requested so far.
    encoded: [OnceCell<Bytes>; CODINGS.len()],
    /// Adds the security headers.
    protect: fn(&mut HttpResponseBuilder) -> &mut HttpResponseBuilder,
}

impl Asset {
    /// A file that can change with each version of the program.
    pub fn new(path: &str, media_type: &'static str, content: impl Into<Bytes>) -> Self {
        let content = content.into();
        // Weak, because all codings of the file share it (RFC 9110, 8.8.3.3).
        let tag = EntityTag::new_weak(hash(&content));
        let (path, encoded) = (path.to_owned(), Default::default());
        Self { path, media_type, cache_control: REVALIDATE, tag, content, encoded, protect: browser::protect }
    }

    /// A file whose path has a hash of its content.
    pub fn hashed(name: &str, extension: &str, media_type: &'static str, content: impl Into<Bytes>) -> Self {
        let content = content.into();
        let path = format!("/assets/{name}-{}.{extension}", hash(&content));
        Self { cache_control: KEEP, ..Self::new(&path, media_type, content) }
    }

    /// Permits images in the styles of the file.
    #[must_use]
    pub fn with_images_in_styles(self) -> Self {
        Self { protect: browser::protect_with_images_in_styles, ..self }
    }

    /// Serves the file at its path.
    pub fn serve(&'static self, config: &mut web::ServiceConfig) {
        let serve = move |headers: CacheHeaders| self.answer(headers);
        config.service(web::resource(self.path.as_str()).guard(guard::Get()).to(serve));
    }

    async fn answer(&self, headers: CacheHeaders) -> Result<HttpResponse, Problem> {
        let is_known = headers.has(&self.tag);
        let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header(ETag(self.tag.clone()))
            .insert_header((header::CACHE_CONTROL, self.cache_control))
            .insert_header((header::VARY, "accept-encoding"));
        (self.protect)(&mut response);
        if is_known {
            return Ok(response.finish());
        }
        let coding = headers.coding;
        if coding != ContentEncoding::Identity {
            response.insert_header(coding);
        }
        Ok(response.content_type(self.media_type).body(self.body(coding).await?))
    }

    async fn body(&self, coding: ContentEncoding) -> Result<Bytes, Problem> {
        let (_, body) = CODINGS.iter().zip(&self.encoded).find(|(known, _)| **known == coding).ok_or_else(Problem::internal)?;
        body.get_or_try_init(|| encoded(self.content.clone(), coding)).await.cloned()
    }
}

/// Identifies a content. A part of the digest is enough; it is not secret.
fn hash(content: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, content).as_ref()[..12])
}
