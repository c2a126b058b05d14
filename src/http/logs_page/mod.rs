//! `/` and `/assets/…`: the Logs page. Its files are part of the program, and it uses only the public API.

mod files;

use std::sync::LazyLock;

use actix_web::web;

use super::{asset::Asset, browser};

/// The page, its style, its script and its icon: four files, so that a first visit waits for few responses.
static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    let icon = Asset::hashed("icon", "svg", "image/svg+xml", files::ICON);
    let style = Asset::hashed("page", "css", "text/css; charset=utf-8", files::style());
    let script = Asset::hashed("page", "js", "text/javascript; charset=utf-8", files::script());
    let html = [("icon.svg", &icon), ("page.css", &style), ("page.js", &script)]
        .into_iter()
        .fold(files::HTML.to_owned(), |html, (name, asset)| html.replace(&format!("/assets/{name}"), &asset.path));
    [Asset::new("/", browser::HTML, html), style, script, icon]
});

/// The paths of all files. They are not part of the contract.
pub fn paths() -> impl Iterator<Item = &'static str> {
    ASSETS.iter().map(|asset| asset.path.as_str())
}

/// Serves every file at its path.
pub fn configure(config: &mut web::ServiceConfig) {
    ASSETS.iter().for_each(|asset| asset.serve(config));
}
