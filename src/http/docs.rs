//! `/docs`: the OpenAPI document for reading and trying, without any other host.

use actix_web::{HttpResponse, http::header, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Serves the pages of Swagger UI, which are part of the program.
pub fn configure(config: &mut web::ServiceConfig) {
    let settings = Config::from("/openapi.json").try_it_out_enabled(true).persist_authorization(false).validator_url("none");
    config.route("/docs", web::get().to(redirect)).service(SwaggerUi::new("/docs/{path:.*}").config(settings));
}

/// The pages refer to their files relatively, so the address must end with a slash.
async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "docs/")).finish()
}
