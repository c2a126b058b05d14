//! The API from outside: over HTTP against the contract, each test on SQLite and on PostgreSQL.

#![expect(unreachable_pub, reason = "what the files of the tests offer each other, nothing outside of their binary can reach")]

mod authorization;
mod bad_input;
mod follower;
mod health;
mod logs;
mod many_writers;
mod oracle;
mod problem;
mod raw;
mod reading;
mod related;
mod support;
mod tenants;
mod text;
mod tokens;
mod walk;
mod writing;
