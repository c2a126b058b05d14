//! `logbook token`

use std::time::Duration;

use clap::{Args, builder::PossibleValuesParser};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use super::{CommandError, print};
use crate::{
    config::TokenSettings,
    domain::{account::AccountId, role::ROLES},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Account of the token (accountId)
    #[arg(long)]
    account: AccountId,

    /// Role of the token; may be repeated
    #[arg(long = "role", required = true, value_parser = PossibleValuesParser::new(ROLES.iter().map(|role| role.name)))]
    roles: Vec<String>,

    /// Subject of the token (sub)
    #[arg(long, default_value = "developer")]
    subject: String,

    /// Name of the subject
    #[arg(long)]
    name: Option<String>,

    /// How long the token is valid
    #[arg(long, default_value = "1h", value_name = "DURATION", value_parser = humantime::parse_duration)]
    expires_in: Duration,

    #[command(flatten)]
    tokens: TokenSettings,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Claims<'a> {
    pub(super) sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    pub(super) account_id: &'a str,
    pub(super) roles: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aud: Option<&'a str>,
    pub(super) iat: u64,
    pub(super) exp: u64,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let secret = arguments
        .tokens
        .secret()?
        .ok_or_else(|| CommandError::Other("set LOGBOOK_JWT_SECRET, the secret to sign with".to_owned()))?;
    let issued = jsonwebtoken::get_current_timestamp();
    let claims = Claims {
        sub: &arguments.subject,
        name: arguments.name.as_deref(),
        account_id: arguments.account.as_str(),
        roles: &arguments.roles,
        iss: arguments.tokens.jwt_issuer.as_deref(),
        aud: arguments.tokens.jwt_audience.as_deref(),
        iat: issued,
        exp: issued.saturating_add(arguments.expires_in.as_secs()),
    };
    print(&format!("{}\n", sign(&claims, secret.bytes())?))
}

/// Signs the claims (HS256).
pub(super) fn sign(claims: &Claims<'_>, secret: &[u8]) -> Result<String, CommandError> {
    let key = EncodingKey::from_secret(secret);
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).map_err(|error| CommandError::Other(error.to_string()))
}
