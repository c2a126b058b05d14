//! Calls that schemathesis generates from the committed OpenAPI document, valid and invalid ones. Every response must be one that the
//! document describes. `tests/black_box/clients/contract/schemathesis.toml` has the exceptions with their reasons.

use std::{path::PathBuf, process::Command, sync::LazyLock};

use crate::{
    clients::environment::{available, document, python, run},
    support::{Database, Program, both_databases, times, token},
};

/// The callers; the last one has no token.
const CALLERS: [&[&str]; 5] =
    [&["CONVERSATIONS_SETUP"], &["CONVERSATIONS_SUPERVISOR"], &["LOGS_PRODUCER"], &["LOGS_AUDITOR"], &[]];

/// The number of generated calls of each caller in the long form.
const CASES: usize = 20_000;

static SCHEMATHESIS: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| python("contract"));

both_databases! {
    async fn every_response_is_as_documented(database: Database) {
        if times(0, CASES) == 0 {
            let roles = CALLERS.concat();
            calls(&database, &roles, &["--phases", "fuzzing", "--max-examples", "3"]);
        } else {
            for roles in CALLERS {
                let mut cases = 0;
                // Another seed each time.
                for seed in 1.. {
                    if cases >= CASES { break; }
                    cases += calls(&database, roles, &["--phases", "examples,coverage,fuzzing", "--max-examples", "200", "--seed", &seed.to_string()]);
                }
                eprintln!("{cases} calls with {roles:?}");
            }
        }
    }
}

/// Generates calls with a token of these roles, or without a token if there are none. Returns the number of calls.
fn calls(database: &Database, roles: &[&str], arguments: &[&str]) -> usize {
    let Some(environment) = available(&SCHEMATHESIS, &[]) else { return CASES };
    let service = Program::serve(database);
    let mut command = Command::new(environment.join("bin/schemathesis"));
    command.args(["--no-color", "run", &document("openapi.json"), "--url", &format!("http://{}", service.address())]);
    // A stream ends only when its token expires.
    command.args(["--exclude-path-regex", "/stream$", "--continue-on-failure", "--seed", "1"]).args(arguments);
    if !roles.is_empty() {
        command.arg("--header").arg(format!("Authorization: Bearer {}", token("acme", roles)));
    }
    let report = run(command.current_dir(environment).env("NO_PROXY", "127.0.0.1"));
    let summary = report.split_once("Test cases:").expect("a number of test cases").1;
    let generated = summary.split_whitespace().next().and_then(|number| number.replace(',', "").parse().ok());
    generated.unwrap_or_else(|| panic!("{report}"))
}
