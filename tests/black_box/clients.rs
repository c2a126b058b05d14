//! Clients that common generators create from the committed documents, each compiled and run against a service.
//!
//! Each client lists events, filters by two event types, reads all pages, writes an event and reads a problem, and prints the
//! results. If a generator or a compiler is missing, the test reports that it is skipped; in CI it fails.

pub mod environment;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use self::environment::{available, copied, document, installed, run, skip};
use crate::support::{Running, logbook};

const SECRET: &str = "a-secret-of-the-tests-of-generated-clients";

/// 5 listed, 20 of two event types, 30 on all pages, 1 written, and a problem of the expected type.
const FOUND: &str = "5 20 30 1 true";

#[test]
fn linters_find_nothing_in_the_documents() {
    let Some(packages) = available(&NPM, &[]) else { return };
    made("linters", |_| {
        let documents = [document("openapi.json"), document("openapi-3.0.json")];
        fs::write(packages.join(".spectral.yaml"), "extends: [\"spectral:oas\"]\n").unwrap();
        let redocly =
            run(Command::new("npx").args(["redocly", "lint", "--format", "json"]).args(&documents).current_dir(packages));
        let reports: Vec<Value> = serde_json::Deserializer::from_str(&redocly).into_iter().map(Result::unwrap).collect();
        assert_eq!(reports.len(), documents.len());
        for report in reports {
            assert_eq!(report["totals"], json!({"errors": 0, "warnings": 0, "ignored": 0}), "{redocly}");
        }
        run(Command::new("npx").args(["spectral", "lint", "--fail-severity", "hint"]).args(&documents).current_dir(packages));
    });
}

#[test]
fn typescript() {
    let Some(packages) = available(&NPM, &[]) else { return };
    let directory = made("typescript", |directory| {
        // Both programs and the client resolve packages from here.
        std::os::unix::fs::symlink(packages.join("node_modules"), directory.join("node_modules")).unwrap();
        let arguments = ["openapi-typescript", &document("openapi.json"), "-o", "schema.ts"];
        run(Command::new("npx").args(arguments).current_dir(directory));
        run(Command::new("npx").arg("tsc").current_dir(directory));
    });
    let service = Service::start();
    let found = run(service.call(Command::new("node").arg("out/client.js").current_dir(directory)));
    assert_eq!(found.trim(), format!("{FOUND} limit"));
}

#[test]
fn python() {
    let Some(environment) = available(&PIP, &[]) else { return };
    let directory = made("python", |directory| {
        let generator = environment.join("bin/openapi-python-client");
        let arguments = ["generate", "--meta", "none", "--output-path", "logbook_client", "--path", &document("openapi.json")];
        run(Command::new(generator).args(arguments).current_dir(directory));
    });
    let service = Service::start();
    let python = environment.join("bin/python");
    let found =
        run(service.call(Command::new(python).arg("client.py").env("PYTHONDONTWRITEBYTECODE", "1").current_dir(&directory)));
    assert_eq!(found.trim(), format!("{FOUND} limit"));
}

#[test]
fn go() {
    let Some(environment) = available(&PIP, &["java", "go"]) else { return };
    let directory = made("go", |directory| {
        let options = ["--package-name", "logbook", "--additional-properties", "withGoMod=false"];
        generate(environment, directory, "go", "logbook", &options);
        fs::write(directory.join("go.mod"), "module client\n\ngo 1.19\n").unwrap();
    });
    let service = Service::start();
    let found = run(service.call(Command::new("go").args(["run", "."]).env("GOFLAGS", "-mod=mod").current_dir(&directory)));
    assert_eq!(found.trim(), format!("{FOUND} limit"));
}

#[test]
fn java() {
    const ANNOTATIONS: &str = "/usr/share/java/jakarta-annotation-api.jar";
    let Some(environment) = available(&PIP, &["java", "javac"]) else { return };
    if !Path::new(ANNOTATIONS).exists() {
        return skip(&format!("{ANNOTATIONS} is missing (Debian: apt-get install libjakarta-annotation-api-java)"));
    }
    // The archive of the generator contains Jackson, which its clients use.
    let class_path = format!("classes:{}:{ANNOTATIONS}", generator(environment).display());
    let directory = made("java", |directory| {
        let properties = "openApiNullable=false,hideGenerationTimestamp=true,useJakartaEe=true";
        generate(environment, directory, "java", "out", &["--library", "native", "--additional-properties", properties]);
        let sources = files(&directory.join("out/src/main"), "java");
        let arguments = ["-nowarn", "-cp", &class_path, "-d", "classes", "Main.java"];
        run(Command::new("javac").args(arguments).args(sources).current_dir(directory));
    });
    let service = Service::start();
    let found = run(service.call(Command::new("java").args(["-cp", &class_path, "Main"]).current_dir(&directory)));
    assert_eq!(found.trim(), format!("{FOUND} limit"));
}

/// Only generated: Debian has no .NET SDK.
#[test]
fn csharp() {
    let Some(environment) = available(&PIP, &["java"]) else { return };
    let directory = made("csharp", |directory| generate(environment, directory, "csharp", "out", &[]));
    let sources = files(&directory.join("out"), "cs");
    for name in ["AuditLogsApi.cs", "AuditEventInput.cs", "ProblemType.cs"] {
        assert!(sources.iter().any(|path| path.ends_with(name)), "{name} is missing in {sources:?}");
    }
}

#[test]
fn rust() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/black_box/clients/rust");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients/rust");
    let service = Service::start();
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--locked"]).current_dir(directory).env("CARGO_TARGET_DIR", target);
    assert_eq!(run(service.call(&mut command)).trim(), format!("{FOUND} cursor"));
}

/// The packages of npm, installed.
static NPM: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    installed("npm", "package-lock.json", &["node", "npm", "npx"], |directory| {
        Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(directory).output()
    })
});

/// A Python environment with the generators.
static PIP: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| environment::python("generators"));

/// A directory with the files of `tests/black_box/clients/NAME`, and the code that `make` generates and builds in it. It is created again
/// when these files, the documents, the generators or this file have changed, or if `make` has failed.
fn made(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(name);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/black_box/clients");
    let mut inputs: Vec<PathBuf> = ["openapi.json", "openapi-3.0.json"].map(|name| document(name).into()).to_vec();
    inputs.extend(["generators/requirements.txt", "npm/package-lock.json"].map(|path| sources.join(path)));
    inputs.extend(fs::read_dir(sources.join(name)).into_iter().flatten().map(|entry| entry.unwrap().path()));
    inputs.sort();
    let mut content = include_str!("clients.rs").to_owned();
    content.extend(inputs.iter().map(|path| fs::read_to_string(path).unwrap()));
    let marker = directory.join(".made");
    if fs::read_to_string(&marker).is_ok_and(|made| made == content) {
        return directory;
    }
    let _ = fs::remove_dir_all(&directory);
    make(&copied(name));
    fs::write(marker, content).unwrap();
    directory
}

/// Runs openapi-generator.
fn generate(environment: &Path, directory: &Path, language: &str, output: &str, options: &[&str]) {
    const PARTS: &str = "apis,models,supportingFiles,apiTests=false,modelTests=false,apiDocs=false,modelDocs=false";
    let arguments = ["generate", "-i", &document("openapi.json"), "-g", language, "-o", output, "--global-property", PARTS];
    run(Command::new("java").arg("-jar").arg(generator(environment)).args(arguments).args(options).current_dir(directory));
}

/// The archive of openapi-generator.
fn generator(environment: &Path) -> PathBuf {
    let archives = files(&environment.join("lib"), "jar");
    archives.into_iter().find(|path| path.ends_with("openapi-generator.jar")).expect("the generator is installed")
}

/// All files below a directory with this ending.
fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path, ending) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == ending))
        .collect()
}

/// A running service with 30 audit events, which cycle through three types.
struct Service {
    running: Running,
    token: String,
    _directory: TempDir,
}

impl Service {
    fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let program = || {
            let mut program = logbook(directory.path());
            program.env("LOGBOOK_JWT_SECRET", SECRET);
            program
        };
        let running = Running::start(program().args(["serve", "--listen", "127.0.0.1:0", "--workers", "1"]));
        let roles = ["--role", "CONVERSATIONS_SETUP", "--role", "LOGS_PRODUCER"];
        let token = run(program().args(["token", "--account", "acme"]).args(roles)).trim().to_owned();
        let service = Self { running, token, _directory: directory };
        service.fill();
        service
    }

    fn url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    fn fill(&self) {
        let event = |number: usize| {
            let (event, item_type) = [("QUEUE_RENAMED", "QUEUE"), ("TAG_CREATED", "TAG"), ("ROUTE_CREATED", "ROUTE")][number % 3];
            json!({
                "occurredAt": format!("2026-03-29T12:00:{number:02}Z"),
                "event": event,
                "doneBy": {"type": "SYSTEM"},
                "item": {"type": item_type, "id": format!("i-{number}")},
            })
        };
        let body = json!({"events": (0..30).map(event).collect::<Vec<_>>()}).to_string();
        let agent = ureq::Agent::config_builder().proxy(None).build().new_agent();
        let request = agent.post(format!("{}/audit-logs", self.url())).header("Authorization", format!("Bearer {}", self.token));
        assert_eq!(request.header("Content-Type", "application/json").send(body).unwrap().status(), 201);
    }

    /// Adds the address and tokens of the service to the environment of a client.
    fn call<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("LOGBOOK_URL", self.url()).env("LOGBOOK_TOKEN", &self.token).env("NO_PROXY", "127.0.0.1")
    }
}
