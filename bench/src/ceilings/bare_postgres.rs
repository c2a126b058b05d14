//! The bare statements on PostgreSQL, with tokio-postgres. Each connection prepares them once.

use std::cell::Cell;

use tokio_postgres::{Client, Statement};

use super::page::{Asked, Catalogue, PageWriter, Row, first_page, page_of_event};
use crate::{Outcome, postgres::connect};

/// Connections of each thread.
const CONNECTIONS: usize = 4;

/// The connections of one thread.
pub struct Postgres {
    connections: Vec<(Client, Statement, Statement)>,
    next: Cell<usize>,
}

impl Postgres {
    pub async fn open(url: &str) -> Outcome<Self> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = connect(url).await?;
            let (page, of_event) = (client.prepare(&first_page()).await?, client.prepare(&page_of_event()).await?);
            connections.push((client, page, of_event));
        }
        Ok(Self { connections, next: Cell::default() })
    }

    /// The newest page of an account, or of one of its event types.
    pub async fn page(&self, asked: &Asked, catalogue: &Catalogue) -> Outcome<Vec<u8>> {
        let next = self.next.replace(self.next.get() + 1);
        let (client, page, of_event) = &self.connections[next % CONNECTIONS];
        let rows = match &asked.event {
            None => client.query(page, &[&asked.account, &asked.from]).await?,
            Some(event) => client.query(of_event, &[&asked.account, &asked.from, event]).await?,
        };
        let mut writer = PageWriter::new(catalogue);
        for row in &rows {
            writer.add(&Row {
                id: row.get(0),
                sequence: row.get(1),
                occurred_at: row.get(2),
                recorded_at: row.get(3),
                event_type: row.get(4),
                done_by_type: row.get(5),
                done_by_id: row.get(6),
                done_by_name: row.get(7),
                from_value: row.get(8),
                from_label: row.get(9),
                to_value: row.get(10),
                to_label: row.get(11),
                item_type: row.get(12),
                item_id: row.get(13),
                item_name: row.get(14),
                operation_id: row.get(15),
                details: row.get(16),
            });
        }
        Ok(writer.finish())
    }
}
