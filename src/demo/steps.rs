//! The steps of a conversation: which ones are possible, how often they occur, and who performs them.

use super::{
    World, calendar,
    conversations::{CLOSED, Conversation, OPEN, SOLVED, URGENT, WAITING},
    items::ESCALATIONS,
    people::{ASSISTANT, CHANNELS, CHATBOT, CUSTOMER_DATABASE, Hand, LIFECYCLE, PRODUCT, RETENTION, SLA_MONITOR, SURVEY},
    values::Choice,
};

/// A change of a conversation.
#[derive(Clone, Copy)]
pub(super) enum Step {
    AddTag,
    RemoveTag,
    AddNote,
    UpdateNote,
    RemoveNote,
    ChangePriority,
    RaisePriority,
    Escalate,
    Transfer,
    Reassign,
    ChangeTopic,
    ChangeSummary,
    ChangeCustomer,
    ChangeForm,
    ChangePolicy,
    UpdateMessage,
    /// Changes the status to this one.
    Become(Choice),
    Delete,
}

type Row = (u32, (Step, Hand));

const WHILE_OPEN: &[Row] = &[
    (105, (Step::AddTag, Hand::Agent)),
    (25, (Step::AddTag, Hand::Program(CHATBOT))),
    (70, (Step::RemoveTag, Hand::Agent)),
    (85, (Step::AddNote, Hand::Agent)),
    (10, (Step::AddNote, Hand::Supervisor)),
    (70, (Step::UpdateNote, Hand::Agent)),
    (25, (Step::RemoveNote, Hand::Agent)),
    (35, (Step::ChangePriority, Hand::Agent)),
    (15, (Step::RaisePriority, Hand::System(SLA_MONITOR))),
    (25, (Step::Escalate, Hand::Agent)),
    (26, (Step::Transfer, Hand::Agent)),
    (14, (Step::Reassign, Hand::Supervisor)),
    (7, (Step::Reassign, Hand::Agent)),
    (30, (Step::ChangeTopic, Hand::Program(ASSISTANT))),
    (16, (Step::ChangeTopic, Hand::Agent)),
    (28, (Step::ChangeSummary, Hand::Program(ASSISTANT))),
    (16, (Step::ChangeSummary, Hand::Agent)),
    (22, (Step::ChangeCustomer, Hand::Program(CUSTOMER_DATABASE))),
    (12, (Step::ChangeCustomer, Hand::Agent)),
    (34, (Step::ChangeForm, Hand::Agent)),
    (9, (Step::ChangePolicy, Hand::System(SLA_MONITOR))),
    (6, (Step::ChangePolicy, Hand::Supervisor)),
    (26, (Step::UpdateMessage, Hand::Agent)),
    (170, (Step::Become(WAITING), Hand::Agent)),
    (290, (Step::Become(SOLVED), Hand::Agent)),
    (14, (Step::Become(SOLVED), Hand::Program(CHATBOT))),
    (3, (Step::Delete, Hand::Supervisor)),
];

/// The steps of a conversation that waits for the customer.
const WHILE_WAITING: &[Row] = &[
    (60, (Step::Become(OPEN), Hand::System(CHANNELS))),
    (14, (Step::Become(SOLVED), Hand::Agent)),
    (10, (Step::Become(SOLVED), Hand::System(LIFECYCLE))),
    (6, (Step::AddNote, Hand::Agent)),
    (3, (Step::UpdateNote, Hand::Agent)),
    (3, (Step::UpdateMessage, Hand::Agent)),
    (4, (Step::AddTag, Hand::Agent)),
];

const WHILE_SOLVED: &[Row] = &[
    (70, (Step::Become(CLOSED), Hand::System(LIFECYCLE))),
    (6, (Step::Become(CLOSED), Hand::System(PRODUCT))),
    (8, (Step::Become(CLOSED), Hand::Supervisor)),
    (11, (Step::Become(OPEN), Hand::System(CHANNELS))),
    (2, (Step::Become(OPEN), Hand::Supervisor)),
    (9, (Step::ChangeForm, Hand::Program(SURVEY))),
    (5, (Step::ChangeSummary, Hand::Program(ASSISTANT))),
    (2, (Step::AddTag, Hand::Supervisor)),
];

const WHILE_CLOSED: &[Row] = &[
    (3, (Step::Delete, Hand::Program(RETENTION))),
    (1, (Step::Delete, Hand::Supervisor)),
    (1, (Step::Delete, Hand::System(PRODUCT))),
];

impl Step {
    /// Whether the step is possible in the conversation's current state.
    fn fits(self, conversation: &Conversation) -> bool {
        /// The maximum number of tags and of notes.
        const MAXIMUM: usize = 4;
        match self {
            Self::AddTag => conversation.tags.len() < MAXIMUM,
            Self::RemoveTag => !conversation.tags.is_empty(),
            Self::AddNote => conversation.notes.len() < MAXIMUM,
            Self::UpdateNote | Self::RemoveNote => !conversation.notes.is_empty(),
            Self::RaisePriority => conversation.priority != URGENT,
            Self::Escalate => conversation.queue != Some(ESCALATIONS),
            Self::Reassign => conversation.assignee.is_some(),
            _ => true,
        }
    }
}

impl World {
    /// Performs the next step of a conversation, and schedules the one after it.
    pub(super) fn take_step(&mut self, number: usize) {
        let open = calendar::is_open(self.journal.clock());
        let conversation = &self.conversations[number];
        if open && conversation.status == OPEN && conversation.assignee.is_none() {
            self.assign(number);
        } else {
            let table = match conversation.status {
                OPEN => WHILE_OPEN,
                WAITING => WHILE_WAITING,
                SOLVED => WHILE_SOLVED,
                _ => WHILE_CLOSED,
            };
            let fits = |row: &&Row| (open || !row.1.1.is_person()) && row.1.0.fits(conversation);
            let rows: Vec<Row> = table.iter().filter(fits).copied().collect();
            let (step, hand) = self.chance.weighted(&rows);
            self.carry_out(number, step, hand);
            if matches!(step, Step::Delete) {
                return;
            }
        }
        self.schedule_step(number);
    }
}
