//! Identifiers: UUIDs generated from numbers. The same numbers always produce the same UUID.

use uuid::{Builder, Uuid};

use super::{ActorType, Log};

/// The purpose of an identifier. Different purposes have different identifiers.
#[derive(Clone, Copy)]
enum Purpose {
    Account = 1,
    User,
    ApiUser,
    Conversation,
    AuditOperation,
    ConversationOperation,
    Value,
    Request,
}

/// The id of an account.
pub fn account(number: u32) -> String {
    random(Purpose::Account as u64, 0, number).to_string()
}

/// The id of a user or of an API key.
pub fn actor(account: u32, of: ActorType, number: u32) -> Uuid {
    let purpose = if of == ActorType::ApiUser { Purpose::ApiUser } else { Purpose::User };
    random(purpose as u64, account, number)
}

/// The id of an item of the audit log.
pub fn item(account: u32, item_type: &str, number: u32) -> Uuid {
    let purpose = item_type.bytes().fold(7, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    random(purpose, account, number)
}

pub fn conversation(account: u32, number: u32) -> Uuid {
    random(Purpose::Conversation as u64, account, number)
}

pub fn operation(account: u32, log: Log, number: u32) -> Uuid {
    let purpose = if log == Log::Audit { Purpose::AuditOperation } else { Purpose::ConversationOperation };
    random(purpose as u64, account, number)
}

/// A value that is the id of neither a person nor a queue.
pub fn value(account: u32, number: u32) -> Uuid {
    random(Purpose::Value as u64, account, number)
}

/// The id of the request that caused an event, for `details`.
pub fn request(account: u32, number: u32) -> Uuid {
    random(Purpose::Request as u64, account, number)
}

/// The id of an event, as a producer would generate it: a UUIDv7 with the time of the event. `seed` must be unique.
pub fn event(microseconds: i64, seed: u64) -> Uuid {
    let mut bytes = [0; 10];
    let first = mix(seed);
    bytes[..8].copy_from_slice(&first.to_be_bytes());
    bytes[8..].copy_from_slice(&mix(first).to_be_bytes()[..2]);
    Builder::from_unix_timestamp_millis(microseconds.unsigned_abs() / 1_000, &bytes).into_uuid()
}

fn random(purpose: u64, account: u32, number: u32) -> Uuid {
    let high = mix(purpose ^ mix((u64::from(account) << 32) | u64::from(number)));
    let bytes = (u128::from(high) << 64) | u128::from(mix(high));
    Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid()
}

/// One step of SplitMix64.
pub fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
