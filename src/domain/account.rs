//! The account: the tenant that a log belongs to.

use std::str::FromStr;

use super::{fault::Fault, text::Identifier};

/// The identifier of an account. It comes from a verified token only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountId(Identifier);

impl AccountId {
    /// An identifier that was checked before it was stored.
    pub fn from_stored(id: String) -> Self {
        Self(Identifier::from_stored(id))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for AccountId {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        text.parse().map(Self)
    }
}
