//! Roles and their permissions: one table.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    ReadConversationLogs,
    ReadAuditLogs,
    ReadAccessLogs,
    /// Write events into all logs.
    WriteEvents,
}

#[derive(Debug)]
pub struct Role {
    /// The name in the claim `roles` of a token.
    pub name: &'static str,
    pub permissions: &'static [Permission],
}

/// A caller with several roles has the permissions of all of them. An unknown role gives none.
pub static ROLES: [Role; 5] = [
    Role { name: "CONVERSATIONS_AGENT", permissions: &[] },
    Role { name: "CONVERSATIONS_SETUP", permissions: &[Permission::ReadAuditLogs] },
    Role { name: "CONVERSATIONS_SUPERVISOR", permissions: &[Permission::ReadConversationLogs] },
    Role { name: "LOGS_AUDITOR", permissions: &[Permission::ReadAccessLogs] },
    Role { name: "LOGS_PRODUCER", permissions: &[Permission::WriteEvents] },
];

pub fn named(name: &str) -> Option<&'static Role> {
    ROLES.iter().find(|role| role.name == name)
}

/// Whether any of the named roles gives the permission.
pub fn allows<'a>(names: impl IntoIterator<Item = &'a str>, permission: Permission) -> bool {
    names.into_iter().filter_map(named).any(|role| role.permissions.contains(&permission))
}

/// The names of the roles that give the permission.
pub fn names_allowing(permission: Permission) -> impl Iterator<Item = &'static str> {
    ROLES.iter().filter(move |role| role.permissions.contains(&permission)).map(|role| role.name)
}
