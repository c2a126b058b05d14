//! Reads all pages of a list, by cursor or by `Link`.

use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;

use crate::support::{Client, Response};

/// A page of a list.
pub struct Page {
    pub events: Vec<Entry>,
    pub pagination: Pagination,
    /// The targets of `Link`, without scheme and host.
    pub next_link: Option<String>,
    pub previous_link: Option<String>,
    pub response: Response,
}

/// The identity and the position of an event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub id: String,
    pub sequence: i64,
    pub occurred_at: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    pub limit: usize,
    pub next_cursor: Option<String>,
    pub previous_cursor: Option<String>,
    pub total: Option<Value>,
}

impl Page {
    /// Parses a page. `what` describes the request in assertion messages.
    fn of(response: Response, what: &str) -> Self {
        #[derive(Deserialize)]
        struct Body {
            events: Vec<Entry>,
            pagination: Pagination,
        }

        assert_eq!(response.status, 200, "{what}: {}", response.text());
        let Body { events, pagination } =
            serde_json::from_slice(&response.body).unwrap_or_else(|error| panic!("{what}: {error}: {}", response.text()));
        let next_link = link(&response, "next", what);
        let previous_link = link(&response, "prev", what);
        let cursors = (pagination.next_cursor.is_some(), pagination.previous_cursor.is_some());
        assert_eq!((next_link.is_some(), previous_link.is_some()), cursors, "{what}: there is a link for each cursor");
        assert!(events.len() <= pagination.limit, "{what}: {} events, the limit is {}", events.len(), pagination.limit);
        Self { events, pagination, next_link, previous_link, response }
    }

    /// The complete events, as received.
    pub fn whole_events(&self) -> Vec<Value> {
        self.response.json()["events"].as_array().unwrap().clone()
    }
}

/// How to find the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By `nextCursor` and `previousCursor`, in the parameter `cursor`.
    Cursor,
    /// By the URLs of the header `Link`.
    Link,
}

/// A traversal of one list.
pub struct Walk<'a> {
    pub client: &'a Client,
    /// The path and query of the first page. The query must not be empty.
    pub first: &'a str,
    pub by: By,
}

impl Walk<'_> {
    /// The page at a path and query.
    pub async fn page(&self, path_and_query: &str) -> Page {
        Page::of(self.client.get(path_and_query).await, path_and_query)
    }

    /// The page at a cursor of this list.
    pub async fn page_at(&self, cursor: &str) -> Page {
        self.page(&self.url_at(cursor)).await
    }

    /// All pages from the first to the last, which has no next page. In the order of a follower every page has a next page, and
    /// the last is the first one that is not full (with `to_empty`: the first empty one).
    pub async fn forward(&self, to_empty: bool) -> Vec<Page> {
        let mut pages = vec![self.page(self.first).await];
        loop {
            let page = &pages[pages.len() - 1];
            let enough = if to_empty { 1 } else { page.pagination.limit };
            let Some(next) = self.target(&page.pagination.next_cursor, &page.next_link) else { return pages };
            if page.events.len() < enough {
                return pages;
            }
            pages.push(self.page(&next).await);
        }
    }

    /// All pages from the one before `page` back to the first of the list, in this order.
    pub async fn back(&self, page: &Page) -> Vec<Page> {
        let mut pages: Vec<Page> = Vec::new();
        let mut target = self.target(&page.pagination.previous_cursor, &page.previous_link);
        while let Some(previous) = target {
            let page = self.page(&previous).await;
            target = self.target(&page.pagination.previous_cursor, &page.previous_link);
            pages.push(page);
        }
        pages
    }

    fn target(&self, cursor: &Option<String>, link: &Option<String>) -> Option<String> {
        match self.by {
            By::Cursor => cursor.as_ref().map(|cursor| self.url_at(cursor)),
            By::Link => link.clone(),
        }
    }

    fn url_at(&self, cursor: &str) -> String {
        let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
        format!("{}&cursor={cursor}", self.first)
    }
}

/// The events of consecutive pages.
pub fn entries(pages: &[Page]) -> Vec<Entry> {
    pages.iter().flat_map(|page| page.events.iter().cloned()).collect()
}

/// The events of a page and of the pages before it, in the order of the list.
pub fn entries_back(last: &Page, before: &[Page]) -> Vec<Entry> {
    before.iter().rev().chain([last]).flat_map(|page| page.events.iter().cloned()).collect()
}

/// The path and query of the link with this relation (RFC 8288), resolved against any host.
fn link(response: &Response, relation: &str, what: &str) -> Option<String> {
    let base = Url::parse("http://localhost/").unwrap();
    let headers = response.headers.get_all("link").iter().flat_map(|value| value.to_str().expect("ASCII").split(", <"));
    let mut targets = headers.filter_map(|link| {
        let (target, parameters) = link.trim_start_matches('<').split_once('>').unwrap_or_else(|| panic!("{what}: {link}"));
        let of_relation = parameters.split(';').any(|parameter| parameter.trim() == format!("rel=\"{relation}\""));
        of_relation.then(|| base.join(target).unwrap_or_else(|error| panic!("{what}: {link}: {error}")))
    });
    let target = targets.next()?;
    assert!(targets.next().is_none(), "{what}: one link with rel={relation}");
    Some(format!("{}?{}", target.path(), target.query().unwrap_or_default()))
}
