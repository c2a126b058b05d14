//! One stream: waits until the log grows, reads the new events, and writes them.
//!
//! It runs only while the socket accepts data: a slow client does not cause events to be read ahead.

use std::{io, sync::Arc};

use actix_web::{ResponseError, http::StatusCode, web::Bytes, web::Data};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Duration, Instant, sleep_until},
};

use super::encoding::Piece;
use crate::{
    domain::{access::Returned, page::Limit},
    http::{access::Transfer, database, long_reads, problem::Problem, resource::Resource, slots::Slot, state::State},
    store::{Followed, Watch},
};

/// The minimum time between two reads at the end of the log. Under load, events are sent together.
const TOGETHER: Duration = Duration::from_millis(50);

/// The number of events that are read first. An event has up to 40 KB.
const FIRST: Limit = Limit::clamped(10);

/// The maximum number of events that are read at a time, which is enough for speed.
const MOST: u16 = 100;

/// The intended size of what is read at a time, in bytes: small enough to hold for each of many slow clients. A read after much smaller
/// events can be larger.
const SIZE: usize = 128 << 10;

/// The time after which a client reconnects, in milliseconds: a range, so that not all reconnect at the same moment.
const RETRY: std::ops::Range<u64> = 1000..3000;

/// The state of a stream.
pub(super) struct Follower<R: Resource> {
    state: Data<State>,
    transfer: Transfer,
    filter: Arc<R::Filter>,
    /// All matching events up to this sequence were sent.
    position: i64,
    /// The number of events to read next.
    limit: Limit,
    /// The `id` that the client has; `None` before the stream begins.
    sent: Option<i64>,
    watch: Watch,
    /// Whether the log has events after the position.
    more: bool,
    read_at: Instant,
    heartbeat_at: Instant,
    failures: u32,
    closed: watch::Receiver<bool>,
    expires: Instant,
    ended: bool,
    _slot: Slot,
}

enum Wake {
    Read(OwnedSemaphorePermit),
    Heartbeat,
    End(&'static str),
}

impl<R: Resource> Follower<R> {
    #[expect(clippy::too_many_arguments, reason = "called once, with what a stream is made of")]
    pub(super) fn new(
        state: Data<State>,
        transfer: Transfer,
        filter: R::Filter,
        position: i64,
        watch: Watch,
        closed: watch::Receiver<bool>,
        expires: Instant,
        slot: Slot,
    ) -> Self {
        let now = Instant::now();
        Self {
            state,
            transfer,
            filter: Arc::new(filter),
            position,
            limit: FIRST,
            sent: None,
            watch,
            // Not known before the first read, so try.
            more: true,
            read_at: now,
            heartbeat_at: now,
            failures: 0,
            closed,
            expires,
            ended: false,
            _slot: slot,
        }
    }

    /// The next chunk of the stream; `None` at its end.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let piece = match self.sent {
            None => self.begin(),
            Some(sent) => self.go_on(sent).await,
        };
        self.heartbeat_at = Instant::now() + self.state.streams.heartbeat;
        Some(piece.into())
    }

    /// Sends the position first, so that a client that is disconnected before the first event can resume.
    fn begin(&mut self) -> Piece {
        self.sent = Some(self.position);
        Piece::default().retry(retry()).position(self.position)
    }

    async fn go_on(&mut self, sent: i64) -> Piece {
        loop {
            let end = match self.wake().await {
                Wake::Read(permit) => match self.read(permit).await {
                    Ok(piece) if piece.is_empty() => continue,
                    Ok(piece) => return piece,
                    Err(reason) => reason,
                },
                Wake::Heartbeat if sent == self.position => return Piece::default().comment("no new events"),
                Wake::Heartbeat => {
                    // A client that reconnects skips the events that did not match.
                    self.sent = Some(self.position);
                    return Piece::default().comment("no new events that match").position(self.position);
                }
                Wake::End(reason) => reason,
            };
            self.ended = true;
            self.transfer.complete();
            tracing::info!(reason = end, "a stream ends");
            return Piece::default().position(self.position).comment(end).retry(retry());
        }
    }

    async fn wake(&mut self) -> Wake {
        let Self { state, position, watch, more, read_at, heartbeat_at, closed, expires, .. } = self;
        let due = async {
            sleep_until(*read_at).await;
            if !*more {
                watch.beyond(*position).await;
            }
            state.long_reads.permit().await
        };
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Wake::End("the service is stopping; reconnect"),
            () = sleep_until(*expires) => Wake::End("the token has expired"),
            () = sleep_until(*heartbeat_at) => Wake::Heartbeat,
            permit = due => permit.map_or(Wake::End("the service is stopping; reconnect"), Wake::Read),
        }
    }

    /// Reads the next events. An error is a reason to end.
    async fn read(&mut self, permit: OwnedSemaphorePermit) -> Result<Piece, &'static str> {
        let (account, filter) = (self.transfer.account().clone(), Arc::clone(&self.filter));
        let (position, limit) = (self.position, self.limit);
        let outcome = database::run(&self.state.store, move |store| {
            // Held until the call has ended, which can be after its deadline.
            let _permit = permit;
            store.follow::<R>(&account, &filter, position, limit)
        });
        match outcome.await {
            Ok(followed) => self.write(followed).map_err(|error| {
                tracing::error!(%error, "an event cannot be written as JSON");
                "internal error"
            }),
            Err(problem) => self.put_off(&problem).map(|()| Piece::default()),
        }
    }

    fn write(&mut self, followed: Followed) -> io::Result<Piece> {
        let Followed { events, position, more } = followed;
        self.transfer.add(&Returned::events(events.iter().map(|event| event.sequence)));
        let (mut piece, count) = (Piece::default(), events.len());
        for event in events {
            piece.message(event.sequence, &R::body(&event, &self.state.conversation_links).map_err(io::Error::other)?)?;
            self.sent = Some(event.sequence);
        }
        if count > 0 {
            self.limit = long_reads::next_limit(count, piece.len(), SIZE, MOST);
        }
        self.position = position;
        self.more = more;
        self.failures = 0;
        self.read_at = Instant::now() + if more { Duration::ZERO } else { TOGETHER };
        Ok(piece)
    }

    /// Schedules another attempt. An error if a retry does not help.
    fn put_off(&mut self, problem: &Problem) -> Result<(), &'static str> {
        self.failures += 1;
        let unreachable = problem.status_code() == StatusCode::SERVICE_UNAVAILABLE;
        let end = if unreachable { "the database is unreachable; reconnect" } else { "internal error" };
        self.read_at = Instant::now() + long_reads::pause(problem, self.failures).ok_or(end)?;
        Ok(())
    }
}

fn retry() -> Duration {
    Duration::from_millis(fastrand::u64(RETRY))
}

#[cfg(test)]
mod tests;
