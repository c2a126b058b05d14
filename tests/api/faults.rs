//! Faults: the service is killed, or its database crashes, freezes or is unreachable.

mod crashes;
mod load;
mod storage;
mod unreachable;
