//! Cursors: where a page begins, as an opaque text that only this service can make and that fits one list only.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::domain::{
    page::{Position, Start},
    timestamp::Timestamp,
};

/// Makes and reads cursors.
pub struct Cursors {
    key: hmac::Key,
}

impl Cursors {
    /// The name under which the store keeps the key that all instances share.
    pub const KEY_NAME: &str = "cursor";
    /// The length of that key, in bytes.
    pub const KEY_LENGTH: usize = 32;

    /// With the key that all instances share.
    pub fn new(key: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The cursor of a page of the list that `binding` describes.
    pub fn encode(&self, start: &Start, binding: &Binding) -> String {
        let place = place(start);
        let signature = hmac::sign(&self.key, &binding.signed(&place));
        URL_SAFE_NO_PAD.encode([&place, signature.as_ref()].concat())
    }

    /// Where the page begins; `None` if the cursor was changed, or made for another list.
    pub fn decode(&self, cursor: &str, binding: &Binding) -> Option<Start> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (place, signature) = bytes.split_at_checked(PLACE_LENGTH)?;
        hmac::verify(&self.key, &binding.signed(place), signature).ok()?;
        start(place)
    }
}

impl fmt::Debug for Cursors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Cursors")
    }
}

/// What a cursor is bound to: the account, the call, the filters and the order.
#[derive(Debug)]
pub struct Binding(Vec<u8>);

impl Binding {
    /// Of these parts, whose order counts.
    pub fn new<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut bytes = Vec::new();
        for part in parts {
            // The length in front keeps `a, bc` apart from `ab, c`.
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Self(bytes)
    }

    fn signed(&self, place: &[u8]) -> Vec<u8> {
        [place, &self.0].concat()
    }
}

/// The first byte of every cursor: another one is another format.
const VERSION: u8 = 1;
const BACKWARD: u8 = 1;
const INCLUSIVE: u8 = 2;
/// Version, flags, time, sequence.
const PLACE_LENGTH: usize = 2 + 8 + 8;

fn place(start: &Start) -> Vec<u8> {
    let flags = if start.backward { BACKWARD } else { 0 } | if start.inclusive { INCLUSIVE } else { 0 };
    let mut place = vec![VERSION, flags];
    place.extend_from_slice(&start.position.occurred_at.microseconds().to_be_bytes());
    place.extend_from_slice(&start.position.sequence.to_be_bytes());
    place
}

fn start(place: &[u8]) -> Option<Start> {
    let (&[VERSION, flags], rest) = place.split_first_chunk::<2>()? else { return None };
    let (occurred_at, rest) = rest.split_first_chunk::<8>()?;
    let (sequence, _) = rest.split_first_chunk::<8>()?;
    let occurred_at = Timestamp::from_microseconds(i64::from_be_bytes(*occurred_at));
    let position = Position { occurred_at, sequence: i64::from_be_bytes(*sequence) };
    Some(Start { position, backward: flags & BACKWARD != 0, inclusive: flags & INCLUSIVE != 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Start {
        let position = Position { occurred_at: Timestamp::from_microseconds(-5), sequence: 7 };
        Start { position, backward: true, inclusive: false }
    }

    #[test]
    fn a_cursor_comes_back_for_the_list_that_it_was_made_for() {
        let cursors = Cursors::new(&[7; Cursors::KEY_LENGTH]);
        let binding = Binding::new(["account", "audit-logs"]);
        let cursor = cursors.encode(&example(), &binding);
        assert_eq!(cursors.decode(&cursor, &binding), Some(example()));
        assert_eq!(cursors.decode(&cursor, &Binding::new(["accounta", "udit-logs"])), None);
        assert_eq!(Cursors::new(&[8; Cursors::KEY_LENGTH]).decode(&cursor, &binding), None);
    }

    #[test]
    fn no_change_of_a_cursor_is_accepted() {
        let cursors = Cursors::new(&[7; Cursors::KEY_LENGTH]);
        let binding = Binding::new(["account"]);
        let cursor = cursors.encode(&example(), &binding);
        for (place, character) in cursor.char_indices() {
            for other in ['A', 'b', '9', '-', '=', ' '] {
                if other != character {
                    let changed: String = cursor.char_indices().map(|(at, own)| if at == place { other } else { own }).collect();
                    assert_eq!(cursors.decode(&changed, &binding), None, "{changed}");
                }
            }
        }
        assert_eq!(cursors.decode("", &binding), None);
        assert_eq!(cursors.decode(&cursor[..cursor.len() - 1], &binding), None);
        assert_eq!(cursors.decode(&format!("{cursor}A"), &binding), None);
    }
}
