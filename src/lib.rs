//! Logbook, the service behind the Logs page of a contact centre: who changed what, and when.

pub mod demo;
pub mod domain;
