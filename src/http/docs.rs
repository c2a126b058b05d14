//! `/docs`: the OpenAPI document for reading and trying, without any other host.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use actix_web::{
    HttpResponse, guard,
    http::header,
    web::{self, Bytes},
};
use utoipa_swagger_ui::{Config, SwaggerFile};

use super::{asset::Asset, browser};

/// The path without a slash, which redirects to the page: its URL ends with a slash, because its links are relative.
const ENTRANCE: &str = "/docs";

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The page, its own files, and those of Swagger UI.
static ASSETS: LazyLock<[Asset; 5]> = LazyLock::new(|| {
    let files = [
        Asset::new("/docs/", browser::HTML, include_str!("docs/index.html")),
        Asset::new("/docs/docs.css", CSS, include_str!("docs/docs.css")),
        Asset::new("/docs/docs.js", JAVASCRIPT, include_str!("docs/docs.js")),
        Asset::new("/docs/swagger-ui.css", CSS, swagger_ui("swagger-ui.css")),
        Asset::new("/docs/swagger-ui-bundle.js", JAVASCRIPT, swagger_ui("swagger-ui-bundle.js")),
    ];
    files.map(Asset::with_images_in_styles)
});

/// The paths of all files. They are not part of the contract.
pub fn paths() -> impl Iterator<Item = &'static str> {
    [ENTRANCE].into_iter().chain(ASSETS.iter().map(|asset| asset.path.as_str()))
}

/// Serves every file at its path.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource(ENTRANCE).guard(guard::Get()).to(redirect));
    ASSETS.iter().for_each(|asset| asset.serve(config));
}

async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "docs/")).finish()
}

/// A file of Swagger UI, which is part of the program.
fn swagger_ui(name: &str) -> Bytes {
    match utoipa_swagger_ui::serve(name, Arc::new(Config::from("/openapi.json"))) {
        Ok(Some(SwaggerFile { bytes: Cow::Borrowed(bytes), .. })) => Bytes::from_static(bytes),
        Ok(Some(SwaggerFile { bytes: Cow::Owned(bytes), .. })) => bytes.into(),
        _ => Bytes::new(),
    }
}
