//! One PostgreSQL server for the test process, of the installed binaries; it cannot outlive the process.

use std::{
    fs,
    net::TcpListener,
    os::unix::{
        fs::MetadataExt,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection};

/// Runs the server and watches over it. It reads an input that the test process holds open and never writes to: when the
/// process ends, in whatever way, the input ends, and the server and its directory go.
///
/// Signals are ignored, for those of a terminal are meant for the tests. Durability is switched off: these servers never
/// come back after a crash.
const WATCHDOG: &str = r#"
trap '' HUP INT TERM
"$1/initdb" -D "$2/data" -U postgres --auth=trust --no-sync --encoding=UTF8 --locale=C || exit
"$1/postgres" -D "$2/data" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c max_connections=200 -c fsync=off -c full_page_writes=off &
server=$!
read -r nothing
kill -QUIT "$server"
wait "$server"
rm -rf "$2"
"#;

/// A running server.
pub struct Server {
    port: u16,
    /// Held for its end: see [`WATCHDOG`].
    _input: ChildStdin,
}

impl Server {
    /// The URL of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    fn start(binaries: &Path) -> Self {
        let directory = tempfile::Builder::new().prefix("logbook-postgres-").tempdir().unwrap();
        let log = directory.path().join("log");
        // Free now. Should another process be quicker, the server says so and the tests fail with its words.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap().port();
        let mut command = Command::new("sh");
        command.args(["-c", WATCHDOG, "watchdog"]).arg(binaries).arg(directory.path()).arg(port.to_string());
        command.current_dir(directory.path()).stdin(Stdio::piped()).process_group(0);
        command.stdout(fs::File::create(&log).unwrap()).stderr(fs::File::options().append(true).open(&log).unwrap());
        // PostgreSQL refuses to run as root. Who owns a new directory is whom this process runs as.
        if fs::metadata(directory.path()).unwrap().uid() == 0 {
            let (user, group) = unprivileged_user();
            std::os::unix::fs::chown(directory.path(), Some(user), Some(group)).unwrap();
            command.uid(user).gid(group);
        }
        let mut watchdog = command.spawn().unwrap();
        let input = watchdog.stdin.take().unwrap();
        let server = Self { port, _input: input };
        server.wait_until_ready(&mut watchdog, &log);
        // From here on the watchdog removes it.
        let _ = directory.keep();
        server
    }

    fn wait_until_ready(&self, watchdog: &mut Child, log: &Path) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while PgConnection::establish(&self.url("postgres")).is_err() {
            let ended = watchdog.try_wait().unwrap();
            if ended.is_some() || Instant::now() > deadline {
                let status = ended.map(|status| status.into_raw());
                panic!("PostgreSQL does not start ({status:?}):\n{}", fs::read_to_string(log).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The server of this process, started when it is first asked for; `None` where PostgreSQL is not installed.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();

    SERVER.get_or_init(|| binaries().map(|binaries| Server::start(&binaries))).as_ref()
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

/// The numbers of the user and of the group that the server runs as when the tests run as root.
fn unprivileged_user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let fields: Vec<&str> =
            users.lines().map(|line| line.split(':').collect()).find(|fields: &Vec<&str>| fields[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).expect("a user postgres or nobody")
}
