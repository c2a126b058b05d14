//! The section of reading, on filled databases: every query, with the ceilings and the baseline, round by round.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use serde_json::Value;

use crate::{
    Outcome,
    ceilings::{Ceiling, Kind},
    client,
    database::Database,
    load::{self, DIGITS, Expected, Requests, Template},
    processes::Process,
    queries::{
        EVENT_PAGE_UNCACHED, FIRST_PAGE, FIRST_PAGE_CACHED, FIRST_PAGE_UNCACHED, NOT_MODIFIED, Prepared, answers, prepare,
    },
    results::Section,
    service::Service,
    setting::{Plan, Setting, of_baseline},
    world::{Log, account, kinds},
};

/// The names of the ceilings.
pub const MEMORY: &str = "ceiling: the same bytes from memory";
pub const BARE_PAGE: &str = "ceiling: first page by a bare statement";
pub const BARE_EVENT: &str = "ceiling: page of one event type by a bare statement";

pub const RESIDENT: &str = "resident memory of the service, MiB";
pub const RESIDENT_BARE: &str = "resident memory of the bare server, MiB";

/// The numbers of connections in the plot.
pub const CONNECTIONS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The queries that are also measured on the baseline.
const COMPARED: [&str; 4] = [FIRST_PAGE_UNCACHED, EVENT_PAGE_UNCACHED, FIRST_PAGE_CACHED, NOT_MODIFIED];

/// The time within which the service has stored the accesses of earlier queries. The bench waits this long before it measures
/// cached pages, because they cost less than storing an access.
const ACCESSES_STORED: Duration = Duration::from_secs(2);

/// A measurement of each round.
struct Job<'a> {
    name: String,
    address: SocketAddr,
    process: &'a Process,
    requests: Requests,
    /// The position among the jobs that goals compare. These run one after the other, and longer than other jobs.
    rank: Option<usize>,
}

/// Measures all queries of filled databases.
pub async fn measure(setting: &Setting<'_>) -> Outcome<Section> {
    let Setting { world, progress, .. } = setting;
    let mut section = Section::default();
    progress.begin("compute the expected results of all queries", 1);
    let answers = answers(world);
    let mut services = Vec::new();
    for side in setting.sides() {
        services.push((side, side.start().await?));
    }
    let service = &services[0].1;
    let (memory, bare) = ceilings(setting, service).await?;
    progress.begin("check every query", services.len());
    let mut jobs = vec![Job {
        name: MEMORY.to_owned(),
        address: memory.address,
        process: &memory.process,
        requests: Requests::new(vec![memory_page()]),
        rank: None,
    }];
    for (side, service) in &services {
        let (prepared, unsupported) = prepare(service, &side.program.tokens, world, &answers).await?;
        let unsupported = unsupported.iter().map(|name| format!("{}: not supported by this version", side.name(name)));
        section.notes.extend(unsupported);
        for Prepared { name, templates, bare: of_bare } in prepared {
            if !side.is_baseline && !of_bare.is_empty() {
                let name = if name == FIRST_PAGE_UNCACHED { BARE_PAGE } else { BARE_EVENT }.to_owned();
                let requests = Requests::new(of_bare);
                jobs.push(Job { name, address: bare.address, process: &bare.process, requests, rank: None });
            }
            if !side.is_baseline || COMPARED.contains(&name.as_str()) {
                let (name, requests) = (side.name(&name), Requests::new(templates));
                jobs.push(Job { name, address: service.address, process: &service.process, requests, rank: None });
            }
        }
        progress.step();
    }
    jobs.iter_mut().for_each(|job| job.rank = rank(&job.name));
    jobs.sort_by_key(|job| job.rank.unwrap_or(usize::MAX));
    run(setting, &jobs, &mut section, || {
        let mut figures = vec![(RESIDENT_BARE.to_owned(), bare.process.usage().resident)];
        figures.extend(services.iter().map(|(side, service)| (side.name(RESIDENT), service.process.usage().resident)));
        figures
    })
    .await?;
    Ok(section)
}

/// Jobs that goals compare run directly after each other.
fn rank(name: &str) -> Option<usize> {
    let mut ranked = Vec::new();
    for (name, ceiling) in COMPARED.into_iter().zip([Some(BARE_PAGE), Some(BARE_EVENT), None, None]) {
        ranked.extend(ceiling.map(str::to_owned));
        ranked.extend([name.to_owned(), of_baseline(name)]);
    }
    ranked.extend([FIRST_PAGE.to_owned(), MEMORY.to_owned()]);
    ranked.iter().position(|ranked| ranked == name)
}

/// Runs all jobs in each round. Every second round runs in reverse order, so that no job always follows the same one.
async fn run(
    setting: &Setting<'_>,
    jobs: &[Job<'_>],
    section: &mut Section,
    figures: impl Fn() -> Vec<(String, f64)>,
) -> Outcome<()> {
    let Setting { plan, progress, .. } = setting;
    let database = &setting.service.database;
    progress.begin("warm up", jobs.len());
    for job in jobs {
        load::run(job.address, &job.requests, 4, plan.duration / 10).await?;
        progress.step();
    }
    progress.begin("queries", jobs.len() * plan.connections.len() * plan.rounds);
    for round in 0..plan.rounds {
        for connections in &plan.connections {
            let mut ordered: Vec<&Job<'_>> = jobs.iter().collect();
            if round % 2 == 1 {
                ordered.reverse();
            }
            for job in ordered {
                if [FIRST_PAGE_CACHED, NOT_MODIFIED].iter().any(|name| job.name.ends_with(name)) {
                    tokio::time::sleep(ACCESSES_STORED).await;
                }
                if [FIRST_PAGE_UNCACHED, EVENT_PAGE_UNCACHED].iter().any(|name| job.name.ends_with(name)) {
                    // The pages are not cached, but their terms are, also if other queries have displaced them.
                    load::run(job.address, &job.requests, *connections, plan.duration).await?;
                }
                let duration = if job.rank.is_some() { plan.duration * 2 } else { plan.duration };
                let before = (job.process.usage().cpu, database.cpu());
                let mut sample = load::run(job.address, &job.requests, *connections, duration).await?;
                sample.server_cpu = job.process.usage().cpu - before.0;
                sample.database_cpu = database.cpu() - before.1;
                section.add(&job.name, *connections, sample);
                progress.step();
            }
        }
        for (name, value) in figures() {
            section.figure(&name, value);
        }
    }
    Ok(())
}

/// Measures the first page of the big account at increasing numbers of connections, on the service and on the ceilings.
pub async fn against_connections(setting: &Setting<'_>) -> Outcome<Section> {
    let Plan { rounds, duration, .. } = *setting.plan;
    let mut section = Section::default();
    let service = setting.service.start().await?;
    let (memory, bare) = ceilings(setting, &service).await?;
    let token = &setting.service.program.tokens[0];
    let date = format!("dateFrom=2000-01-01T00:00:00.{DIGITS}Z");
    let jobs = [
        (FIRST_PAGE, service.address, format!("{}?limit=50&{date}", Log::Audit.path())),
        (BARE_PAGE, bare.address, format!("/page/{}?{date}", account(0))),
    ];
    let jobs = jobs.map(|(name, address, path)| (name, address, Requests::new(vec![page(&path, token)])));
    let jobs = jobs.into_iter().chain([(MEMORY, memory.address, Requests::new(vec![memory_page()]))]);
    let jobs: Vec<_> = jobs.collect();
    setting.progress.begin("first page against connections", CONNECTIONS.len() * rounds);
    for _ in 0..rounds {
        for connections in CONNECTIONS {
            for (name, address, requests) in &jobs {
                section.add(name, connections, load::run(*address, requests, connections, duration).await?);
            }
            setting.progress.step();
        }
    }
    Ok(section)
}

fn memory_page() -> Template {
    page("/page", "none")
}

/// A request for a full page.
fn page(path: &str, token: &str) -> Template {
    Template::new(client::get(path, token, ""), Expected { status: 200, or: None, events: Some(50), length: None })
}

/// Starts the servers that the service is compared with, and checks that their responses are the same.
async fn ceilings(setting: &Setting<'_>, service: &Service) -> Outcome<(Ceiling, Ceiling)> {
    let (Database { directory, url, .. }, token) = (&setting.plain, &setting.service.program.tokens[0]);
    let event = kinds::of(Log::Audit)[0].code;
    let catalogue = directory.join("event-types.json");
    fs::write(&catalogue, service.get("/audit-logs/event-types", token).await?.to_string())?;
    let body = directory.join("page.json");
    let page = service.get("/audit-logs?limit=50", token).await?;
    fs::write(&body, page.to_string())?;
    let path = |path: &Path| path.display().to_string();
    let memory = Ceiling::start(Kind::Memory, &["--body", &path(&body)], directory).await?;
    let arguments = ["--database-url", url, "--catalogue", &path(&catalogue)];
    let bare = Ceiling::start(Kind::Bare, &arguments, directory).await?;
    let date = "dateFrom=2000-01-01T00:00:00Z";
    for (path, of_service) in [
        (format!("/page/{}?{date}", account(0)), page),
        (
            format!("/page/{}/{event}?{date}", account(0)),
            service.get(&format!("/audit-logs?limit=50&event={event}"), token).await?,
        ),
    ] {
        let mut connection = client::Connection::open(bare.address).await?;
        let answer = connection.exchange(&client::get(&path, "none", "")).await?;
        let of_ceiling: Value = serde_json::from_slice(answer.body).map_err(|_| answer.text())?;
        if contents(&of_ceiling) != contents(&of_service) {
            return Err(format!("{path}: the bare server returns {of_ceiling} and the service returns {of_service}").into());
        }
    }
    Ok((memory, bare))
}

/// The events of a page, without the members that the bench did not send.
fn contents(page: &Value) -> Vec<Value> {
    let mut events = page["events"].as_array().cloned().unwrap_or_default();
    for event in events.iter_mut().filter_map(Value::as_object_mut) {
        event.remove("recordedAt");
        event.remove("sequence");
    }
    events
}
