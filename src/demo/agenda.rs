//! What is still to happen, in the order of time.

use std::collections::BTreeMap;

use super::changes::Change;
use crate::domain::timestamp::Timestamp;

/// Something that is to happen.
#[derive(Clone, Copy)]
pub(super) enum Happening {
    /// The account is set up.
    SetUp,
    /// The planner moves agents between the queues.
    Rota,
    /// The settings are changed.
    Change(Change),
    /// A customer writes or calls.
    Arrival,
    /// The conversation of this number goes on.
    Step(usize),
}

/// Happenings by their time; those of the same time in the order in which they were added.
#[derive(Default)]
pub(super) struct Agenda {
    happenings: BTreeMap<(Timestamp, u64), Happening>,
    added: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Timestamp, happening: Happening) {
        self.added += 1;
        self.happenings.insert((at, self.added), happening);
    }

    /// Takes the next happening, unless it comes after `end`.
    pub(super) fn next_until(&mut self, end: Timestamp) -> Option<(Timestamp, Happening)> {
        let ((at, _), happening) = self.happenings.pop_first()?;
        (at <= end).then_some((at, happening))
    }
}
