//! Values that are stored as numbers.

/// A value that is stored as a number. A number is assigned once and never reused.
pub trait Numbered: Copy + 'static {
    /// All values, in the order for display.
    fn all() -> impl Iterator<Item = Self>;

    fn number(self) -> i16;

    /// `None` if this version does not know the number.
    fn of(number: i16) -> Option<Self> {
        Self::all().find(|value| value.number() == number)
    }
}
