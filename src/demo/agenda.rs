//! The scheduled actions, in order of time.

use std::collections::BTreeMap;

use super::changes::Change;
use crate::domain::timestamp::Timestamp;

#[derive(Clone, Copy)]
pub(super) enum Action {
    SetUp,
    /// Moves agents between queues.
    Rota,
    Change(Change),
    /// Creates a conversation.
    Arrival,
    /// Continues the conversation with this index.
    Step(usize),
}

/// Actions by time. Actions with the same time are performed in the order in which they were added.
#[derive(Default)]
pub(super) struct Agenda {
    actions: BTreeMap<(Timestamp, u64), Action>,
    added: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Timestamp, action: Action) {
        self.added += 1;
        self.actions.insert((at, self.added), action);
    }

    /// Removes the next action and returns it, unless it is scheduled after `end`.
    pub(super) fn next_until(&mut self, end: Timestamp) -> Option<(Timestamp, Action)> {
        let ((at, _), action) = self.actions.pop_first()?;
        (at <= end).then_some((at, action))
    }
}
