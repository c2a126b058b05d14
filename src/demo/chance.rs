//! A seeded random number generator: the same seed produces the same numbers on every machine.

use chrono::TimeDelta;
use fastrand::Rng;

pub(super) struct Chance(Rng);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// A second generator, whose use does not affect this one.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// `true` with a probability of `percent` %.
    pub(super) fn of(&mut self, percent: u32) -> bool {
        self.0.u32(..100) < percent
    }

    /// A number from 0 to 1.
    pub(super) fn share(&mut self) -> f64 {
        self.0.f64()
    }

    /// A number from `least` to `most`.
    pub(super) fn number(&mut self, least: usize, most: usize) -> usize {
        self.0.usize(least..=most)
    }

    /// A random row of a table. Panics if the table is empty.
    pub(super) fn row<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.0.usize(..table.len())]
    }

    /// A random candidate; `None` if there are none.
    pub(super) fn any<T>(&mut self, candidates: impl Iterator<Item = T>) -> Option<T> {
        let candidates: Vec<T> = candidates.collect();
        self.0.choice(candidates)
    }

    /// A random row of a table of weights and rows.
    pub(super) fn weighted<T: Copy>(&mut self, table: &[(u32, T)]) -> T {
        let total: u32 = table.iter().map(|row| row.0).sum();
        let mut remaining = self.0.u32(..total);
        let found = table.iter().position(|row| {
            let found = remaining < row.0;
            remaining = remaining.saturating_sub(row.0);
            found
        });
        table[found.unwrap_or_default()].1
    }

    /// A duration from `least` to `most` microseconds.
    pub(super) fn microseconds(&mut self, least: i64, most: i64) -> TimeDelta {
        TimeDelta::microseconds(self.0.i64(least..=most))
    }

    /// A duration from `shortest` to `longest` minutes, mostly close to the shortest, like the time that people take to answer.
    ///
    /// It is computed by multiplication, which gives the same bits on every machine. A power function does not.
    pub(super) fn duration(&mut self, shortest: i64, longest: i64) -> TimeDelta {
        const MINUTE: i64 = 60_000_000;
        let share = self.share();
        let more = (longest - shortest) * MINUTE;
        TimeDelta::microseconds(shortest * MINUTE + (share * share * share * more as f64) as i64)
    }
}
