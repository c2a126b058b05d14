//! Admitted, refused and replaced connections.

use std::task::Waker;

use super::*;

const LIMITS: ConnectionLimits = ConnectionLimits { in_all: 3, per_address: 2 };

fn ip(last: u8) -> IpAddr {
    [192, 0, 2, last].into()
}

fn admit(connections: &Arc<Connections>, last: u8) -> Slot {
    connections.admit(ip(last)).expect("a slot")
}

#[test]
fn an_address_has_a_limit_of_its_own() {
    let connections = Arc::new(Connections::new(LIMITS));
    let first = admit(&connections, 1);
    let _second = admit(&connections, 1);
    assert_eq!(admit(&connections, 1).refusal(), Some(Refusal::Address(2)));
    let _other = admit(&connections, 2);
    assert_eq!(admit(&connections, 3).refusal(), Some(Refusal::All));
    drop(first);
    assert_eq!(admit(&connections, 1).refusal(), None);
}

#[test]
fn a_new_connection_replaces_the_one_that_has_been_stalled_longest() {
    let connections = Arc::new(Connections::new(LIMITS));
    let (first, second, third) = (admit(&connections, 1), admit(&connections, 1), admit(&connections, 2));
    assert!(!second.stalls(Waker::noop()));
    assert!(!first.stalls(Waker::noop()));
    let of_the_same_address = admit(&connections, 1);
    assert_eq!(of_the_same_address.refusal(), None);
    assert!(second.stalls(Waker::noop()), "displaced");
    assert!(!first.stalls(Waker::noop()));
    let of_another = admit(&connections, 3);
    assert_eq!(of_another.refusal(), None);
    assert!(first.stalls(Waker::noop()), "displaced");
    // Replaced connections have no slot any more, so dropping them frees none.
    drop((first, second));
    assert_eq!(connections.open.lock().in_all, 3);
    drop((third, of_the_same_address, of_another));
    let open = connections.open.lock();
    assert_eq!((open.in_all, open.by_address.len()), (0, 0));
}

#[test]
fn a_client_that_reads_again_is_not_replaced() {
    let connections = Arc::new(Connections::new(LIMITS));
    let (first, _second) = (admit(&connections, 1), admit(&connections, 1));
    assert!(!first.stalls(Waker::noop()));
    first.reads();
    assert_eq!(admit(&connections, 1).refusal(), Some(Refusal::Address(2)));
}

#[test]
fn the_number_of_connections_that_are_refused_with_a_response_is_limited() {
    let connections = Arc::new(Connections::new(ConnectionLimits { in_all: 0, per_address: 1 }));
    let refused: Vec<_> = (0..Connections::REFUSED).map(|_| admit(&connections, 1)).collect();
    assert!(connections.admit(ip(1)).is_none());
    drop(refused);
    assert!(connections.admit(ip(1)).is_some());
}

#[test]
fn an_ipv6_network_is_one_address() {
    let network = |text: &str| network(text.parse().unwrap());
    assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::7"));
    assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    assert_eq!(network("::ffff:192.0.2.1"), ip(1));
}
