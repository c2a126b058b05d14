//! The state of a conversation, and how it begins.

use super::{
    World,
    agenda::Action,
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

/// The service level agreements.
pub(super) const POLICIES: [Choice; 4] = [
    ("sla-standard", "Standard: first answer within 8 hours"),
    ("sla-chat", "Chat: first answer within 2 minutes"),
    ("sla-gold", "Gold: solved within 4 hours"),
    ("sla-platinum", "Platinum 💎: solved within 1 hour"),
];

pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) channel: usize,
    pub(super) status: Choice,
    /// Closed or deleted, so that it is not affected by changes of the settings.
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

/// The actors that open conversations, with weights.
const OPENERS: &[(u32, Hand)] = &[
    (64, Hand::System(people::CHANNELS)),
    (17, Hand::Program(CHATBOT)),
    (9, Hand::Program(WEB_FORM)),
    (8, Hand::Agent),
    (2, Hand::Program(NAMELESS)),
];

impl World {
    /// Creates a conversation.
    pub(super) fn arrive(&mut self) {
        let open = calendar::is_open(self.journal.clock());
        let routes = self.settings.routes.iter().filter(|route| route.enabled && (open || !route.only_during_working_hours));
        let (channel, queue, priority) = match self.chance.any(routes) {
            Some(route) => (route.channel, route.queue, if route.priority == 1 { HIGH } else { NORMAL }),
            // Without a route, it goes to the first queue.
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
        self.record_arrival(number, opener);
        self.schedule_step(number);
    }

    /// Records the creation and the automatic changes that follow it, all in one operation.
    fn record_arrival(&mut self, number: usize, opener: Hand) {
        let by = self.actor(opener, self.conversations[number].assignee);
        let click = self.journal.operation(by);
        let conversation = &mut self.conversations[number];
        let journal = &mut self.journal;
        let id = &conversation.id;
        journal.record(&click, "CONVERSATION_CREATED", id, None, choice(OPEN));
        if let Some(agent) = conversation.assignee {
            journal.record(&click, "ASSIGNMENT_CHANGED", id, None, self.settings.agents[agent].named.value());
        }
        let routing = Journal::continued(&click, people::system(ROUTING));
        if let Some(queue) = conversation.queue {
            journal.record(&routing, "QUEUE_CHANGED", id, None, self.settings.queues[queue].named.value());
        }
        if conversation.priority != NORMAL {
            journal.record(&routing, "PRIORITY_CHANGED", id, choice(NORMAL), choice(conversation.priority));
        }
        if let Some(policy) = conversation.policy {
            let monitor = Journal::continued(&click, people::system(SLA_MONITOR));
            journal.record(&monitor, "SLA_POLICY_CHANGED", id, None, choice(policy));
        }
        if let Some(customer) = conversation.customer {
            let database = Journal::continued(&click, people::program(CUSTOMER_DATABASE));
            journal.record(&database, "CUSTOMER_CHANGED", id, None, people::customer(customer).value());
        }
        if self.chance.of(25) {
            conversation.topic = conversation.story.topics.first().copied();
            let assistant = Journal::continued(&click, people::program(ASSISTANT));
            journal.record(&assistant, "TOPIC_CHANGED", id, None, conversation.topic.and_then(plain));
        }
    }

    /// Chooses a story. Some queues have their own.
    fn story(&mut self, queue: usize) -> &'static Story {
        let own = STORIES.iter().filter(|story| story.queue == Some(queue));
        let common = STORIES.iter().filter(|story| story.queue.is_none());
        match self.chance.any(own) {
            Some(story) if self.chance.of(85) => story,
            _ => self.chance.any(common).unwrap_or(&STORIES[0]),
        }
    }

    /// Schedules the next step. It comes soon in a chat, and later if the customer has to answer.
    pub(super) fn schedule_step(&mut self, number: usize) {
        /// The minutes until the next step of an open conversation, for each channel.
        const WORK: [(i64, i64); 4] = [(1, 55), (1, 14), (1, 9), (4, 400)];
        let conversation = &self.conversations[number];
        let (shortest, longest) = match conversation.status {
            OPEN => WORK[conversation.channel],
            WAITING => (3, 2_600),
            SOLVED => (600, 5_000),
            // Closed conversations do not change, except for the few that are deleted at the customer's request.
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
        self.agenda.add(at, Action::Step(number));
    }
}
