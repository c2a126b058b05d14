//! The clock of the simulation, and the events that it records in the two logs.

use chrono::TimeDelta;

use super::{History, chance::Chance, values::known};
use crate::domain::{
    audit_event::{AuditEvent, Item},
    conversation_event::ConversationEvent,
    event::{Actor, LabelledValue},
    text::{Details, Identifier},
    timestamp::Timestamp,
};

/// An action of an actor, which records one or more events.
pub(super) struct Click {
    by: Actor,
    operation: Option<Identifier>,
}

/// The clock and the recorded events. The clock only moves forward, so the events are in order of time.
pub(super) struct Journal {
    clock: Timestamp,
    end: Timestamp,
    chance: Chance,
    operations: u32,
    history: History,
}

impl Journal {
    pub(super) fn new(start: Timestamp, end: Timestamp, chance: Chance) -> Self {
        let history = History { conversation_events: Vec::new(), audit_events: Vec::new() };
        Self { clock: start, end, chance, operations: 0, history }
    }

    pub(super) fn into_history(self) -> History {
        self.history
    }

    pub(super) fn clock(&self) -> Timestamp {
        self.clock
    }

    pub(super) fn wait_until(&mut self, at: Timestamp) {
        self.clock = self.clock.max(at);
    }

    pub(super) fn wait(&mut self, duration: TimeDelta) {
        self.clock = self.clock.plus(duration);
    }

    /// A click without an operation.
    pub(super) fn click(by: Actor) -> Click {
        Click { by, operation: None }
    }

    /// A click whose events have the identifier of a new operation.
    pub(super) fn operation(&mut self, by: Actor) -> Click {
        self.operations += 1;
        Click { by, operation: Some(known(&format!("op-{:05x}", self.operations))) }
    }

    /// Continues an operation as another actor. For example, a person creates a conversation, and the routing assigns its queue.
    pub(super) fn continued(click: &Click, by: Actor) -> Click {
        Click { by, operation: click.operation.clone() }
    }

    /// Records an event of a conversation.
    pub(super) fn record(
        &mut self,
        click: &Click,
        code: &str,
        conversation: &str,
        from: Option<LabelledValue>,
        to: Option<LabelledValue>,
    ) {
        let Some(occurred_at) = self.next_instant() else { return };
        let events = &mut self.history.conversation_events;
        events.push(ConversationEvent {
            id: known(&format!("demo-c-{:06}", events.len() + 1)),
            occurred_at,
            event_type: known(code),
            done_by: click.by.clone(),
            from,
            to,
            conversation: known(conversation),
            operation_id: click.operation.clone(),
        });
    }

    /// Records an event of an item.
    pub(super) fn audit(
        &mut self,
        click: &Click,
        code: &str,
        item: Item,
        from: Option<LabelledValue>,
        to: Option<LabelledValue>,
        details: Option<Details>,
    ) {
        let Some(occurred_at) = self.next_instant() else { return };
        let events = &mut self.history.audit_events;
        events.push(AuditEvent {
            id: known(&format!("demo-a-{:06}", events.len() + 1)),
            occurred_at,
            event_type: known(code),
            done_by: click.by.clone(),
            from,
            to,
            item,
            operation_id: click.operation.clone(),
            details,
        });
    }

    /// Moves the clock forward by some milliseconds, so that no two events have the same time. `None` after the end of the history.
    fn next_instant(&mut self) -> Option<Timestamp> {
        self.clock = self.clock.plus(self.chance.microseconds(700, 24_000));
        (self.clock <= self.end).then_some(self.clock)
    }
}
