//! The changes of the settings after the setup, and how often each is made.

use super::{World, people::NEW_NAMES};

#[derive(Clone, Copy)]
pub(super) enum Change {
    TagCreated,
    TagRenamed,
    TagDeleted,
    QueueCreated,
    QueueRenamed,
    QueueDeleted,
    QueueWorkingHours,
    QueueSenderAdded,
    QueueSenderRemoved,
    QueueDefaultSender,
    QueueAssignmentMethod,
    /// Changes the account's capacity for a channel.
    AccountCapacity(usize),
    /// Deletes the account's capacity for a channel, or recreates it.
    AccountCapacityToggled(usize),
    AgentCapacity,
    AgentHired,
    AgentDismissed,
    /// Gives agents new names. Neither log has an event for this, but later events contain the new names.
    AgentsRenamed,
    RouteRenamed,
    RouteDestination,
    RoutePriority,
    RouteEnabled,
    RouteWorkingHours,
}

/// Changes that are made on any day, with their weights.
pub(super) const ROUTINE: &[(u32, Change)] = &[
    (55, Change::AgentCapacity),
    (9, Change::QueueWorkingHours),
    (6, Change::QueueSenderAdded),
    (6, Change::QueueSenderRemoved),
    (5, Change::QueueDefaultSender),
    (5, Change::QueueAssignmentMethod),
    (1, Change::AccountCapacity(0)),
    (1, Change::AccountCapacity(1)),
    (1, Change::AccountCapacity(2)),
    (1, Change::AccountCapacity(3)),
    (7, Change::RouteEnabled),
    (8, Change::RoutePriority),
    (5, Change::RouteDestination),
    (4, Change::RouteWorkingHours),
    (1, Change::RouteRenamed),
    (5, Change::TagCreated),
    (2, Change::TagRenamed),
    (4, Change::TagDeleted),
];

/// Changes that are made a few times in the whole history, with their days. Temporary queues exist for weeks.
pub(super) const MILESTONES: &[(i64, Change)] = &[
    (6, Change::AgentHired),
    (9, Change::QueueRenamed),
    (12, Change::TagCreated),
    (15, Change::QueueCreated),
    (19, Change::AccountCapacityToggled(2)),
    (20, Change::AgentDismissed),
    (21, Change::AccountCapacityToggled(2)),
    (24, Change::AgentHired),
    (27, Change::QueueCreated),
    (29, Change::AccountCapacity(1)),
    (31, Change::TagDeleted),
    (33, Change::AccountCapacity(2)),
    (34, Change::QueueRenamed),
    (38, Change::QueueDeleted),
    (41, Change::AgentHired),
    (43, Change::AccountCapacityToggled(3)),
    (44, Change::AccountCapacityToggled(3)),
    (47, Change::TagCreated),
    (48, Change::AgentsRenamed),
    (50, Change::QueueCreated),
    (52, Change::AgentDismissed),
    (55, Change::QueueRenamed),
    (58, Change::AgentHired),
    (61, Change::AccountCapacityToggled(0)),
    (62, Change::AccountCapacityToggled(0)),
    (64, Change::QueueDeleted),
    (66, Change::TagDeleted),
    (69, Change::AccountCapacity(0)),
    (71, Change::RouteRenamed),
    (73, Change::AgentHired),
    (76, Change::QueueRenamed),
    (79, Change::QueueCreated),
    (83, Change::AccountCapacityToggled(1)),
    (86, Change::AccountCapacityToggled(1)),
    (87, Change::AgentDismissed),
    (90, Change::QueueDeleted),
    (94, Change::AgentHired),
    (97, Change::TagRenamed),
    (99, Change::AccountCapacity(3)),
    (101, Change::QueueRenamed),
    (104, Change::AgentDismissed),
    (106, Change::QueueCreated),
    (111, Change::AgentHired),
    (115, Change::QueueDeleted),
    (118, Change::QueueRenamed),
];

impl World {
    pub(super) fn change(&mut self, change: Change) {
        match change {
            Change::TagCreated => self.create_temporary_tag(),
            Change::TagRenamed => self.rename_tag(),
            Change::TagDeleted => self.delete_tag(),
            Change::QueueCreated => self.create_temporary_queue(),
            Change::QueueRenamed => self.rename_queue(),
            Change::QueueDeleted => self.delete_queue(),
            Change::QueueWorkingHours => self.change_queue(Self::set_working_hours),
            Change::QueueSenderAdded => self.change_queue(Self::add_sender),
            Change::QueueSenderRemoved => self.change_queue(Self::remove_spare_sender),
            Change::QueueDefaultSender => self.change_queue(Self::set_default_sender),
            Change::QueueAssignmentMethod => self.change_queue(Self::set_assignment_method),
            Change::AccountCapacity(channel) => {
                let click = self.settings_click();
                self.set_account_capacity(&click, channel);
            }
            Change::AccountCapacityToggled(channel) => self.toggle_account_capacity(channel),
            Change::AgentCapacity => self.change_agent_capacity(),
            Change::AgentHired => {
                let click = self.settings_click();
                self.hire(&click);
            }
            Change::AgentDismissed => self.dismiss(),
            Change::AgentsRenamed => self.rename_agents(),
            Change::RouteRenamed => self.rename_route(),
            Change::RouteDestination => self.change_route_destination(),
            Change::RoutePriority => self.change_route_priority(),
            Change::RouteEnabled => self.change_route_enabled(),
            Change::RouteWorkingHours => self.change_route_working_hours(),
        }
    }

    /// Applies a change to a random queue.
    fn change_queue(&mut self, change: fn(&mut Self, &super::journal::Click, usize)) {
        if let Some(queue) = self.chance.any(self.settings.live_queues()) {
            let click = self.settings_click();
            change(self, &click, queue);
        }
    }

    fn rename_agents(&mut self) {
        for (agent, name) in NEW_NAMES {
            self.settings.agents[agent].named.name = name.to_owned();
        }
    }
}
