//! Programs that tests run from pinned packages, installed below the target directory.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

/// A Python environment with the packages of `tests/black_box/clients/NAME/requirements.txt`.
pub fn python(name: &str) -> Result<PathBuf, String> {
    installed(name, "requirements.txt", &["python3"], |directory| {
        let made = Command::new("python3").args(["-m", "venv", "."]).current_dir(directory).output()?;
        if !made.status.success() {
            return Ok(made);
        }
        Command::new(directory.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"])
            .current_dir(directory)
            .output()
    })
}

/// A directory with the files of `tests/black_box/clients/NAME`, in which the packages of the lock file are installed.
pub fn installed(
    name: &str,
    lock: &str,
    programs: &[&str],
    install: impl FnOnce(&Path) -> std::io::Result<std::process::Output>,
) -> Result<PathBuf, String> {
    if let Some(missing) = programs.iter().find(|program| !is_on_path(program)) {
        return Err(format!("{missing} is not installed"));
    }
    let directory = copied(name);
    let (wanted, marker) = (fs::read_to_string(directory.join(lock)).unwrap(), directory.join(".installed"));
    if fs::read_to_string(&marker).is_ok_and(|done| done == wanted) {
        return Ok(directory);
    }
    let output = install(&directory).map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)));
    }
    fs::write(marker, wanted).unwrap();
    Ok(directory)
}

/// The directory that a test needs. `None` with a message if something is not installed, so that the test is skipped; panics in
/// CI.
pub fn available(installed: &'static LazyLock<Result<PathBuf, String>>, programs: &[&str]) -> Option<&'static Path> {
    if let Some(missing) = programs.iter().find(|program| !is_on_path(program)) {
        skip(&format!("{missing} is not installed"));
        return None;
    }
    match &**installed {
        Ok(directory) => Some(directory),
        Err(missing) => {
            skip(missing);
            None
        }
    }
}

pub fn skip(missing: &str) {
    assert!(std::env::var_os("CI").is_none(), "{missing}");
    println!("skipped: {missing}");
}

fn is_on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|directory| directory.join(program).is_file()))
}

pub fn document(name: &str) -> String {
    format!("{}/openapi/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Copies the files of `tests/black_box/clients/NAME` into a directory for generated code and builds.
pub fn copied(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(name);
    fs::create_dir_all(&target).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/black_box/clients").join(name);
    for entry in fs::read_dir(source).into_iter().flatten().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), target.join(entry.file_name())).unwrap();
    }
    target
}

/// The standard output of a command that must succeed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}\n{errors}");
    out.into_owned()
}
