//! Bodies in pieces. The HTTP layer copies each piece into the buffer of a connection, so pieces must be small.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};
use pin_project_lite::pin_project;

/// The maximum size of a piece in bytes, and the size at which the buffer of a connection is sent before it gets more.
pub const SIZE: usize = 16 * 1024;

pin_project! {
    /// A body that is sent in pieces of at most [`SIZE`] bytes, so that a client that does not read holds no more memory than that.
    pub struct Pieces<B> {
        #[pin]
        body: B,
        rest: Bytes,
    }
}

impl<B> Pieces<B> {
    /// Splits a body.
    pub fn new(body: B) -> Self {
        Self { body, rest: Bytes::new() }
    }
}

impl<B: MessageBody> MessageBody for Pieces<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.project();
        if this.rest.is_empty() {
            match this.body.poll_next(context) {
                Poll::Ready(Some(Ok(bytes))) => *this.rest = bytes,
                other => return other,
            }
        }
        let length = this.rest.len().min(SIZE);
        Poll::Ready(Some(Ok(this.rest.split_to(length))))
    }

    /// Only for a body of one piece, because the framework would send the bytes of any other body at once.
    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let is_small = matches!(self.size(), BodySize::Sized(size) if size <= SIZE as u64);
        if !is_small || !self.rest.is_empty() {
            return Err(self);
        }
        let Self { body, rest } = self;
        body.try_into_bytes().map_err(|body| Self { body, rest })
    }
}
