//! A client connection, with deadlines that the HTTP layer does not have.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

use super::limits::Slot;

/// The interval at which a connection whose client does not read is checked.
const CHECK: Duration = Duration::from_secs(1);

/// The time after which a connection is closed if nothing is sent to the client. Streams send heartbeats more often, and bodies
/// and responses have shorter deadlines. So this closes connections whose clients send the head of a request too slowly.
const IDLE: Duration = Duration::from_secs(120);

/// A TCP connection. Reading and writing return [`io::ErrorKind::TimedOut`] when it must be closed: its client does not read, or
/// nothing is sent to it, or a new connection replaces it.
pub struct Connection {
    stream: TcpStream,
    slot: Slot,
    stalled: bool,
    /// When a stalled connection is checked next.
    check: Option<Pin<Box<Sleep>>>,
    /// When something was last sent, and when that is checked.
    sent: Instant,
    idle: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    pub fn new(stream: TcpStream, slot: Slot) -> Self {
        Self { stream, slot, stalled: false, check: None, sent: Instant::now(), idle: None }
    }

    pub fn slot(&self) -> &Slot {
        &self.slot
    }

    /// Whether a client that does not read must be disconnected. Otherwise the task is woken for the next check.
    fn must_close(&mut self, context: &mut Context<'_>) -> bool {
        self.stalled = true;
        let check = self.check.get_or_insert_with(|| Box::pin(sleep_until(Instant::now())));
        loop {
            if self.slot.stalls(context.waker()) {
                return true;
            }
            if check.as_mut().poll(context).is_pending() {
                return false;
            }
            check.as_mut().reset(Instant::now() + CHECK);
        }
    }

    /// Whether nothing was sent for too long. Otherwise the task is woken when that may be so.
    fn is_idle(&mut self, context: &mut Context<'_>) -> bool {
        let idle = self.idle.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + IDLE)));
        while idle.as_mut().poll(context).is_ready() {
            let end = self.sent + IDLE;
            if end <= Instant::now() {
                return true;
            }
            idle.as_mut().reset(end);
        }
        false
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        if outcome.is_pending() && self.is_idle(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        outcome
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        if outcome.is_pending() {
            if self.must_close(context) {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        } else {
            self.sent = Instant::now();
            if std::mem::take(&mut self.stalled) {
                self.slot.reads();
            }
            // actix-http 3.20 parses no requests while 16 wait. After it has responded to all of them in one poll, it waits for
            // the client, even if it has already read more requests. Another poll makes it parse them.
            context.waker().wake_by_ref();
        }
        outcome
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
