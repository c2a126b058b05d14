//! The program as a process of its own, which can be killed. It ends with the test process.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    client::{self, Client},
    database::Database,
    running::{address, without_settings},
    service::{SECRET, token},
};

/// Runs the program and sends it the signals that it reads from an input. The test process holds the input open. When the
/// process ends, for any reason, the input ends, and the program is killed.
///
/// Only the program holds standard error, so that its end is detected.
const WATCHDOG: &str = r#"
"$@" </dev/null &
program=$!
exec 2>&-
while read -r signal; do kill -"$signal" "$program"; done
kill -KILL "$program"
wait "$program"
"#;

/// `logbook serve` on a free loopback port; killed when dropped.
pub struct Program {
    address: String,
    watchdog: Child,
    signals: Option<ChildStdin>,
    http: reqwest::Client,
    /// The lines after the address.
    log: Arc<Mutex<Vec<String>>>,
}

impl Program {
    /// Starts it and waits until it logs its address.
    pub fn serve(database: &Database) -> Self {
        Self::serve_with(database, &[])
    }

    /// Starts it with more command-line flags. If the database is unreachable, it logs its address before it is ready.
    pub fn serve_with(database: &Database, arguments: &[&str]) -> Self {
        Self::serve_url(database.url(), arguments)
    }

    /// Starts it on the database with this URL.
    pub fn serve_url(database_url: &str, arguments: &[&str]) -> Self {
        Self::start(&[], database_url, arguments)
    }

    /// Starts it with at most this number of file descriptors.
    pub fn serve_with_descriptors(database: &Database, maximum: u32) -> Self {
        let limit = format!("ulimit -n {maximum}; exec \"$@\"");
        Self::start(&["sh", "-c", &limit, "limited"], database.url(), &[])
    }

    /// Starts it by another program.
    fn start(by: &[&str], database_url: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", WATCHDOG, "watchdog"]).args(by);
        command.args([env!("CARGO_BIN_EXE_logbook"), "serve", "--database-url", database_url]);
        command.args(["--listen", "127.0.0.1:0", "--jwt-secret", SECRET, "--workers", "2"]);
        // Every response would be a line in the log, and these tests have thousands.
        command.args([
            "--log-format",
            "json",
            "--log",
            "warn,logbook::command::serve=info,logbook::app=info,logbook::store::faults=info,logbook::http::connection::tls=info",
        ]);
        command.args(arguments);
        without_settings(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
        let mut watchdog = command.spawn().unwrap();
        let signals = watchdog.stdin.take();
        let mut lines = BufReader::new(watchdog.stderr.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.by_ref().inspect(|line| eprintln!("{line}")).find_map(|line| address(&line));
        // The pipe must be read until its end, or the program would block.
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines {
                eprintln!("{line}");
                kept.lock().unwrap().push(line);
            }
        });
        // A bound for a failing test, far above the expected time.
        let http = client::http().timeout(Duration::from_secs(60)).build().unwrap();
        Self { address: address.expect("the service starts; its log is above"), watchdog, signals, http, log }
    }

    /// Sends SIGTERM.
    pub fn terminate(&mut self) {
        let signals = self.signals.as_mut().expect("the input is open until the end");
        writeln!(signals, "TERM").unwrap();
    }

    /// Waits until it has ended by itself.
    pub async fn ended(&mut self) {
        while self.process().is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Its process id; `None` after its end.
    fn process(&self) -> Option<u32> {
        let watchdog = self.watchdog.id();
        let children = fs::read_to_string(format!("/proc/{watchdog}/task/{watchdog}/children")).ok()?;
        let program = children.split_whitespace().next()?.parse().ok()?;
        let status = fs::read_to_string(format!("/proc/{program}/status")).ok()?;
        (!status.contains("State:\tZ")).then_some(program)
    }

    /// Kills it (SIGKILL) and returns when it has ended.
    pub fn kill(self) {
        drop(self);
    }

    /// Its address and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it has logged since it started.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The warnings and errors that it has logged since it started.
    pub fn faults(&self) -> Vec<String> {
        self.log().into_iter().filter(|line| !line.contains(r#""level":"INFO""#)).collect()
    }

    /// Its resident memory, in bytes.
    pub fn resident_memory(&self) -> u64 {
        let program = self.process().expect("the program runs");
        let status = fs::read_to_string(format!("/proc/{program}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the size of a running process");
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// A client with a valid token of this account and these roles.
    pub fn client(&self, account: &str, roles: &[&str]) -> Client {
        self.with_authorization(Some(&format!("Bearer {}", token(account, roles))))
    }

    /// A client that sends no `Authorization`.
    pub fn anonymous(&self) -> Client {
        self.with_authorization(None)
    }

    fn with_authorization(&self, header: Option<&str>) -> Client {
        Client::new(self.http.clone(), format!("http://{}", self.address), header)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.signals = None;
        let _ = self.watchdog.wait();
    }
}
