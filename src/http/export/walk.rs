//! The body of an export: page after page of the list, each read when the client has taken the one before.

use std::{io, sync::Arc};

use actix_web::web::Bytes;
use futures_util::{Stream, stream};
use tracing::{Instrument, Span};

use super::{Exported, csv, format::Format};
use crate::{
    domain::{
        account::AccountId,
        page::{Limit, Order, PageRequest},
    },
    http::{conversation_links::ConversationLinks, database, list::EVENT, problem::Problem},
    store::{Store, StoredEvent},
};

/// How many bytes are handed on at a time: the server copies what it is sending.
const PIECE: usize = 64 * 1024;

/// The number of events that are read at a time. An event has up to 40 KB; a page of them, as rows and as text, is all the memory
/// that an export needs.
const PAGE: Limit = Limit::clamped(500);

/// The state of an export between two pages.
pub struct Walk<E: Exported> {
    account: AccountId,
    filter: E::Filter,
    format: Format,
    links: ConversationLinks,
    /// The page that comes next.
    page: PageRequest,
}

impl<E: Exported> Walk<E> {
    /// Before the first event.
    pub fn new(account: AccountId, filter: E::Filter, order: Order, format: Format, links: ConversationLinks) -> Self {
        let page = PageRequest { order, limit: PAGE, start: None, include_total: false, newest: None };
        Self { account, filter, format, links, page }
    }

    /// Reads the next page; gives what it is in the file, and the walk unless that was the last page.
    fn next(mut self, store: &Store) -> Result<(Bytes, Option<Self>), Problem> {
        let page = store.page::<E>(&self.account, &self.filter, &self.page)?;
        // Events that are stored after the first page was read are not part of the export, whatever the order.
        self.page.newest = Some(page.newest);
        let is_last = page.events.len() < usize::from(self.page.limit.get());
        let bytes = self.render(&page.events)?.into();
        self.page.start = page.next;
        // A follower's page always has a next one; an export's end is where nothing more was found.
        let goes_on = !is_last && page.next.is_some();
        Ok((bytes, goes_on.then_some(self)))
    }

    fn render(&self, events: &[StoredEvent]) -> Result<Vec<u8>, Problem> {
        let rendered = match self.format {
            Format::Csv => {
                let with_header = self.page.start.is_none();
                csv::render::<E>(events, with_header, E::time_zone(&self.filter), &self.links).map_err(io::Error::other)
            }
            Format::Ndjson => ndjson::<E>(events, &self.links),
        };
        rendered.map_err(|error| {
            tracing::error!(%error, "an event could not be written");
            Problem::internal()
        })
    }
}

/// Each event as the list has it, one a line.
fn ndjson<E: Exported>(events: &[StoredEvent], links: &ConversationLinks) -> io::Result<Vec<u8>> {
    let mut lines = Vec::with_capacity(events.len() * EVENT);
    for event in events {
        serde_json::to_writer(&mut lines, &E::body(event, links).map_err(io::Error::other)?)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// What was read and not yet taken, and how to go on.
struct Progress<E: Exported> {
    ready: Bytes,
    walk: Option<Walk<E>>,
    store: Arc<Store>,
}

impl<E: Exported> Progress<E> {
    async fn read(walk: Walk<E>, store: Arc<Store>) -> Result<Self, Problem> {
        let (ready, walk) = database::run(&store, move |store| walk.next(store)).await?;
        Ok(Self { ready, walk, store })
    }
}

/// Reads the first page, so that a fault up to there is answered with its status, and makes the body.
///
/// A fault after that ends the body with an error: the connection is closed without the last chunk, so that the client sees
/// that the file is not whole.
pub async fn start<E: Exported>(walk: Walk<E>, store: Arc<Store>) -> Result<impl Stream<Item = io::Result<Bytes>>, Problem> {
    let first = Progress::read(walk, store).await?;
    let span = Span::current();
    Ok(stream::try_unfold(first, move |progress| next(progress).instrument(span.clone())))
}

async fn next<E: Exported>(mut progress: Progress<E>) -> io::Result<Option<(Bytes, Progress<E>)>> {
    while progress.ready.is_empty() {
        let Progress { walk, store, .. } = progress;
        let Some(walk) = walk else { return Ok(None) };
        progress = Progress::read(walk, store).await.map_err(|problem| {
            tracing::warn!("an export broke off");
            io::Error::other(problem.to_string())
        })?;
    }
    let piece = progress.ready.split_to(PIECE.min(progress.ready.len()));
    Ok(Some((piece, progress)))
}
