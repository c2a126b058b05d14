//! The body of an export: the pages of the list, each read when the client has received the one before.

use std::{io, sync::Arc};

use actix_web::web::Bytes;
use futures_util::{Stream, stream};
use tracing::{Instrument, Span};

use super::{csv, format::Format};
use crate::{
    domain::{
        access::Given,
        account::AccountId,
        page::{Limit, Order, PageRequest},
    },
    http::{
        access::{Reading, Transfer},
        conversation_links::ConversationLinks,
        database,
        list::EVENT,
        problem::Problem,
        resource::Resource,
    },
    store::{Store, StoredEvent},
};

/// The number of events that are read at a time. An event has up to 40 KB; a page of them, as rows and as text, is all the memory
/// that an export needs.
const PAGE: Limit = Limit::clamped(500);

/// The state of an export between two pages.
pub struct Walk<R: Resource> {
    account: AccountId,
    filter: R::Filter,
    format: Format,
    links: ConversationLinks,
    /// The next page.
    page: PageRequest,
}

impl<R: Resource> Walk<R> {
    /// Starts before the first event.
    pub fn new(account: AccountId, filter: R::Filter, order: Order, format: Format, links: ConversationLinks) -> Self {
        let page = PageRequest { order, limit: PAGE, start: None, include_total: false, newest: None };
        Self { account, filter, format, links, page }
    }

    /// Reads the next page; returns its bytes of the file, its events, and the walk unless the page was the last one.
    fn next(mut self, store: &Store) -> Result<(Bytes, Given, Option<Self>), Problem> {
        let page = store.page::<R>(&self.account, &self.filter, &self.page)?;
        // Events that are stored after the first page was read are not part of the export, whatever the order.
        self.page.newest = Some(page.newest);
        let is_last = page.events.len() < usize::from(self.page.limit.get());
        let bytes = self.render(&page.events)?.into();
        let given = Given::events(page.events.iter().map(|event| event.sequence));
        self.page.start = page.next;
        // In the order for followers, each page has a next one; the export ends where there are no more events.
        let goes_on = !is_last && page.next.is_some();
        Ok((bytes, given, goes_on.then_some(self)))
    }

    fn render(&self, events: &[StoredEvent]) -> Result<Vec<u8>, Problem> {
        let rendered = match self.format {
            Format::Csv => {
                let with_header = self.page.start.is_none();
                csv::render::<R>(events, with_header, self.filter.shared.time_zone, &self.links).map_err(io::Error::other)
            }
            Format::Ndjson => ndjson::<R>(events, &self.links),
        };
        rendered.map_err(|error| {
            tracing::error!(%error, "an event cannot be written");
            Problem::internal()
        })
    }
}

/// Each event as in the list, one per line.
fn ndjson<R: Resource>(events: &[StoredEvent], links: &ConversationLinks) -> io::Result<Vec<u8>> {
    let mut lines = Vec::with_capacity(events.len() * EVENT);
    for event in events {
        serde_json::to_writer(&mut lines, &R::body(event, links).map_err(io::Error::other)?)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// The bytes that were read and not sent yet, and the rest of the walk.
struct Progress<R: Resource> {
    ready: Bytes,
    /// The events of the page, before its first byte was sent.
    given: Given,
    walk: Option<Walk<R>>,
    store: Arc<Store>,
}

impl<R: Resource> Progress<R> {
    async fn read(walk: Walk<R>, store: Arc<Store>) -> Result<Self, Problem> {
        let (ready, given, walk) = database::run(&store, move |store| walk.next(store)).await?;
        Ok(Self { ready, given, walk, store })
    }
}

/// Reads the first page, so that an error up to there is answered with its status, and returns the body.
///
/// A later error ends the body: the connection is closed without the last chunk, so that the client notices that the file is
/// incomplete.
pub async fn start<R: Resource>(
    walk: Walk<R>,
    store: Arc<Store>,
    reading: Reading,
) -> Result<impl Stream<Item = io::Result<Bytes>>, Problem> {
    let first = Progress::read(walk, store).await?;
    let span = Span::current();
    let state = (first, reading.begun());
    Ok(stream::try_unfold(state, move |(progress, transfer)| next(progress, transfer).instrument(span.clone())))
}

async fn next<R: Resource>(
    mut progress: Progress<R>,
    mut transfer: Transfer,
) -> io::Result<Option<(Bytes, (Progress<R>, Transfer))>> {
    while progress.ready.is_empty() {
        let Progress { walk, store, .. } = progress;
        let Some(walk) = walk else {
            transfer.complete();
            return Ok(None);
        };
        progress = Progress::read(walk, store).await.map_err(|problem| {
            tracing::warn!("an export was aborted");
            io::Error::other(problem.to_string())
        })?;
    }
    transfer.add(&std::mem::take(&mut progress.given));
    Ok(Some((std::mem::take(&mut progress.ready), (progress, transfer))))
}
