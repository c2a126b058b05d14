//! Sets up the account: administrators create the settings, and the directory imports the agents.

use super::{
    World,
    items::{CHANNELS, PERMANENT_QUEUES, PERMANENT_TAGS, ROUTES},
    people::{DIRECTORY, FIRST_AGENTS, Hand, program},
};

impl World {
    pub(super) fn set_up(&mut self) {
        let first = self.actor(Hand::Administrator, None);
        let second = self.actor(Hand::Administrator, None);
        self.think();

        for channel in 0..CHANNELS.len() {
            let click = self.journal.operation(first.clone());
            self.set_account_capacity(&click, channel);
            self.think();
        }
        for names in PERMANENT_QUEUES {
            let click = self.journal.operation(first.clone());
            self.create_queue(&click, names, false);
            self.think();
        }
        for names in PERMANENT_TAGS {
            let click = self.journal.operation(second.clone());
            self.create_tag(&click, names, names.first().copied().unwrap_or_default().to_owned());
            self.think();
        }
        for template in &ROUTES {
            let click = self.journal.operation(second.clone());
            self.create_route(&click, template);
            self.think();
        }
        let import = self.journal.operation(program(DIRECTORY));
        for _ in 0..FIRST_AGENTS {
            self.hire(&import);
        }
    }

    /// Advances the clock by the time that a person needs to fill in the next form.
    fn think(&mut self) {
        let while_thinking = self.chance.microseconds(20_000_000, 140_000_000);
        self.journal.wait(while_thinking);
    }
}
