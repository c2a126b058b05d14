//! The contract as the service applies it: `/openapi.json`, and the responses to unknown paths (404) and methods (405).

use actix_web::{
    HttpRequest, HttpResponse,
    dev::ResourceDef,
    get,
    http::header,
    web::{Bytes, Data},
};
use utoipa::openapi::{OpenApi, PathItem};

use super::{docs, page, problem::Problem, responses::OpenProblems};

/// The OpenAPI document, and what follows from it.
#[derive(Debug)]
pub struct Contract {
    json: Bytes,
    json_3_0: Bytes,
    /// Each path with the methods that it takes, as the header `Allow` lists them.
    paths: Vec<(ResourceDef, String)>,
}

impl Contract {
    /// The contract of a document, and its texts in both versions.
    pub fn new(document: &OpenApi, json: String, json_3_0: String) -> Self {
        let documented = document.paths.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), allow(item)));
        let pages = docs::PATHS.into_iter().chain(page::paths());
        let pages = pages.map(|path| (ResourceDef::new(path), "GET, HEAD".to_owned()));
        Self { json: json.into(), json_3_0: json_3_0.into(), paths: documented.chain(pages).collect() }
    }

    fn methods(&self, path: &str) -> Option<&str> {
        // The order of the document puts a literal path before one with a variable, as routing does.
        self.paths.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, methods)| methods.as_str())
    }
}

/// The contract as OpenAPI 3.1
///
/// This document; the same bytes as `openapi/openapi.json` in the repository.
#[utoipa::path(
    tag = "About",
    operation_id = "getOpenApi",
    security(()),
    responses(
        (status = 200, description = "The OpenAPI document.", body = serde_json::Value, content_type = "application/json",
            example = json!({"openapi": "3.1.0"})),
        OpenProblems
    )
)]
#[get("/openapi.json")]
pub async fn get_openapi(contract: Data<Contract>) -> HttpResponse {
    json(&contract.json)
}

/// The contract as OpenAPI 3.0.3
///
/// The same contract for tools that cannot read OpenAPI 3.1; the same bytes as `openapi/openapi-3.0.json` in the repository.
#[utoipa::path(
    tag = "About",
    operation_id = "getOpenApi30",
    security(()),
    responses(
        (status = 200, description = "The OpenAPI document.", body = serde_json::Value, content_type = "application/json",
            example = json!({"openapi": "3.0.3"})),
        OpenProblems
    )
)]
#[get("/openapi-3.0.json")]
pub async fn get_openapi_3_0(contract: Data<Contract>) -> HttpResponse {
    json(&contract.json_3_0)
}

fn json(text: &Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").insert_header((header::CACHE_CONTROL, "no-cache")).body(text.clone())
}

/// The default service.
pub async fn fallback(request: HttpRequest, contract: Data<Contract>) -> Result<HttpResponse, Problem> {
    Err(contract.methods(request.path()).map_or_else(Problem::unknown_path, Problem::method_not_allowed))
}

/// The value of the header `Allow` (RFC 9110, 10.2.1). A path that takes GET takes HEAD.
fn allow(item: &PathItem) -> String {
    let methods =
        [("GET, HEAD", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)];
    methods.into_iter().filter(|(_, operation)| operation.is_some()).map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}
