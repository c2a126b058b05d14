//! The API from outside: over HTTP against the contract, each test on SQLite and on PostgreSQL.

mod authorization;
mod bad_input;
mod health;
mod problem;
mod raw;
mod support;
mod tenants;
mod tokens;
