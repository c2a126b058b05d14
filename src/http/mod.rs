//! All HTTP: from a request to a call of the store, and from its result to an answer.

mod audit_logs;
pub mod auth;
mod body;
mod conversation_logs;
pub mod cursor;
mod database;
pub mod demo;
mod docs;
mod event;
mod event_types;
mod fallback;
mod health;
mod ingest;
mod json;
mod list;
mod negotiation;
pub mod openapi;
mod page;
mod parameters;
mod problem;
pub mod request_id;
mod resource;
mod responses;
pub mod routes;
pub mod state;
