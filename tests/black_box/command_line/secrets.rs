//! No output contains a secret, also with invalid settings.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::{logbook, run, text};

/// A part of every secret of these tests, which no output may contain.
const MARK: &str = "Xq7Zk2Vw9Tb4Jd8";

/// All settings except the name of the configuration file: name and variable, as the program lists them.
fn settings(directory: &Path) -> Vec<(String, String)> {
    let printed = text(&run(logbook(directory).args(["config", "settings"])).stdout);
    let rows = printed.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split("` | `");
        Some((cells.next()?.to_owned(), cells.next()?.split('`').next()?.to_owned()))
    });
    let settings: Vec<_> = rows.filter(|(name, _)| name != "config").collect();
    assert!(settings.len() > 20, "{settings:?}");
    settings
}

/// Runs commands that read all settings, and asserts that their output does not contain [`MARK`].
fn assert_kept(directory: &Path, what: &str, arguments: &[&str], variables: &[(&str, &str)]) {
    let commands: [&[&str]; 5] = [
        &["config", "check"],
        &["migrate", "--check"],
        &["token", "--account", "acme", "--role", "LOGS_PRODUCER", "--subject", "ana"],
        &["export", "audit-logs", "--retry-for", "0s"],
        &["healthcheck"],
    ];
    for command in commands {
        let good = [
            ("DATABASE_URL", format!("postgres://user:{MARK}@127.0.0.1:1/d")),
            ("LOGBOOK_JWT_SECRET", format!("{MARK} a long secret of many words")),
            ("LOGBOOK_TOKEN", format!("e30.{MARK}.e30")),
            ("LOGBOOK_URL", "http://127.0.0.1:1".to_owned()),
            ("LOGBOOK_LOG", "trace".to_owned()),
        ];
        let mut program = logbook(directory);
        let output = run(program.envs(good).envs(variables.iter().copied()).args(command).args(arguments));
        for printed in [text(&output.stdout), text(&output.stderr)] {
            assert!(!printed.contains(MARK), "{what}, {command:?}: {printed}");
        }
    }
}

#[test]
fn no_invalid_setting_prints_a_secret() {
    let directory = TempDir::new().unwrap();
    let path = directory.path();
    assert_kept(path, "valid settings", &[], &[]);
    let write = |name: &str, content: &str| fs::write(path.join(name), content).unwrap();
    for (name, variable) in settings(path) {
        let is_secret = ["database-url", "jwt-secret", "token"].contains(&&*name);
        let values = match is_secret {
            true => vec![
                MARK.to_owned(),
                format!("postgre://user:{MARK}@h/d"),
                format!("postgres://user:{MARK}"),
                format!("postgres://user:{MARK}@{MARK}@127.0.0.1:1/d"),
                format!("postgres://user:{MARK}/{MARK}@127.0.0.1:1/d"),
                format!("postgres://user:{MARK}?{MARK}@127.0.0.1:1/d"),
                format!("postgres://user:1/{MARK}@127.0.0.1:1/d"),
                format!("postgres://user:a {MARK}@127.0.0.1:1/d"),
                format!("postgres://user:{MARK}%00@127.0.0.1:1/d"),
                format!("postgres://user@127.0.0.1:1/d?password=a {MARK}"),
                format!("sqlite://user:{MARK}@127.0.0.1:1/d"),
                format!("\u{1}{MARK}\n"),
                format!("-{MARK}"),
            ],
            // Only a user and a password in it are secret.
            false if name == "url" => vec![format!("http://user:{MARK}@127.0.0.1:1"), format!("{MARK}@127.0.0.1")],
            false => vec!["\u{1}".to_owned(), "-".to_owned(), String::new()],
        };
        for value in &values {
            let what = format!("{name} = {value:?}");
            assert_kept(path, &what, &[], &[(&variable, value)]);
            if name.ends_with("-file") {
                write("broken", &format!("{MARK}{value}"));
                assert_kept(path, &what, &[], &[(&variable, "broken")]);
            }
            write("broken.toml", &format!("{name} = {value:?}\n"));
            assert_kept(path, &format!("{what} in the file"), &["--config", "broken.toml"], &[]);
        }
        if is_secret {
            let mark = format!("{MARK}-");
            for misspelt in [format!("--{name}x={MARK}"), format!("--{}={MARK}", name.replace('-', "_").to_uppercase())] {
                assert_kept(path, "a misspelt flag", &[&misspelt], &[]);
            }
            assert_kept(path, "a repeated flag", &[&format!("--{name}"), &mark, &format!("--{name}"), &mark], &[]);
            assert_kept(path, "a misspelt variable", &[], &[(&format!("{variable}X"), &mark)]);
            for content in [
                format!("{name} = '{MARK}\n"),
                format!("{name} = {MARK}\n"),
                format!("{name} = ['{MARK}', '{MARK}']\n"),
                format!("{name} = [['{MARK}']]\n"),
                format!("{name} = {{ value = '{MARK}' }}\n"),
                format!("{name} = '{MARK}'\n{name} = '{MARK}'\n"),
                format!("{name}x = '{MARK}'\n"),
                format!("{name} '{MARK}'\n"),
            ] {
                write("broken.toml", &content);
                assert_kept(path, &content, &["--config", "broken.toml"], &[]);
            }
        }
    }
}
