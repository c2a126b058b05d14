//! The number of long responses (streams, exports) of each account, and its maximum.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use parking_lot::Mutex;

use crate::{domain::account::AccountId, http::problem::Problem};

/// The slots of all accounts. An account without a long response uses no memory.
#[derive(Debug)]
pub struct Slots {
    limit: u32,
    /// The plural name of the responses, for messages.
    name: &'static str,
    taken: Arc<Taken>,
}

type Taken = Mutex<HashMap<AccountId, u32>>;

/// A slot. Dropping it frees it: when the response ends or the client disconnects.
#[derive(Debug)]
pub struct Slot {
    account: AccountId,
    taken: Arc<Taken>,
}

impl Slots {
    /// The number of seconds after which a refused client should try again.
    const RETRY_AFTER: u32 = 5;

    /// `limit` slots for each account.
    pub fn new(limit: u32, name: &'static str) -> Self {
        Self { limit, name, taken: Arc::default() }
    }

    /// Takes a slot for one more response to the account.
    pub fn take(&self, account: &AccountId) -> Result<Slot, Problem> {
        let mut taken = self.taken.lock();
        let count = taken.entry(account.clone()).or_default();
        if *count >= self.limit {
            return Err(Self::too_many(self.limit, self.name));
        }
        *count += 1;
        Ok(Slot { account: account.clone(), taken: Arc::clone(&self.taken) })
    }

    /// The response if there is no free slot.
    pub fn too_many(limit: u32, name: &str) -> Problem {
        let detail = format!("The account has {limit} open {name}, the maximum; close one, or wait until one has ended");
        Problem::too_many_requests(detail, Self::RETRY_AFTER)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.taken.lock().entry(self.account.clone()) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_a_slot_frees_it() {
        let (acme, other) = ("acme".parse().unwrap(), "other".parse().unwrap());
        let slots = Slots::new(2, "streams");
        let first = slots.take(&acme).unwrap();
        let _second = slots.take(&acme).unwrap();
        assert!(slots.take(&acme).is_err());
        let others = slots.take(&other).unwrap();
        drop(first);
        let _third = slots.take(&acme).unwrap();
        assert!(slots.take(&acme).is_err());
        drop(others);
        assert_eq!(slots.taken.lock().len(), 1);
    }
}
