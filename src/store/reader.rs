//! The context for reading a log. Its methods are in `page` and `facets`.

use super::{caches::Caches, connection::Db};
use crate::domain::account::AccountId;

/// A connection that reads the logs of one account, with its caches.
pub(super) struct Reader<'a> {
    pub db: &'a mut Db,
    pub account: &'a AccountId,
    pub caches: &'a Caches,
}
