//! `/` and `/assets/…`: the Logs page. Its files are part of the program; it reads the logs as any other client does.

use std::sync::LazyLock;

use actix_web::{
    HttpResponse, guard,
    http::header::{self, ETag, EntityTag, IfNoneMatch},
    web,
};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// A file of the page.
#[derive(Debug)]
pub struct Asset {
    /// Where it stands; it is not part of the contract.
    pub path: &'static str,
    media_type: &'static str,
    content: &'static str,
}

macro_rules! assets {
    ($($path:literal is $file:literal, $media_type:ident;)+) => {
        [$(Asset { path: $path, media_type: $media_type, content: include_str!(concat!("../../web/", $file)) }),+]
    };
}

/// All files of the page.
pub static ASSETS: [Asset; 29] = assets![
    "/" is "index.html", HTML;
    "/assets/icon.svg" is "icon.svg", SVG;
    "/assets/style.css" is "style.css", CSS;
    "/assets/controls.css" is "controls.css", CSS;
    "/assets/table.css" is "table.css", CSS;
    "/assets/address.js" is "address.js", JAVASCRIPT;
    "/assets/api.js" is "api.js", JAVASCRIPT;
    "/assets/cells.js" is "cells.js", JAVASCRIPT;
    "/assets/chips.js" is "chips.js", JAVASCRIPT;
    "/assets/details-dialog.js" is "details-dialog.js", JAVASCRIPT;
    "/assets/details.js" is "details.js", JAVASCRIPT;
    "/assets/dom.js" is "dom.js", JAVASCRIPT;
    "/assets/download.js" is "download.js", JAVASCRIPT;
    "/assets/export.js" is "export.js", JAVASCRIPT;
    "/assets/filters.js" is "filters.js", JAVASCRIPT;
    "/assets/labels.js" is "labels.js", JAVASCRIPT;
    "/assets/live.js" is "live.js", JAVASCRIPT;
    "/assets/log-page.js" is "log-page.js", JAVASCRIPT;
    "/assets/logs.js" is "logs.js", JAVASCRIPT;
    "/assets/main.js" is "main.js", JAVASCRIPT;
    "/assets/menu.js" is "menu.js", JAVASCRIPT;
    "/assets/notices.js" is "notices.js", JAVASCRIPT;
    "/assets/picker.js" is "picker.js", JAVASCRIPT;
    "/assets/server-sent-events.js" is "server-sent-events.js", JAVASCRIPT;
    "/assets/session.js" is "session.js", JAVASCRIPT;
    "/assets/sign-in.js" is "sign-in.js", JAVASCRIPT;
    "/assets/sources.js" is "sources.js", JAVASCRIPT;
    "/assets/table.js" is "table.js", JAVASCRIPT;
    "/assets/time.js" is "time.js", JAVASCRIPT;
];

/// Nothing from elsewhere, nothing inline, no frame round it: a name in a log can hold any text, and must never become code.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Serves every file at its path.
pub fn configure(config: &mut web::ServiceConfig) {
    for (asset, tag) in ASSETS.iter().zip(TAGS.iter()) {
        let serve = move |known: Option<web::Header<IfNoneMatch>>| {
            let response = answer(asset, tag, known.map(web::Header::into_inner).as_ref());
            async move { response }
        };
        config.service(web::resource(asset.path).guard(guard::Get()).to(serve));
    }
}

/// What each file's content is known by, so that a browser that has it is not sent it again.
static TAGS: LazyLock<Vec<EntityTag>> = LazyLock::new(|| {
    let tag = |asset: &Asset| URL_SAFE_NO_PAD.encode(digest(&SHA256, asset.content.as_bytes()));
    ASSETS.iter().map(|asset| EntityTag::new_strong(tag(asset))).collect()
});

fn answer(asset: &Asset, tag: &EntityTag, known: Option<&IfNoneMatch>) -> HttpResponse {
    let is_known = known.is_some_and(|known| match known {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(tags) => tags.iter().any(|known| known.weak_eq(tag)),
    });
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header(ETag(tag.clone()))
        // Asked for each time and seldom sent: after an upgrade no browser mixes old files with new ones.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    if is_known { response.finish() } else { response.content_type(asset.media_type).body(asset.content) }
}
