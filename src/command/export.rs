//! `logbook export`: a log as NDJSON, page by page in the order of sequence. An interrupted export can be resumed.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use form_urlencoded::Serializer;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{
    CommandError,
    client::{Client, LogName},
    of_file,
};
use crate::{
    config::ClientSettings,
    domain::page::{Limit, Order},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Log to export
    #[arg(value_name = "LOG")]
    log_name: LogName,

    /// Output file instead of standard output; if the command is run again, the export resumes from the position in FILE.state
    /// and appends new events
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Filter of the API, such as event=QUEUE_RENAMED or dateFrom=2026-03-01T00:00:00Z; may be repeated
    #[arg(long = "filter", value_name = "NAME=VALUE", value_parser = filter)]
    filters: Vec<(String, String)>,

    #[command(flatten, next_help_heading = "Service to call")]
    service: ClientSettings,
}

/// The members of a page that are used.
#[derive(Debug, Deserialize)]
struct Page {
    events: Vec<IgnoredAny>,
    pagination: Pagination,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    next_cursor: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let progress = ProgressBar::new_spinner();
    let client = Client::new(&arguments.service, progress.clone())?;
    let query = query(arguments);
    let mut destination = Destination::open(arguments.output.as_deref(), &query)?;
    let style = ProgressStyle::with_template("{spinner} {human_pos} events, {per_sec}");
    progress.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let outcome = fetch(&client, &query, &mut destination, &progress);
    progress.finish_and_clear();
    eprintln!("Events: {}", progress.position());
    outcome
}

/// The path and query of the list, in the order of the sequence and without a cursor.
fn query(arguments: &Arguments) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(&arguments.filters);
    query.append_pair("orderBy", Order::FOLLOW.code()).append_pair("limit", &Limit::MAXIMUM.to_string());
    format!("{}?{}", arguments.log_name.path(), query.finish())
}

fn fetch(client: &Client, query: &str, destination: &mut Destination, progress: &ProgressBar) -> Result<(), CommandError> {
    loop {
        let at_cursor = destination.cursor().map_or_else(|| query.to_owned(), |cursor| format!("{query}&cursor={cursor}"));
        let answer = client.get(&at_cursor)?;
        if answer.status != 200 {
            return Err(CommandError::Other(answer.problem()));
        }
        let Page { events, pagination } = serde_json::from_slice(&answer.body)
            .map_err(|error| CommandError::Other(format!("not a page of events: {error}")))?;
        destination.append(&lines(&answer.body)?, pagination.next_cursor)?;
        progress.inc(events.len() as u64);
        if events.len() < usize::from(Limit::MAXIMUM) {
            return Ok(());
        }
    }
}

/// The events of a page, unchanged, one per line.
fn lines(body: &[u8]) -> Result<Vec<u8>, CommandError> {
    let odd = || CommandError::Other("the response is not a page of events".to_owned());
    let mut rest = body.strip_prefix(br#"{"events":["#).ok_or_else(odd)?;
    let mut lines = Vec::with_capacity(rest.len());
    while !rest.starts_with(b"]") {
        let mut events = serde_json::Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
        events.next().and_then(Result::ok).ok_or_else(odd)?;
        let (event, after) = rest.split_at(events.byte_offset());
        lines.extend_from_slice(event);
        lines.push(b'\n');
        rest = after.strip_prefix(b",").unwrap_or(after);
    }
    Ok(lines)
}

/// The destination of the lines.
enum Destination {
    /// Standard output, which cannot be resumed.
    Output(Option<String>),
    /// A file, to which a later run can append.
    File(Resumable),
}

/// A file, and the state of the export in a second file.
struct Resumable {
    path: PathBuf,
    file: File,
    state_path: PathBuf,
    state: State,
}

/// The state of an export.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    /// The request, without a cursor.
    query: String,
    /// The cursor of the next page; `None` for the first.
    cursor: Option<String>,
    /// The length of the complete pages in the file, in bytes. An interrupted run can have written more.
    length: u64,
}

impl Destination {
    fn open(output: Option<&Path>, query: &str) -> Result<Self, CommandError> {
        output.map_or(Ok(Self::Output(None)), |path| Resumable::open(path, query).map(Self::File))
    }

    fn cursor(&self) -> Option<&str> {
        match self {
            Self::Output(cursor) => cursor.as_deref(),
            Self::File(resumable) => resumable.state.cursor.as_deref(),
        }
    }

    /// Appends the events of a page. `next`: the cursor of the following one.
    fn append(&mut self, lines: &[u8], next: Option<String>) -> Result<(), CommandError> {
        match self {
            Self::Output(cursor) => {
                let mut output = io::stdout().lock();
                output.write_all(lines).and_then(|()| output.flush()).map_err(CommandError::Output)?;
                *cursor = next;
            }
            Self::File(resumable) => {
                // The lines must be on disk before the state that counts them.
                let written = resumable.file.write_all(lines).and_then(|()| resumable.file.sync_data());
                written.map_err(of_file(&resumable.path))?;
                resumable.state.length += lines.len() as u64;
                resumable.state.cursor = next;
                save(&resumable.state_path, &resumable.state)?;
            }
        }
        Ok(())
    }
}

impl Resumable {
    fn open(path: &Path, query: &str) -> Result<Self, CommandError> {
        let state_path = with_suffix(path, ".state");
        let refuse = |what: &str| CommandError::Other(format!("{} {what}", path.display()));
        let state = match fs::read(&state_path) {
            Ok(json) => serde_json::from_slice(&json).map_err(|_| refuse("has a .state file that this command did not write"))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if path.exists() {
                    return Err(refuse("exists without a .state file, so the export cannot resume; use another file"));
                }
                let state = State { query: query.to_owned(), cursor: None, length: 0 };
                save(&state_path, &state)?;
                state
            }
            Err(error) => return Err(of_file(&state_path)(error)),
        };
        if state.query != query {
            return Err(refuse("was exported from another log or with other filters; use another file"));
        }
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(of_file(path))?;
        if file.metadata().map_err(of_file(path))?.len() < state.length {
            return Err(refuse("is shorter than its .state file states; remove both to start again"));
        }
        file.set_len(state.length).and_then(|()| file.seek(SeekFrom::End(0))).map_err(of_file(path))?;
        Ok(Self { path: path.to_owned(), file, state_path, state })
    }
}

/// Replaces the state atomically: after an interruption, the file has the old one or the new one.
fn save(path: &Path, state: &State) -> Result<(), CommandError> {
    let new = with_suffix(path, ".new");
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(serde_json::to_string(state).map_err(io::Error::other)?.as_bytes())?;
        file.sync_data()?;
        fs::rename(&new, path)
    };
    write().map_err(of_file(path))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn filter(text: &str) -> Result<(String, String), String> {
    const RESERVED: [&str; 4] = ["limit", "orderBy", "cursor", "includeTotal"];
    match text.split_once('=') {
        Some((name, _)) if RESERVED.contains(&name) => Err(format!("{name} is set by this command and cannot be a filter")),
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a filter is NAME=VALUE, such as event=QUEUE_RENAMED".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_equal_the_events_byte_for_byte() {
        let body = br#"{"events":[{"b":1,"a":"]},{"},{"c":{}}],"pagination":{}}"#;
        assert_eq!(lines(body).unwrap(), b"{\"b\":1,\"a\":\"]},{\"}\n{\"c\":{}}\n");
        assert_eq!(lines(br#"{"events":[],"pagination":{}}"#).unwrap(), b"");
        assert!(lines(b"{}").is_err() && lines(br#"{"events":[1"#).is_err());
    }
}
