//! The term dictionary: what instances that share a database write into it, and what a failure leaves in it.

mod crash;
mod dictionary;
mod history;
mod model;
mod new_terms;
mod rollback;
mod sharing;
