//! Where the world tells what happened: the clock and the two logs.

use chrono::TimeDelta;

use super::{History, chance::Chance, values::known};
use crate::domain::{
    audit_event::{AuditEvent, Item},
    conversation_event::ConversationEvent,
    event::{Actor, LabelledValue},
    text::{Details, Identifier},
    timestamp::Timestamp,
};

/// Somebody's click or call, which makes one event or several.
pub(super) struct Click {
    by: Actor,
    operation: Option<Identifier>,
}

/// The clock, and what was told so far. The clock only goes forward, so the logs are sorted as they are written.
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

    /// A click that belongs to no operation: an event of its own.
    pub(super) fn click(by: Actor) -> Click {
        Click { by, operation: None }
    }

    /// A click whose events carry the identifier of a new operation.
    pub(super) fn operation(&mut self, by: Actor) -> Click {
        self.operations += 1;
        Click { by, operation: Some(known(&format!("op-{:05x}", self.operations))) }
    }

    /// The same operation, carried on by somebody else: a person creates a conversation, and the routing places it.
    pub(super) fn carried_on(click: &Click, by: Actor) -> Click {
        Click { by, operation: click.operation.clone() }
    }

    /// Tells what happened to a conversation.
    pub(super) fn tell(
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

    /// Tells what happened to an item of the settings.
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

    /// Some milliseconds later: no two events have the same instant. None after the end, which nobody has lived to see.
    fn next_instant(&mut self) -> Option<Timestamp> {
        self.clock = self.clock.plus(self.chance.microseconds(700, 24_000));
        (self.clock <= self.end).then_some(self.clock)
    }
}
