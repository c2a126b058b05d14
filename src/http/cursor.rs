//! Cursors: the beginning of a page as opaque, signed text that is valid for one list only.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::domain::{
    facet::FacetPosition,
    page::{Position, Start},
    timestamp::Timestamp,
};

/// Creates and verifies cursors.
pub struct Cursors {
    key: hmac::Key,
}

impl Cursors {
    /// The name of the key in the store, which all instances share.
    pub const KEY_NAME: &str = "cursor";
    /// The length of that key, in bytes.
    pub const KEY_LENGTH: usize = 32;

    /// `key` is shared by all instances.
    pub fn new(key: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// A text that identifies the database, because each has a key of its own.
    pub fn database(&self) -> String {
        self.sign(b"database", &Binding::new([]))
    }

    /// The cursor of a page of the list that `binding` identifies.
    pub fn encode<P: CursorPosition>(&self, start: &Start<P>, binding: &Binding) -> String {
        self.sign(&written(start), binding)
    }

    /// The cursor with these bytes as its position.
    pub(super) fn sign(&self, position: &[u8], binding: &Binding) -> String {
        let signature = hmac::sign(&self.key, &binding.signed(position));
        URL_SAFE_NO_PAD.encode([position, signature.as_ref()].concat())
    }

    /// The beginning of the page; `None` if the cursor was changed, or made for another list.
    pub fn decode<P: CursorPosition>(&self, cursor: &str, binding: &Binding) -> Option<Start<P>> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (position, signature) = bytes.split_at_checked(bytes.len().checked_sub(SIGNATURE_LENGTH)?)?;
        hmac::verify(&self.key, &binding.signed(position), signature).ok()?;
        read(position)
    }
}

impl fmt::Debug for Cursors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Cursors")
    }
}

/// The list that a cursor is bound to: account, path, filters and order.
#[derive(Debug)]
pub struct Binding(Vec<u8>);

impl Binding {
    /// Binds to these parts, in this order.
    pub fn new<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut bytes = Vec::new();
        for part in parts {
            // The length before each part distinguishes `a, bc` from `ab, c`.
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Self(bytes)
    }

    fn signed(&self, position: &[u8]) -> Vec<u8> {
        // The length separates the position from the binding.
        [&(position.len() as u64).to_be_bytes(), position, &self.0].concat()
    }
}

/// The first byte of every cursor: the version of the format.
const VERSION: u8 = 1;
const BACKWARD: u8 = 1;
const INCLUSIVE: u8 = 2;
/// The length of an HMAC-SHA256, in bytes.
const SIGNATURE_LENGTH: usize = 32;

/// A position that a cursor can contain.
pub trait CursorPosition: Sized {
    /// Appends its bytes.
    fn write(&self, bytes: &mut Vec<u8>);

    /// Reads the bytes; `None` if they are incomplete.
    fn read(bytes: &[u8]) -> Option<Self>;
}

impl CursorPosition for Position {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.occurred_at.microseconds().to_be_bytes());
        bytes.extend_from_slice(&self.sequence.to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (occurred_at, rest) = bytes.split_first_chunk::<8>()?;
        let (sequence, _) = rest.split_first_chunk::<8>()?;
        let occurred_at = Timestamp::from_microseconds(i64::from_be_bytes(*occurred_at));
        Some(Self { occurred_at, sequence: i64::from_be_bytes(*sequence) })
    }
}

impl CursorPosition for FacetPosition {
    fn write(&self, bytes: &mut Vec<u8>) {
        let Self { sort_key, kind, term } = self;
        bytes.extend_from_slice(&kind.to_be_bytes());
        bytes.extend_from_slice(&term.to_be_bytes());
        bytes.extend_from_slice(sort_key.as_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first_chunk::<2>()?;
        let (term, sort_key) = rest.split_first_chunk::<4>()?;
        let sort_key = String::from_utf8(sort_key.to_vec()).ok()?;
        Some(Self { sort_key, kind: i16::from_be_bytes(*kind), term: i32::from_be_bytes(*term) })
    }
}

fn written<P: CursorPosition>(start: &Start<P>) -> Vec<u8> {
    let flags = if start.backward { BACKWARD } else { 0 } | if start.inclusive { INCLUSIVE } else { 0 };
    let mut bytes = vec![VERSION, flags];
    start.position.write(&mut bytes);
    bytes
}

fn read<P: CursorPosition>(bytes: &[u8]) -> Option<Start<P>> {
    let (&[VERSION, flags], position) = bytes.split_first_chunk::<2>()? else { return None };
    Some(Start { position: P::read(position)?, backward: flags & BACKWARD != 0, inclusive: flags & INCLUSIVE != 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_a_facet_is_decoded() {
        let cursors = Cursors::new(&[7; Cursors::KEY_LENGTH]);
        let position = FacetPosition { sort_key: "grüße\u{1}q-17".to_owned(), kind: -3, term: 4711 };
        let start = Start { position, backward: false, inclusive: true };
        let binding = Binding::new(["account"]);
        assert_eq!(cursors.decode(&cursors.encode(&start, &binding), &binding), Some(start));
    }

    fn example() -> Start {
        let position = Position { occurred_at: Timestamp::from_microseconds(-5), sequence: 7 };
        Start { position, backward: true, inclusive: false }
    }

    #[test]
    fn a_cursor_is_decoded_only_for_its_list() {
        let cursors = Cursors::new(&[7; Cursors::KEY_LENGTH]);
        let binding = Binding::new(["account", "audit-logs"]);
        let cursor = cursors.encode(&example(), &binding);
        assert_eq!(cursors.decode(&cursor, &binding), Some(example()));
        assert_eq!(cursors.decode::<Position>(&cursor, &Binding::new(["accounta", "udit-logs"])), None);
        assert_eq!(Cursors::new(&[8; Cursors::KEY_LENGTH]).decode::<Position>(&cursor, &binding), None);
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
                    assert_eq!(cursors.decode::<Position>(&changed, &binding), None, "{changed}");
                }
            }
        }
        assert_eq!(cursors.decode::<Position>("", &binding), None);
        assert_eq!(cursors.decode::<Position>(&cursor[..cursor.len() - 1], &binding), None);
        assert_eq!(cursors.decode::<Position>(&format!("{cursor}A"), &binding), None);
    }
}
