//! The account: the tenant whose log it is.

use std::str::FromStr;

use super::{fault::Fault, text::Identifier};

/// An account's identifier. It comes from a verified token and from nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountId(Identifier);

impl AccountId {
    /// One that was checked before it was stored.
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
