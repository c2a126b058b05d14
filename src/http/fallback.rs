//! What no route takes: an unknown path (404), or a known one with another method (405).

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse, dev::ResourceDef};
use utoipa::openapi::PathItem;

use super::{docs, openapi, page, problem::Problem};

/// Each path with the methods that it takes.
static PATHS: LazyLock<Vec<(ResourceDef, String)>> = LazyLock::new(|| {
    let document = openapi::document();
    let contract = document.paths.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), allow(item)));
    let pages = docs::PATHS.into_iter().chain(page::paths());
    let pages = pages.map(|path| (ResourceDef::new(path), "GET, HEAD".to_owned()));
    contract.chain(pages).collect()
});

/// The default service.
pub async fn fallback(request: HttpRequest) -> Result<HttpResponse, Problem> {
    // The document's order puts a path that is written out before one with a variable, as routing does.
    match PATHS.iter().find(|(path, _)| path.is_match(request.path())) {
        Some((_, allow)) => Err(Problem::method_not_allowed(allow)),
        None => Err(Problem::unknown_path()),
    }
}

/// The value of the header `Allow` (RFC 9110, 10.2.1). Whatever answers GET answers HEAD.
fn allow(item: &PathItem) -> String {
    let methods =
        [("GET, HEAD", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)];
    methods.into_iter().filter(|(_, operation)| operation.is_some()).map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}
