//! Faults: invalid values, described for the client that sent them.

use thiserror::Error;

/// An invalid value. The reader of the parameter or the body adds the location.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Fault {
    /// What is wrong, and the value.
    pub message: String,
    /// The allowed values; empty if they are not a list.
    pub allowed: Vec<String>,
}

impl Fault {
    /// A fault without a list of allowed values.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), allowed: Vec::new() }
    }

    /// A value that is not one of `allowed`. The message suggests the nearest one.
    pub fn not_one_of<'a>(what: &str, given: &str, allowed: impl IntoIterator<Item = &'a str>) -> Self {
        let allowed: Vec<&str> = allowed.into_iter().collect();
        let message = match nearest(given, &allowed) {
            Some(nearest) => format!("{} is not {what}; did you mean {nearest}?", quoted(given)),
            None => format!("{} is not {what}", quoted(given)),
        };
        Self { message, allowed: allowed.into_iter().map(str::to_owned).collect() }
    }
}

/// A value for a message: in quotes, escaped, and truncated if it is long.
pub fn quoted(value: &str) -> String {
    const SHOWN: usize = 64;
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}…", &value[..end]),
        None => format!("{value:?}"),
    }
}

/// The allowed name that is most similar to the given one, if it is similar enough.
fn nearest<'a>(given: &str, allowed: &[&'a str]) -> Option<&'a str> {
    /// The minimum similarity (Jaro-Winkler, 0 to 1).
    const NEAR: f64 = 0.8;
    /// Longer values are not typing errors, and comparing them is slow.
    const LONGEST: usize = 128;
    if given.len() > LONGEST {
        return None;
    }
    let folded = given.to_lowercase();
    allowed
        .iter()
        .map(|name| (strsim::jaro_winkler(&folded, &name.to_lowercase()), *name))
        .filter(|(similarity, _)| *similarity >= NEAR)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similar_name_is_suggested() {
        let fault = Fault::not_one_of("an event type", "queue_renamd", ["QUEUE_CREATED", "QUEUE_RENAMED"]);
        assert_eq!(fault.message, "\"queue_renamd\" is not an event type; did you mean QUEUE_RENAMED?");
        assert_eq!(fault.allowed, ["QUEUE_CREATED", "QUEUE_RENAMED"]);
    }

    #[test]
    fn nothing_is_suggested_for_other_names() {
        assert_eq!(Fault::not_one_of("a colour", "xyz", ["RED", "BLUE"]).message, "\"xyz\" is not a colour");
    }

    #[test]
    fn a_long_value_is_truncated_between_characters() {
        assert_eq!(quoted(&"é".repeat(65)), format!("\"{}\"…", "é".repeat(64)));
    }
}
