//! `/docs`: the OpenAPI document for reading and trying, without any other host.

use std::sync::Arc;

use actix_web::{
    HttpResponse, guard,
    http::header,
    web::{self, Path},
};
use utoipa_swagger_ui::{Config, SwaggerFile};

use super::{browser, problem::Problem};

/// The paths; they are not part of the contract.
pub const PATHS: [&str; 2] = ["/docs", "/docs/{path:.*}"];

/// The files that are not from Swagger UI.
const OWN: [(&str, &str, &str); 3] = [
    ("", browser::HTML, include_str!("docs/index.html")),
    ("docs.css", "text/css; charset=utf-8", include_str!("docs/docs.css")),
    ("docs.js", "text/javascript; charset=utf-8", include_str!("docs/docs.js")),
];

/// Serves Swagger UI, which is part of the program.
pub fn configure(config: &mut web::ServiceConfig) {
    let [entrance, files] = PATHS;
    config
        .service(web::resource(entrance).guard(guard::Get()).to(redirect))
        .service(web::resource(files).guard(guard::Get()).to(file));
}

/// The page refers to its files relatively, so its address must end with a slash.
async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "docs/")).finish()
}

async fn file(path: Path<String>) -> Result<HttpResponse, Problem> {
    let mut response = HttpResponse::Ok();
    browser::protect_with_images_in_styles(&mut response);
    if let Some((_, media_type, content)) = OWN.iter().find(|(name, ..)| *name == *path) {
        return Ok(response.content_type(*media_type).body(*content));
    }
    match utoipa_swagger_ui::serve(&path, Arc::new(Config::from("/openapi.json"))) {
        Ok(Some(SwaggerFile { bytes, content_type, .. })) => Ok(response.content_type(content_type).body(bytes.into_owned())),
        _ => Err(Problem::unknown_path()),
    }
}
