//! What is wrong with one value, in words for the one who sent it.

/// A value that does not fit, told without naming where it stood: the reader of a parameter or of a body adds the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, and what came.
    pub message: String,
    /// What is allowed instead; empty where that is not a list.
    pub allowed: Vec<String>,
}

impl Fault {
    /// A fault that its message explains alone.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), allowed: Vec::new() }
    }

    /// A value that is none of the `allowed` ones; a near miss is answered with the nearest of them.
    pub fn not_one_of<'a>(what: &str, came: &str, allowed: impl IntoIterator<Item = &'a str>) -> Self {
        let allowed: Vec<&str> = allowed.into_iter().collect();
        let message = match nearest(came, &allowed) {
            Some(nearest) => format!("{} is not {what}; did you mean {nearest}?", quoted(came)),
            None => format!("{} is not {what}", quoted(came)),
        };
        Self { message, allowed: allowed.into_iter().map(str::to_owned).collect() }
    }
}

/// A value as it can be shown in a message: in quotes, escaped, and cut where it is long.
pub fn quoted(value: &str) -> String {
    const SHOWN: usize = 64;
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}…", &value[..end]),
        None => format!("{value:?}"),
    }
}

/// The allowed name that is most like what came, if one is near enough to be meant.
fn nearest<'a>(came: &str, allowed: &[&'a str]) -> Option<&'a str> {
    /// Below this two names have too little in common (Jaro-Winkler similarity, 0 to 1).
    const NEAR: f64 = 0.8;
    /// Longer values are no slips of the keyboard, and comparing them would cost.
    const LONGEST: usize = 128;
    if came.len() > LONGEST {
        return None;
    }
    let folded = came.to_lowercase();
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
    fn a_near_miss_names_the_nearest() {
        let fault = Fault::not_one_of("an event type", "queue_renamd", ["QUEUE_CREATED", "QUEUE_RENAMED"]);
        assert_eq!(fault.message, "\"queue_renamd\" is not an event type; did you mean QUEUE_RENAMED?");
        assert_eq!(fault.allowed, ["QUEUE_CREATED", "QUEUE_RENAMED"]);
    }

    #[test]
    fn a_far_miss_names_none() {
        assert_eq!(Fault::not_one_of("a colour", "xyz", ["RED", "BLUE"]).message, "\"xyz\" is not a colour");
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(quoted(&"é".repeat(65)), format!("\"{}\"…", "é".repeat(64)));
    }
}
