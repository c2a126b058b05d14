//! Accounts: the tenants that logs belong to.

use std::str::FromStr;

use super::{
    fault::{Fault, quoted},
    text::Identifier,
};

/// The identifier of an account. It comes from a verified token only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountId(Identifier);

impl AccountId {
    /// Does not check the identifier again.
    pub fn from_stored(id: String) -> Self {
        Self(Identifier::from_stored(id))
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for AccountId {
    type Err = Fault;

    /// Refuses control characters and whitespace at the ends, because two accounts must not look the same.
    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.trim() != text || text.contains(char::is_control) {
            return Err(Fault::new(format!("{} has control characters, or whitespace at its ends", quoted(text))));
        }
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_that_look_the_same_are_refused() {
        for good in ["a", "račun 账户 🦀", "a b", &"x".repeat(128)] {
            assert!(good.parse::<AccountId>().is_ok(), "{good:?}");
        }
        for bad in ["", " ", " a", "a ", "a\u{a0}", "a\n", "\u{2003}a", "a\nb", "a\tb", "a\u{0}b", "a\u{7f}", "a\u{85}b"] {
            assert!(bad.parse::<AccountId>().is_err(), "{bad:?}");
        }
    }
}
