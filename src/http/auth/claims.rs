//! The claims with account, subject and roles in the tokens of an issuer.

use std::{collections::BTreeMap, str::FromStr, sync::Arc};

use serde_json::Value;

use super::identity::{Identity, TokenError};
use crate::domain::{access::Principal, account::AccountId};

/// The name of a claim, or a JSON Pointer (RFC 6901) if it begins with `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPath(String);

/// The claims of an identity.
#[derive(Debug, Clone)]
pub struct ClaimPaths {
    pub account: AccountSource,
    pub subject: ClaimPath,
    pub roles: RolesSource,
}

/// The source of the account.
#[derive(Debug, Clone)]
pub enum AccountSource {
    Claim(ClaimPath),
    /// All tokens of the issuer are for this account.
    Fixed(AccountId),
}

/// The source of the roles.
#[derive(Debug, Clone)]
pub enum RolesSource {
    /// The claim `roles`, an array of names of roles of this service. Every token must have it.
    Standard,
    /// The names in all of these claims. A claim is an array of names, or one text with spaces between names. It may be missing.
    Claims { paths: Vec<ClaimPath>, names: RoleNames },
}

/// Maps the issuer's names of roles or scopes to roles of this service. Other names are ignored.
#[derive(Debug, Clone)]
pub enum RoleNames {
    /// The issuer uses the names of this service.
    Ours,
    Mapped(BTreeMap<String, Vec<String>>),
}

impl FromStr for ClaimPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_pointer_escape = |rest: &str| rest.starts_with(['0', '1']);
        if text.is_empty() {
            Err("the name of a claim is empty".to_owned())
        } else if text.starts_with('/') && !text.split('~').skip(1).all(is_pointer_escape) {
            Err("not a JSON Pointer: write ~ as ~0, and / in a name as ~1".to_owned())
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl ClaimPath {
    /// The claim `roles`.
    pub fn roles() -> Self {
        Self("roles".to_owned())
    }

    /// The value; `None` if it is missing or null.
    fn find<'a>(&self, claims: &'a Value) -> Option<&'a Value> {
        let found = if self.0.starts_with('/') { claims.pointer(&self.0) } else { claims.get(&self.0) };
        found.filter(|value| !value.is_null())
    }
}

impl Default for ClaimPaths {
    /// The claims `accountId`, `sub` and `roles`.
    fn default() -> Self {
        Self {
            account: AccountSource::Claim(ClaimPath("accountId".to_owned())),
            subject: ClaimPath("sub".to_owned()),
            roles: RolesSource::Standard,
        }
    }
}

impl ClaimPaths {
    /// The identity in the claims of a token whose signature, times, issuer and audience are valid.
    pub(super) fn identity(&self, claims: &Value) -> Result<Identity, TokenError> {
        let subject = self.subject.find(claims).and_then(Value::as_str);
        let id = subject.ok_or(TokenError::Malformed("it has no claim for its subject, or it is not a string"))?;
        let id = id.parse().map_err(|_| TokenError::Malformed("its subject must have 1 to 128 characters"))?;
        // A name is only shown, so a token without a usable one is valid.
        let name = claims.get("name").and_then(|name| name.as_str()?.parse().ok());
        let expires_at = claims.get("exp").and_then(Value::as_f64).unwrap_or_default();
        Ok(Identity {
            account: self.account.account(claims)?,
            principal: Arc::new(Principal { id, name }),
            roles: self.roles.roles(claims)?,
            // May have fractions of a second (RFC 7519, 2), which are ignored.
            expires_at: expires_at as u64,
        })
    }
}

impl AccountSource {
    fn account(&self, claims: &Value) -> Result<AccountId, TokenError> {
        let path = match self {
            Self::Fixed(account) => return Ok(account.clone()),
            Self::Claim(path) => path,
        };
        let text = path.find(claims).and_then(Value::as_str);
        let text = text.ok_or(TokenError::Malformed("it has no claim for its account, or it is not a string"))?;
        text.parse().map_err(|_| {
            TokenError::Malformed("its account must have 1 to 128 characters, no control characters, and no spaces at its ends")
        })
    }
}

impl RolesSource {
    fn roles(&self, claims: &Value) -> Result<Vec<String>, TokenError> {
        const WRONG: TokenError = TokenError::Malformed("a claim for its roles is not an array of strings");
        let text = |role: &Value| role.as_str().map(str::to_owned).ok_or(WRONG);
        let (paths, names) = match self {
            Self::Standard => {
                let roles = claims.get("roles").and_then(Value::as_array);
                let roles = roles.ok_or(TokenError::Malformed("its claim roles must be an array of strings"))?;
                return roles.iter().map(text).collect();
            }
            Self::Claims { paths, names } => (paths, names),
        };
        let mut found = Vec::new();
        for value in paths.iter().filter_map(|path| path.find(claims)) {
            match value {
                Value::String(words) => found.extend(words.split_ascii_whitespace().map(str::to_owned)),
                Value::Array(roles) => found.extend(roles.iter().map(text).collect::<Result<Vec<_>, _>>()?),
                _ => return Err(WRONG),
            }
        }
        Ok(match names {
            RoleNames::Ours => found,
            RoleNames::Mapped(names) => found.iter().filter_map(|name| names.get(name)).flatten().cloned().collect(),
        })
    }
}
