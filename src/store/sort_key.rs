//! The text that facets are ordered by.

use crate::domain::search_text::folded;

/// The number of characters of the name in a sort key.
const OF_NAME: usize = 64;

/// The name without regard to case, or the identifier if there is no name; then the identifier. Both are cut, because the size of
/// an index entry is limited.
pub(super) fn sort_key(name: Option<&str>, id: &str) -> String {
    /// How many characters of the identifier count: those of a UUID.
    const OF_IDENTIFIER: usize = 36;
    /// Less than any character that a name would have.
    const END: char = '\u{1}';
    let name = folded(name.unwrap_or(id));
    name.chars().take(OF_NAME).chain([END]).chain(id.chars().take(OF_IDENTIFIER)).collect()
}

/// The sort keys of entries whose names begin with this text, without regard to case: from the first key to the second,
/// exclusive. Of a longer text, only the part that a sort key contains is compared.
pub(super) fn sort_keys_beginning_with(text: &str) -> [String; 2] {
    let first: String = folded(text).chars().take(OF_NAME).collect();
    let end = format!("{first}{}", char::MAX);
    [first, end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_sort_by_name_without_regard_to_case_and_then_by_identifier() {
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
