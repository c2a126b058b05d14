//! Faults: the service is killed, or its database crashes, freezes or is unreachable.

mod crashes;
mod failover;
mod load;
mod log_lines;
mod postgres;
mod rolling;
mod schema;
mod storage;
mod unreachable;
