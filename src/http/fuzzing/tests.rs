//! Fuzzing without coverage: the seeds of each target and random changes of them, always the same ones.

use std::{fs, path::Path};

use fastrand::Rng;

/// The number of changed seeds of each target, and that of the long form.
const CHANGES: [usize; 2] = [3_000, 1_000_000];

/// What is inserted into inputs, besides single bytes and parts of other seeds.
const PIECES: [&str; 22] = [
    "%00",
    "%FF",
    "%C3%A9",
    "%",
    "+",
    "&",
    "=",
    "&limit=1",
    "&event=",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\u0000",
    "\\ud800",
    "null",
    "1e400",
    "\"details\":{\"a\":0.1}",
    "9223372036854775808",
    "\n",
    "é",
];

#[test]
fn query() {
    run("query", super::query);
}

#[test]
fn cursor() {
    run("cursor", super::cursor);
}

#[test]
fn batch() {
    run("batch", super::batch);
}

#[test]
fn token() {
    run("token", super::token);
}

#[test]
fn last_event_id() {
    run("last_event_id", super::last_event_id);
}

fn run(target: &str, check: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(seeds.len() >= 3, "{target} has too few seeds");
    let [short, long] = CHANGES;
    let changes = if std::env::var_os("LOGBOOK_TEST_LONG").is_some() { long } else { short };
    let mut random = Rng::with_seed(1);
    let changed = (0..changes).map(|_| changed(&seeds, &mut random));
    for input in seeds.iter().cloned().chain(changed) {
        let shown = Shown(&input);
        check(&input);
        drop(shown);
    }
}

fn changed(seeds: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    let mut input = random.choice(seeds).unwrap().clone();
    for _ in 0..random.usize(1..=4) {
        let start = random.usize(..=input.len());
        let end = (start + random.usize(..8)).min(input.len());
        let piece = match random.u8(..5) {
            0 => Vec::new(),
            1 => vec![random.u8(..)],
            2 => random.choice(PIECES).unwrap().as_bytes().to_vec(),
            3 => {
                let other = random.choice(seeds).unwrap();
                let start = random.usize(..=other.len());
                other[start..(start + random.usize(..32)).min(other.len())].to_vec()
            }
            _ => {
                if let Some(byte) = input.get_mut(start) {
                    *byte ^= 1 << random.u8(..8);
                }
                continue;
            }
        };
        let replaced = if random.bool() { start..end } else { start..start };
        input.splice(replaced, piece);
    }
    input
}

/// Prints the input if the test fails while it is checked.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input: {}", self.0.escape_ascii());
        }
    }
}
