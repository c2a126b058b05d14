//! `logbook demo`: its sample data, and the lines that it prints for a shell.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::{logbook, run, text};

/// The shells, started interactively: only then does zsh treat `#` as a command.
const SHELLS: [&[&str]; 3] = [&["bash", "--norc", "-i"], &["zsh", "-f", "-i"], &["fish", "--no-config", "-i"]];

/// A running demo; killed if the test fails.
pub(crate) struct Demo {
    child: Child,
    greeting: String,
}

impl Demo {
    pub(crate) fn start(directory: &Path) -> Self {
        let mut child = logbook(directory).args(["demo", "--listen", "localhost:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut greeting = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !greeting.contains("Stop with Ctrl-C") {
            assert_ne!(lines.read_line(&mut greeting).unwrap(), 0, "the demo ended:\n{greeting}");
        }
        Self { child, greeting }
    }

    /// The value of a variable that the output exports.
    pub(crate) fn variable(&self, name: &str) -> &str {
        let prefix = format!("  export {name}=");
        self.greeting.lines().find_map(|line| line.strip_prefix(&prefix)).expect("the demo prints the variable")
    }

    /// The indented lines of the output. The others are explanations.
    fn lines_to_paste(&self) -> String {
        let from = self.greeting.find("  export ").unwrap();
        self.greeting[from..].lines().filter(|line| line.starts_with("  ")).map(|line| format!("{line}\n")).collect()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything that the pasted lines print to the standard output.
fn paste(shell: &[&str], lines: &str, home: &Path) -> String {
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).env("HOME", home).env("PS1", "").env("TERM", "dumb");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = text(&output.stderr);
    assert!(!errors.contains("not found") && !errors.to_lowercase().contains("unsupported"), "{}: {errors}", shell[0]);
    text(&output.stdout)
}

/// The JSON documents in the output, among the prompts of the shell.
fn documents(output: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut rest = output;
    while let Some(start) = rest.find("{\"") {
        let mut values = serde_json::Deserializer::from_str(&rest[start..]).into_iter::<Value>();
        let value = values.next().unwrap().unwrap_or_else(|error| panic!("{error}: {output}"));
        found.push(value);
        rest = &rest[start + values.byte_offset()..];
    }
    found
}

#[test]
fn the_printed_lines_work_in_bash_zsh_and_fish_and_data_survives_a_restart() {
    let directory = TempDir::new().unwrap();
    let first = Demo::start(directory.path());
    assert!(first.greeting.contains("Loading") && first.greeting.contains("NOT FOR PRODUCTION"), "{}", first.greeting);
    drop(first);
    let demo = Demo::start(directory.path());
    assert!(!demo.greeting.contains("Loading"), "the data is loaded once: {}", demo.greeting);
    for shell in SHELLS {
        if Command::new(shell[0]).arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "{} is not installed", shell[0]);
            eprintln!("SKIPPED: {} is not installed", shell[0]);
            continue;
        }
        let answers = documents(&paste(shell, &demo.lines_to_paste(), directory.path()));
        let status = |answer: &Value| answer["status"].as_u64().unwrap_or(200);
        let statuses: Vec<u64> = answers.iter().map(status).collect();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 200, 403, 400], "{}: {answers:#?}", shell[0]);
        for page in answers.iter().take(6) {
            assert!(page["events"].as_array().is_some_and(|events| !events.is_empty()), "{}: {page}", shell[0]);
        }
        let receipt = &answers[6];
        assert_eq!(receipt["accepted"].as_u64().unwrap() + receipt["duplicates"].as_u64().unwrap(), 1, "{}", shell[0]);
    }
}

#[test]
fn a_demo_whose_port_is_in_use_loads_nothing() {
    let directory = TempDir::new().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    // The demo does not speak TLS, whatever the environment of a real service says.
    let tls = [("LOGBOOK_TLS_CERTIFICATE_FILE", "missing"), ("LOGBOOK_TLS_KEY_FILE", "missing")];
    let output = run(logbook(directory.path()).args(["demo", "--listen", &address]).envs(tls));
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains(&format!("cannot listen on {address}")), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_demo_is_reachable_from_other_machines_only_if_a_flag_allows_it() {
    let directory = TempDir::new().unwrap();
    for listen in ["0.0.0.0:0", ":0", "[::]:0"] {
        let output = run(logbook(directory.path()).args(["demo", "--listen", listen]));
        assert!(!output.status.success(), "{listen}");
        assert!(text(&output.stderr).contains("--allow-remote-access"), "{listen}: {}", text(&output.stderr));
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    // With the flag it binds the port, which is in use.
    let other = TcpListener::bind("0.0.0.0:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let output = run(logbook(directory.path()).args(["demo", "--listen", &address, "--allow-remote-access"]));
    assert!(text(&output.stderr).contains(&format!("cannot listen on {address}")), "{}", text(&output.stderr));
}
