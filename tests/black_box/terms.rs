//! The term dictionary: concurrent instances, failed transactions and crashes.

mod crash;
mod dictionary;
pub mod history;
mod model;
mod new_terms;
mod rollback;
mod sharing;
