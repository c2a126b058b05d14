//! The context for reading a log. Its methods are in `page` and `facets`.

use super::{connection::Db, heads::LogKeys, terms::Dictionary};
use crate::domain::account::AccountId;

/// A connection that reads the logs of one account, with the caches.
pub(super) struct Reader<'a> {
    pub db: &'a mut Db,
    pub account: &'a AccountId,
    pub keys: &'a LogKeys,
    pub dictionary: &'a Dictionary,
}
