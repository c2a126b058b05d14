//! Fills a database through the service, resumes after an interruption, and records the rate.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    path::Path,
    time::Instant,
};

use futures_util::future::try_join_all;

use crate::{
    Outcome,
    client::{self, Connection},
    filled::Filled,
    progress::Progress,
    service::Service,
    world::{ACCOUNTS, Log, World},
};

/// Events in a request.
const BATCH: u32 = 1_000;
const CONNECTIONS: usize = 8;

/// A request: events of one account and log.
#[derive(Clone, Copy)]
pub struct Batch {
    pub account: u32,
    pub log: Log,
    pub from: u32,
    pub to: u32,
}

/// All batches. Those of a log are in order; the logs are interleaved, as producers would send them.
pub fn batches(world: &World) -> Vec<Batch> {
    let mut found: Vec<(f64, Batch)> = Vec::new();
    for account in 0..ACCOUNTS {
        for log in Log::BOTH {
            let events = world.events(account, log);
            for from in (0..events).step_by(BATCH as usize) {
                let batch = Batch { account, log, from, to: (from + BATCH).min(events) };
                found.push((f64::from(batch.to) / f64::from(events), batch));
            }
        }
    }
    found.sort_by(|left, right| left.0.total_cmp(&right.0));
    found.into_iter().map(|(_, batch)| batch).collect()
}

/// Sends the batches that are not stored yet. `path` is the progress file.
pub async fn fill(
    service: &Service,
    database_cpu: impl Fn() -> f64,
    tokens: &[String],
    world: &World,
    path: &Path,
    progress: &Progress,
) -> Outcome<Filled> {
    let filled = RefCell::new(Filled::read(path));
    let batches = batches(world);
    let first = filled.borrow().batches;
    progress.begin("fill", batches.len() - first.min(batches.len()));
    let begin = (service.process.usage().cpu, database_cpu());
    let next = Cell::new(first);
    // The batches that are not stored yet, in order.
    let open: RefCell<VecDeque<(usize, bool)>> = RefCell::default();
    let tenth = Cell::new((Instant::now(), 0u64));
    let length = batches.len().div_ceil(10).max(1);
    let send = async || -> Outcome<()> {
        let mut connection = Connection::open(service.address).await?;
        let mut body = String::new();
        while let Some(batch) = batches.get(next.get()) {
            let number = next.replace(next.get() + 1);
            open.borrow_mut().push_back((number, false));
            write_batch(world, batch, &mut body);
            let answer = connection.exchange(&client::post(batch.log.path(), &tokens[batch.account as usize], &body)).await?;
            // 200: already stored before an interruption.
            if answer.status != 201 && answer.status != 200 {
                return Err(format!("filling the database: a batch got {} {}", answer.status, answer.text()).into());
            }
            let mut open = open.borrow_mut();
            open.iter_mut().filter(|(open, _)| *open == number).for_each(|(_, stored)| *stored = true);
            while open.front().is_some_and(|(_, stored)| *stored) {
                open.pop_front();
            }
            let (since, events) = tenth.get();
            let events = events + u64::from(batch.to - batch.from);
            tenth.set((since, events));
            let mut filled = filled.borrow_mut();
            filled.batches = open.front().map_or(next.get(), |(number, _)| *number);
            if (number + 1).is_multiple_of(length) {
                filled.tenths.push((events, since.elapsed().as_secs_f64()));
                tenth.set((Instant::now(), 0));
            }
            if number.is_multiple_of(50) {
                filled.write(path)?;
            }
            progress.step();
        }
        Ok(())
    };
    try_join_all((0..CONNECTIONS).map(|_| send())).await?;
    let mut filled = filled.into_inner();
    filled.cpu.0 += service.process.usage().cpu - begin.0;
    filled.cpu.1 += database_cpu() - begin.1;
    filled.write(path)?;
    Ok(filled)
}

fn write_batch(world: &World, batch: &Batch, body: &mut String) {
    body.clear();
    body.push_str(r#"{"events":["#);
    for number in batch.from..batch.to {
        if number > batch.from {
            body.push(',');
        }
        world.event(batch.account, batch.log, number).write(body);
    }
    body.push_str("]}");
}
