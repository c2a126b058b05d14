//! Where a database is: SQLite's file, or PostgreSQL's server.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    rc::Rc,
};

use clap::ValueEnum;

use crate::{
    Outcome,
    fill::Filled,
    postgres::{Server, connect},
};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// One database of one engine.
pub struct Place {
    /// What the service takes.
    pub url: String,
    pub name: String,
    /// Where logs and all that belongs to it are kept.
    pub directory: PathBuf,
    pub server: Option<Rc<Server>>,
}

impl Place {
    /// A database of that name, which is made where it is not there.
    pub async fn open(engine: Engine, name: &str, directory: &Path, server: Option<&Rc<Server>>) -> Outcome<Self> {
        let directory = directory.join(engine.to_string().to_lowercase());
        fs::create_dir_all(&directory)?;
        let url = match (engine, server) {
            (Engine::Sqlite, _) => format!("sqlite://{}", directory.join(format!("{name}.db")).display()),
            (Engine::Postgres, Some(server)) => {
                server.create(name).await?;
                server.url(name)
            }
            (Engine::Postgres, None) => return Err("no server of PostgreSQL runs".into()),
        };
        let server = server.filter(|_| engine == Engine::Postgres).cloned();
        Ok(Self { url, name: name.to_owned(), directory, server })
    }

    /// Removes the database.
    pub async fn remove(&self) -> Outcome<()> {
        match &self.server {
            Some(server) => server.remove(&self.name).await,
            None => {
                for end in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(self.directory.join(format!("{}.db{end}", self.name)));
                }
                Ok(())
            }
        }
    }

    /// Where is written how far the filling has come.
    pub fn filled(&self) -> PathBuf {
        self.directory.join(format!("{}.filled.json", self.name))
    }

    pub fn is_filled(&self) -> bool {
        Filled::read(&self.filled()).complete
    }

    /// Seconds of CPU of the database's own processes: SQLite has none.
    pub fn database_cpu(&self) -> f64 {
        self.server.as_ref().map_or(0.0, |server| server.process.family_cpu())
    }

    /// Bytes of the whole database.
    pub async fn bytes(&self) -> Outcome<u64> {
        match &self.server {
            Some(_) => {
                let client = connect(&self.url).await?;
                let row = client.query_one("SELECT pg_database_size(current_database())", &[]).await?;
                Ok(u64::try_from(row.get::<_, i64>(0))?)
            }
            None => Ok(fs::metadata(self.directory.join(format!("{}.db", self.name)))?.len()),
        }
    }

    /// What an administrator's background jobs do sooner or later, done at once so that it disturbs no measurement.
    pub async fn settle(&self) -> Outcome<()> {
        if self.server.is_some() {
            let client = connect(&self.url).await?;
            client.batch_execute("VACUUM ANALYZE").await?;
            client.batch_execute("CHECKPOINT").await?;
        }
        Ok(())
    }
}
