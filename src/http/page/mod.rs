//! `/` and `/assets/…`: the Logs page. Its files are part of the program; it reads the logs as any other client does.

mod files;

use std::sync::LazyLock;

use actix_web::{
    HttpRequest, HttpResponse, guard,
    http::header::{self, ContentEncoding, ETag, EntityTag, IfNoneMatch},
    web::{self, Bytes},
};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::sync::OnceCell;

use super::{
    browser,
    page_cache::{coding, encoded},
    problem::Problem,
};

/// What the page itself is asked for with every visit: it is small, and names the versions of all else.
const REVALIDATE: &str = "no-cache";

/// The path of any other file has a hash of its content, so what a browser has of it never becomes wrong.
const KEEP: &str = "public, max-age=31536000, immutable";

/// Something that is served.
struct Asset {
    path: String,
    media_type: &'static str,
    cache_control: &'static str,
    tag: EntityTag,
    content: Bytes,
    /// The content in each coding that was asked for so far.
    encoded: [OnceCell<Bytes>; CODINGS.len()],
}

/// The codings that a client may take.
const CODINGS: [ContentEncoding; 4] =
    [ContentEncoding::Identity, ContentEncoding::Brotli, ContentEncoding::Gzip, ContentEncoding::Zstd];

/// The page, its style, its script and its icon: four files, so that a first visit waits for few answers.
static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    let icon = Asset::hashed("icon", "svg", "image/svg+xml", files::ICON.into());
    let style = Asset::hashed("page", "css", "text/css; charset=utf-8", files::style());
    let script = Asset::hashed("page", "js", "text/javascript; charset=utf-8", files::script());
    let html = [("icon.svg", &icon), ("page.css", &style), ("page.js", &script)]
        .into_iter()
        .fold(files::HTML.to_owned(), |html, (name, asset)| html.replace(&format!("/assets/{name}"), &asset.path));
    [Asset::new("/".to_owned(), browser::HTML, REVALIDATE, html), style, script, icon]
});

impl Asset {
    fn new(path: String, media_type: &'static str, cache_control: &'static str, content: String) -> Self {
        let tag = EntityTag::new_strong(hash(&content));
        Self { path, media_type, cache_control, tag, content: content.into(), encoded: Default::default() }
    }

    fn hashed(name: &str, extension: &str, media_type: &'static str, content: String) -> Self {
        Self::new(format!("/assets/{name}-{}.{extension}", hash(&content)), media_type, KEEP, content)
    }

    /// The content in a coding. It is encoded once, and from then on all answers share the bytes.
    async fn body(&self, coding: ContentEncoding) -> Result<Bytes, Problem> {
        match CODINGS.iter().zip(&self.encoded).find(|(known, _)| **known == coding) {
            Some((_, body)) => body.get_or_try_init(|| encoded(self.content.clone(), coding)).await.cloned(),
            None => encoded(self.content.clone(), coding).await,
        }
    }

    async fn answer(&self, request: &HttpRequest, known: Option<&IfNoneMatch>) -> Result<HttpResponse, Problem> {
        let is_known = known.is_some_and(|known| match known {
            IfNoneMatch::Any => true,
            IfNoneMatch::Items(tags) => tags.iter().any(|known| known.weak_eq(&self.tag)),
        });
        let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header(ETag(self.tag.clone()))
            .insert_header((header::CACHE_CONTROL, self.cache_control))
            .insert_header((header::VARY, "accept-encoding"));
        browser::protect(&mut response);
        if is_known {
            return Ok(response.finish());
        }
        let coding = coding(request);
        if coding != ContentEncoding::Identity {
            response.insert_header(coding);
        }
        Ok(response.content_type(self.media_type).body(self.body(coding).await?))
    }
}

/// What a content is known by. A part of the digest is enough; it is not secret.
fn hash(content: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, content.as_bytes()).as_ref()[..12])
}

/// The paths of all files. They are not part of the contract.
pub fn paths() -> impl Iterator<Item = &'static str> {
    ASSETS.iter().map(|asset| asset.path.as_str())
}

/// Serves every file at its path.
pub fn configure(config: &mut web::ServiceConfig) {
    for asset in ASSETS.iter() {
        let serve = move |request: HttpRequest, known: Option<web::Header<IfNoneMatch>>| async move {
            asset.answer(&request, known.map(web::Header::into_inner).as_ref()).await
        };
        config.service(web::resource(asset.path.as_str()).guard(guard::Get()).to(serve));
    }
}
