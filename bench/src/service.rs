//! The programs that are measured, the service that each runs, and its tokens.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, UNIX_EPOCH},
};

use serde_json::Value;

use crate::{
    Outcome, client,
    client::Connection,
    database::{Database, Engine},
    processes::{Process, free_port, ready},
    world::{self, ACCOUNTS, account},
};

const SECRET: &str = "only for the bench, on the loopback, thrown away";

/// A program that is measured.
pub struct Program {
    /// Names its directory and its databases.
    pub name: &'static str,
    path: PathBuf,
    /// One for each account.
    pub tokens: Vec<String>,
}

impl Program {
    pub fn new(name: &'static str, path: &Path) -> Outcome<Self> {
        let path = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
        let tokens = tokens(&path)?;
        Ok(Self { name, path, tokens })
    }

    /// Differs for every build.
    pub fn build(&self) -> Outcome<String> {
        let file = fs::metadata(&self.path)?;
        let built = file.modified()?.duration_since(UNIX_EPOCH)?.as_secs();
        Ok(format!("{} {} {built}", self.name, file.len()))
    }

    /// Differs if the databases must be filled again. It is a digest of the migrations for the program that cargo built, and of
    /// the file for any other program.
    pub fn schema(&self, engine: Engine) -> Outcome<String> {
        let built = built()?.canonicalize()?;
        let schema = if self.path == built { migrations(engine)? } else { digest(fs::read(&self.path)?) };
        Ok(digest((schema, world::VERSION)))
    }
}

/// The program that cargo built beside this one.
pub fn built() -> Outcome<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("logbook");
    if path.is_file() { Ok(path) } else { Err(format!("{} is missing; build it with --workspace", path.display()).into()) }
}

/// The service on one database.
pub struct Service {
    pub address: SocketAddr,
    pub process: Process,
    /// The time from the start of the process until it is ready.
    pub cold_start: Duration,
}

impl Service {
    /// Starts the service and waits until it is ready.
    pub async fn start(program: &Program, database: &Database) -> Outcome<Self> {
        let port = free_port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let settings: [(&str, String); 6] = [
            ("--database-url", database.url.clone()),
            ("--listen", address.to_string()),
            ("--jwt-secret", SECRET.to_owned()),
            ("--log", "warn".to_owned()),
            // Slow responses must be measured, not rejected.
            ("--database-timeout", "60s".to_owned()),
            ("--stop-timeout", "1s".to_owned()),
        ];
        let settings = settings.into_iter().flat_map(|(name, value)| [name.to_owned(), value]);
        let arguments: Vec<String> = std::iter::once("serve".to_owned()).chain(settings).collect();
        let begin = std::time::Instant::now();
        let process = Process::start(&program.path, &arguments, "TERM", &database.directory.join("service.log"), None)?;
        ready(address, "/health/ready", &process).await?;
        Ok(Self { address, process, cold_start: begin.elapsed() })
    }

    /// The JSON body of a GET. Fails if the status is not 200.
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
fn migrations(engine: Engine) -> Outcome<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    });
    let mut migrations: Vec<PathBuf> = fs::read_dir(directory)?.flatten().map(|entry| entry.path()).collect();
    migrations.sort();
    let texts: Vec<Vec<u8>> = migrations.iter().map(|migration| fs::read(migration.join("up.sql"))).collect::<Result<_, _>>()?;
    Ok(digest(texts))
}

pub fn digest(value: impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// A token for each account, with all roles.
fn tokens(program: &Path) -> Outcome<Vec<String>> {
    let token = |number| {
        let mut command = Command::new(program);
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
