//! Logbook, the service behind the Logs page of a contact centre: who changed what, and when.
//!
//! Imports run one way, `http → store → domain`; `app`, `command` and `config` use all three. ARCHITECTURE.md describes the
//! path of a request through them.

pub mod app;
pub mod command;
pub mod config;
pub mod demo;
pub mod domain;
pub mod http;
pub mod memory;
pub mod store;
pub mod telemetry;
