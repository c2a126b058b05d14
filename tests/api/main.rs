//! The API from outside: over HTTP against the contract, each test on SQLite and on PostgreSQL.

#![expect(unreachable_pub, reason = "what the files of the tests offer each other, nothing outside of their binary can reach")]

mod follower;
mod logs;
mod many_writers;
mod oracle;
mod reading;
mod related;
mod support;
mod text;
mod walk;
mod writing;
