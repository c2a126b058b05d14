//! Detects that the file of an open SQLite database was removed or replaced.
//!
//! An open file remains usable after it is removed: commits succeed, and everything is lost when the process ends. So no result
//! is returned unless the files are still at their paths. A file whose content is overwritten in place is not detected.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, Weak},
};

use diesel::{QueryResult, RunQueryDsl, SqliteConnection, dsl::sql, sql_types::Text};
use parking_lot::Mutex;

/// The path of a file, with its device and inode.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Located {
    path: PathBuf,
    id: (u64, u64),
}

/// The files that the connections of a process share.
#[derive(Debug, Default)]
pub(super) struct OpenedFiles {
    /// The database that was opened first. Caches have its content, so the process uses no other.
    database: OnceLock<Located>,
    /// SQLite removes the write-ahead log when the last connection closes, and creates a new one for the next.
    open: Mutex<Weak<DatabaseFiles>>,
}

/// The files of open connections.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DatabaseFiles {
    database: Located,
    /// `None` where SQLite cannot have one, such as on some network file systems.
    write_ahead_log: Option<Located>,
}

impl OpenedFiles {
    /// Whether the open files are still at their paths. Otherwise no connection may be opened, because SQLite would create new
    /// files.
    pub(super) fn are_in_place(&self) -> bool {
        let open = self.open.lock().upgrade();
        self.database.get().is_none_or(Located::is_in_place) && open.is_none_or(|open| open.are_in_place())
    }

    /// The files of a new connection; `None` if they are not those of the other connections.
    pub(super) fn of(&self, connection: &mut SqliteConnection) -> QueryResult<Option<Arc<DatabaseFiles>>> {
        const PATH: &str = "(SELECT file FROM pragma_database_list WHERE name = 'main')";
        let path: String = diesel::select(sql::<Text>(PATH)).get_result(connection)?;
        // With the first read, SQLite creates the write-ahead log.
        diesel::sql_query("SELECT 1 FROM sqlite_schema").execute(connection)?;
        let write_ahead_log = Located::find(format!("{path}-wal").as_ref());
        let Some(database) = Located::find(path.as_ref()) else { return Ok(None) };
        if *self.database.get_or_init(|| database.clone()) != database {
            return Ok(None);
        }
        let files = DatabaseFiles { database, write_ahead_log };
        let mut open = self.open.lock();
        if let Some(others) = open.upgrade() {
            return Ok((*others == files).then_some(others));
        }
        let files = Arc::new(files);
        *open = Arc::downgrade(&files);
        Ok(Some(files))
    }
}

impl DatabaseFiles {
    pub(super) fn are_in_place(&self) -> bool {
        self.database.is_in_place() && self.write_ahead_log.as_ref().is_none_or(Located::is_in_place)
    }
}

impl Located {
    fn find(path: &Path) -> Option<Self> {
        identify(path).map(|id| Self { path: path.to_owned(), id })
    }

    fn is_in_place(&self) -> bool {
        identify(&self.path) == Some(self.id)
    }
}

fn identify(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}
