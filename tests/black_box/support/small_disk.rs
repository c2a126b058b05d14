//! A file system in memory that a test can fill.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::Path,
    process::Command,
};

use tempfile::TempDir;

use super::Database;

/// Unmounted when dropped.
pub struct SmallDisk {
    directory: TempDir,
}

impl SmallDisk {
    /// A SQLite database on a disk of 16 MiB. The database must be dropped before the disk.
    pub fn with_sqlite() -> Option<(Self, Database)> {
        let disk = Self::mount(16)?;
        let database = Database::sqlite_in(disk.path());
        Some((disk, database))
    }

    /// A PostgreSQL server on a disk of 32 MiB. The database must be dropped before the disk.
    pub fn with_postgres() -> Option<(Self, Database)> {
        let disk = Self::mount(32)?;
        let database = Database::postgres_in(disk.path())?;
        Some((disk, database))
    }

    /// `None` if this process must not mount file systems, so that the tests also run as an ordinary user. Panics instead if the
    /// environment variable `CI` is set, because there a skipped test would not be noticed.
    fn mount(mebibytes: usize) -> Option<Self> {
        let directory = tempfile::Builder::new().prefix("logbook-disk-").tempdir().unwrap();
        let size = format!("size={mebibytes}m,mode=0755");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(directory.path()).output();
        let mounted = mounted.is_ok_and(|output| output.status.success());
        if !mounted {
            let why = "this user must not mount a file system";
            assert!(std::env::var_os("CI").is_none(), "{why}, and CI is set");
            eprintln!("Skipped: {why}.");
        }
        mounted.then_some(Self { directory })
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Fills all free space.
    pub fn fill(&self) {
        let mut ballast = File::options().create(true).append(true).open(self.path().join("ballast")).unwrap();
        // Ends with small writes, because a large one can fail without using the last pages.
        for size in [1 << 20, 4096] {
            let full = loop {
                if let Err(error) = ballast.write_all(&vec![0; size]) {
                    break error;
                }
            };
            assert_eq!(full.kind(), ErrorKind::StorageFull);
        }
    }

    /// Frees the space that [`Self::fill`] used.
    pub fn free(&self) {
        fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazy, because a database may still have files open.
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}
