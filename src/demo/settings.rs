//! The current settings of the account. Nothing is removed from the lists, so an index always refers to the same item.

use serde_json::json;

use super::{
    World, calendar,
    chance::Chance,
    items::Names,
    journal::Click,
    people::{AGENTS, DIRECTORY, Hand, NAMELESS, PRODUCT},
    values::{Choice, Named, details},
    working_hours::WorkingHours,
};
use crate::domain::text::Details;

pub(super) struct Queue {
    pub(super) named: Named,
    pub(super) names: Names,
    pub(super) temporary: bool,
    pub(super) live: bool,
    pub(super) agents: Vec<usize>,
    pub(super) senders: Vec<Choice>,
    pub(super) default_sender: Option<Choice>,
    pub(super) method: Option<Choice>,
    pub(super) hours: Option<WorkingHours>,
}

/// A temporary tag has no `names`.
pub(super) struct Tag {
    pub(super) named: Named,
    pub(super) names: Names,
    pub(super) live: bool,
}

pub(super) struct Route {
    pub(super) named: Named,
    pub(super) names: Names,
    pub(super) channel: usize,
    pub(super) queue: usize,
    /// The original destination.
    pub(super) home: usize,
    pub(super) priority: u32,
    pub(super) enabled: bool,
    pub(super) only_during_working_hours: bool,
}

pub(super) struct Agent {
    pub(super) named: Named,
    pub(super) active: bool,
    pub(super) capacities: [Option<u32>; 4],
}

pub(super) struct Settings {
    pub(super) queues: Vec<Queue>,
    pub(super) tags: Vec<Tag>,
    pub(super) routes: Vec<Route>,
    pub(super) agents: Vec<Agent>,
    /// The number of agents that were hired so far.
    pub(super) hired: usize,
    pub(super) account_capacities: [Option<u32>; 4],
}

impl Default for Settings {
    /// The settings of a new account.
    fn default() -> Self {
        let agent = |(number, name): (usize, &&str)| Agent {
            named: Named { id: format!("u-{}", 1001 + number), name: (*name).to_owned() },
            active: false,
            capacities: [None; 4],
        };
        Self {
            queues: Vec::new(),
            tags: Vec::new(),
            routes: Vec::new(),
            agents: AGENTS.iter().enumerate().map(agent).collect(),
            hired: 0,
            account_capacities: [None; 4],
        }
    }
}

impl Settings {
    /// The indexes of the queues that exist.
    pub(super) fn live_queues(&self) -> impl Iterator<Item = usize> {
        (0..self.queues.len()).filter(|index| self.queues[*index].live)
    }

    /// The indexes of the tags that exist.
    pub(super) fn live_tags(&self) -> impl Iterator<Item = usize> {
        (0..self.tags.len()).filter(|index| self.tags[*index].live)
    }

    /// The indexes of the agents who are employed.
    pub(super) fn active_agents(&self) -> impl Iterator<Item = usize> {
        (0..self.agents.len()).filter(|index| self.agents[*index].active)
    }
}

impl World {
    /// A click that changes the settings: usually by an administrator, outside of opening hours mostly by a program or the product.
    pub(super) fn settings_click(&mut self) -> Click {
        const AT_WORK: &[(u32, Hand)] =
            &[(90, Hand::Administrator), (6, Hand::Program(DIRECTORY)), (3, Hand::Program(NAMELESS)), (1, Hand::System(PRODUCT))];
        const AT_NIGHT: &[(u32, Hand)] =
            &[(4, Hand::Program(DIRECTORY)), (3, Hand::Program(NAMELESS)), (2, Hand::System(PRODUCT)), (1, Hand::Administrator)];
        let hand = self.chance.weighted(if calendar::is_open(self.journal.clock()) { AT_WORK } else { AT_NIGHT });
        let by = self.actor(hand, None);
        self.journal.operation(by)
    }
}

/// Details with a reason, a ticket or both; usually none.
pub(super) fn reason(chance: &mut Chance, reasons: &[&str]) -> Option<Details> {
    let ticket = format!("CHG-{}", chance.number(4100, 9900));
    let reason = chance.row(reasons);
    match chance.number(0, 9) {
        0 => details(json!({"reason": reason, "ticket": ticket})),
        1 | 2 => details(json!({"reason": reason})),
        3 => details(json!({"ticket": ticket})),
        _ => None,
    }
}

/// Another name of the item.
pub(super) fn other_name(chance: &mut Chance, names: Names, current: &str) -> Option<&'static str> {
    chance.any(names.iter().copied().filter(|name| *name != current))
}
