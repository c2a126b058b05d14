//! What the service is about, in pure types: no SQL, no HTTP.
//!
//! A value of these types is right by construction: it was parsed once, at the edge, and is trusted from then on.

pub mod account;
pub mod audit_event;
pub mod batch;
pub mod catalogue;
pub mod conversation_event;
pub mod event;
pub mod facet;
pub mod fault;
pub mod filter;
pub mod moment;
pub mod page;
pub mod role;
pub mod search_text;
pub mod sent;
pub mod text;
pub mod time_zone;
pub mod timestamp;
