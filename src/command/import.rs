//! `logbook import`: sends the events of an NDJSON file in batches. Running it again stores no event twice.

use std::{
    fmt,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::{RawValue, to_raw_value};

use super::{
    CommandError,
    client::{Answer, Client, LogName},
    of_file,
};
use crate::{config::ClientSettings, domain::batch::MAXIMUM_EVENTS, http::body};

/// The text before and after the events of a body.
const ENVELOPE: [&str; 2] = [r#"{"events":["#, "]}"];

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Log to import into
    #[arg(value_name = "LOG")]
    log_name: LogName,

    /// NDJSON file, one event per line, as producers send them or as exported; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten, next_help_heading = "Service to call")]
    service: ClientSettings,
}

/// Events that are sent in one request, which stores all or none.
#[derive(Debug, Default)]
struct Batch {
    body: String,
    /// The line number of each event.
    lines: Vec<usize>,
}

/// The number of events that were stored.
#[derive(Debug, Default, Deserialize)]
struct Receipt {
    accepted: usize,
    duplicates: usize,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let (input, progress) = open(&arguments.file)?;
    let client = Client::new(&arguments.service, progress.clone())?;
    let mut input = BufReader::new(progress.wrap_read(input));
    let mut import = Import {
        client,
        file: &arguments.file,
        path: arguments.log_name.path(),
        batch: Batch::default(),
        sum: Receipt::default(),
    };
    let outcome = import.all(&mut input);
    progress.finish_and_clear();
    let Receipt { accepted, duplicates } = import.sum;
    eprintln!("Events: {} ({accepted} new, {duplicates} stored before)", accepted + duplicates);
    outcome
}

struct Import<'a> {
    client: Client,
    file: &'a Path,
    path: &'static str,
    batch: Batch,
    sum: Receipt,
}

impl Import<'_> {
    fn all(&mut self, input: &mut impl BufRead) -> Result<(), CommandError> {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if input.read_until(b'\n', &mut line).map_err(of_file(self.file))? == 0 {
                break;
            }
            let text = line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            let event = match event(text, number) {
                Ok(event) => event,
                Err(fault) => {
                    // The events before the fault are valid.
                    self.send()?;
                    return Err(CommandError::Other(format!("{}, line {number}: {fault}", self.file.display())));
                }
            };
            if !self.batch.has_room_for(&event) {
                self.send()?;
            }
            self.batch.push(&event, number);
        }
        self.send()
    }

    /// Sends the batch and begins a new one.
    fn send(&mut self) -> Result<(), CommandError> {
        let Batch { body, lines } = std::mem::take(&mut self.batch);
        if lines.is_empty() {
            return Ok(());
        }
        let answer = self.client.post(self.path, &(body + ENVELOPE[1]))?;
        if !matches!(answer.status, 200 | 201) {
            return Err(CommandError::Other(refusal(&answer, self.file, &lines)));
        }
        let receipt: Receipt = serde_json::from_slice(&answer.body)
            .map_err(|error| CommandError::Other(format!("the response is not a receipt: {error}")))?;
        self.sum.accepted += receipt.accepted;
        self.sum.duplicates += receipt.duplicates;
        Ok(())
    }
}

impl Batch {
    fn has_room_for(&self, event: &str) -> bool {
        let bytes = self.body.len() + ",".len() + event.len() + ENVELOPE[1].len();
        self.lines.is_empty() || (self.lines.len() < MAXIMUM_EVENTS && bytes <= body::MAXIMUM)
    }

    fn push(&mut self, event: &str, line: usize) {
        self.body.push_str(if self.lines.is_empty() { ENVELOPE[0] } else { "," });
        self.body.push_str(event);
        self.lines.push(line);
    }
}

/// Opens the file or standard input, with a progress bar that is only shown on a terminal.
fn open(file: &Path) -> Result<(Box<dyn Read>, ProgressBar), CommandError> {
    if file.as_os_str() == "-" {
        let spinner = ProgressBar::new_spinner();
        spinner.set_style(style("{spinner} {bytes} {bytes_per_sec}"));
        return Ok((Box::new(std::io::stdin()), spinner));
    }
    let opened = File::open(file).map_err(of_file(file))?;
    let bar = ProgressBar::new(opened.metadata().map_err(of_file(file))?.len());
    bar.set_style(style("{bar:40} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left"));
    Ok((Box::new(opened), bar))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The members of an object in their order, also duplicates, with their values as they are written. So the service gets the same
/// numbers, and can refuse what it does not accept.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfObject;

        impl<'de> Visitor<'de> for OfObject {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(OfObject)
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Converts a line to the form that the service accepts: without the members that the service adds, and with an identifier.
fn event(line: &[u8], number: usize) -> Result<String, String> {
    const ADDED: [&str; 3] = ["sequence", "recordedAt", "label"];
    let fault = |error| format!("not a JSON object: {error}");
    let mut event: Members = serde_json::from_slice(line).map_err(fault)?;
    let ids: Vec<&str> = event.0.iter().filter(|(name, _)| name == "id").map(|(_, id)| id.get()).collect();
    let has_no_id = matches!(ids.as_slice(), [] | ["null"]);
    event.0.retain(|(name, _)| !(ADDED.contains(&name.as_str()) || has_no_id && name == "id"));
    for (_, conversation) in event.0.iter_mut().filter(|(name, _)| name == "conversation") {
        if let Ok(mut members) = serde_json::from_str::<Members>(conversation.get()) {
            members.0.retain(|(name, _)| name != "url");
            *conversation = to_raw_value(&members).map_err(fault)?;
        }
    }
    if has_no_id {
        event.0.push(("id".to_owned(), to_raw_value(&derived_id(line, number)).map_err(fault)?));
    }
    serde_json::to_string(&event).map_err(fault)
}

/// An identifier that only depends on the line and its number, so that a file can be imported again. Equal lines are different
/// events, because the same action can happen twice.
fn derived_id(line: &[u8], number: usize) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(format!("{number}\n").as_bytes());
    context.update(line);
    let digest = context.finish();
    let hexadecimal: String = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("import-{hexadecimal}")
}

/// Why a batch was refused, with line numbers of the file instead of indexes in the batch.
fn refusal(answer: &Answer, file: &Path, lines: &[usize]) -> String {
    let in_file = |location: &str| {
        let (index, rest) = location.strip_prefix("events[")?.split_once(']')?;
        let line = lines.get(index.parse::<usize>().ok()?)?;
        Some(format!(
            "{}, line {line}{}{}",
            file.display(),
            if rest.is_empty() { "" } else { ": " },
            rest.trim_start_matches('.')
        ))
    };
    let violations = answer.read_problem().violations;
    let faults: Vec<String> = violations
        .iter()
        .filter_map(|violation| Some(format!("{}: {}", in_file(&violation.location)?, violation.message)))
        .collect();
    if faults.is_empty() { answer.problem() } else { faults.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_the_service_adds_are_removed() {
        let line = br#"{"id":"e-1","sequence":7,"recordedAt":"x","label":"Y","conversation":{"id":"c","url":"/c"},"from":{"value":"a","label":"A"}}"#;
        assert_eq!(event(line, 1).unwrap(), r#"{"id":"e-1","conversation":{"id":"c"},"from":{"value":"a","label":"A"}}"#);
    }

    #[test]
    fn values_are_sent_as_they_are_written() {
        let line =
            r#"{"details":{"n":18446744073709551616,"a":1,"a":2},"id":"e-1","id":"e-2","conversation":{"id":"c","id":"d"}}"#;
        assert_eq!(event(line.as_bytes(), 1).unwrap(), line);
    }

    #[test]
    fn an_identifier_is_derived_from_the_line_and_its_number() {
        let id = derived_id(b"{}", 1);
        assert_eq!(id, derived_id(b"{}", 1));
        assert!(id != derived_id(b"{}", 2) && id != derived_id(b"{ }", 1));
        assert!(id.parse::<crate::domain::text::EventId>().is_ok(), "{id}");
        assert!(event(br#"{"id":null}"#, 3).unwrap().contains("import-"));
    }

    #[test]
    fn a_batch_has_at_most_1000_events_and_4_mib() {
        let mut batch = Batch::default();
        assert!(batch.has_room_for(&"x".repeat(body::MAXIMUM * 2)), "a single event always fits; the service refuses it");
        for line in 0..MAXIMUM_EVENTS {
            assert!(batch.has_room_for("{}"));
            batch.push("{}", line);
        }
        assert!(!batch.has_room_for("{}"));
        let mut batch = Batch::default();
        batch.push("{}", 1);
        let left = body::MAXIMUM - batch.body.len() - ",".len() - ENVELOPE[1].len();
        assert!(batch.has_room_for(&"x".repeat(left)) && !batch.has_room_for(&"x".repeat(left + 1)));
    }

    #[test]
    fn faults_are_reported_with_the_line_of_the_file() {
        let body = br#"{"detail":"d","violations":[{"location":"events[1].item.type","message":"m"},{"location":"events[0]","message":"n"}]}"#;
        let answer = Answer { status: 422, body: body.to_vec() };
        assert_eq!(refusal(&answer, Path::new("e"), &[4, 9]), "e, line 9: item.type: m\ne, line 4: n");
    }
}
