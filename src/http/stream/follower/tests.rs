//! The reads of a stream, and when they happen.

use std::sync::atomic::AtomicBool;

use tempfile::TempDir;

use super::*;
use crate::{
    domain::{
        account::AccountId,
        audit_event::{AuditEvent, Item, ItemType},
        event::{Actor, ActorType},
        filter::Filter,
        text::EventId,
        timestamp::Timestamp,
    },
    http::{
        auth::token::Tokens, body::Bodies, body_memory::BodyMemory, conversation_links::ConversationLinks, cursor::Cursors,
        long_reads::LongReads, page_cache::PageCache, rate_limits::RateLimits, readiness::Readiness, slots::Slots,
        stream::streams::Streams,
    },
    store::{self, AuditLog, Store, StoreSettings},
};

/// A stream from the beginning of a log with `count` events.
async fn follower(directory: &TempDir, count: usize) -> Follower<AuditLog> {
    let settings = StoreSettings {
        url: format!("sqlite://{}", directory.path().join("logbook.db").display()).parse().unwrap(),
        read_connections: 1,
        write_connections: 1,
        write_queue: 1_000,
        term_cache: 1 << 20,
        deadline: Duration::from_secs(60),
    };
    store::migrate(&settings).unwrap();
    let store = Store::open(&settings);
    let account: AccountId = "acme".parse().unwrap();
    store.record::<AuditLog>(&account, (0..count).map(|_| event().into()).collect()).await.unwrap();
    let state = Data::new(State {
        store: Arc::new(store),
        tokens: Tokens::new(Vec::new()),
        cursors: Cursors::new(&[0; Cursors::KEY_LENGTH]),
        page_cache: PageCache::new(0, "", ""),
        conversation_links: ConversationLinks::new("/"),
        bodies: Bodies::new(8),
        page_memory: BodyMemory::new(8),
        rate_limits: RateLimits::new(&[]),
        long_reads: LongReads::new(1),
        exports: Slots::new(1, "exports"),
        streams: Streams::new(1, Duration::from_secs(60)),
        readiness: Readiness::default(),
        stopping: AtomicBool::new(false),
    });
    let (watch, closed) = (state.store.watch::<AuditLog>(&account), state.streams.closed.subscribe());
    let slot = state.streams.slots.take(&account).unwrap();
    let expires = Instant::now() + Duration::from_secs(600);
    let transfer = Transfer::example(account, &state);
    Follower::new(state, transfer, Filter::default(), 0, watch, closed, expires, slot)
}

fn event() -> AuditEvent {
    AuditEvent {
        id: EventId::generate(),
        occurred_at: Timestamp::now(),
        event_type: "QUEUE_CREATED".parse().unwrap(),
        done_by: Actor { actor_type: ActorType::System, id: None, name: None },
        from: None,
        to: None,
        item: Item { item_type: ItemType::Queue, id: "q-1".parse().unwrap(), name: None },
        operation_id: None,
        details: None,
    }
}

#[actix_web::test]
async fn no_events_are_read_ahead_of_the_client() {
    let directory = TempDir::new().unwrap();
    let mut follower = follower(&directory, 250).await;
    let text = |piece: Option<Bytes>| String::from_utf8(piece.unwrap().into()).unwrap();
    assert!(text(follower.next().await).ends_with("id: 0\n\n"));
    assert_eq!(follower.position, 0, "a client that takes nothing costs nothing");
    // The size of the first events is not known.
    for (position, count) in [(10, 10), (110, 100), (210, 100), (250, 40)] {
        assert_eq!(text(follower.next().await).matches("data: ").count(), count);
        assert_eq!(follower.position, position);
    }
    assert!(!follower.more);
}

#[actix_web::test]
async fn reads_are_retried_while_the_database_is_unreachable_but_not_forever() {
    let directory = TempDir::new().unwrap();
    let mut follower = follower(&directory, 1).await;
    let unreachable = Problem::unavailable("unreachable");
    let mut longest = Duration::ZERO;
    for _ in 1..long_reads::ATTEMPTS {
        assert_eq!(follower.put_off(&unreachable), Ok(()));
        longest = follower.read_at - Instant::now();
    }
    assert!(longest <= long_reads::PAUSES[1] && longest > long_reads::PAUSES[0], "{longest:?}");
    assert!(follower.put_off(&unreachable).is_err());

    follower.failures = 0;
    assert!(follower.put_off(&Problem::internal()).is_err(), "an internal error is not retried");
}

#[actix_web::test]
async fn a_stream_that_ends_reports_why_and_when_to_reconnect() {
    let directory = TempDir::new().unwrap();
    let mut follower = follower(&directory, 1).await;
    follower.next().await.unwrap();
    follower.state.streams.close();
    let last = String::from_utf8(follower.next().await.unwrap().into()).unwrap();
    assert!(last.contains(": the service is stopping") && last.contains("retry: "), "{last}");
    assert_eq!(follower.next().await, None);
}
