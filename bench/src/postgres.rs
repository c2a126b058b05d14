//! A PostgreSQL server, started from the installed programs in a persistent directory, with the default durability.

use std::{
    fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use tokio_postgres::{Client, NoTls};

use crate::{
    Outcome,
    processes::{Process, free_port},
};

/// The settings that differ from the defaults. The report lists them.
pub const SETTINGS: [&str; 4] = ["shared_buffers=1GB", "effective_cache_size=4GB", "max_wal_size=8GB", "max_connections=200"];

/// A running server.
pub struct Server {
    port: u16,
    pub process: Process,
}

impl Server {
    /// Starts the server in this directory, which is created if necessary.
    pub async fn start(directory: &Path) -> Outcome<Self> {
        let binaries = binaries()
            .ok_or("no PostgreSQL is installed (initdb and postgres on PATH, in /usr/lib/postgresql or by pg_config)")?;
        fs::create_dir_all(directory)?;
        // PostgreSQL refuses to run as root. The owner of a new directory is the user of this process.
        let user = (fs::metadata(directory.parent().unwrap_or(directory))?.uid() == 0).then(unprivileged_user).transpose()?;
        if let Some((user, group)) = user {
            std::os::unix::fs::chown(directory, Some(user), Some(group))?;
        }
        let data = directory.join("data");
        if !data.join("PG_VERSION").exists() {
            let mut command = Command::new(binaries.join("initdb"));
            command.args(["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "-D"]).arg(&data).current_dir("/");
            if let Some((user, group)) = user {
                command.uid(user).gid(group);
            }
            let output = command.output()?;
            if !output.status.success() {
                return Err(format!("initdb: {}", String::from_utf8_lossy(&output.stderr)).into());
            }
        }
        let port = free_port();
        let mut arguments = vec!["-D".to_owned(), data.display().to_string(), "-p".to_owned(), port.to_string()];
        for setting in SETTINGS.iter().chain(&["listen_addresses=127.0.0.1", "unix_socket_directories="]) {
            arguments.extend(["-c".to_owned(), (*setting).to_owned()]);
        }
        let log = directory.with_extension("log");
        let process = Process::start(&binaries.join("postgres"), &arguments, "INT", &log, user)?;
        let server = Self { port, process };
        let begin = Instant::now();
        while let Err(error) = connect(&server.url("postgres")).await {
            if begin.elapsed() > Duration::from_secs(120) {
                return Err(format!("PostgreSQL did not start ({error}); see {}", log.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(server)
    }

    /// The URL of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Creates a database unless it exists.
    pub async fn create(&self, database: &str) -> Outcome<()> {
        let client = connect(&self.url("postgres")).await?;
        if client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&database]).await?.is_none() {
            client.batch_execute(&format!("CREATE DATABASE {database}")).await?;
        }
        Ok(())
    }

    /// Copies a database that has no connections.
    pub async fn copy(&self, from: &str, to: &str) -> Outcome<()> {
        let client = connect(&self.url("postgres")).await?;
        Ok(client.batch_execute(&format!("CREATE DATABASE {to} TEMPLATE {from} STRATEGY FILE_COPY")).await?)
    }

    pub async fn remove(&self, database: &str) -> Outcome<()> {
        let client = connect(&self.url("postgres")).await?;
        Ok(client.batch_execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await?)
    }
}

/// Opens a connection, and spawns its background task.
pub async fn connect(url: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// The directory of `initdb` and `postgres`: from `PATH`, the newest of Debian's, or that of `pg_config`.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path);

    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path()).collect();
    versions.sort_by_key(|version| version.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    let of_debian = versions.into_iter().rev().map(|version| version.join("bin"));

    let of_config = Command::new("pg_config").arg("--bindir").output().ok();
    let of_config = of_config.and_then(|output| String::from_utf8(output.stdout).ok()).map(|line| PathBuf::from(line.trim()));

    let both = |directory: &PathBuf| directory.join("initdb").is_file() && directory.join("postgres").is_file();
    on_path.chain(of_debian).chain(of_config).find(both)
}

/// The numbers of the user and of the group that the server runs as when the bench runs as root.
fn unprivileged_user() -> Outcome<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        let fields: Vec<&str> =
            users.lines().map(|line| line.split(':').collect()).find(|fields: &Vec<&str>| fields[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    Ok(find("postgres").or_else(|| find("nobody")).ok_or("a user postgres or nobody")?)
}
