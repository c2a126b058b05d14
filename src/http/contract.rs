//! The contract as the service applies it: `/openapi.json`, and the responses to unknown paths (404) and methods (405).

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    dev::ResourceDef,
    http::{Uri, header},
    web::{Bytes, Data},
};
use serde_json::json;
use utoipa::{
    PartialSchema,
    openapi::{ContentBuilder, OpenApi, PathItem, ResponseBuilder},
};

use super::{
    docs,
    endpoints::{Describe, Description},
    logs_page,
    problem::Problem,
};

/// The OpenAPI documents, and the methods of each path.
#[derive(Debug)]
pub struct Contract {
    json: Bytes,
    json_3_0: Bytes,
    /// Each path with its methods, in the form of the header `Allow`.
    paths: Vec<(ResourceDef, String)>,
}

impl Contract {
    /// The contract of a document, and its texts in both versions.
    pub fn new(document: &OpenApi, json: String, json_3_0: String) -> Self {
        let documented = document.paths.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), allow(item)));
        let pages = docs::paths().chain(logs_page::paths());
        let pages = pages.map(|path| (ResourceDef::new(path), "GET, HEAD".to_owned()));
        Self { json: json.into(), json_3_0: json_3_0.into(), paths: documented.chain(pages).collect() }
    }

    fn methods(&self, path: &str) -> Option<&str> {
        // The order of the document puts a literal path before one with a variable, as routing does.
        self.paths.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, methods)| methods.as_str())
    }
}

/// Answers with the document in OpenAPI 3.1.
pub async fn get_openapi(contract: Data<Contract>) -> Result<Document<1>, Problem> {
    Ok(Document(contract.json.clone()))
}

/// Answers with the document in OpenAPI 3.0.3.
pub async fn get_openapi_3_0(contract: Data<Contract>) -> Result<Document<0>, Problem> {
    Ok(Document(contract.json_3_0.clone()))
}

/// The text of a document in OpenAPI 3.`MINOR`.
pub struct Document<const MINOR: u8>(Bytes);

impl<const MINOR: u8> Responder for Document<MINOR> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().content_type("application/json").insert_header((header::CACHE_CONTROL, "no-cache")).body(self.0)
    }
}

impl<const MINOR: u8> Describe for Document<MINOR> {
    fn describe(description: &mut Description) {
        let version = if MINOR == 0 { "3.0.3" } else { "3.1.0" };
        let content = ContentBuilder::new().schema(Some(serde_json::Value::schema())).example(Some(json!({"openapi": version})));
        let response = ResponseBuilder::new().description("The OpenAPI document.").content("application/json", content.build());
        description.response(200, response.build());
    }
}

/// The response to requests that match no route.
pub async fn fallback(url: Uri, contract: Data<Contract>) -> Result<HttpResponse, Problem> {
    Err(contract.methods(url.path()).map_or_else(Problem::unknown_path, Problem::method_not_allowed))
}

/// The value of the header `Allow` (RFC 9110, 10.2.1). A path with GET also has HEAD.
fn allow(item: &PathItem) -> String {
    let methods =
        [("GET, HEAD", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)];
    methods.into_iter().filter(|(_, operation)| operation.is_some()).map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}
