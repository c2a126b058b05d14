//! The bare statements on PostgreSQL, by tokio-postgres: prepared once for each connection.

use std::cell::Cell;

use tokio_postgres::{Client, Statement};

use super::page::{COLUMNS, Catalogue, PageWriter, ROWS, Row};
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
        let page = format!(
            "SELECT {COLUMNS} FROM audit_events WHERE account_id = $1 ORDER BY occurred_at DESC, sequence DESC LIMIT {ROWS}"
        );
        let arm = |actor_type| {
            format!(
                "(SELECT {COLUMNS} FROM audit_events WHERE account_id = $1 AND done_by_type = {actor_type} AND event_type = $2 \
                 ORDER BY occurred_at DESC, sequence DESC LIMIT {ROWS})"
            )
        };
        let of_event = format!(
            "SELECT * FROM ({} UNION ALL {} UNION ALL {}) AS arms ORDER BY occurred_at DESC, sequence DESC LIMIT {ROWS}",
            arm(1),
            arm(2),
            arm(3)
        );
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = connect(url).await?;
            let (page, of_event) = (client.prepare(&page).await?, client.prepare(&of_event).await?);
            connections.push((client, page, of_event));
        }
        Ok(Self { connections, next: Cell::default() })
    }

    /// The newest page of an account, or of one of its event types.
    pub async fn page(&self, account: &str, event_type: Option<i16>, catalogue: &Catalogue) -> Outcome<Vec<u8>> {
        let next = self.next.replace(self.next.get() + 1);
        let (client, page, of_event) = &self.connections[next % CONNECTIONS];
        let rows = match event_type {
            None => client.query(page, &[&account]).await?,
            Some(event_type) => client.query(of_event, &[&account, &event_type]).await?,
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
                item_id: row.get(12),
                item_name: row.get(13),
                operation_id: row.get(14),
                details: row.get(15),
            });
        }
        Ok(writer.finish())
    }
}
