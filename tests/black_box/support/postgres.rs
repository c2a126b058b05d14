//! PostgreSQL servers of the test process, from the installed programs. They end with the process.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::{
        fs::MetadataExt,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, OnceLock},
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection};

/// Runs the server. It reads commands from an input that the test process holds open. When the process ends, for any reason, the
/// input ends, and the server is killed and its directory removed.
///
/// Signals are ignored, because those of a terminal are meant for the tests. Each process of PostgreSQL has a process group of
/// its own, so signals are sent to the first process and its children.
const WATCHDOG: &str = r#"
trap '' HUP INT TERM PIPE
exec 3>&1 >"$2/log" 2>&1
binaries=$1 directory=$2 port=$3 initialized=$4
shift 4
if [ -n "$initialized" ]; then
    cp -a "$initialized" "$directory/data"
else
    "$binaries/initdb" -D "$directory/data" -U postgres --auth=trust --no-sync --encoding=UTF8 --locale=C || exit
    cp -a "$directory/data" "$directory/initialized"
fi

start() {
    "$binaries/postgres" -D "$directory/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        -c max_connections=200 "$@" 3>&- &
    server=$!
}
children() {
    grep -ls "^PPid:[[:space:]]*$server\$" /proc/[0-9]*/status | cut -d / -f 3
}
# Waits until each of these processes is in one of these states: T stopped, Z and X ended.
settled() {
    states=$1
    shift
    for process; do
        while grep -qs "^State:[[:space:]]*[^[:space:]$states]" "/proc/$process/status"; do sleep 0.01; done
    done
}
stop_first() { # Stopped it starts no others: from then on its children are known.
    kill -STOP "$server"
    settled TZX "$server"
    children=$(children)
}
ended() {
    wait "$server"
    server=
    settled ZX "$@" # A new server would not start beside what is left of the old one.
}

start "$@"
while read -r order; do
    case $order in
    freeze) stop_first; kill -STOP $children; settled TZX $children ;;
    thaw) kill -CONT $(children) "$server" ;;
    crash) stop_first; kill -KILL $children "$server"; ended $children ;;
    stop) children=$(children); kill -INT "$server"; ended $children ;;
    start) start "$@" ;;
    esac
    echo "$order" >&3
done
if [ -n "$server" ]; then
    kill -CONT $(children) "$server"
    kill -QUIT "$server"
    wait "$server"
fi
rm -rf "$directory"
"#;

/// A running server.
pub struct Server {
    port: u16,
    /// The user and group of its processes.
    pub owner: (u32, u32),
    /// What `initdb` created, if it created the data of this server.
    initialized: PathBuf,
    /// The commands to the watchdog, and its confirmations. Dropping them ends the server: see [`WATCHDOG`].
    watchdog: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Server {
    /// The URL of a database of this server.
    pub fn url(&self, database: &str) -> String {
        self.url_of("postgres", database)
    }

    /// The URL of a database of this server, for this role.
    pub fn url_of(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }

    /// Suspends all its processes (SIGSTOP): connections stay open, and nothing responds.
    pub fn freeze(&self) {
        self.order("freeze");
    }

    /// Resumes all its processes (SIGCONT).
    pub fn thaw(&self) {
        self.order("thaw");
    }

    /// Kills all its processes at once (SIGKILL), as a power failure would.
    pub fn crash(&self) {
        self.order("crash");
    }

    /// Shuts it down cleanly, without waiting for its clients.
    pub fn stop(&self) {
        self.order("stop");
    }

    /// Starts it again on the same data. It may still be recovering when this returns.
    pub fn start(&self) {
        self.order("start");
    }

    fn order(&self, order: &str) {
        let mut watchdog = self.watchdog.lock().unwrap();
        let (orders, done) = &mut *watchdog;
        writeln!(orders, "{order}").unwrap();
        let mut line = String::new();
        done.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), order, "the watchdog confirms the command");
    }

    /// Launches a new server with these settings in addition to the defaults. Its data is a copy of what `initdb` created for
    /// another server, or is created.
    fn launch(binaries: &Path, initialized: Option<&Path>, settings: &[&str]) -> Self {
        let directory = tempfile::Builder::new().prefix("logbook-postgres-").tempdir().unwrap();
        let port = free_port();
        let mut command = Command::new("sh");
        command.args(["-c", WATCHDOG, "watchdog"]).arg(binaries).arg(directory.path()).arg(port.to_string());
        command.arg(initialized.unwrap_or(Path::new("")));
        command.args(settings.iter().flat_map(|setting| ["-c", setting]));
        command.current_dir(directory.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        // PostgreSQL refuses to run as root. The owner of a new directory is the user of this process.
        let metadata = fs::metadata(directory.path()).unwrap();
        let mut owner = (metadata.uid(), metadata.gid());
        if owner.0 == 0 {
            owner = unprivileged_user();
            let (user, group) = owner;
            std::os::unix::fs::chown(directory.path(), Some(user), Some(group)).unwrap();
            command.uid(user).gid(group);
        }
        let mut watchdog = command.spawn().unwrap();
        let pipes = (watchdog.stdin.take().unwrap(), BufReader::new(watchdog.stdout.take().unwrap()));
        let initialized = directory.path().join("initialized");
        let server = Self { port, owner, initialized, watchdog: Mutex::new(pipes) };
        server.wait_until_ready(&mut watchdog, &directory.path().join("log"));
        // The watchdog removes the directory.
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

/// The server that the tests of this process share, started on first use. `None` if PostgreSQL is not installed. Durability is
/// disabled, because this server is never restarted after a crash.
pub fn shared() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();

    SERVER.get_or_init(|| Some(Server::launch(&binaries()?, None, &["fsync=off", "full_page_writes=off"]))).as_ref()
}

/// A server for one test, which may freeze, stop or crash it. It has PostgreSQL's default durability.
pub fn private() -> Option<Server> {
    // `initdb` takes ten times the CPU time of a copy.
    let initialized = &shared()?.initialized;
    Some(Server::launch(&binaries()?, Some(initialized), &[]))
}

/// A free port below the range for outgoing connections, so that none of those takes it while the server is down. If another
/// process takes it first, the server does not start and the tests fail with its log.
fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(10_000..32_000)).take(1_000).find(is_free).expect("a free port")
}

/// The directory of `initdb` and `postgres`: from `PATH`, the newest version of Debian's directories, or from `pg_config`.
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

/// The user id and group id that the server runs with if the tests run as root.
fn unprivileged_user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let fields: Vec<&str> =
            users.lines().map(|line| line.split(':').collect()).find(|fields: &Vec<&str>| fields[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).expect("a user postgres or nobody")
}
