//! `/demo/tokens`: what the Logs page of a demo is entered with. Any other service has nothing there.

use std::fmt;

use actix_web::{
    get,
    web::{Data, Json},
};
use serde::Serialize;

/// A token that the page offers as one click.
#[derive(Debug, Serialize)]
pub struct DemoToken {
    /// Whose it is, in words.
    pub label: &'static str,
    /// What it is good for, in words.
    pub description: &'static str,
    /// The token.
    pub token: String,
}

/// Makes the tokens of a demo, anew each time, because they expire.
pub struct DemoTokens(Box<dyn Fn() -> Vec<DemoToken> + Send + Sync>);

impl DemoTokens {
    /// With what signs them.
    pub fn new(sign: impl Fn() -> Vec<DemoToken> + Send + Sync + 'static) -> Self {
        Self(Box::new(sign))
    }
}

impl fmt::Debug for DemoTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DemoTokens")
    }
}

/// Only a demo has this path. Its tokens are public, so it requires none. It is not part of the contract.
#[get("/demo/tokens")]
pub async fn get_demo_tokens(tokens: Data<DemoTokens>) -> Json<Vec<DemoToken>> {
    let DemoTokens(sign) = tokens.as_ref();
    Json(sign())
}
