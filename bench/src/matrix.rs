//! The section of combinations: every filter with difficult values, alone and combined with one and two others, at one
//! connection. It finds slow combinations.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::{
    Outcome,
    client::{self, Connection},
    queries::path,
    results::Section,
    setting::Setting,
    statistics::{Rounds, Sample},
    world::{
        ActorType::{ApiUser, System, User},
        BEGIN, DAY, Log, RARE,
        filter::{Asked, Filter, Order, find},
        kinds,
    },
};

/// Every request of a combination has a different `limit`, up to this one, so that no cached page answers it.
const LIMIT: usize = 60;

/// Requests of a combination in a round.
const REQUESTS: usize = 9;

/// Separates the filters in a name.
const TIMES: &str = " × ";

/// Filters of the audit log with common, rare and many values, and with values that never occur together.
fn filters() -> Vec<Filter> {
    let kinds = kinds::of(Log::Audit);
    let users = |numbers: std::ops::Range<u32>| Filter::DoneById(numbers.map(|number| (User, number)).collect());
    let queues = |numbers: std::ops::Range<u32>| Filter::ItemId(numbers.map(|number| ("QUEUE", number)).collect());
    vec![
        Filter::Event(vec![&kinds[0]]),
        Filter::Event(vec![&kinds[1]]),
        Filter::Event(vec![&kinds[kinds.len() - 2]]),
        users(0..1),
        users(1..2),
        users(0..20),
        Filter::DoneById(vec![(User, RARE)]),
        Filter::DoneByType(vec![User]),
        Filter::DoneByType(vec![System]),
        Filter::DoneByType(vec![ApiUser]),
        Filter::FromValue(vec![0]),
        Filter::FromValue(vec![RARE]),
        Filter::ToValue(vec![0]),
        Filter::ToValue((0..20).collect()),
        Filter::OperationId(vec![10]),
        Filter::ItemType("QUEUE"),
        Filter::ItemType("ROUTE"),
        queues(0..1),
        queues(0..5),
        Filter::ItemId(vec![("QUEUE", RARE)]),
        Filter::DateTo(BEGIN + 30 * DAY),
        Filter::DateFrom(BEGIN + 360 * DAY),
    ]
}

/// What a filter compares. Both dates compare the same time, and can exclude each other.
fn subject(filter: &Filter) -> &'static str {
    match filter {
        Filter::DateFrom(_) | Filter::DateTo(_) => "date",
        other => other.name(),
    }
}

/// All combinations of one, two or three filters with different subjects.
fn combinations() -> Vec<Vec<Filter>> {
    let filters = filters();
    let mut all: Vec<Vec<Filter>> = filters.iter().map(|filter| vec![filter.clone()]).collect();
    for (index, first) in filters.iter().enumerate() {
        for (next, second) in filters.iter().enumerate().skip(index + 1).filter(|(_, second)| subject(second) != subject(first)) {
            all.push(vec![first.clone(), second.clone()]);
            for third in
                filters.iter().skip(next + 1).filter(|third| ![subject(first), subject(second)].contains(&subject(third)))
            {
                all.push(vec![first.clone(), second.clone(), third.clone()]);
            }
        }
    }
    all
}

fn name(filters: &[Filter]) -> String {
    filters.iter().map(Filter::title).collect::<Vec<_>>().join(TIMES)
}

pub async fn measure(setting: &Setting<'_>) -> Outcome<Section> {
    let Setting { world, plan, progress, service: side, .. } = setting;
    let mut section = Section::default();
    let service = side.start().await?;
    let combinations = combinations().into_iter().filter(|filters| filters.len() <= plan.combined);
    let asked = |filters| Asked { account: 0, log: Log::Audit, filters, order: Order::NewestFirst, limit: LIMIT };
    let asked: Vec<Asked> = combinations.map(asked).collect();
    progress.begin("compute the expected results of all combinations of filters", 1);
    let found = find(world, &asked);
    let mut connection = Connection::open(service.address).await?;
    // Enough for a median, which is usually far from the limit.
    let rounds = plan.rounds.min(3);
    progress.begin("combinations of filters", asked.len() * rounds);
    for round in 0..rounds {
        for (asked, found) in asked.iter().zip(&found) {
            let requests = (0..REQUESTS).map(|request| {
                let limit = LIMIT - round * REQUESTS - request;
                (
                    client::get(&path(&Asked { limit, ..asked.clone() }), &side.program.tokens[0], ""),
                    &found[..found.len().min(limit)],
                )
            });
            section.add(&name(&asked.filters), 1, ask(&mut connection, requests).await?);
            progress.step();
        }
    }
    section.notes.push(format!("{} combinations of filters were measured", asked.len()));
    Ok(section)
}

/// Sends some requests, and checks the returned events.
async fn ask(connection: &mut Connection, requests: impl Iterator<Item = (Vec<u8>, &[Uuid])>) -> Outcome<Sample> {
    let begin = Instant::now();
    let mut latencies = Vec::new();
    for (request, found) in requests {
        let asked = Instant::now();
        let answer = connection.exchange(&request).await?;
        latencies.push(asked.elapsed().as_secs_f64());
        let page: serde_json::Value = serde_json::from_slice(answer.body)?;
        let ids: Vec<&str> = page["events"].as_array().into_iter().flatten().filter_map(|event| event["id"].as_str()).collect();
        let expected: Vec<String> = found.iter().map(Uuid::to_string).collect();
        if answer.status != 200 || ids != expected {
            let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
            return Err(format!("{line}: {} with {ids:?} instead of {expected:?}", answer.status).into());
        }
        if latencies.len() >= 3 && begin.elapsed() > Duration::from_millis(50) {
            break;
        }
    }
    Ok(Sample::new(latencies, begin.elapsed()))
}

/// The combinations of this number of filters, the slowest first, with their medians.
pub fn ranked(section: &Section, filters: usize) -> Vec<(String, f64)> {
    let of = section.measurements.iter().filter(|found| found.name.matches(TIMES).count() + 1 == filters);
    let mut ranked: Vec<(String, f64)> = of.map(|found| (found.name.clone(), found.samples.p50())).collect();
    ranked.sort_by(|left, right| right.1.total_cmp(&left.1));
    ranked
}

pub fn slowest(section: &Section, filters: usize) -> Option<(String, f64)> {
    ranked(section, filters).into_iter().next()
}
