//! `/demo/tokens`: the tokens that the pages of a demo offer. No other service has this path.

use actix_web::{
    get,
    web::{Data, Json},
};
use serde::Serialize;

/// A token that a page offers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoToken {
    /// The name of the person.
    pub label: &'static str,
    /// What the token allows.
    pub description: &'static str,
    /// Whether the Logs page offers it too, not only `/docs`.
    pub on_logs_page: bool,
    /// The token.
    pub token: String,
}

/// Creates the tokens of a demo, new ones for each request, because they expire.
#[derive(Debug)]
pub struct DemoTokens(pub fn() -> Vec<DemoToken>);

/// Only a demo has this path. Its tokens are public, so it requires none. It is not part of the contract.
#[get("/demo/tokens")]
pub async fn get_demo_tokens(tokens: Data<DemoTokens>) -> Json<Vec<DemoToken>> {
    let DemoTokens(sign) = tokens.as_ref();
    Json(sign())
}
