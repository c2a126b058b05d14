//! The text in which searches find entries of facets.

/// The searchable text of an entry: the identifier, the newest name, and the previous names, all without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchText(String);

impl SearchText {
    /// The maximum size in bytes. Previous names that do not fit are discarded; the identifier and the newest name are always
    /// stored.
    pub const MAXIMUM: usize = 8 * 1024;
    /// Separates the parts. Within a part it is replaced by a space.
    const SEPARATOR: char = '\u{1f}';

    pub(super) fn of(id: &str) -> Self {
        Self(folded(id))
    }

    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds the newest name.
    pub(super) fn put_first(&mut self, name: &str) {
        self.place(name, 1);
    }

    /// Adds a name that is not the newest one.
    pub(super) fn add(&mut self, name: &str) {
        self.place(name, 2);
    }

    fn place(&mut self, name: &str, place: usize) {
        let name = folded(name);
        let mut parts: Vec<&str> = self.0.split(Self::SEPARATOR).collect();
        match parts.iter().skip(1).position(|part| *part == name) {
            Some(before) if place == 1 => drop(parts.remove(before + 1)),
            Some(_) => return,
            None => {}
        }
        parts.insert(place.min(parts.len()), &name);
        let mut length = 0;
        let retained = parts.into_iter().enumerate().take_while(|(index, part)| {
            length += part.len() + Self::SEPARATOR.len_utf8();
            *index < 2 || length <= Self::MAXIMUM
        });
        let retained: Vec<&str> = retained.map(|(_, part)| part).collect();
        self.0 = retained.join(Self::SEPARATOR.encode_utf8(&mut [0; 4]));
    }
}

/// Folds case: converts each character to upper case, then to lower case. So `SS` finds `ß`, every sigma finds every other, and a
/// part of a text is folded as within the whole, unlike with `str::to_lowercase`.
pub fn folded(text: &str) -> String {
    let folded = text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    folded.map(|character| if character == SearchText::SEPARATOR { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_ignored_at_every_position() {
        for (whole, part) in [("Straße", "STRASS"), ("ΟΔΟΣΑ", "οδος"), ("ΟΔΟΣ", "δοσ"), ("Ångström", "ÅNGS"), ("ﬁx", "FI")]
        {
            assert!(folded(whole).contains(&folded(part)), "{part} in {whole}");
        }
        assert!(!folded("Anna").contains(&folded("Änna")));
    }

    #[test]
    fn the_newest_name_is_first_and_names_have_no_duplicates() {
        let mut text = SearchText::of("Q-1");
        for name in ["Billing", "Invoices", "BILLING"] {
            text.put_first(name);
        }
        text.add("Invoices");
        text.add("Debts");
        text.add("a\u{1f}b");
        text.add("a\u{1f}b");
        assert_eq!(text.as_str(), "q-1\u{1f}billing\u{1f}a b\u{1f}debts\u{1f}invoices");
    }

    #[test]
    fn the_oldest_names_are_discarded_over_the_limit() {
        let name = |number: u32| format!("{number:04}{}", "x".repeat(996));
        let mut text = SearchText::of("q-1");
        (0..20).for_each(|number| text.put_first(&name(number)));
        let (retained, removed): (Vec<u32>, Vec<u32>) = (0..20).partition(|number| text.as_str().contains(&name(*number)));
        assert!(text.as_str().len() <= SearchText::MAXIMUM && text.as_str().starts_with("q-1"));
        assert_eq!((removed, retained), ((0..12).collect(), (12..20).collect()));
    }

    #[test]
    fn the_identifier_and_the_newest_name_are_stored_at_any_length() {
        let (id, name) = ("ﷺ".repeat(1024), "\u{390}".repeat(1024));
        let mut text = SearchText::of(&id);
        text.put_first("short");
        text.put_first(&name);
        assert!(text.as_str().contains(&folded(&id)) && text.as_str().contains(&folded(&name)));
        assert!(!text.as_str().contains("short"));
    }
}
