//! The API from outside: over HTTP against the contract, each test on SQLite and on PostgreSQL.

mod asked_again;
mod authorization;
mod bad_input;
mod export;
mod facets;
mod faults;
mod follower;
mod groups;
mod health;
mod immutability;
mod logs;
mod many_writers;
mod openapi;
mod oracle;
mod page;
mod plans;
mod problem;
mod raw;
mod reading;
mod related;

mod stream;
mod support;
mod tenants;
mod terms;
mod text;
mod tokens;
mod views;
mod walk;
mod writing;
