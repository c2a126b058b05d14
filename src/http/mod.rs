//! All of HTTP: from a request to a call of the store, and from its result to a response.

mod audit_logs;
pub mod auth;
pub(crate) mod body;
mod browser;
pub mod contract;
pub mod conversation_links;
mod conversation_logs;
pub mod cursor;
mod database;
pub mod demo;
mod docs;
mod event;

mod event_types;
mod export;
mod facets;
mod health;
mod ingest;
mod json;
mod list;
pub mod middleware;
mod negotiation;
pub mod openapi;
mod page;
pub mod page_cache;
mod pagination;
mod parameters;
mod period;
mod problem;
mod problem_pages;
mod problem_type;
mod request_id;
mod resource;
mod responses;
pub mod routes;
pub mod state;
pub mod stream;
