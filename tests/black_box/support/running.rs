//! The program as a user starts it, with the settings of a test only.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// The program, without the settings of the developer's environment.
pub fn logbook(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logbook"));
    without_settings(&mut command).current_dir(directory);
    command
}

/// Removes all variables that are settings of the service, or of a proxy, which cannot reach a service on the loopback interface.
pub fn without_settings(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars() {
        if name.starts_with("LOGBOOK_") || name.starts_with("DATABASE_") || name.to_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command
}

/// The address that the service reports in this line of its log.
pub fn address(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    line["address"].as_str().map(str::to_owned)
}

/// A running service; killed when dropped.
pub struct Running {
    pub child: Child,
    pub address: String,
}

impl Running {
    /// Starts the service, and waits until it reports its address.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| address(&line));
        // The pipe must be read, or the service would block when it is full.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address: address.expect("the service says where it serves") }
    }

    pub fn signal(&self, name: &str) {
        let killed = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
