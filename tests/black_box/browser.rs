//! The Logs page in a real browser: runs the tests in `tests/black_box/browser/` against a demo.
//!
//! They need Node, Chromium, Python and curl. If they are missing, the test reports it and passes; in CI it fails.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::command_line::demo::Demo;

#[test]
fn the_page_has_the_documented_functions() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/black_box/browser");
    let chromium = match tools(&tests) {
        Ok(chromium) => chromium,
        Err(missing) if std::env::var_os("CI").is_none() => return println!("skipped: {missing}"),
        Err(missing) => panic!("{missing}"),
    };
    let directory = TempDir::new().unwrap();
    let demo = Demo::start(directory.path());
    let files = fs::read_dir(&tests).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let imports: String = files.filter(|name| name.ends_with(".test.js")).map(|name| format!("import './{name}';")).collect();
    assert!(!imports.is_empty(), "the tests were not found");
    // One program and one browser run all files, because starting both for each file takes longer.
    // Captured and printed, so that the test harness shows it if the test fails.
    let output = Command::new("node")
        .args(["--test-reporter=spec", "--input-type=module", "--eval", &imports])
        .current_dir(&tests)
        .env("LOGBOOK_URL", demo.variable("LOGBOOK"))
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
