//! The API from outside: over HTTP against the contract, each test on SQLite and on PostgreSQL.

mod support;
