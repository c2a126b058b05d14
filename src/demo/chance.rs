//! Dice with a seed: the same seed throws the same numbers, on every machine.

use chrono::TimeDelta;
use fastrand::Rng;

/// The dice.
pub(super) struct Chance(Rng);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// Other dice, which do not disturb these.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// Whether something happens that does so in `percent` of 100 cases.
    pub(super) fn of(&mut self, percent: u32) -> bool {
        self.0.u32(..100) < percent
    }

    /// A number of 0 to 1.
    pub(super) fn share(&mut self) -> f64 {
        self.0.f64()
    }

    /// A number from `least` to `most`.
    pub(super) fn number(&mut self, least: usize, most: usize) -> usize {
        self.0.usize(least..=most)
    }

    /// One row of a table; tables have rows.
    pub(super) fn row<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.0.usize(..table.len())]
    }

    /// One of what there is, if there is anything.
    pub(super) fn any<T>(&mut self, candidates: impl Iterator<Item = T>) -> Option<T> {
        let candidates: Vec<T> = candidates.collect();
        self.0.choice(candidates)
    }

    /// One row of a table of rows with weights.
    pub(super) fn weighted<T: Copy>(&mut self, table: &[(u32, T)]) -> T {
        let total: u32 = table.iter().map(|row| row.0).sum();
        let mut thrown = self.0.u32(..total);
        let found = table.iter().position(|row| {
            let here = thrown < row.0;
            thrown = thrown.saturating_sub(row.0);
            here
        });
        table[found.unwrap_or_default()].1
    }

    /// Some microseconds from `least` to `most`.
    pub(super) fn microseconds(&mut self, least: i64, most: i64) -> TimeDelta {
        TimeDelta::microseconds(self.0.i64(least..=most))
    }

    /// From `shortest` to `longest` minutes, mostly nearer to the shortest, as people's answers are.
    ///
    /// Products only: their last digit is the same on every machine, which the one of a power is not.
    pub(super) fn duration(&mut self, shortest: i64, longest: i64) -> TimeDelta {
        const MINUTE: i64 = 60_000_000;
        let share = self.share();
        let more = (longest - shortest) * MINUTE;
        TimeDelta::microseconds(shortest * MINUTE + (share * share * share * more as f64) as i64)
    }
}
