//! How many streams each account has open, and how many it may have.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{domain::account::AccountId, http::problem::Problem};

/// The places of all accounts. An account without a stream takes no memory.
#[derive(Debug)]
pub struct Places {
    limit: u32,
    taken: Arc<Taken>,
}

#[derive(Debug, Default)]
struct Taken(Mutex<HashMap<AccountId, u32>>);

/// A stream's place; free again when it is dropped, which is when the client goes away or the stream ends.
#[derive(Debug)]
pub struct Place {
    account: AccountId,
    taken: Arc<Taken>,
}

impl Places {
    /// When somebody who found no place may look again, in seconds.
    const RETRY_AFTER: u32 = 5;

    /// So many for each account.
    pub fn new(limit: u32) -> Self {
        Self { limit, taken: Arc::default() }
    }

    /// A place for one more stream of the account.
    pub fn take(&self, account: &AccountId) -> Result<Place, Problem> {
        let mut taken = self.taken.lock();
        let count = taken.entry(account.clone()).or_default();
        if *count >= self.limit {
            return Err(Self::too_many(self.limit));
        }
        *count += 1;
        Ok(Place { account: account.clone(), taken: Arc::clone(&self.taken) })
    }

    /// The answer to one too many.
    pub fn too_many(limit: u32) -> Problem {
        let detail = format!("The account has {limit} streams open here, which is as many as it may have; close one first");
        Problem::too_many_requests(detail, Self::RETRY_AFTER)
    }
}

impl Taken {
    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
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
    fn a_place_that_is_left_is_free_again() {
        let (acme, other) = ("acme".parse().unwrap(), "other".parse().unwrap());
        let places = Places::new(2);
        let first = places.take(&acme).unwrap();
        let _second = places.take(&acme).unwrap();
        assert!(places.take(&acme).is_err());
        let others = places.take(&other).unwrap();
        drop(first);
        let _third = places.take(&acme).unwrap();
        assert!(places.take(&acme).is_err());
        drop(others);
        assert_eq!(places.taken.lock().len(), 1);
    }
}
