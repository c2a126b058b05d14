//! The statements that the service runs on one log, as diesel reports them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, Once},
};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

/// Statements by the log key that they contain, for each recorded key.
static RECORDED: Mutex<BTreeMap<i32, Vec<String>>> = Mutex::new(BTreeMap::new());

/// Records the statements that contain a log's key, on all connections that this process opens afterwards.
///
/// Tests run at the same time, so each needs a key that no other test has: see [`Statements::record`].
pub struct Statements {
    key: i32,
}

impl Statements {
    /// Must be called before the service starts. The key has six digits, so that other numbers are unlikely to equal it.
    pub fn record(key: i32) -> Self {
        static ONCE: Once = Once::new();

        assert!((100_000..1_000_000).contains(&key));
        ONCE.call_once(|| set_default_instrumentation(|| Some(Box::new(Recorder))).unwrap());
        let before = RECORDED.lock().unwrap().insert(key, Vec::new());
        assert!(before.is_none(), "another test records the key {key}");
        Self { key }
    }

    /// The statements since the last call, each with its binds: `SELECT … -- binds: […]`.
    pub fn take(&self) -> Vec<String> {
        RECORDED.lock().unwrap().get_mut(&self.key).map(std::mem::take).unwrap_or_default()
    }
}

impl Drop for Statements {
    fn drop(&mut self) {
        if let Ok(mut recorded) = RECORDED.lock() {
            recorded.remove(&self.key);
        }
    }
}

struct Recorder;

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let InstrumentationEvent::StartQuery { query, .. } = event else { return };
        if RECORDED.lock().unwrap().is_empty() {
            return;
        }
        let statement = query.to_string();
        for (key, statements) in &mut *RECORDED.lock().unwrap() {
            if numbers(&statement).any(|number| number == key.to_string()) {
                statements.push(statement.clone());
            }
        }
    }
}

/// The numbers in a text.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_digit()).filter(|number| !number.is_empty())
}
