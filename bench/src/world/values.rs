//! The values of events: words, numbers, ids of people and queues, and free text, mixed by rank.

use std::fmt::Write;

use super::{ActorType, NOWHERE, RARE, identity, texts};

/// The first value that is a long text. Lists of values stay below it, so that they fit into a URL.
pub const FIRST_LONG: u32 = 60;

/// The values that are words, with their labels. Every third value is one of them.
static WORDS: [(&str, &str); 30] = [
    ("OPEN", "Open"),
    ("PENDING", "Pending"),
    ("HIGH", "High"),
    ("SOLVED", "Solved"),
    ("NORMAL", "Normal"),
    ("true", "Enabled"),
    ("CLOSED", "Closed"),
    ("LOW", "Low"),
    ("ROUND_ROBIN", "Round robin"),
    ("URGENT", "Urgent"),
    ("false", "Disabled"),
    ("WAITING_FOR_CUSTOMER", "Waiting for the customer"),
    ("LEAST_BUSY", "Least busy agent"),
    ("REOPENED", "Reopened"),
    ("SPAM", "Spam"),
    ("08:00-16:00", "Weekdays from 8 to 16"),
    ("MANUAL", "Manual assignment"),
    ("billing", "Billing"),
    ("delivery", "Delivery"),
    ("returns", "Returns"),
    ("complaint", "Complaint"),
    ("09:00-17:00", "Weekdays from 9 to 17"),
    ("ON_HOLD", "On hold"),
    ("00:00-24:00", "Always"),
    ("ESCALATED", "Escalated"),
    ("contract", "Contract"),
    ("gift-card", "Gift card 🎁"),
    ("MOST_IDLE", "Most idle agent"),
    ("technical", "Technical question"),
    ("LAST_AGENT", "Last agent"),
];

/// Appends a value and its label as two members of a JSON object.
pub fn write(account: u32, number: u32, text: &mut String) {
    // Writing to a string does not fail.
    let _ = match shape(number) {
        Shape::Word((word, label)) => write!(text, r#""value":"{word}","label":"{label}""#),
        Shape::Number => write!(text, r#""value":"{number}""#),
        Shape::Person => {
            let (id, name) = (identity::actor(account, ActorType::User, number), texts::person(account, number));
            write!(text, r#""value":"{id}","label":"{name}""#)
        }
        Shape::Queue => {
            let (id, name) = (identity::item(account, "QUEUE", number), texts::item(account, number, 0));
            write!(text, r#""value":"{id}","label":"{name}""#)
        }
        Shape::Other => write!(text, r#""value":"{}""#, identity::value(account, number)),
        Shape::Text => {
            text.push_str(r#""value":""#);
            texts::write_note(account, number, text);
            text.push('"');
            Ok(())
        }
    };
}

/// A value as a filter contains it.
pub fn text(account: u32, number: u32) -> String {
    match shape(number) {
        Shape::Word((word, _)) => word.to_owned(),
        Shape::Number => number.to_string(),
        Shape::Person => identity::actor(account, ActorType::User, number).to_string(),
        Shape::Queue => identity::item(account, "QUEUE", number).to_string(),
        Shape::Other => identity::value(account, number).to_string(),
        Shape::Text => {
            let mut text = String::new();
            texts::write_note(account, number, &mut text);
            text
        }
    }
}

enum Shape {
    Word((&'static str, &'static str)),
    Number,
    Person,
    Queue,
    Other,
    Text,
}

fn shape(number: u32) -> Shape {
    match number {
        NOWHERE | RARE => Shape::Other,
        number if number & texts::NOTE != 0 => Shape::Text,
        number if number >= FIRST_LONG && number.is_multiple_of(6) => Shape::Text,
        number if number % 3 == 1 => Shape::Person,
        number if number % 3 == 2 => Shape::Queue,
        number => WORDS.get(number as usize / 3).map_or(Shape::Number, |word| Shape::Word(*word)),
    }
}
