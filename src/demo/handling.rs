//! What each step changes in a conversation, and the events that it records.

use super::{
    World,
    conversations::{CLOSED, POLICIES, PRIORITIES, SOLVED, URGENT},
    items::{ESCALATIONS, MANUAL_ASSIGNMENT},
    journal::{Click, Journal},
    people::{self, ASSISTANT, CUSTOMERS, Hand, ROUTING},
    steps::Step,
    texts::{ADDENDA, FORMS, MESSAGES, NOTES},
    values::{Choice, choice, plain},
};

impl World {
    /// Performs a step. A step with several events is an operation.
    pub(super) fn carry_out(&mut self, number: usize, step: Step, hand: Hand) {
        let by = self.actor(hand, self.conversations[number].assignee);
        let click = match step {
            Step::Escalate | Step::Transfer | Step::Become(SOLVED) => self.journal.operation(by),
            _ => Journal::click(by),
        };
        match step {
            Step::AddTag => self.add_tag(&click, number),
            Step::RemoveTag => self.remove_tag(&click, number),
            Step::AddNote => self.add_note(&click, number),
            Step::UpdateNote => self.update_note(&click, number),
            Step::RemoveNote => self.remove_note(&click, number),
            Step::ChangePriority => {
                let current = self.conversations[number].priority;
                let others = PRIORITIES.into_iter().filter(|priority| *priority != current);
                let priority = self.chance.any(others).unwrap_or(URGENT);
                self.set_priority(&click, number, priority);
            }
            Step::RaisePriority => {
                let current = self.conversations[number].priority;
                let higher = PRIORITIES.into_iter().skip_while(|priority| *priority != current).nth(1);
                self.set_priority(&click, number, higher.unwrap_or(URGENT));
            }
            Step::Escalate => self.escalate(&click, number),
            Step::Transfer => {
                let current = self.conversations[number].queue;
                if let Some(queue) = self.chance.any(self.settings.live_queues().filter(|queue| Some(*queue) != current)) {
                    self.set_queue(&click, number, queue);
                    self.set_assignee(&click, number, None);
                }
            }
            Step::Reassign => {
                let agent = self.colleague(number);
                self.set_assignee(&click, number, agent);
            }
            Step::ChangeTopic => self.change_topic(&click, number),
            Step::ChangeSummary => self.change_summary(&click, number),
            Step::ChangeCustomer => self.change_customer(&click, number),
            Step::ChangeForm => self.change_form(&click, number),
            Step::ChangePolicy => self.change_policy(&click, number),
            Step::UpdateMessage => {
                let (before, after) = self.chance.row(&MESSAGES);
                self.journal.record(&click, "MESSAGE_UPDATED", &self.conversations[number].id, plain(before), plain(after));
            }
            Step::Become(status) => self.set_status(&click, number, status),
            Step::Delete => {
                let conversation = &mut self.conversations[number];
                conversation.over = true;
                self.journal.record(&click, "CONVERSATION_DELETED", &conversation.id, choice(conversation.status), None);
            }
        }
    }

    /// Assigns a conversation to an agent of its queue. If assignment is manual, the agent does it.
    pub(super) fn assign(&mut self, number: usize) {
        let manual =
            self.conversations[number].queue.and_then(|queue| self.settings.queues[queue].method) == Some(MANUAL_ASSIGNMENT);
        let Some(agent) = self.colleague(number) else { return };
        let by = if manual { self.settings.agents[agent].named.user() } else { people::system(ROUTING) };
        self.set_assignee(&Journal::click(by), number, Some(agent));
    }

    /// A random agent of the conversation's queue, other than the assignee.
    fn colleague(&mut self, number: usize) -> Option<usize> {
        let conversation = &self.conversations[number];
        let agents = &self.settings.queues[conversation.queue?].agents;
        self.chance.any(agents.iter().copied().filter(|agent| Some(*agent) != conversation.assignee))
    }

    /// Moves a conversation to the queue for escalations, makes it urgent and assigns it, all in one operation.
    fn escalate(&mut self, click: &Click, number: usize) {
        self.set_queue(click, number, ESCALATIONS);
        self.set_priority(click, number, URGENT);
        let agent = self.colleague(number);
        self.set_assignee(click, number, agent);
        if self.chance.of(50) {
            self.add_note(click, number);
        }
    }

    fn set_status(&mut self, click: &Click, number: usize, status: Choice) {
        let conversation = &mut self.conversations[number];
        let from = std::mem::replace(&mut conversation.status, status);
        conversation.over = status == CLOSED;
        self.journal.record(click, "STATUS_CHANGED", &conversation.id, choice(from), choice(status));
        if status == SOLVED && self.chance.of(35) {
            self.change_summary(&Journal::continued(click, people::program(ASSISTANT)), number);
        }
    }

    fn set_queue(&mut self, click: &Click, number: usize, queue: usize) {
        let conversation = &mut self.conversations[number];
        let from = conversation.queue.replace(queue);
        let [from, to] = [from, Some(queue)].map(|queue| self.settings.queues[queue?].named.value());
        self.journal.record(click, "QUEUE_CHANGED", &conversation.id, from, to);
    }

    fn set_assignee(&mut self, click: &Click, number: usize, agent: Option<usize>) {
        let conversation = &mut self.conversations[number];
        let from = std::mem::replace(&mut conversation.assignee, agent);
        if from != agent {
            let [from, to] = [from, agent].map(|agent| self.settings.agents[agent?].named.value());
            self.journal.record(click, "ASSIGNMENT_CHANGED", &conversation.id, from, to);
        }
    }

    fn set_priority(&mut self, click: &Click, number: usize, priority: Choice) {
        let conversation = &mut self.conversations[number];
        let from = std::mem::replace(&mut conversation.priority, priority);
        if from != priority {
            self.journal.record(click, "PRIORITY_CHANGED", &conversation.id, choice(from), choice(priority));
        }
    }

    fn add_tag(&mut self, click: &Click, number: usize) {
        let conversation = &mut self.conversations[number];
        let fitting = conversation.story.tags.into_iter().find(|tag| !conversation.tags.contains(tag));
        let others = self.settings.live_tags().filter(|tag| !conversation.tags.contains(tag));
        let tag = match fitting {
            Some(tag) if self.chance.of(75) => Some(tag),
            _ => self.chance.any(others),
        };
        if let Some(tag) = tag {
            conversation.tags.push(tag);
            self.journal.record(click, "TAG_ADDED", &conversation.id, None, self.settings.tags[tag].named.value());
        }
    }

    fn remove_tag(&mut self, click: &Click, number: usize) {
        let conversation = &mut self.conversations[number];
        if let Some(tag) = self.chance.any(conversation.tags.iter().copied()) {
            conversation.tags.retain(|other| *other != tag);
            self.journal.record(click, "TAG_REMOVED", &conversation.id, self.settings.tags[tag].named.value(), None);
        }
    }

    fn add_note(&mut self, click: &Click, number: usize) {
        let order = self.chance.number(100_000, 999_999).to_string();
        let note = self.chance.row(&NOTES).replace("{order}", &order);
        let conversation = &mut self.conversations[number];
        self.journal.record(click, "NOTE_ADDED", &conversation.id, None, plain(&note));
        conversation.notes.push(note);
    }

    fn update_note(&mut self, click: &Click, number: usize) {
        let conversation = &mut self.conversations[number];
        let Some(note) = conversation.notes.last_mut() else { return };
        // A long note is replaced, so that notes do not grow without limit.
        let addendum = self.chance.row(&ADDENDA);
        let text = if note.chars().count() < 200 { format!("{note} {addendum}") } else { addendum.to_owned() };
        let from = std::mem::replace(note, text);
        self.journal.record(click, "NOTE_UPDATED", &conversation.id, plain(&from), plain(note));
    }

    fn remove_note(&mut self, click: &Click, number: usize) {
        let conversation = &mut self.conversations[number];
        let Some(note) = conversation.notes.pop() else { return };
        self.journal.record(click, "NOTE_REMOVED", &conversation.id, plain(&note), None);
    }

    fn change_topic(&mut self, click: &Click, number: usize) {
        let conversation = &mut self.conversations[number];
        let topic = next(&conversation.story.topics, conversation.topic);
        let from = conversation.topic.replace(topic);
        self.journal.record(click, "TOPIC_CHANGED", &conversation.id, from.and_then(plain), plain(topic));
    }

    fn change_summary(&mut self, click: &Click, number: usize) {
        let conversation = &mut self.conversations[number];
        let summary = next(&conversation.story.summaries, conversation.summary);
        let from = conversation.summary.replace(summary);
        self.journal.record(click, "SUMMARY_CHANGED", &conversation.id, from.and_then(plain), plain(summary));
    }

    fn change_customer(&mut self, click: &Click, number: usize) {
        let conversation = &mut self.conversations[number];
        // The choice of the other customer is arbitrary.
        let other = |customer: usize| (customer + 2) % CUSTOMERS;
        let customer = conversation.customer.map_or_else(|| self.chance.number(0, CUSTOMERS - 1), other);
        let from = conversation.customer.replace(customer);
        let [from, to] = [from, Some(customer)].map(|customer| people::customer(customer?).value());
        self.journal.record(click, "CUSTOMER_CHANGED", &conversation.id, from, to);
    }

    fn change_form(&mut self, click: &Click, number: usize) {
        let conversation = &mut self.conversations[number];
        let Some(form) = self.chance.any(FORMS.into_iter().filter(|form| Some(*form) != conversation.form)) else { return };
        let from = conversation.form.replace(form);
        self.journal.record(click, "FORM_CHANGED", &conversation.id, from.and_then(choice), choice(form));
    }

    fn change_policy(&mut self, click: &Click, number: usize) {
        let conversation = &mut self.conversations[number];
        let Some(policy) = self.chance.any(POLICIES.into_iter().filter(|policy| Some(*policy) != conversation.policy)) else {
            return;
        };
        let from = conversation.policy.replace(policy);
        self.journal.record(click, "SLA_POLICY_CHANGED", &conversation.id, from.and_then(choice), choice(policy));
    }
}

/// Alternates between two texts.
fn next(texts: &[&'static str; 2], current: Option<&'static str>) -> &'static str {
    if current == Some(texts[0]) { texts[1] } else { texts[0] }
}
