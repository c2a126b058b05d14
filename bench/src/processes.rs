//! The processes that are measured: started with a watchdog, observed in /proc, and ended when the bench ends.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{Outcome, client};

/// A shell script that prints the process id, and ends the process when its own input ends. The input ends with the bench, also
/// if it crashes.
///
/// The shell ignores signals. The process would inherit this, and ignore a signal that it receives before it installs its handler, so
/// the shell resets them.
const WATCHDOG: &str = r#"
trap '' HUP INT TERM PIPE
signal=$1
shift
(trap - HUP INT TERM PIPE; exec "$@") </dev/null >&2 &
echo $!
exec >&-
read -r _
kill -"$signal" $!
wait $!
"#;

/// A process; stopped when dropped.
pub struct Process {
    pub number: u32,
    watchdog: Child,
}

/// The resources that a process uses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// CPU seconds.
    pub cpu: f64,
    /// Resident memory in MiB.
    pub resident: f64,
    /// The peak of resident memory since [`Process::forget_peak`], in MiB.
    pub peak: f64,
}

impl Process {
    /// Starts a program with its output in the file `log`. `signal` ends it.
    pub fn start(program: &Path, arguments: &[String], signal: &str, log: &Path, user: Option<(u32, u32)>) -> Outcome<Self> {
        let log = fs::OpenOptions::new().create(true).append(true).open(log)?;
        let mut command = Command::new("sh");
        command.args(["-c", WATCHDOG, "watchdog", signal]).arg(program).args(arguments);
        for (name, _) in std::env::vars() {
            if name.starts_with("LOGBOOK_") || name.starts_with("DATABASE_") {
                command.env_remove(name);
            }
        }
        // As in the container image.
        command.env("MALLOC_ARENA_MAX", "2");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).process_group(0);
        if let Some((user, group)) = user {
            command.uid(user).gid(group).current_dir("/");
        }
        let mut watchdog = command.spawn()?;
        let mut line = String::new();
        BufReader::new(watchdog.stdout.take().ok_or("a pipe")?).read_line(&mut line)?;
        Ok(Self { number: line.trim().parse()?, watchdog })
    }

    pub fn usage(&self) -> Usage {
        let status = fs::read_to_string(format!("/proc/{}/status", self.number)).unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() / 1_024.0
        };
        Usage { cpu: ticks(self.number).own, resident: field("VmRSS:"), peak: field("VmHWM:") }
    }

    fn lives(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.number)).unwrap_or_default();
        // Z: it has ended, and its watchdog has not reaped it yet.
        stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
    }

    /// Resets the peak of memory.
    pub fn forget_peak(&self) {
        let _ = fs::write(format!("/proc/{}/clear_refs", self.number), "5");
    }

    /// The CPU seconds of the process and its children.
    pub fn family_cpu(&self) -> f64 {
        let of_parent = ticks(self.number);
        let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let children = numbers.map(ticks).filter(|ticks| ticks.parent == self.number);
        of_parent.own + of_parent.ended_children + children.map(|child| child.own).sum::<f64>()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// CPU seconds from /proc, with a resolution of 10 ms.
#[derive(Default)]
struct Ticks {
    parent: u32,
    own: f64,
    ended_children: f64,
}

fn ticks(process: u32) -> Ticks {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let Some((_, fields)) = stat.rsplit_once(')') else { return Ticks::default() };
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let number = |field: usize| fields.get(field).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    let parent = fields.get(1).and_then(|text| text.parse().ok()).unwrap_or_default();
    Ticks { parent, own: (number(11) + number(12)) / 100.0, ended_children: (number(13) + number(14)) / 100.0 }
}

/// A free port of the loopback interface, below the range of outgoing connections.
pub fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(10_000..32_000)).take(1_000).find(is_free).expect("a free port")
}

/// Waits until a GET of the path returns 200. An error if the process ends before.
pub async fn ready(address: SocketAddr, path: &str, process: &Process) -> Outcome<()> {
    let request = client::get(path, "none", "");
    loop {
        if let Ok(mut connection) = client::Connection::open(address).await
            && connection.exchange(&request).await.is_ok_and(|answer| answer.status == 200)
        {
            return Ok(());
        }
        if !process.lives() {
            return Err(format!("process {} ended before it served http://{address}{path}; see its log", process.number).into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
