//! Black-box tests: the API over HTTP on both databases, the page in a browser, generated clients, and the command line.
//!
//! They are one program, so that they are linked once, and tests that wait run beside tests that compute.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics fails")]

mod access_log;
mod authorization;
mod bad_input;
mod bodies;
mod browser;
mod caching;
mod clients;
mod command_line;
mod connections;
mod contract;
mod cors;
mod export;
mod facets;
mod faults;
mod follower;
mod groups;
mod health;
mod immutability;
mod isolation;
mod logs;
mod many_writers;
mod openapi;
mod operations;
mod oracle;
mod page;
mod plans;
mod problem;
mod rate_limits;
mod raw;
mod reading;
mod related;
mod sequence_order;
mod statements;
mod stream;
mod support;
mod tenants;
mod terms;
mod text;
mod tokens;
mod views;
mod walk;
mod writing;
