//! Memory for large bodies of requests and responses, with a share for each account.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    web::Bytes,
};
use parking_lot::Mutex;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;
use crate::domain::account::AccountId;

/// The memory of all large pages that are being sent, in MiB. A page has up to 40 MiB, so clients that do not read their
/// responses could use all memory otherwise.
pub const LARGE_PAGES: u32 = 128;

/// Memory of a limited size. An account can reserve at most half of it, so that it cannot block all others.
#[derive(Debug, Clone)]
pub struct BodyMemory {
    /// A permit is 1 KiB.
    all: Arc<Semaphore>,
    /// The number of permits of a share.
    share: usize,
    /// The shares of the accounts that have reserved memory.
    shares: Arc<Mutex<HashMap<AccountId, Weak<Semaphore>>>>,
}

/// Reserved memory. Dropping it frees it.
#[derive(Debug)]
pub struct Reserved {
    _of_share: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl BodyMemory {
    /// `size`: in MiB.
    pub fn new(size: u32) -> Self {
        let permits = size as usize * 1024;
        Self { all: Arc::new(Semaphore::new(permits)), share: permits / 2, shares: Arc::default() }
    }

    /// Waits until this number of bytes is free.
    pub async fn reserve(&self, account: &AccountId, bytes: usize) -> Result<Reserved, AcquireError> {
        let permits = permits(bytes);
        // The account's share is reserved first, so that an account that waits for its own requests holds no memory that others
        // could use.
        let of_share = self.share_of(account).acquire_many_owned(permits).await?;
        let of_all = Arc::clone(&self.all).acquire_many_owned(permits).await?;
        Ok(Reserved { _of_share: of_share, _of_all: of_all })
    }

    /// Reserves this number of bytes, if they are free.
    fn try_reserve(&self, account: &AccountId, bytes: usize) -> Option<Reserved> {
        let permits = permits(bytes);
        let of_share = self.share_of(account).try_acquire_many_owned(permits).ok()?;
        let of_all = Arc::clone(&self.all).try_acquire_many_owned(permits).ok()?;
        Some(Reserved { _of_share: of_share, _of_all: of_all })
    }

    /// Reserves memory for a page, if it is large. Does not wait, because the page is in memory already.
    pub fn for_page(&self, account: &AccountId, bytes: usize) -> Result<Option<Reserved>, Problem> {
        /// The size of a page that needs reserved memory, in bytes.
        const LARGE: usize = 1 << 20;
        if bytes <= LARGE {
            return Ok(None);
        }
        self.try_reserve(account, bytes).map(Some).ok_or_else(|| {
            Problem::unavailable(
                "Too many large pages are being sent at the moment; read them, or request pages with a lower limit",
            )
        })
    }

    fn share_of(&self, account: &AccountId) -> Arc<Semaphore> {
        let mut shares = self.shares.lock();
        if let Some(share) = shares.get(account).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.share));
        shares.insert(account.clone(), Arc::downgrade(&share));
        share
    }
}

/// A body that frees its memory once it is sent.
pub fn held(body: Bytes, memory: Option<Reserved>) -> BoxBody {
    match memory {
        Some(memory) => BoxBody::new(Held { body, _memory: memory }),
        None => BoxBody::new(body),
    }
}

struct Held {
    body: Bytes,
    _memory: Reserved,
}

impl MessageBody for Held {
    type Error = <Bytes as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_gets_half_of_the_memory_and_two_get_all() {
        const HALF: usize = 4 << 20;
        let (acme, other, third) = ("acme".parse().unwrap(), "other".parse().unwrap(), "third".parse().unwrap());
        let memory = BodyMemory::new(8);
        let first = memory.try_reserve(&acme, HALF).expect("half is free");
        assert!(memory.try_reserve(&acme, 1).is_none());
        let _of_other = memory.try_reserve(&other, HALF).expect("the other half is free");
        assert!(memory.try_reserve(&third, 1).is_none());
        drop(first);
        let _of_third = memory.try_reserve(&third, HALF).expect("half is free again");
        assert_eq!(memory.shares.lock().len(), 2, "accounts without memory have no share");
    }
}
