//! The history that `logbook demo` loads: four months of a contact centre that never was.
//!
//! It is played rather than written: happenings wait in an agenda, and each changes the world and tells it to the journal.
//! So the two logs agree with each other, and a name is always the one that a thing had at that moment.

mod agenda;
mod calendar;
mod capacities;
mod chance;
mod changes;
mod conversations;
mod handling;
mod items;
mod journal;
mod people;
mod queues;
mod routes;
mod settings;
mod setup;
mod steps;
mod tags;
mod texts;
mod values;
mod working_hours;

#[cfg(test)]
mod tests;

use chrono::TimeDelta;

use self::{
    agenda::{Agenda, Happening},
    chance::Chance,
    changes::Change,
    conversations::Conversation,
    journal::Journal,
    settings::Settings,
};
use crate::domain::{audit_event::AuditEvent, conversation_event::ConversationEvent, timestamp::Timestamp};

/// The events of both logs, each in the order in which they happened.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// What happened to conversations.
    pub conversation_events: Vec<ConversationEvent>,
    /// What happened to the settings.
    pub audit_events: Vec<AuditEvent>,
}

/// A history that ends at `now`; the same `now` and seed give the same history.
pub fn history(now: Timestamp, seed: u64) -> History {
    let mut world = World::new(now, seed);
    world.plan(now);
    while let Some((at, happening)) = world.agenda.next_until(now) {
        world.journal.wait_until(at);
        world.play(happening);
    }
    world.journal.into_history()
}

/// How long ago the account was set up, in days.
const DAYS: i64 = 122;

/// How many conversations arrive in the busiest hour of an average day.
const CONVERSATIONS_A_BUSY_HOUR: f64 = 3.1;

/// How often somebody changes the settings in the busiest hour of an average day.
const CHANGES_A_BUSY_HOUR: f64 = 1.75;

/// Whatever the hour of `now` is, the newest page has something to show: minutes before `now` at which a conversation arrives …
const LAST_ARRIVALS: [i64; 9] = [171, 118, 87, 62, 41, 27, 16, 9, 4];

/// … and at which the settings are changed.
const LAST_CHANGES: [(i64, Change); 5] = [
    (205, Change::RoutePriority),
    (96, Change::AgentCapacity),
    (53, Change::QueueWorkingHours),
    (29, Change::RouteEnabled),
    (12, Change::AgentCapacity),
];

/// The contact centre at one moment.
struct World {
    agenda: Agenda,
    chance: Chance,
    journal: Journal,
    settings: Settings,
    conversations: Vec<Conversation>,
}

impl World {
    fn new(now: Timestamp, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let start = calendar::opening(now.plus(-TimeDelta::days(DAYS)));
        Self {
            agenda: Agenda::default(),
            journal: Journal::new(start, now, chance.fork()),
            chance,
            settings: Settings::default(),
            conversations: Vec::new(),
        }
    }

    /// Writes into the agenda what comes from outside; the rest follows from it.
    fn plan(&mut self, now: Timestamp) {
        let start = self.journal.clock();
        self.agenda.add(start, Happening::SetUp);
        let opening = calendar::opening(start.plus(TimeDelta::hours(15)));
        self.agenda.add(opening, Happening::Rota);
        for at in calendar::arrivals(&mut self.chance, opening, now, CONVERSATIONS_A_BUSY_HOUR) {
            self.agenda.add(at, Happening::Arrival);
        }
        for at in calendar::arrivals(&mut self.chance, opening, now, CHANGES_A_BUSY_HOUR) {
            let change = self.chance.weighted(changes::ROUTINE);
            self.agenda.add(at, Happening::Change(change));
        }
        for &(day, change) in changes::MILESTONES {
            // Some time of that day, or as the doors open after the weekend.
            let at = start.plus(TimeDelta::days(day) + self.chance.microseconds(0, 9 * 3_600_000_000));
            let at = calendar::opening(at).plus(self.chance.microseconds(60_000_000, 1_500_000_000));
            self.agenda.add(at, Happening::Change(change));
        }
        let mut before = |minutes: i64| now.plus(-TimeDelta::minutes(minutes) - self.chance.duration(0, 1));
        for minutes in LAST_ARRIVALS {
            self.agenda.add(before(minutes), Happening::Arrival);
        }
        for (minutes, change) in LAST_CHANGES {
            self.agenda.add(before(minutes), Happening::Change(change));
        }
    }

    fn play(&mut self, happening: Happening) {
        match happening {
            Happening::SetUp => self.set_up(),
            Happening::Rota => self.change_rota(),
            Happening::Change(change) => self.change(change),
            Happening::Arrival => self.arrive(),
            Happening::Step(conversation) => self.take_step(conversation),
        }
    }
}
