//! Accesses: who read what.

use super::text::{Identifier, Text};

/// Who a token was issued to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The subject of the token, unique within the account.
    pub id: Identifier,
    /// The name, if the token has one.
    pub name: Option<Text>,
}
