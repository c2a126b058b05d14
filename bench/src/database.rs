//! A database: a SQLite file, or a database on the PostgreSQL server.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    rc::Rc,
};

use clap::ValueEnum;

use crate::{
    Outcome,
    filled::Filled,
    postgres::{Server, connect},
};

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
pub struct Database {
    /// The value of `--database-url`.
    pub url: String,
    name: String,
    /// The directory for the SQLite file, logs and other files of this database.
    pub directory: PathBuf,
    server: Option<Rc<Server>>,
}

impl Database {
    /// Opens a database, and creates it on PostgreSQL if it does not exist. `owner` is the program that it belongs to.
    pub async fn open(engine: Engine, owner: &str, name: &str, directory: &Path, server: Option<&Rc<Server>>) -> Outcome<Self> {
        let directory = directory.join(owner).join(engine.to_string().to_lowercase());
        fs::create_dir_all(&directory)?;
        let name = format!("{owner}_{name}");
        let url = match (engine, server) {
            (Engine::Sqlite, _) => format!("sqlite://{}", directory.join(format!("{name}.db")).display()),
            (Engine::Postgres, Some(server)) => {
                server.create(&name).await?;
                server.url(&name)
            }
            (Engine::Postgres, None) => return Err("no PostgreSQL server runs".into()),
        };
        let server = server.filter(|_| engine == Engine::Postgres).cloned();
        Ok(Self { url, name, directory, server })
    }

    /// Copies the database, for measurements that change it. No program may have it open.
    pub async fn copy(&self, suffix: &str) -> Outcome<Self> {
        let name = format!("{}_{suffix}", self.name);
        let url = match &self.server {
            Some(server) => server.url(&name),
            None => format!("sqlite://{}", self.directory.join(format!("{name}.db")).display()),
        };
        let copy = Self { url, name, directory: self.directory.clone(), server: self.server.clone() };
        copy.remove().await?;
        match &self.server {
            Some(server) => server.copy(&self.name, &copy.name).await?,
            None => {
                for end in ["", "-wal"] {
                    if self.file(end).exists() {
                        fs::copy(self.file(end), copy.file(end))?;
                    }
                }
            }
        }
        Ok(copy)
    }

    pub async fn remove(&self) -> Outcome<()> {
        match &self.server {
            Some(server) => server.remove(&self.name).await,
            None => {
                for end in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(self.file(end));
                }
                Ok(())
            }
        }
    }

    pub async fn execute(&self, statements: &str) -> Outcome<()> {
        match &self.server {
            Some(_) => connect(&self.url).await?.batch_execute(statements).await?,
            None => rusqlite::Connection::open(self.file(""))?.execute_batch(statements)?,
        }
        Ok(())
    }

    /// The SQLite file, with this suffix.
    fn file(&self, end: &str) -> PathBuf {
        self.directory.join(format!("{}.db{end}", self.name))
    }

    /// The file that records the progress of the filling.
    pub fn filled(&self) -> PathBuf {
        self.directory.join(format!("{}.filled.json", self.name))
    }

    pub fn is_filled(&self) -> bool {
        Filled::read(&self.filled()).complete
    }

    /// CPU seconds of the database's own processes. SQLite has none.
    pub fn cpu(&self) -> f64 {
        self.server.as_ref().map_or(0.0, |server| server.process.family_cpu())
    }

    /// The size of all tables and indexes in bytes, without PostgreSQL's system catalogs.
    pub async fn bytes(&self) -> Outcome<u64> {
        const RELATIONS: &str = "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c \
                                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') \
                                 AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'";
        match &self.server {
            Some(_) => {
                let row = connect(&self.url).await?.query_one(RELATIONS, &[]).await?;
                Ok(u64::try_from(row.get::<_, i64>(0))?)
            }
            None => {
                let files = ["", "-wal"].map(|end| fs::metadata(self.file(end)).map_or(0, |file| file.len()));
                Ok(files.iter().sum())
            }
        }
    }

    /// Runs PostgreSQL's background jobs now, so that they do not disturb a measurement.
    pub async fn settle(&self) -> Outcome<()> {
        if self.server.is_some() {
            let client = connect(&self.url).await?;
            client.batch_execute("VACUUM ANALYZE").await?;
            client.batch_execute("CHECKPOINT").await?;
        }
        Ok(())
    }
}
