//! The context for reading a log. Its methods are in `page` and `facets`.

use super::{caches::Caches, connection::Db, log::LogTable, schema::LogKey};

/// A connection that reads one log of an account, with its caches.
pub(super) struct Reader<'a> {
    pub db: &'a mut Db,
    pub caches: &'a Caches,
    pub log: &'static LogTable,
    pub key: LogKey,
}
