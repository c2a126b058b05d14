//! `/demo/tokens`: what the Logs page of a demo is entered with. Any other service has nothing there.

use std::fmt;

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;

use super::{problem::Problem, state::State};

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

/// Everything of a demo is known to everybody, so it asks for no token. It is not part of the contract.
#[get("/demo/tokens")]
pub async fn get_demo_tokens(state: Data<State>) -> Result<HttpResponse, Problem> {
    match &state.demo_tokens {
        Some(DemoTokens(sign)) => Ok(HttpResponse::Ok().json(sign())),
        None => Err(Problem::unknown_path()),
    }
}
