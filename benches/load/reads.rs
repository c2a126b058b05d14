//! The section of reading, on one filled database: every query beside the ceilings, round by round.

use std::{fs, net::SocketAddr, time::Duration};

use serde_json::Value;

use crate::{
    Outcome,
    ceilings::{Ceiling, Kind},
    client,
    load::{self, DIGITS, Expected, Requests, Template},
    place::Place,
    processes::Process,
    progress::Progress,
    queries::{EVENT_PAGE, EVENT_PAGE_ANEW, FIRST_PAGE, FIRST_PAGE_ANEW, prepare},
    results::Section,
    service::Service,
    world::{Log, World, account, kinds},
};

/// The names of the ceilings.
pub const MEMORY: &str = "ceiling: the same bytes from memory";
pub const BARE_PAGE: &str = "ceiling: first page by a bare statement";
pub const BARE_EVENT: &str = "ceiling: event by a bare statement";

/// Figures.
pub const RESIDENT: &str = "resident memory of the service, MiB";
pub const RESIDENT_BARE: &str = "resident memory of the bare server, MiB";

/// Those that the plot against connections has.
pub const CONNECTIONS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Where what is compared with nothing stands among the queries.
const OTHERS: usize = 7;

/// How long and how often.
#[derive(Debug, Clone)]
pub struct Plan {
    pub rounds: usize,
    pub duration: Duration,
    pub connections: Vec<usize>,
    /// The most filters that are combined.
    pub combined: usize,
}

/// Something that is measured in each round.
struct Job<'a> {
    name: String,
    address: SocketAddr,
    process: &'a Process,
    requests: Requests,
}

/// Measures all queries of a database that is filled.
pub async fn measure(place: &Place, world: &World, tokens: &[String], plan: &Plan, progress: &Progress) -> Outcome<Section> {
    let mut section = Section::default();
    let service = Service::start(&place.url, &place.directory).await?;
    progress.begin("look at every query", 1);
    let (prepared, unsupported) = prepare(&service, tokens, world).await?;
    section.notes.extend(unsupported.into_iter().map(|name| format!("{name}: not supported by this version")));
    let (memory, bare) = ceilings(place, &service, &tokens[0]).await?;
    let forgetful = Service::start_with(&place.url, &place.directory, &["--page-cache", "0"]).await?;

    let ceiling = |name: &str, of: &'_ Ceiling, path: String| {
        let expected = Expected { status: 200, or: None, events: Some(50), length: None };
        let requests = Requests::new(vec![Template::new(client::get(&path, "none", ""), expected)]);
        (name.to_owned(), of.address, requests)
    };
    let event = kinds::of(Log::Audit)[0].code;
    let mut jobs = Vec::new();
    for (process, (name, address, requests)) in [
        (&memory.process, ceiling(MEMORY, &memory, "/page".to_owned())),
        (&bare.process, ceiling(BARE_PAGE, &bare, format!("/page/{}", account(0)))),
        (&bare.process, ceiling(BARE_EVENT, &bare, format!("/page/{}/{event}", account(0)))),
    ] {
        jobs.push(Job { name, address, process, requests });
    }
    for (name, anew) in [(FIRST_PAGE, FIRST_PAGE_ANEW), (EVENT_PAGE, EVENT_PAGE_ANEW)] {
        let templates = prepared.iter().filter(|query| query.name == name).flat_map(|query| query.templates.clone());
        let requests = Requests::new(templates.collect());
        jobs.push(Job { name: anew.to_owned(), address: forgetful.address, process: &forgetful.process, requests });
    }
    for query in prepared {
        let requests = Requests::new(query.templates);
        jobs.push(Job { name: query.name, address: service.address, process: &service.process, requests });
    }
    // What is compared stands side by side.
    let place_of = |name: &str| match name {
        BARE_PAGE => 0,
        FIRST_PAGE => 1,
        FIRST_PAGE_ANEW => 2,
        BARE_EVENT => 3,
        EVENT_PAGE => 4,
        EVENT_PAGE_ANEW => 5,
        MEMORY => 6,
        _ => OTHERS,
    };
    jobs.sort_by_key(|job| place_of(&job.name));

    progress.begin("warm up", jobs.len());
    for job in &jobs {
        load::run(job.address, &job.requests, 4, plan.duration / 10).await?;
        progress.step();
    }
    progress.begin("queries", jobs.len() * plan.connections.len() * plan.rounds);
    for _ in 0..plan.rounds {
        for connections in &plan.connections {
            for job in &jobs {
                // What goals are judged by is measured longer.
                let duration = if place_of(&job.name) < OTHERS { plan.duration * 2 } else { plan.duration };
                let before = (job.process.usage().cpu, place.database_cpu());
                let mut sample = load::run(job.address, &job.requests, *connections, duration).await?;
                sample.server_cpu = job.process.usage().cpu - before.0;
                sample.database_cpu = place.database_cpu() - before.1;
                section.add(&job.name, *connections, sample);
                progress.step();
            }
        }
        section.figure(RESIDENT, service.process.usage().resident);
        section.figure(RESIDENT_BARE, bare.process.usage().resident);
    }
    Ok(section)
}

/// The first page at more and more connections, by the service and by the ceilings.
pub async fn against_connections(place: &Place, tokens: &[String], plan: &Plan, progress: &Progress) -> Outcome<Section> {
    let mut section = Section::default();
    let service = Service::start(&place.url, &place.directory).await?;
    let (memory, bare) = ceilings(place, &service, &tokens[0]).await?;
    let date = format!("&dateFrom=2000-01-01T00:00:00.{DIGITS}Z");
    let jobs = [
        (FIRST_PAGE, service.address, format!("{}?limit=50{date}", Log::Audit.path()), &tokens[0]),
        (BARE_PAGE, bare.address, format!("/page/{}", account(0)), &tokens[0]),
        (MEMORY, memory.address, "/page".to_owned(), &tokens[0]),
    ];
    let jobs = jobs.map(|(name, address, path, token)| {
        let expected = Expected { status: 200, or: None, events: Some(50), length: None };
        (name, address, Requests::new(vec![Template::new(client::get(&path, token, ""), expected)]))
    });
    progress.begin("first page against connections", CONNECTIONS.len() * plan.rounds);
    for _ in 0..plan.rounds {
        for connections in CONNECTIONS {
            for (name, address, requests) in &jobs {
                section.add(name, connections, load::run(*address, requests, connections, plan.duration).await?);
            }
            progress.step();
        }
    }
    Ok(section)
}

/// Starts the servers that the service is compared with, and sees that they answer the same.
async fn ceilings(place: &Place, service: &Service, token: &str) -> Outcome<(Ceiling, Ceiling)> {
    let event = kinds::of(Log::Audit)[0].code;
    let catalogue = place.directory.join("event-types.json");
    fs::write(&catalogue, service.get("/audit-logs/event-types", token).await?.to_string())?;
    let body = place.directory.join("page.json");
    let page = service.get("/audit-logs?limit=50", token).await?;
    fs::write(&body, page.to_string())?;
    let path = |path: &std::path::Path| path.display().to_string();
    let memory = Ceiling::start(Kind::Memory, &["--body", &path(&body)], &place.directory).await?;
    let arguments = ["--database-url", &place.url, "--catalogue", &path(&catalogue)];
    let bare = Ceiling::start(Kind::Bare, &arguments, &place.directory).await?;
    for (path, of_service) in [
        (format!("/page/{}", account(0)), page),
        (format!("/page/{}/{event}", account(0)), service.get(&format!("/audit-logs?limit=50&event={event}"), token).await?),
    ] {
        let mut connection = client::Connection::open(bare.address).await?;
        let answer = connection.exchange(&client::get(&path, "none", "")).await?;
        let of_ceiling: Value = serde_json::from_slice(answer.body).map_err(|_| answer.text())?;
        if of_ceiling["events"] != of_service["events"] {
            return Err(format!("the bare server answers {path} with {of_ceiling} and the service with {of_service}").into());
        }
    }
    Ok((memory, bare))
}
