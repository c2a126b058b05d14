//! The open connections and their limits. A new connection over a limit can replace one whose client does not read.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
    time::{Duration, Instant},
};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

use crate::http::problem::Problem;

/// The maximum numbers of open connections.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    pub in_all: usize,
    /// From one IPv4 address, or from one IPv6 /64 network.
    pub per_address: usize,
}

/// The open connections of all workers.
#[derive(Debug)]
pub struct Connections {
    limits: ConnectionLimits,
    open: Mutex<Open>,
    stopping: AtomicBool,
}

#[derive(Debug, Default)]
struct Open {
    by_address: HashMap<IpAddr, Vec<Arc<ConnectionState>>>,
    in_all: usize,
    refused: usize,
}

/// The state of a connection that other connections read.
#[derive(Debug, Default)]
struct ConnectionState {
    /// The time since which its client has not read.
    stalled: Mutex<Option<Instant>>,
    /// Whether it must close, because a new connection has replaced it.
    displaced: AtomicBool,
    waker: AtomicWaker,
}

/// The slot of an open connection. Dropping it frees the slot.
#[derive(Debug)]
pub struct Slot {
    address: IpAddr,
    entry: Arc<ConnectionState>,
    refusal: Option<Refusal>,
    connections: Arc<Connections>,
}

/// The reason why every request of a connection is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Its address has too many connections.
    Address(usize),
    /// There are too many connections in all.
    All,
}

impl Connections {
    /// The maximum time for which a client does not read.
    const WRITE_DEADLINE: Duration = Duration::from_secs(30);

    /// The same while the service stops.
    const WRITE_DEADLINE_WHEN_STOPPING: Duration = Duration::from_secs(2);

    /// The number of connections over the limit that are answered with a problem instead of being closed at once.
    const REFUSED: usize = 32;

    /// The number of connections that can be replaced before the first of them has closed.
    const CLOSING: usize = 32;

    /// No connection is open yet.
    pub fn new(limits: ConnectionLimits) -> Self {
        Self { limits, open: Mutex::default(), stopping: AtomicBool::new(false) }
    }

    /// The maximum number of open connections, including those that are refused or closing.
    pub fn maximum(&self) -> usize {
        self.limits.in_all + Self::REFUSED + Self::CLOSING
    }

    /// After this, clients that do not read are disconnected sooner.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// A slot for a new connection.
    ///
    /// If a limit is reached, the new connection replaces the one whose client has not read for the longest time. If all clients
    /// read, the new connection is refused. `None` if too many refused connections are open as well.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Slot> {
        let address = network(address);
        let mut open = self.open.lock();
        let refusal = if open.count(address) >= self.limits.per_address && !open.displace(Some(address)) {
            Some(Refusal::Address(self.limits.per_address))
        } else if open.in_all >= self.limits.in_all && !open.displace(None) {
            Some(Refusal::All)
        } else {
            None
        };
        let entry = Arc::default();
        match refusal {
            None => {
                open.by_address.entry(address).or_default().push(Arc::clone(&entry));
                open.in_all += 1;
            }
            Some(_) if open.refused >= Self::REFUSED => return None,
            Some(_) => open.refused += 1,
        }
        Some(Slot { address, entry, refusal, connections: Arc::clone(self) })
    }
}

impl Open {
    fn count(&self, address: IpAddr) -> usize {
        self.by_address.get(&address).map_or(0, Vec::len)
    }

    /// Closes the connection that has been stalled longest, of one address or of all. Returns whether there is one.
    fn displace(&mut self, address: Option<IpAddr>) -> bool {
        let entries = self.by_address.iter().filter(|(of, _)| address.is_none_or(|address| address == **of));
        let stalled =
            entries.flat_map(|(of, entries)| entries.iter().filter_map(|entry| Some((entry.stalled_since()?, *of, entry))));
        let Some((_, of, entry)) = stalled.min_by_key(|(since, ..)| *since) else { return false };
        let entry = Arc::clone(entry);
        entry.displaced.store(true, Ordering::Relaxed);
        entry.waker.wake();
        self.remove(of, &entry);
        true
    }

    fn remove(&mut self, address: IpAddr, entry: &Arc<ConnectionState>) {
        let Some(entries) = self.by_address.get_mut(&address) else { return };
        // A replaced connection was already removed.
        let Some(place) = entries.iter().position(|other| Arc::ptr_eq(other, entry)) else { return };
        entries.swap_remove(place);
        if entries.is_empty() {
            self.by_address.remove(&address);
        }
        self.in_all -= 1;
    }
}

impl ConnectionState {
    fn stalled_since(&self) -> Option<Instant> {
        *self.stalled.lock()
    }
}

impl Slot {
    /// The reason why every request of this connection is refused; `None` if it is within the limits.
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// Records that the client does not read. Returns whether the connection must be closed; otherwise `waker` is woken when a
    /// new connection replaces it.
    pub fn stalls(&self, waker: &Waker) -> bool {
        self.entry.waker.register(waker);
        let since = *self.entry.stalled.lock().get_or_insert_with(Instant::now);
        let stopping = self.connections.stopping.load(Ordering::Relaxed);
        let deadline = if stopping { Connections::WRITE_DEADLINE_WHEN_STOPPING } else { Connections::WRITE_DEADLINE };
        self.entry.displaced.load(Ordering::Relaxed) || since.elapsed() >= deadline
    }

    /// Records that the client reads again.
    pub fn reads(&self) {
        *self.entry.stalled.lock() = None;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock();
        match self.refusal {
            Some(_) => open.refused -= 1,
            None => open.remove(self.address, &self.entry),
        }
    }
}

impl Refusal {
    /// The response to every request.
    pub fn problem(self) -> Problem {
        match self {
            Self::Address(limit) => {
                let detail = format!("Your address has {limit} open connections, the maximum; reuse connections, or close some");
                Problem::too_many_requests(detail, 1)
            }
            Self::All => Problem::unavailable("The service has the maximum number of open connections; try again later"),
        }
    }
}

/// The network that counts as one address. An IPv6 client usually has a /64 network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests;
