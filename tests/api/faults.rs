//! What fails around the service: it is killed, or its database crashes, freezes or stays away.

mod away;
mod load;
mod lost_answers;
