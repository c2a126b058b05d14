//! The Logs page in a real browser: runs the tests in `tests/browser/` against a demo.
//!
//! They need Node, Chromium, Python and curl. If they are missing, the test reports it and passes; in CI it fails.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics fails")]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// The number of test files that run at the same time, each with its own browser.
const CONCURRENCY: &str = "2";

#[test]
fn the_page_has_the_documented_functions() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let chromium = match tools(&tests) {
        Ok(chromium) => chromium,
        Err(missing) if std::env::var_os("CI").is_none() => return println!("skipped: {missing}"),
        Err(missing) => panic!("{missing}"),
    };
    let demo = Demo::start();
    let files = fs::read_dir(&tests).unwrap().map(|entry| entry.unwrap().file_name());
    let files: Vec<_> = files.filter(|name| name.to_string_lossy().ends_with(".test.js")).collect();
    assert!(!files.is_empty(), "the tests were not found");
    // Captured and printed, so that the test harness shows it if the test fails.
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec", "--test-concurrency", CONCURRENCY])
        .args(files)
        .current_dir(&tests)
        .env("LOGBOOK_URL", &demo.url)
        // "Copy as" offers a command of the program; the tests run it.
        .env("PROGRAMS_OF_TESTS", Path::new(env!("CARGO_BIN_EXE_logbook")).parent().unwrap())
        .env("CHROMIUM", chromium)
        .output()
        .unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "tests of the page failed; see above");
}

/// The path of Chromium if Node and the packages of the tests are installed too. The error names what is missing.
fn tools(tests: &Path) -> Result<PathBuf, String> {
    // The shell has no windows, so it takes a fifth less CPU time.
    let names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
    let chromium = names.into_iter().find_map(on_path);
    let chromium = chromium.ok_or("Chromium is not installed (Debian: apt-get install chromium)")?;
    for program in ["node", "npm", "python3", "curl"] {
        on_path(program)
            .ok_or_else(|| format!("{program} is not installed (Debian: apt-get install nodejs npm python3 curl)"))?;
    }
    if is_installed(tests) {
        return Ok(chromium);
    }
    let npm = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(tests).output();
    match npm.map_err(|error| error.to_string())? {
        output if output.status.success() => Ok(chromium),
        output => Err(format!("the packages of the tests cannot be installed: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}

/// Whether the installed packages are those of the lock file: npm's record of them is not older.
fn is_installed(tests: &Path) -> bool {
    let changed = |file: &str| tests.join(file).metadata().and_then(|metadata| metadata.modified()).ok();
    match (changed("node_modules/.package-lock.json"), changed("package-lock.json")) {
        (Some(installed), Some(locked)) => installed >= locked,
        _ => false,
    }
}

/// A demo on a free port with its own data. It ends with the test.
struct Demo {
    child: Child,
    url: String,
    _directory: TempDir,
}

impl Demo {
    fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_logbook"))
            .args(["demo", "--listen", "127.0.0.1:0"])
            .current_dir(directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let url = lines.find_map(|line| line.trim().strip_prefix("export LOGBOOK=").map(str::to_owned));
        // The pipe must be read, or the demo would block when it is full.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: url.expect("the demo prints its address"), _directory: directory }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
