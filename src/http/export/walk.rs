//! The body of an export: the pages of the list, each read after the client has received the previous one.

use std::{io, sync::Arc};

use actix_web::web::{Bytes, Data};
use futures_util::{Stream, stream};
use tracing::{Instrument, Span};

use super::{csv, format::Format};
use crate::{
    domain::{
        access::Returned,
        account::AccountId,
        page::{Limit, Order, PageRequest},
    },
    http::{
        access::{Reading, Transfer},
        conversation_links::ConversationLinks,
        database,
        long_reads::next_limit,
        pagination::EVENT,
        problem::Problem,
        resource::Resource,
        slots::Slot,
        state::State,
    },
    store::{Store, StoredEvent},
};

/// The number of events that are read first. An event has up to 40 KB.
const FIRST: Limit = Limit::clamped(100);

/// The maximum number of events that are read at a time.
const MOST: u16 = 1_000;

/// The intended size of what is read at a time, in bytes. A read after much smaller events can be larger.
const SIZE: usize = 1 << 20;

/// The query and the format of an export.
pub struct Walk<R: Resource> {
    pub account: AccountId,
    pub filter: R::Filter,
    pub format: Format,
    pub links: ConversationLinks,
}

impl<R: Resource> Walk<R> {
    /// Reads a page.
    fn read(&self, store: &Store, mut asked: PageRequest) -> Result<Progress, Problem> {
        let (page, version) = store.page::<R>(&self.account, &self.filter, &asked)?;
        // Events that are stored after the first page was read are not part of the export, whatever the order.
        asked.newest = Some(version.newest);
        let is_last = page.entries.len() < usize::from(asked.limit.get());
        let ready: Bytes = self.render(&page.entries, asked.start.is_none())?.into();
        asked.limit = next_limit(page.entries.len(), ready.len(), SIZE, MOST);
        asked.start = page.next;
        // In the order for followers, each page has a next one; the export ends where there are no more events.
        let goes_on = !is_last && page.next.is_some();
        Ok(Progress {
            ready,
            returned: Returned::events(page.entries.iter().map(|event| event.sequence)),
            next: goes_on.then_some(asked),
        })
    }

    fn render(&self, events: &[StoredEvent], with_header: bool) -> Result<Vec<u8>, Problem> {
        let rendered = match self.format {
            Format::Csv => {
                csv::render::<R>(events, with_header, self.filter.period.time_zone, &self.links).map_err(io::Error::other)
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

/// A page that was read, and the next one.
struct Progress {
    /// The bytes that were not sent yet.
    ready: Bytes,
    /// The events of the page, before its first byte was sent.
    returned: Returned,
    next: Option<PageRequest>,
}

/// Reads the first page, so that an error up to there is answered with its status, and returns the body.
///
/// A later error ends the body: the connection is closed without the last chunk, so that the client detects that the file is
/// incomplete.
pub async fn start<R: Resource>(
    walk: Walk<R>,
    order: Order,
    state: Data<State>,
    slot: Slot,
    reading: Reading,
) -> Result<impl Stream<Item = io::Result<Bytes>>, Problem> {
    let walk = Arc::new(walk);
    let first = PageRequest { order, limit: FIRST, start: None, include_total: false, newest: None, above: 0 };
    let reader = Arc::clone(&walk);
    let first = database::run(&state.store, move |store| reader.read(store, first)).await?;
    let span = Span::current();
    let export = Export { walk, state, transfer: reading.begun(), _slot: slot };
    Ok(stream::try_unfold((first, export), move |(progress, export)| next(progress, export).instrument(span.clone())))
}

/// An export that has begun.
struct Export<R: Resource> {
    walk: Arc<Walk<R>>,
    state: Data<State>,
    transfer: Transfer,
    _slot: Slot,
}

async fn next<R: Resource>(mut progress: Progress, mut export: Export<R>) -> io::Result<Option<(Bytes, (Progress, Export<R>))>> {
    while progress.ready.is_empty() {
        let Some(page) = progress.next else {
            export.transfer.complete();
            return Ok(None);
        };
        let read = || {
            let walk = Arc::clone(&export.walk);
            move |store: &Store| walk.read(store, page)
        };
        progress = export.state.long_reads.run(&export.state.store, read).await.map_err(|problem| {
            tracing::warn!(reason = %problem, "an export was aborted, because a page could not be read");
            io::Error::other(problem.to_string())
        })?;
    }
    export.transfer.add(&std::mem::take(&mut progress.returned));
    Ok(Some((std::mem::take(&mut progress.ready), (progress, export))))
}
