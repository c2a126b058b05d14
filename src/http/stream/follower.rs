//! One stream: waits until the log goes on, reads what is new, and writes it down.
//!
//! It runs only while the socket has room: what a slow client has not taken is not read from the database yet.

use std::{io, sync::Arc};

use actix_web::{ResponseError, http::StatusCode, web::Bytes, web::Data};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Duration, Instant, sleep_until},
};

use super::{encoding::Piece, places::Place};
use crate::{
    domain::{account::AccountId, page::Limit},
    http::{database, problem::Problem, resource::Resource, state::State},
    store::{Followed, Watch},
};

/// How long the end of the log is left alone after it was read: under load, events go out together.
const TOGETHER: Duration = Duration::from_millis(50);

/// The number of events that are read at a time: enough for speed, and few enough to hold for each of many slow clients.
const BATCH: Limit = Limit::clamped(100);

/// The first and the longest pause after the database was not available.
const BACKOFF: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(4)];

/// How often in a row the database may be not available. Then the stream ends and the client comes back by itself.
const ATTEMPTS: u32 = 10;

/// When a client comes back after the stream has ended, in milliseconds: not all at the same moment.
const RETRY: std::ops::Range<u64> = 1000..3000;

/// A stream in the making.
pub(super) struct Follower<R: Resource> {
    state: Data<State>,
    account: AccountId,
    filter: Arc<R::Filter>,
    /// Up to here all that matches was sent.
    position: i64,
    /// What the client would come back with; `None` before the stream has begun.
    told: Option<i64>,
    watch: Watch,
    /// The log is known to go on beyond the position.
    more: bool,
    read_at: Instant,
    heartbeat_at: Instant,
    failures: u32,
    closed: watch::Receiver<bool>,
    expires: Instant,
    ended: bool,
    _place: Place,
}

/// What there is to do.
enum Wake {
    Read(OwnedSemaphorePermit),
    Heartbeat,
    End(&'static str),
}

impl<R: Resource> Follower<R> {
    #[expect(clippy::too_many_arguments, reason = "called once, with what a stream is made of")]
    pub(super) fn new(
        state: Data<State>,
        account: AccountId,
        filter: R::Filter,
        position: i64,
        watch: Watch,
        closed: watch::Receiver<bool>,
        expires: Instant,
        place: Place,
    ) -> Self {
        let now = Instant::now();
        Self {
            state,
            account,
            filter: Arc::new(filter),
            position,
            told: None,
            watch,
            // Whether it does is not known before it was read for the first time.
            more: true,
            read_at: now,
            heartbeat_at: now,
            failures: 0,
            closed,
            expires,
            ended: false,
            _place: place,
        }
    }

    /// The next piece of the stream; `None` at its end.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let piece = match self.told {
            None => self.begin(),
            Some(told) => self.go_on(told).await,
        };
        self.heartbeat_at = Instant::now() + self.state.streams.heartbeat;
        Some(piece.into())
    }

    /// The position comes first, so that a client that is cut before the first event knows where to go on.
    fn begin(&mut self) -> Piece {
        self.told = Some(self.position);
        Piece::default().retry(retry()).position(self.position)
    }

    async fn go_on(&mut self, told: i64) -> Piece {
        loop {
            let end = match self.wake().await {
                Wake::Read(turn) => match self.read(turn).await {
                    Ok(piece) if piece.is_empty() => continue,
                    Ok(piece) => return piece,
                    Err(reason) => reason,
                },
                Wake::Heartbeat if told == self.position => return Piece::default().comment("nothing new"),
                Wake::Heartbeat => {
                    // What did not match need not be looked at again for a client that comes back.
                    self.told = Some(self.position);
                    return Piece::default().comment("nothing that matches").position(self.position);
                }
                Wake::End(reason) => reason,
            };
            self.ended = true;
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
            Arc::clone(&state.streams.turns).acquire_owned().await
        };
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Wake::End("the service stops here; come back"),
            () = sleep_until(*expires) => Wake::End("the token has expired"),
            () = sleep_until(*heartbeat_at) => Wake::Heartbeat,
            turn = due => turn.map_or(Wake::End("the service stops here; come back"), Wake::Read),
        }
    }

    /// Reads on. An error is a reason to end.
    async fn read(&mut self, turn: OwnedSemaphorePermit) -> Result<Piece, &'static str> {
        let (account, filter, position) = (self.account.clone(), Arc::clone(&self.filter), self.position);
        let outcome = database::run(&self.state.store, move |store| {
            // Held until the call has really ended, which can be after its deadline.
            let _turn = turn;
            store.follow::<R>(&account, &filter, position, BATCH)
        });
        match outcome.await {
            Ok(followed) => self.write(followed).map_err(|error| {
                tracing::error!(%error, "an event cannot be written as JSON");
                "something went wrong here"
            }),
            Err(problem) => self.put_off(&problem).map(|()| Piece::default()),
        }
    }

    fn write(&mut self, followed: Followed) -> io::Result<Piece> {
        let Followed { events, position, more } = followed;
        let mut piece = Piece::default();
        for event in events {
            piece.message(event.sequence, &R::body(&event, &self.state.conversation_links).map_err(io::Error::other)?)?;
            self.told = Some(event.sequence);
        }
        self.position = position;
        self.more = more;
        self.failures = 0;
        self.read_at = Instant::now() + if more { Duration::ZERO } else { TOGETHER };
        Ok(piece)
    }

    /// Reads later what could not be read now, unless that has no prospect.
    fn put_off(&mut self, problem: &Problem) -> Result<(), &'static str> {
        self.failures += 1;
        if problem.status_code() != StatusCode::SERVICE_UNAVAILABLE {
            return Err("something went wrong here");
        }
        if self.failures >= ATTEMPTS {
            return Err("the database is not available; come back");
        }
        let [first, longest] = BACKOFF;
        self.read_at = Instant::now() + (first * 2_u32.pow(self.failures - 1)).min(longest);
        Ok(())
    }
}

fn retry() -> Duration {
    Duration::from_millis(fastrand::u64(RETRY))
}

#[cfg(test)]
mod tests;
