//! The terms of the contract as pure types: no SQL, no HTTP.
//!
//! A value of these types is valid by construction: it was parsed once, where it entered the service.

pub mod access;
pub mod account;
pub mod audit_event;
pub mod batch;
pub mod catalogue;
pub mod conversation_event;
pub mod decimal;
pub mod event;
pub mod facet;
pub mod fault;
pub mod filter;
pub mod moment;
pub mod numbered;
pub mod page;
pub mod role;
pub mod search_text;
pub mod sent;
pub mod text;
pub mod time_zone;
pub mod timestamp;
