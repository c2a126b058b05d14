//! `logbook import` and `logbook export`: interruptions lose no event and duplicate none.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Output, Stdio},
    sync::atomic::Ordering,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    Running, SECRET, logbook, run,
    servers::{cutting_proxy, scripted_service, tls_proxy},
    text,
};

/// A service with its own directory.
struct Setting {
    directory: TempDir,
    service: Running,
}

impl Setting {
    fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let mut command = logbook(directory.path());
        command.args(["serve", "--listen", "127.0.0.1:0", "--jwt-secret", SECRET]);
        let service = Running::start(&mut command);
        Self { directory, service }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn url(&self) -> String {
        format!("http://{}", self.service.address)
    }

    fn token(&self, account: &str) -> String {
        let roles = ["LOGS_PRODUCER", "CONVERSATIONS_SUPERVISOR", "CONVERSATIONS_SETUP"].map(|role| ["--role", role]).concat();
        let output = run(logbook(self.path()).args(["token", "--account", account, "--jwt-secret", SECRET]).args(roles));
        text(&output.stdout).trim().to_owned()
    }

    /// Runs `import` or `export` with a token of this account.
    fn call(&self, url: &str, account: &str, arguments: &[&str]) -> Output {
        run(logbook(self.path()).args(arguments).args(["--url", url]).env("LOGBOOK_TOKEN", self.token(account)))
    }

    fn write(&self, file: &str, events: &[Value]) {
        let lines: Vec<String> = events.iter().map(|event| format!("{event}\n")).collect();
        fs::write(self.path().join(file), lines.concat()).unwrap();
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    /// Exports the whole log without interruption.
    fn exported(&self, account: &str, log: &str) -> String {
        let output = self.call(&self.url(), account, &["export", log]);
        succeeded(&output);
        text(&output.stdout)
    }
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", text(&output.stderr));
}

fn audit_event(number: usize) -> Value {
    json!({
        "occurredAt": "2026-03-29T12:34:56.789012Z",
        "event": "QUEUE_RENAMED",
        "doneBy": {"type": "USER", "id": format!("u-{}", number % 7), "name": "Ana Horvat"},
        "from": {"value": format!("Queue {number}")},
        "to": {"value": "=SUM(A1)\r\n\u{1f44d}", "label": "x".repeat(200)},
        "item": {"type": "QUEUE", "id": "q-17"},
        "details": {"z": 1.5, "a": [number, null]},
    })
}

fn conversation_event(number: usize) -> Value {
    json!({
        "id": format!("c.{number}"),
        "occurredAt": "2026-03-29T12:34:56Z",
        "event": "STATUS_CHANGED",
        "doneBy": {"type": "SYSTEM"},
        "conversation": {"id": format!("c/{number}")},
        "operationId": "op-1",
    })
}

#[test]
fn importing_a_file_twice_changes_nothing_and_equal_lines_are_different_events() {
    let setting = Setting::start();
    let mut events: Vec<Value> = (0..2_500).map(audit_event).collect();
    events.extend([audit_event(1), audit_event(1)]);
    events[5]["id"] = json!("its-own");
    setting.write("events", &events);
    let import = || setting.call(&setting.url(), "acme", &["import", "audit-logs", "events"]);
    for expected in ["Events: 2502 (2502 new, 0 stored before)", "Events: 2502 (0 new, 2502 stored before)"] {
        let output = import();
        succeeded(&output);
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
    let exported = setting.exported("acme", "audit-logs");
    assert_eq!(exported.lines().count(), 2_502);
    assert!(exported.lines().nth(5).unwrap().starts_with(r#"{"id":"its-own","sequence":6,"#));
}

#[test]
fn exported_events_can_be_imported_into_another_account_unchanged() {
    let setting = Setting::start();
    for (log, event) in [("audit-logs", audit_event as fn(usize) -> Value), ("conversation-logs", conversation_event)] {
        setting.write("events", &(0..1_200).map(event).collect::<Vec<_>>());
        succeeded(&setting.call(&setting.url(), "acme", &["import", log, "events"]));
        let exported = setting.exported("acme", log);
        let mut import = logbook(setting.path())
            .args(["import", log, "-", "--url", &setting.url()])
            .env("LOGBOOK_TOKEN", setting.token("other"))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        import.stdin.take().unwrap().write_all(exported.as_bytes()).unwrap();
        succeeded(&import.wait_with_output().unwrap());

        let without_clock = |lines: &str| -> Vec<Value> {
            let event = |line| {
                let mut event: Value = serde_json::from_str(line).unwrap();
                event.as_object_mut().unwrap().remove("recordedAt").expect("every event was recorded at some time");
                event
            };
            lines.lines().map(event).collect()
        };
        assert_eq!(without_clock(&setting.exported("other", log)), without_clock(&exported), "{log}");
    }
}

#[test]
fn an_export_that_is_interrupted_repeatedly_becomes_complete_and_can_be_continued() {
    let setting = Setting::start();
    setting.write("events", &(0..4_500).map(audit_event).collect::<Vec<_>>());
    succeeded(&setting.call(&setting.url(), "acme", &["import", "audit-logs", "events"]));
    let whole = setting.exported("acme", "audit-logs");

    // Enough for a page of a thousand and a part of the next one.
    let page = whole.len() as u64 / 4;
    let proxy = cutting_proxy(&setting.url(), [page / 2, page * 3 / 2, page * 3 / 2]);
    let arguments = ["export", "audit-logs", "--output", "copy", "--retry-for", "0s"];
    let mut interruptions = 0;
    while !setting.call(&proxy, "acme", &arguments).status.success() {
        interruptions += 1;
        assert!(interruptions < 10, "it never ends");
        // Lines that were written although the state does not count them yet.
        let mut file = fs::File::options().append(true).open(setting.path().join("copy")).unwrap();
        file.write_all(b"{\"id\":\"half a li").unwrap();
    }
    assert_eq!(interruptions, 3);
    assert!(setting.read("copy") == whole, "the copy differs");

    setting.write("more", &(5_000..5_010).map(audit_event).collect::<Vec<_>>());
    succeeded(&setting.call(&setting.url(), "acme", &["import", "audit-logs", "more"]));
    succeeded(&setting.call(&setting.url(), "acme", &arguments));
    assert!(setting.read("copy") == setting.exported("acme", "audit-logs"), "what was added since is appended");
}

#[test]
fn an_export_does_not_overwrite_other_files() {
    let setting = Setting::start();
    let export = |arguments: &[&str]| {
        let output = setting.call(&setting.url(), "acme", &[&["export", "audit-logs"], arguments].concat());
        (output.status.success(), text(&output.stderr))
    };
    fs::write(setting.path().join("mine"), "precious").unwrap();
    let (done, message) = export(&["--output", "mine"]);
    assert!(!done && message.contains("without a .state file") && setting.read("mine") == "precious", "{message}");

    assert!(export(&["--output", "file", "--filter", "doneById=u-1"]).0);
    let (done, message) = export(&["--output", "file", "--filter", "doneById=u-2"]);
    assert!(!done && message.contains("other filters"), "{message}");
    for (argument, named) in [("cursor=x", "cursor"), ("event", "NAME=VALUE"), ("event=NO_EVENT", "NO_EVENT")] {
        let (done, message) = export(&["--filter", argument]);
        assert!(!done && message.contains(named), "{message}");
    }
}

#[test]
fn an_import_whose_responses_are_lost_stores_each_event_once() {
    let setting = Setting::start();
    setting.write("events", &(0..2_500).map(audit_event).collect::<Vec<_>>());
    let proxy = cutting_proxy(&setting.url(), [0, 30, 0]);
    let output = setting.call(&proxy, "acme", &["import", "audit-logs", "events"]);
    succeeded(&output);
    // The first batch was stored although its response was lost.
    assert!(text(&output.stderr).contains("(1500 new, 1000 stored before)"), "{}", text(&output.stderr));
    assert_eq!(setting.exported("acme", "audit-logs").lines().count(), 2_500);
}

#[test]
fn faults_are_reported_with_their_line_number_and_valid_lines_before_them_are_stored() {
    let setting = Setting::start();
    let import = || {
        let output = setting.call(&setting.url(), "acme", &["import", "audit-logs", "events"]);
        (output.status.code(), text(&output.stderr))
    };
    let good = audit_event(1).to_string();
    fs::write(setting.path().join("events"), format!("{good}\n\n{good}\n{{\"id\":\n")).unwrap();
    let (code, message) = import();
    assert!(code == Some(1) && message.contains("line 4: not a JSON object"), "{message}");
    assert!(message.contains("Events: 2 (2 new"), "{message}");

    let mut bad = audit_event(2);
    bad["item"]["type"] = json!("TAG");
    fs::write(setting.path().join("events"), format!("{good}\n\n{good}\n{bad}\n")).unwrap();
    let (code, message) = import();
    assert!(code == Some(1) && message.contains("line 4: item.type: TAG does not match QUEUE_RENAMED"), "{message}");

    let mut first = audit_event(3);
    first["id"] = json!("the-id");
    let mut second = audit_event(4);
    second["id"] = json!("the-id");
    setting.write("events", &[first, second]);
    let (code, message) = import();
    assert!(code == Some(1) && message.contains("line 2: id: \"the-id\" is the id of an event with other content"), "{message}");
}

#[test]
fn a_busy_service_is_retried_and_a_refusal_is_final() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("events"), audit_event(1).to_string()).unwrap();
    let import = |answers: &[&str], more: &[&str]| {
        let (url, asked) = scripted_service(answers);
        let output =
            run(logbook(directory.path()).args(["import", "audit-logs", "events", "--token", "t", "--url", &url]).args(more));
        (output.status.success(), text(&output.stderr), asked.load(Ordering::SeqCst))
    };
    let busy = "503 Service Unavailable\r\nRetry-After: 0";
    let many = "429 Too Many Requests\r\nRetry-After: 0";
    let full = "507 Insufficient Storage\r\nRetry-After: 0";
    let (done, message, asked) = import(&[busy, many, full, "201 Created"], &[]);
    assert!(done && asked == 4 && message.contains("503") && message.contains("retrying in 0 s"), "{asked}: {message}");
    let (done, message, asked) = import(&["503 Service Unavailable\r\nRetry-After: 60"], &["--retry-for", "1s"]);
    assert!(!done && asked == 1 && message.contains("503"), "{asked}: {message}");
    let (done, message, asked) = import(&["403 Forbidden"], &[]);
    assert!(!done && asked == 1 && message.contains("403"), "{asked}: {message}");
}

#[test]
fn import_and_export_speak_https_and_trust_the_certificates_of_the_system() {
    let setting = Setting::start();
    setting.write("events", &(0..10).map(audit_event).collect::<Vec<_>>());
    let (url, certificate) = tls_proxy(&setting.url());
    fs::write(setting.path().join("roots.pem"), certificate).unwrap();
    fs::write(setting.path().join("token"), setting.token("acme")).unwrap();
    let call = |arguments: &[&str]| {
        let mut command = logbook(setting.path());
        command.args(arguments).args(["--url", &url, "--token-file", "token", "--retry-for", "0s"]);
        command
    };
    let distrustful = run(&mut call(&["import", "audit-logs", "events"]));
    assert!(!distrustful.status.success() && text(&distrustful.stderr).contains("certificate"), "{}", text(&distrustful.stderr));

    succeeded(&run(call(&["import", "audit-logs", "events"]).env("SSL_CERT_FILE", "roots.pem")));
    let exported = run(call(&["export", "audit-logs"]).env("SSL_CERT_FILE", "roots.pem"));
    succeeded(&exported);
    assert_eq!(text(&exported.stdout), setting.exported("acme", "audit-logs"));
}
