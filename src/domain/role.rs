//! Who may do what: one table.

/// Something that a caller may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Read the conversation logs.
    ReadConversationLogs,
    /// Read the audit logs.
    ReadAuditLogs,
    /// Write events into both logs.
    WriteEvents,
}

/// A role of the product, by the name that a token's `roles` claim carries.
#[derive(Debug)]
pub struct Role {
    /// The name in the claim.
    pub name: &'static str,
    /// All that the role allows.
    pub permissions: &'static [Permission],
}

/// Every role. Roles add up; a name that is not listed here allows nothing.
pub static ROLES: [Role; 4] = [
    Role { name: "CONVERSATIONS_AGENT", permissions: &[] },
    Role { name: "CONVERSATIONS_SETUP", permissions: &[Permission::ReadAuditLogs] },
    Role { name: "CONVERSATIONS_SUPERVISOR", permissions: &[Permission::ReadConversationLogs] },
    Role { name: "LOGS_PRODUCER", permissions: &[Permission::WriteEvents] },
];

/// Whether any of the roles of that name allows it.
pub fn allows<'a>(names: impl IntoIterator<Item = &'a str>, permission: Permission) -> bool {
    names
        .into_iter()
        .filter_map(|name| ROLES.iter().find(|role| role.name == name))
        .any(|role| role.permissions.contains(&permission))
}

/// The names of the roles that allow it.
pub fn names_allowing(permission: Permission) -> impl Iterator<Item = &'static str> {
    ROLES.iter().filter(move |role| role.permissions.contains(&permission)).map(|role| role.name)
}
