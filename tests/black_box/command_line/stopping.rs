//! The end of `serve` by a signal.

use std::{
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{Running, SECRET, logbook, run};

#[test]
fn sigterm_ends_serve_at_any_time_during_startup() {
    let directory = TempDir::new().unwrap();
    let database = ["--database-url", "sqlite://logbook.db"];
    assert!(run(logbook(directory.path()).arg("migrate").args(database)).status.success());
    for milliseconds in (0..1_000).step_by(50) {
        let mut serve = logbook(directory.path());
        serve.arg("serve").args(database).args(["--listen", "127.0.0.1:0", "--jwt-secret", SECRET]);
        let child = serve.stderr(Stdio::null()).spawn().unwrap();
        let mut running = Running { child, address: String::new() };
        sleep(Duration::from_millis(milliseconds));
        running.signal("TERM");
        let began = Instant::now();
        while running.child.try_wait().unwrap().is_none() {
            // Only a bound for a hanging program, far above the expected time.
            assert!(began.elapsed() < Duration::from_secs(60), "SIGTERM after {milliseconds} ms was lost");
            sleep(Duration::from_millis(10));
        }
    }
}
