//! Changes the capacities of the account and of agents, and hires and dismisses agents.

use serde_json::json;

use super::{
    World,
    conversations::Conversation,
    items::{CHANNELS, REASONS},
    journal::Click,
    settings::reason,
    values::{Named, details, value},
};
use crate::domain::{
    audit_event::{Item, ItemType},
    event::LabelledValue,
};

/// The maximum capacity of an agent, for each channel.
const MAXIMUM: [usize; 4] = [12, 6, 1, 25];

impl World {
    /// Creates or changes the account's capacity for a channel.
    pub(super) fn set_account_capacity(&mut self, click: &Click, channel: usize) {
        let current = self.settings.account_capacities[channel];
        let capacity = self.other_capacity(channel, current);
        self.settings.account_capacities[channel] = Some(capacity);
        self.audit_capacity(click, account_item(channel), "ACCOUNT", channel, current, Some(capacity));
    }

    /// Deletes the account's capacity for a channel, or recreates it.
    pub(super) fn toggle_account_capacity(&mut self, channel: usize) {
        let click = self.settings_click();
        match self.settings.account_capacities[channel].take() {
            None => self.set_account_capacity(&click, channel),
            current => self.audit_capacity(&click, account_item(channel), "ACCOUNT", channel, current, None),
        }
    }

    /// Changes the capacity of a random agent for a random channel.
    pub(super) fn change_agent_capacity(&mut self) {
        let Some(agent) = self.chance.any(self.settings.active_agents()) else { return };
        let channel = self.chance.number(0, CHANNELS.len() - 1);
        let current = self.settings.agents[agent].capacities[channel];
        let deleted = current.is_some() && self.chance.of(12);
        let capacity = if deleted { None } else { Some(self.other_capacity(channel, current)) };
        let click = self.settings_click();
        self.set_agent_capacity(&click, agent, channel, capacity);
    }

    fn set_agent_capacity(&mut self, click: &Click, agent: usize, channel: usize, capacity: Option<u32>) {
        let agent = &mut self.settings.agents[agent];
        let from = std::mem::replace(&mut agent.capacities[channel], capacity);
        let item = agent.named.item(ItemType::AgentConfiguration);
        self.audit_capacity(click, item, "AGENT", channel, from, capacity);
    }

    /// Hires an agent, with some capacities and one to three queues.
    pub(super) fn hire(&mut self, click: &Click) {
        let agent = self.settings.hired;
        if agent == self.settings.agents.len() {
            return;
        }
        self.settings.hired += 1;
        self.settings.agents[agent].active = true;
        // Every agent has the first channel, and most agents have each of the others.
        for channel in 0..CHANNELS.len() {
            if channel == 0 || self.chance.of(75) {
                let capacity = self.other_capacity(channel, None);
                self.set_agent_capacity(click, agent, channel, Some(capacity));
            }
        }
        for _ in 0..self.chance.number(1, 3) {
            let others = self.settings.live_queues().filter(|queue| !self.settings.queues[*queue].agents.contains(&agent));
            if let Some(queue) = self.chance.any(others) {
                self.add_agent(click, queue, agent, None);
            }
        }
    }

    /// Dismisses an agent: removes all conversations, queues and capacities in one operation.
    pub(super) fn dismiss(&mut self) {
        // Chooses an agent with all of these: a capacity for every channel and an open conversation.
        let has_everything = |agent: &usize| {
            let at_work = |conversation: &Conversation| !conversation.over && conversation.assignee == Some(*agent);
            self.settings.agents[*agent].capacities.iter().all(Option::is_some) && self.conversations.iter().any(at_work)
        };
        let Some(agent) = self.chance.any(self.settings.active_agents().filter(has_everything)) else { return };
        let click = self.settings_click();
        self.settings.agents[agent].active = false;
        let named = self.settings.agents[agent].named.clone();
        for conversation in self.conversations.iter_mut().filter(|conversation| !conversation.over) {
            if conversation.assignee == Some(agent) {
                conversation.assignee = None;
                self.journal.record(&click, "ASSIGNMENT_CHANGED", &conversation.id, named.value(), None);
            }
        }
        for queue in 0..self.settings.queues.len() {
            if self.settings.queues[queue].agents.contains(&agent) {
                self.remove_agent(&click, queue, agent, details(json!({"reason": "Left the company"})));
            }
        }
        for channel in 0..CHANNELS.len() {
            if self.settings.agents[agent].capacities[channel].is_some() {
                self.set_agent_capacity(&click, agent, channel, None);
            }
        }
    }

    /// A capacity that differs from the current one by at most 3. A changed capacity may exceed the maximum by one.
    fn other_capacity(&mut self, channel: usize, current: Option<u32>) -> u32 {
        let maximum = MAXIMUM[channel] as u32 + u32::from(current.is_some());
        let near = |capacity: &u32| current.is_none_or(|current| (1..=3).contains(&current.abs_diff(*capacity)));
        self.chance.any((1..=maximum).filter(near)).unwrap_or(maximum)
    }

    fn audit_capacity(&mut self, click: &Click, item: Item, whose: &str, channel: usize, from: Option<u32>, to: Option<u32>) {
        let done = match (from, to) {
            (None, _) => "CREATED",
            (Some(_), Some(_)) => "CHANGED",
            (Some(_), None) => "DELETED",
        };
        let code = format!("{whose}_CAPACITY_{}_{done}", CHANNELS[channel].0);
        let details = if done == "CREATED" { None } else { reason(&mut self.chance, &REASONS) };
        self.journal.audit(click, &code, item, from.and_then(capacity_value), to.and_then(capacity_value), details);
    }
}

/// The account's configuration item for a channel.
fn account_item(channel: usize) -> Item {
    let (code, label) = CHANNELS[channel];
    let id = format!("account-{}", code.to_lowercase().replace('_', "-"));
    Named { id, name: label.to_owned() }.item(ItemType::AccountConfiguration)
}

fn capacity_value(capacity: u32) -> Option<LabelledValue> {
    value(&capacity.to_string(), &format!("{capacity} at once"))
}
