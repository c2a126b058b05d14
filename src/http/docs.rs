//! `/docs`: the OpenAPI document for reading and trying, without any other host.

use actix_web::{HttpResponse, guard, http::header, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where they stand; they are not part of the contract.
pub const PATHS: [&str; 2] = ["/docs", "/docs/{path:.*}"];

/// Serves the pages of Swagger UI, which are part of the program.
pub fn configure(config: &mut web::ServiceConfig) {
    let settings = Config::from("/openapi.json").try_it_out_enabled(true).persist_authorization(false).validator_url("none");
    let [entrance, pages] = PATHS;
    let entrance = web::resource(entrance).guard(guard::Get()).to(redirect);
    config.service(entrance).service(SwaggerUi::new(pages).config(settings));
}

/// The pages refer to their files relatively, so the address must end with a slash.
async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "docs/")).finish()
}
