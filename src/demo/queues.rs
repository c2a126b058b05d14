//! Creates, renames and deletes queues, and changes their agents and settings.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    World,
    agenda::Action,
    calendar,
    items::{ASSIGNMENT_METHODS, CAMPAIGN_ROUTES, Names, REASONS, RENAMING_REASONS, SENDERS, TEMPORARY_QUEUES},
    journal::Click,
    people::{PLANNER, program},
    settings::{Queue, other_name, reason},
    values::{Choice, Named, choice, details, plain},
    working_hours::{TIME_ZONES, WORKING_HOURS, hours_details, hours_value},
};
use crate::domain::{audit_event::ItemType, event::LabelledValue, text::Details};

impl World {
    /// Creates a queue with working hours, an assignment method and senders. Returns its index.
    pub(super) fn create_queue(&mut self, click: &Click, names: Names, temporary: bool) -> usize {
        let index = self.settings.queues.len();
        let name = names.first().copied().unwrap_or_default().to_owned();
        let named = Named { id: format!("q-{:02}", index + 1), name };
        let to = plain(&named.name);
        self.settings.queues.push(Queue {
            named,
            names,
            temporary,
            live: true,
            agents: Vec::new(),
            senders: Vec::new(),
            default_sender: None,
            method: None,
            hours: None,
        });
        self.audit_queue(click, "QUEUE_CREATED", index, (None, to), None);
        self.set_working_hours(click, index);
        self.set_assignment_method(click, index);
        for _ in 0..self.chance.number(1, 3) {
            self.add_sender(click, index);
        }
        self.set_default_sender(click, index);
        index
    }

    /// Creates a temporary queue with agents and routes.
    pub(super) fn create_temporary_queue(&mut self) {
        let taken = |names: &Names| self.settings.queues.iter().any(|queue| queue.live && queue.names == *names);
        let Some(names) = self.chance.any(TEMPORARY_QUEUES.into_iter().filter(|names| !taken(names))) else { return };
        let click = self.settings_click();
        let queue = self.create_queue(&click, names, true);
        for _ in 0..self.chance.number(5, 9) {
            if let Some(agent) = self.chance.any(self.settings.active_agents()) {
                self.add_agent(&click, queue, agent, None);
            }
        }
        for route in CAMPAIGN_ROUTES {
            self.redirect_route(&click, route, queue);
        }
    }

    pub(super) fn rename_queue(&mut self) {
        let Some(index) = self.chance.any(self.settings.live_queues()) else { return };
        let queue = &self.settings.queues[index];
        let Some(name) = other_name(&mut self.chance, queue.names, &queue.named.name) else { return };
        let click = self.settings_click();
        let from = std::mem::replace(&mut self.settings.queues[index].named.name, name.to_owned());
        let details = reason(&mut self.chance, &RENAMING_REASONS);
        self.audit_queue(&click, "QUEUE_RENAMED", index, (plain(&from), plain(name)), details);
    }

    /// Deletes a temporary queue. Moves its conversations and routes to the first queue in the same operation.
    pub(super) fn delete_queue(&mut self) {
        let temporary = self.settings.live_queues().filter(|index| self.settings.queues[*index].temporary);
        let Some(index) = self.chance.any(temporary) else { return };
        let click = self.settings_click();
        let [from, to] = [index, 0].map(|queue| self.settings.queues[queue].named.value());
        for conversation in self.conversations.iter_mut().filter(|conversation| !conversation.over) {
            if conversation.queue == Some(index) {
                conversation.queue = Some(0);
                self.journal.record(&click, "QUEUE_CHANGED", &conversation.id, from.clone(), to.clone());
            }
        }
        for route in 0..self.settings.routes.len() {
            if self.settings.routes[route].queue == index {
                self.redirect_route(&click, route, 0);
            }
        }
        while let Some(&agent) = self.settings.queues[index].agents.first() {
            self.remove_agent(&click, index, agent, None);
        }
        while let Some(&sender) = self.settings.queues[index].senders.first() {
            self.remove_sender(&click, index, sender);
        }
        self.settings.queues[index].live = false;
        let name = plain(&self.settings.queues[index].named.name);
        let details = details(json!({"reason": "Campaign is over", "conversationsMovedTo": self.settings.queues[0].named.id}));
        self.audit_queue(&click, "QUEUE_DELETED", index, (name, None), details);
    }

    /// Sets working hours that differ from the current ones.
    pub(super) fn set_working_hours(&mut self, click: &Click, index: usize) {
        let current = self.settings.queues[index].hours;
        let Some(hours) = self.chance.any(WORKING_HOURS.into_iter().filter(|hours| Some(*hours) != current)) else { return };
        self.settings.queues[index].hours = Some(hours);
        let details = hours_details(hours, self.chance.row(&TIME_ZONES));
        self.audit_queue(
            click,
            "QUEUE_WORKING_HOURS_CHANGED",
            index,
            (current.and_then(hours_value), hours_value(hours)),
            details,
        );
    }

    pub(super) fn set_assignment_method(&mut self, click: &Click, index: usize) {
        let current = self.settings.queues[index].method;
        let Some(method) = self.chance.any(ASSIGNMENT_METHODS.into_iter().filter(|method| Some(*method) != current)) else {
            return;
        };
        self.settings.queues[index].method = Some(method);
        let change = (current.and_then(choice), choice(method));
        let details = reason(&mut self.chance, &REASONS);
        self.audit_queue(click, "ASSIGNMENT_METHOD_CHANGED_FOR_QUEUE", index, change, details);
    }

    pub(super) fn add_sender(&mut self, click: &Click, index: usize) {
        let senders = &mut self.settings.queues[index].senders;
        let Some(sender) = self.chance.any(SENDERS.into_iter().filter(|sender| !senders.contains(sender))) else { return };
        senders.push(sender);
        self.audit_queue(click, "SENDER_ADDED_TO_QUEUE", index, (None, choice(sender)), None);
    }

    /// Removes a sender other than the default. Adds one if there is no such sender.
    pub(super) fn remove_spare_sender(&mut self, click: &Click, index: usize) {
        let queue = &self.settings.queues[index];
        let spare = queue.senders.iter().copied().filter(|sender| Some(*sender) != queue.default_sender);
        match self.chance.any(spare) {
            Some(sender) => self.remove_sender(click, index, sender),
            None => self.add_sender(click, index),
        }
    }

    fn remove_sender(&mut self, click: &Click, index: usize, sender: Choice) {
        self.settings.queues[index].senders.retain(|other| *other != sender);
        self.audit_queue(click, "SENDER_REMOVED_FROM_QUEUE", index, (choice(sender), None), None);
    }

    /// Makes another of the queue's senders the default. Adds one first if there is no other.
    pub(super) fn set_default_sender(&mut self, click: &Click, index: usize) {
        let current = self.settings.queues[index].default_sender;
        if self.settings.queues[index].senders.iter().all(|sender| Some(*sender) == current) {
            self.add_sender(click, index);
        }
        let queue = &mut self.settings.queues[index];
        let Some(sender) = self.chance.any(queue.senders.iter().copied().filter(|sender| Some(*sender) != current)) else {
            return;
        };
        queue.default_sender = Some(sender);
        let change = (current.and_then(choice), choice(sender));
        self.audit_queue(click, "QUEUE_DEFAULT_SENDER_CHANGED", index, change, None);
    }

    /// Adds an agent unless the queue has the agent already.
    pub(super) fn add_agent(&mut self, click: &Click, index: usize, agent: usize, details: Option<Details>) {
        let agents = &mut self.settings.queues[index].agents;
        if !agents.contains(&agent) {
            agents.push(agent);
            let to = self.settings.agents[agent].named.value();
            self.audit_queue(click, "AGENT_ADDED_TO_QUEUE", index, (None, to), details);
        }
    }

    pub(super) fn remove_agent(&mut self, click: &Click, index: usize, agent: usize, details: Option<Details>) {
        self.settings.queues[index].agents.retain(|other| *other != agent);
        let from = self.settings.agents[agent].named.value();
        self.audit_queue(click, "AGENT_REMOVED_FROM_QUEUE", index, (from, None), details);
    }

    /// Moves some agents from one queue to another, at the beginning of every working day.
    pub(super) fn change_rota(&mut self) {
        /// The minimum number of agents that remain in a queue.
        const MINIMUM: usize = 3;
        let click = self.journal.operation(program(PLANNER));
        let shift = details(json!({"plan": format!("rota-{:.10}", self.journal.clock().to_string()), "shift": "day"}));
        for _ in 0..self.chance.number(5, 13) {
            let Some(agent) = self.chance.any(self.settings.active_agents()) else { continue };
            let (here, elsewhere): (Vec<usize>, Vec<usize>) =
                self.settings.live_queues().partition(|queue| self.settings.queues[*queue].agents.contains(&agent));
            let spare = here.into_iter().filter(|queue| self.settings.queues[*queue].agents.len() > MINIMUM);
            if let (Some(from), Some(to)) = (self.chance.any(spare), self.chance.any(elsewhere.into_iter())) {
                self.remove_agent(&click, from, agent, shift.clone());
                self.add_agent(&click, to, agent, shift.clone());
            }
        }
        let next = calendar::opening(self.journal.clock().plus(TimeDelta::hours(15)));
        self.agenda.add(next.plus(self.chance.duration(1, 20)), Action::Rota);
    }

    fn audit_queue(
        &mut self,
        click: &Click,
        code: &str,
        index: usize,
        change: (Option<LabelledValue>, Option<LabelledValue>),
        details: Option<Details>,
    ) {
        let (from, to) = change;
        self.journal.audit(click, code, self.settings.queues[index].named.item(ItemType::Queue), from, to, details);
    }
}
