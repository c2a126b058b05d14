//! The service that is measured: its program as it is built, and tokens for it.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::Value;

use crate::{
    Outcome, client,
    client::Connection,
    place::Engine,
    processes::{Process, free_port, ready},
    world::{ACCOUNTS, account},
};

const SECRET: &str = "only for the bench, on the loopback, thrown away";

/// Cargo says where the program is.
pub fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_logbook"))
}

/// The service on one database.
pub struct Service {
    pub address: SocketAddr,
    pub process: Process,
    /// From the start of the process to the first answer that it is ready.
    pub cold_start: Duration,
}

impl Service {
    /// Starts it and waits until it is ready.
    pub async fn start(database: &str, directory: &Path) -> Outcome<Self> {
        Self::start_with(database, directory, &[]).await
    }

    /// The same with settings of the command line.
    pub async fn start_with(database: &str, directory: &Path, others: &[&str]) -> Outcome<Self> {
        let port = free_port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let settings: [(&str, String); 6] = [
            ("--database-url", database.to_owned()),
            ("--listen", address.to_string()),
            ("--jwt-secret", SECRET.to_owned()),
            ("--log", "warn".to_owned()),
            // A slow answer is to be measured, not refused.
            ("--database-timeout", "60s".to_owned()),
            ("--stop-timeout", "1s".to_owned()),
        ];
        let settings = settings.into_iter().flat_map(|(name, value)| [name.to_owned(), value]);
        let others = others.iter().map(|argument| (*argument).to_owned());
        let arguments: Vec<String> = std::iter::once("serve".to_owned()).chain(settings).chain(others).collect();
        let begin = std::time::Instant::now();
        let process = Process::start(&program(), &arguments, "TERM", &directory.join("service.log"), None)?;
        ready(address, "/health/ready", &process).await?;
        Ok(Self { address, process, cold_start: begin.elapsed() })
    }

    /// What a GET answers, which must be 200, as JSON.
    pub async fn get(&self, path_and_query: &str, token: &str) -> Outcome<Value> {
        let mut connection = Connection::open(self.address).await?;
        let answer = connection.exchange(&client::get(path_and_query, token, "")).await?;
        if answer.status != 200 {
            return Err(format!("GET {path_and_query}: {} {}", answer.status, answer.text()).into());
        }
        Ok(serde_json::from_slice(answer.body)?)
    }
}

/// A digest of the migrations of a database.
pub fn schema(engine: Engine) -> Outcome<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    });
    let mut migrations: Vec<PathBuf> = fs::read_dir(directory)?.flatten().map(|entry| entry.path()).collect();
    migrations.sort();
    let mut hasher = DefaultHasher::new();
    for migration in migrations {
        fs::read(migration.join("up.sql"))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Brings a database to the service's schema, without serving.
pub fn migrate(database: &str) -> Outcome<()> {
    let output = Command::new(program()).args(["migrate", "--database-url", database]).output()?;
    if !output.status.success() {
        return Err(format!("logbook migrate: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(())
}

/// A token for each account, which may do everything.
pub fn tokens() -> Outcome<Vec<String>> {
    let token = |number| {
        let mut command = Command::new(program());
        command.args(["token", "--account", &account(number), "--expires-in", "7d", "--jwt-secret", SECRET]);
        command
            .args(["CONVERSATIONS_SUPERVISOR", "CONVERSATIONS_SETUP", "LOGS_PRODUCER"].iter().flat_map(|role| ["--role", role]));
        let output = command.output()?;
        if !output.status.success() {
            return Err(format!("logbook token: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    };
    (0..ACCOUNTS).map(token).collect()
}
