//! The sort key of facet entries.

use crate::domain::search_text::folded;

/// The maximum number of characters of the name in a sort key.
const NAME_LENGTH: usize = 64;

/// The case-folded name (or the identifier if there is no name), then the identifier. Both are truncated, because the size of an
/// index entry is limited.
pub(super) fn sort_key(name: Option<&str>, id: &str) -> String {
    /// The maximum number of characters of the identifier: the length of a UUID.
    const IDENTIFIER_LENGTH: usize = 36;
    /// Sorts before any other character that occurs in names.
    const SEPARATOR: char = '\u{1}';
    let name = folded(name.unwrap_or(id));
    name.chars().take(NAME_LENGTH).chain([SEPARATOR]).chain(id.chars().take(IDENTIFIER_LENGTH)).collect()
}

/// The range of sort keys (end exclusive) of entries whose names begin with this text, ignoring case. Only the part of the text
/// that fits into a sort key is compared.
pub(super) fn sort_key_range(text: &str) -> [String; 2] {
    let first: String = folded(text).chars().take(NAME_LENGTH).collect();
    let end = format!("{first}{}", char::MAX);
    [first, end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_sort_by_name_ignoring_case_and_then_by_identifier() {
        let keys = [
            sort_key(Some(""), "z"),
            sort_key(None, "A"),
            sort_key(Some("a"), "b"),
            sort_key(Some("A"), "c"),
            sort_key(Some("a b"), "a"),
            sort_key(Some("ab"), "1"),
            sort_key(Some("b"), "a"),
        ];
        assert!(keys.is_sorted(), "{keys:?}");
        let longest = sort_key(Some(&"\u{390}".repeat(1024)), &"𝄞".repeat(1024));
        assert_eq!(longest.chars().count(), 64 + 1 + 36);
    }
}
