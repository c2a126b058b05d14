//! Queues are created, renamed, deleted, staffed, and given working hours and senders.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    World,
    agenda::Happening,
    calendar,
    items::{ASSIGNMENT_METHODS, CAMPAIGN_ROUTES, Names, PASSING_QUEUES, REASONS, RENAMING_REASONS, SENDERS},
    journal::Click,
    people::{PLANNER, program},
    settings::{Queue, other_name, reason},
    values::{Choice, Named, choice, details, plain},
    working_hours::{TIME_ZONES, WORKING_HOURS, hours_details, hours_value},
};
use crate::domain::{audit_event::ItemType, event::LabelledValue, text::Details};

impl World {
    /// A queue with its hours, its assignment method and its senders.
    pub(super) fn create_queue(&mut self, click: &Click, names: Names, passing: bool) -> usize {
        let place = self.settings.queues.len();
        let name = names.first().copied().unwrap_or_default().to_owned();
        let named = Named { id: format!("q-{:02}", place + 1), name };
        let to = plain(&named.name);
        self.settings.queues.push(Queue {
            named,
            names,
            passing,
            live: true,
            agents: Vec::new(),
            senders: Vec::new(),
            default_sender: None,
            method: None,
            hours: None,
        });
        self.audit_queue(click, "QUEUE_CREATED", place, (None, to), None);
        self.set_working_hours(click, place);
        self.set_assignment_method(click, place);
        for _ in 0..self.chance.number(1, 3) {
            self.add_sender(click, place);
        }
        self.set_default_sender(click, place);
        place
    }

    /// One that will go again: a route leads to it, and some agents work in it.
    pub(super) fn create_passing_queue(&mut self) {
        let taken = |names: &Names| self.settings.queues.iter().any(|queue| queue.live && queue.names == *names);
        let Some(names) = self.chance.any(PASSING_QUEUES.into_iter().filter(|names| !taken(names))) else { return };
        let click = self.settings_click();
        let queue = self.create_queue(&click, names, true);
        for _ in 0..self.chance.number(5, 9) {
            if let Some(agent) = self.chance.any(self.settings.active_agents()) {
                self.add_agent(&click, queue, agent, None);
            }
        }
        for route in CAMPAIGN_ROUTES {
            self.lead_route(&click, route, queue);
        }
    }

    pub(super) fn rename_queue(&mut self) {
        let Some(place) = self.chance.any(self.settings.live_queues()) else { return };
        let queue = &self.settings.queues[place];
        let Some(name) = other_name(&mut self.chance, queue.names, &queue.named.name) else { return };
        let click = self.settings_click();
        let from = std::mem::replace(&mut self.settings.queues[place].named.name, name.to_owned());
        let details = reason(&mut self.chance, &RENAMING_REASONS);
        self.audit_queue(&click, "QUEUE_RENAMED", place, (plain(&from), plain(name)), details);
    }

    /// Moves its conversations and routes to the first queue and its agents out of it, in the same operation.
    pub(super) fn delete_queue(&mut self) {
        let passing = self.settings.live_queues().filter(|place| self.settings.queues[*place].passing);
        let Some(place) = self.chance.any(passing) else { return };
        let click = self.settings_click();
        let [from, to] = [place, 0].map(|queue| self.settings.queues[queue].named.value());
        for conversation in self.conversations.iter_mut().filter(|conversation| !conversation.over) {
            if conversation.queue == Some(place) {
                conversation.queue = Some(0);
                self.journal.tell(&click, "QUEUE_CHANGED", &conversation.id, from.clone(), to.clone());
            }
        }
        for route in 0..self.settings.routes.len() {
            if self.settings.routes[route].queue == place {
                self.lead_route(&click, route, 0);
            }
        }
        while let Some(&agent) = self.settings.queues[place].agents.first() {
            self.remove_agent(&click, place, agent, None);
        }
        while let Some(&sender) = self.settings.queues[place].senders.first() {
            self.remove_sender(&click, place, sender);
        }
        self.settings.queues[place].live = false;
        let name = plain(&self.settings.queues[place].named.name);
        let details = details(json!({"reason": "Campaign is over", "conversationsMovedTo": self.settings.queues[0].named.id}));
        self.audit_queue(&click, "QUEUE_DELETED", place, (name, None), details);
    }

    /// Hours that differ from the current ones.
    pub(super) fn set_working_hours(&mut self, click: &Click, place: usize) {
        let current = self.settings.queues[place].hours;
        let Some(hours) = self.chance.any(WORKING_HOURS.into_iter().filter(|hours| Some(*hours) != current)) else { return };
        self.settings.queues[place].hours = Some(hours);
        let details = hours_details(hours, self.chance.row(&TIME_ZONES));
        self.audit_queue(
            click,
            "QUEUE_WORKING_HOURS_CHANGED",
            place,
            (current.and_then(hours_value), hours_value(hours)),
            details,
        );
    }

    pub(super) fn set_assignment_method(&mut self, click: &Click, place: usize) {
        let current = self.settings.queues[place].method;
        let Some(method) = self.chance.any(ASSIGNMENT_METHODS.into_iter().filter(|method| Some(*method) != current)) else {
            return;
        };
        self.settings.queues[place].method = Some(method);
        let change = (current.and_then(choice), choice(method));
        let details = reason(&mut self.chance, &REASONS);
        self.audit_queue(click, "ASSIGNMENT_METHOD_CHANGED_FOR_QUEUE", place, change, details);
    }

    pub(super) fn add_sender(&mut self, click: &Click, place: usize) {
        let senders = &mut self.settings.queues[place].senders;
        let Some(sender) = self.chance.any(SENDERS.into_iter().filter(|sender| !senders.contains(sender))) else { return };
        senders.push(sender);
        self.audit_queue(click, "SENDER_ADDED_TO_QUEUE", place, (None, choice(sender)), None);
    }

    /// Removes one that is not the default, if there is one.
    pub(super) fn remove_spare_sender(&mut self, click: &Click, place: usize) {
        let queue = &self.settings.queues[place];
        let spare = queue.senders.iter().copied().filter(|sender| Some(*sender) != queue.default_sender);
        match self.chance.any(spare) {
            Some(sender) => self.remove_sender(click, place, sender),
            None => self.add_sender(click, place),
        }
    }

    fn remove_sender(&mut self, click: &Click, place: usize, sender: Choice) {
        self.settings.queues[place].senders.retain(|other| *other != sender);
        self.audit_queue(click, "SENDER_REMOVED_FROM_QUEUE", place, (choice(sender), None), None);
    }

    /// Makes another of the queue's senders the default; where there is no other, one is added first.
    pub(super) fn set_default_sender(&mut self, click: &Click, place: usize) {
        let current = self.settings.queues[place].default_sender;
        if self.settings.queues[place].senders.iter().all(|sender| Some(*sender) == current) {
            self.add_sender(click, place);
        }
        let queue = &mut self.settings.queues[place];
        let Some(sender) = self.chance.any(queue.senders.iter().copied().filter(|sender| Some(*sender) != current)) else {
            return;
        };
        queue.default_sender = Some(sender);
        let change = (current.and_then(choice), choice(sender));
        self.audit_queue(click, "QUEUE_DEFAULT_SENDER_CHANGED", place, change, None);
    }

    /// Adds an agent who is not there yet.
    pub(super) fn add_agent(&mut self, click: &Click, place: usize, agent: usize, details: Option<Details>) {
        let agents = &mut self.settings.queues[place].agents;
        if !agents.contains(&agent) {
            agents.push(agent);
            let to = self.settings.agents[agent].named.value();
            self.audit_queue(click, "AGENT_ADDED_TO_QUEUE", place, (None, to), details);
        }
    }

    pub(super) fn remove_agent(&mut self, click: &Click, place: usize, agent: usize, details: Option<Details>) {
        self.settings.queues[place].agents.retain(|other| *other != agent);
        let from = self.settings.agents[agent].named.value();
        self.audit_queue(click, "AGENT_REMOVED_FROM_QUEUE", place, (from, None), details);
    }

    /// Every working day begins with the planner moving some agents from one queue to another.
    pub(super) fn change_rota(&mut self) {
        /// A queue keeps that many agents, whatever the planner thinks.
        const FEWEST: usize = 3;
        let click = self.journal.operation(program(PLANNER));
        let shift = details(json!({"plan": format!("rota-{:.10}", self.journal.clock().to_string()), "shift": "day"}));
        for _ in 0..self.chance.number(5, 13) {
            let Some(agent) = self.chance.any(self.settings.active_agents()) else { continue };
            let (here, elsewhere): (Vec<usize>, Vec<usize>) =
                self.settings.live_queues().partition(|queue| self.settings.queues[*queue].agents.contains(&agent));
            let spare = here.into_iter().filter(|queue| self.settings.queues[*queue].agents.len() > FEWEST);
            if let (Some(from), Some(to)) = (self.chance.any(spare), self.chance.any(elsewhere.into_iter())) {
                self.remove_agent(&click, from, agent, shift.clone());
                self.add_agent(&click, to, agent, shift.clone());
            }
        }
        let next = calendar::opening(self.journal.clock().plus(TimeDelta::hours(15)));
        self.agenda.add(next.plus(self.chance.duration(1, 20)), Happening::Rota);
    }

    fn audit_queue(
        &mut self,
        click: &Click,
        code: &str,
        place: usize,
        change: (Option<LabelledValue>, Option<LabelledValue>),
        details: Option<Details>,
    ) {
        let (from, to) = change;
        self.journal.audit(click, code, self.settings.queues[place].named.item(ItemType::Queue), from, to, details);
    }
}
