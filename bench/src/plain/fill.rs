//! Fills the plain table with all accounts' audit events, directly.

use std::{path::Path, rc::Rc};

use super::{INDEXES, Row, Sent, TABLE, postgres, sqlite};
use crate::{
    Outcome,
    database::{Database, Engine},
    figures::size,
    fill::batches,
    filled::Filled,
    postgres::{Server, connect},
    progress::Progress,
    service::digest,
    world::{self, ACCOUNTS, Log, World, account},
};

/// Opens the plain table with the events of a world, and fills it if it does not have them yet.
pub async fn open(
    engine: Engine,
    events: u64,
    world: &World,
    directory: &Path,
    server: Option<&Rc<Server>>,
    progress: &Progress,
) -> Outcome<Database> {
    let name = format!("events_{}", size(events));
    let schema = digest((TABLE, INDEXES, world::VERSION));
    let database = Database::open(engine, "plain", &name, directory, server).await?;
    let filled = Filled::read(&database.filled());
    if filled.schema == schema && filled.complete {
        return Ok(database);
    }
    database.remove().await?;
    let database = Database::open(engine, "plain", &name, directory, server).await?;
    database.execute(TABLE).await?;
    fill(&database, world, progress).await?;
    database.execute(INDEXES).await?;
    database.settle().await?;
    Filled { schema, complete: true, ..Filled::default() }.write(&database.filled())?;
    Ok(database)
}

/// Rows are stored in the order in which the service receives them, so that both have the same locality.
async fn fill(database: &Database, world: &World, progress: &Progress) -> Outcome<()> {
    let batches: Vec<_> = batches(world).into_iter().filter(|batch| batch.log == Log::Audit).collect();
    let accounts: Vec<String> = (0..ACCOUNTS).map(account).collect();
    progress.begin("fill the plain table", batches.len());
    let sqlite = database.url.strip_prefix("sqlite://").map(sqlite::open).transpose()?;
    let client = if sqlite.is_none() { Some(connect(&database.url).await?) } else { None };
    let mut json = String::new();
    for batch in batches {
        let mut lines = String::new();
        if let Some(connection) = &sqlite {
            connection.execute_batch("BEGIN")?;
        }
        for number in batch.from..batch.to {
            json.clear();
            let event = world.event(batch.account, Log::Audit, number);
            event.write(&mut json);
            let sent: Sent = serde_json::from_str(&json)?;
            let (account, sequence, id) = (&accounts[batch.account as usize], i64::from(number) + 1, sent.id.clone());
            let row = Row { account, sequence, id, occurred_at: event.time, recorded_at: event.time, event: &sent };
            match &sqlite {
                Some(connection) => sqlite::write(connection, &row)?,
                None => postgres::write_line(&row, &mut lines),
            }
        }
        if let Some(connection) = &sqlite {
            connection.execute_batch("COMMIT")?;
        }
        if let Some(client) = &client {
            postgres::copy(client, lines).await?;
        }
        progress.step();
    }
    Ok(())
}
