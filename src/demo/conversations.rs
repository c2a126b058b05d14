//! A conversation: what it is at one moment, and how it begins.

use super::{
    World,
    agenda::Happening,
    calendar,
    items::CHANNELS,
    journal::Journal,
    people::{self, ASSISTANT, CHATBOT, CUSTOMER_DATABASE, CUSTOMERS, Hand, NAMELESS, ROUTING, SLA_MONITOR, WEB_FORM},
    texts::{STORIES, Story},
    values::{Choice, choice, plain},
};

/// The statuses of a conversation.
pub(super) const OPEN: Choice = ("OPEN", "Open");
pub(super) const WAITING: Choice = ("WAITING", "Waiting");
pub(super) const SOLVED: Choice = ("SOLVED", "Solved");
pub(super) const CLOSED: Choice = ("CLOSED", "Closed");

/// Its priorities, from the lowest to the highest.
pub(super) const PRIORITIES: [Choice; 4] = [("LOW", "Low"), NORMAL, HIGH, URGENT];
const NORMAL: Choice = ("NORMAL", "Normal");
const HIGH: Choice = ("HIGH", "High");
pub(super) const URGENT: Choice = ("URGENT", "Urgent");

/// What is promised to the customer.
pub(super) const POLICIES: [Choice; 4] = [
    ("sla-standard", "Standard: first answer within 8 hours"),
    ("sla-chat", "Chat: first answer within 2 minutes"),
    ("sla-gold", "Gold: solved within 4 hours"),
    ("sla-platinum", "Platinum 💎: solved within 1 hour"),
];

/// A conversation with a customer.
pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) channel: usize,
    pub(super) status: Choice,
    /// Closed or deleted: changes of the settings do not reach it any more.
    pub(super) over: bool,
    pub(super) queue: Option<usize>,
    pub(super) assignee: Option<usize>,
    pub(super) priority: Choice,
    pub(super) policy: Option<Choice>,
    pub(super) tags: Vec<usize>,
    pub(super) notes: Vec<String>,
    pub(super) customer: Option<usize>,
    pub(super) form: Option<Choice>,
    pub(super) story: &'static Story,
    pub(super) topic: Option<&'static str>,
    pub(super) summary: Option<&'static str>,
}

/// Who opens conversations, with the weight.
const OPENERS: &[(u32, Hand)] = &[
    (64, Hand::System(people::CHANNELS)),
    (17, Hand::Program(CHATBOT)),
    (9, Hand::Program(WEB_FORM)),
    (8, Hand::Agent),
    (2, Hand::Program(NAMELESS)),
];

impl World {
    /// Somebody writes or calls, or is written to or called.
    pub(super) fn arrive(&mut self) {
        let open = calendar::is_open(self.journal.clock());
        let routes = self.settings.routes.iter().filter(|route| route.enabled && (open || !route.only_during_working_hours));
        let (channel, queue, priority) = match self.chance.any(routes) {
            Some(route) => (route.channel, route.queue, if route.priority == 1 { HIGH } else { NORMAL }),
            // Where no route leads anywhere, the first queue takes it.
            None => (self.chance.number(0, CHANNELS.len() - 1), 0, NORMAL),
        };
        let mut opener = self.chance.weighted(OPENERS);
        let agent = self.chance.any(self.settings.queues[queue].agents.iter().copied());
        if opener.is_person() && (!open || agent.is_none()) {
            opener = Hand::System(people::CHANNELS);
        }

        let number = self.conversations.len();
        let story = self.story(queue);
        self.conversations.push(Conversation {
            id: format!("c-{}", 90_001 + number),
            channel,
            status: OPEN,
            over: false,
            queue: Some(queue),
            assignee: if opener.is_person() { agent } else { None },
            priority,
            policy: self.chance.of(60).then(|| self.chance.row(&POLICIES)),
            tags: Vec::new(),
            notes: Vec::new(),
            customer: self.chance.of(30).then(|| self.chance.number(0, CUSTOMERS - 1)),
            form: None,
            story,
            topic: None,
            summary: None,
        });
        self.tell_arrival(number, opener);
        self.schedule_step(number);
    }

    /// One click or message, after which the product does its part: all of it is one operation.
    fn tell_arrival(&mut self, number: usize, opener: Hand) {
        let by = self.actor(opener, self.conversations[number].assignee);
        let click = self.journal.operation(by);
        let conversation = &mut self.conversations[number];
        let journal = &mut self.journal;
        let id = &conversation.id;
        journal.tell(&click, "CONVERSATION_CREATED", id, None, choice(OPEN));
        if let Some(agent) = conversation.assignee {
            journal.tell(&click, "ASSIGNMENT_CHANGED", id, None, self.settings.agents[agent].named.value());
        }
        let routing = Journal::carried_on(&click, people::system(ROUTING));
        if let Some(queue) = conversation.queue {
            journal.tell(&routing, "QUEUE_CHANGED", id, None, self.settings.queues[queue].named.value());
        }
        if conversation.priority != NORMAL {
            journal.tell(&routing, "PRIORITY_CHANGED", id, choice(NORMAL), choice(conversation.priority));
        }
        if let Some(policy) = conversation.policy {
            let monitor = Journal::carried_on(&click, people::system(SLA_MONITOR));
            journal.tell(&monitor, "SLA_POLICY_CHANGED", id, None, choice(policy));
        }
        if let Some(customer) = conversation.customer {
            let database = Journal::carried_on(&click, people::program(CUSTOMER_DATABASE));
            journal.tell(&database, "CUSTOMER_CHANGED", id, None, people::customer(customer).value());
        }
        if self.chance.of(25) {
            conversation.topic = conversation.story.topics.first().copied();
            let assistant = Journal::carried_on(&click, people::program(ASSISTANT));
            journal.tell(&assistant, "TOPIC_CHANGED", id, None, conversation.topic.and_then(plain));
        }
    }

    /// What it is about: some queues have stories of their own.
    fn story(&mut self, queue: usize) -> &'static Story {
        let own = STORIES.iter().filter(|story| story.queue == Some(queue));
        let common = STORIES.iter().filter(|story| story.queue.is_none());
        match self.chance.any(own) {
            Some(story) if self.chance.of(85) => story,
            _ => self.chance.any(common).unwrap_or(&STORIES[0]),
        }
    }

    /// Writes the next step into the agenda: soon in a chat, tomorrow perhaps where the customer has to answer.
    pub(super) fn schedule_step(&mut self, number: usize) {
        /// Minutes until somebody does something in an open conversation, for each channel.
        const WORK: [(i64, i64); 4] = [(1, 55), (1, 14), (1, 9), (4, 400)];
        let conversation = &self.conversations[number];
        let (shortest, longest) = match conversation.status {
            OPEN => WORK[conversation.channel],
            WAITING => (3, 2_600),
            SOLVED => (600, 5_000),
            // What is closed stays so, but for the few whose customers ask to be forgotten.
            _ if self.chance.of(2) => (2_000, 60_000),
            _ => return,
        };
        let mut at = self.journal.clock().plus(self.chance.duration(shortest, longest));
        if self.conversations[number].status == OPEN && self.chance.of(85) {
            let opening = calendar::opening(at);
            if opening > at {
                at = opening.plus(self.chance.duration(0, 150));
            }
        }
        self.agenda.add(at, Happening::Step(number));
    }
}
