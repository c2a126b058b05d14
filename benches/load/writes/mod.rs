//! The section of writing, on databases of its own that begin empty: single events and batches beside a naive transaction for
//! each request and bare statements; then reading while others write.

mod bare;
mod source;

use std::{fs, net::SocketAddr, path::Path, rc::Rc, time::Duration};

use futures_util::future::try_join;

use crate::{
    Outcome,
    ceilings::{Catalogue, Ceiling, Kind},
    client,
    load::{self, DIGITS, Expected, Requests, Source, Template},
    place::{Engine, Place},
    postgres::Server,
    processes::Process,
    progress::Progress,
    reads::Plan,
    results::Section,
    service::{Service, migrate},
    statistics::median,
    world::{Log, World},
};

use source::{Paced, Ready, Writes};

/// How many events are made before, and written again and again under other ids.
const READY: u32 = 20_000;

/// A way to write: its name, events in a request, how many of them are new, connections.
pub struct Way {
    pub name: &'static str,
    pub events: u32,
    pub new: u32,
    pub connections: &'static [usize],
}

pub const SINGLE: &str = "single events";
pub const HUNDRED: &str = "batches of 100";
pub const FIVE_HUNDRED: &str = "batches of 500";

pub static WAYS: [Way; 5] = [
    Way { name: SINGLE, events: 1, new: 1, connections: &[1, 16, 64] },
    Way { name: HUNDRED, events: 100, new: 100, connections: &[8] },
    Way { name: FIVE_HUNDRED, events: 500, new: 500, connections: &[8] },
    Way { name: "batches of 1,000", events: 1_000, new: 1_000, connections: &[8] },
    Way { name: "batches of 100, half duplicates", events: 100, new: 50, connections: &[8] },
];

/// The ceilings. The last two are figures in rows a second.
pub const NAIVE: &str = "ceiling: a transaction for each request";
pub const BARE_INSERT: &str = "ceiling: INSERT of 500 rows by bare statements, rows/s";
pub const COPY_IN: &str = "ceiling: COPY of 5,000 rows, rows/s";

pub const QUIET: &str = "first page without writes";
pub const BUSY: &str = "first page while writes run at half their maximum";

/// Measures writing.
pub async fn measure(
    engine: Engine,
    directory: &Path,
    server: Option<&Rc<Server>>,
    tokens: &[String],
    plan: &Plan,
    progress: &Progress,
) -> Outcome<Section> {
    let mut section = Section::default();
    let [place, bare_place] =
        [fresh(engine, "writes", directory, server).await?, fresh(engine, "writes_bare", directory, server).await?];
    migrate(&bare_place.url)?;
    let world = World::new(1_000_000);
    let service = Service::start(&place.url, &place.directory).await?;
    let types = place.directory.join("event-types.json");
    fs::write(&types, service.get("/audit-logs/event-types", &tokens[0]).await?.to_string())?;
    let types_path = types.display().to_string();
    let arguments = ["--database-url", &bare_place.url, "--catalogue", &types_path];
    let naive = Ceiling::start(Kind::Naive, &arguments, &place.directory).await?;
    let bare = bare::Bare::open(&bare_place, &world, Catalogue::read(&types)?).await?;

    let ready = Ready::new(&world);
    let sources: Vec<Writes> = WAYS.iter().enumerate().map(|(index, way)| Writes::new(&ready, tokens, index, way)).collect();
    let naive_source = Writes::naive(&ready, tokens, &WAYS[0]);
    let steps: usize = WAYS.iter().map(|way| way.connections.len()).sum::<usize>() + WAYS[0].connections.len() + 2;
    progress.begin("writes", steps * plan.rounds);
    let duration = plan.duration * 2;
    for _ in 0..plan.rounds {
        for (way, source) in WAYS.iter().zip(&sources) {
            for connections in way.connections {
                let job = Job { address: service.address, process: &service.process, place: &place };
                section.add(way.name, *connections, job.run(source, *connections, duration).await?);
                progress.step();
                if way.name == SINGLE {
                    let job = Job { address: naive.address, process: &naive.process, place: &bare_place };
                    section.add(NAIVE, *connections, job.run(&naive_source, *connections, duration).await?);
                    progress.step();
                }
            }
            if way.name == FIVE_HUNDRED {
                section.figure(BARE_INSERT, bare.insert(duration).await?);
                progress.step();
                if let Some(rate) = bare.copy(duration).await? {
                    section.figure(COPY_IN, rate);
                }
                progress.step();
            }
        }
    }
    // Where the naive server's mistakes would be seen: a number too few or too many.
    bare.check().await?;
    reads_beside_writes(&mut section, &service, &place, tokens, &sources[1], plan, progress).await?;
    drop((service, naive, bare));
    place.remove().await?;
    bare_place.remove().await?;
    Ok(section)
}

struct Job<'a> {
    address: SocketAddr,
    process: &'a Process,
    place: &'a Place,
}

impl Job<'_> {
    async fn run(&self, source: &impl Source, connections: usize, duration: Duration) -> Outcome<crate::statistics::Sample> {
        let before = (self.process.usage().cpu, self.place.database_cpu());
        let mut sample = load::run(self.address, source, connections, duration).await?;
        sample.server_cpu = self.process.usage().cpu - before.0;
        sample.database_cpu = self.place.database_cpu() - before.1;
        Ok(sample)
    }
}

async fn fresh(engine: Engine, name: &str, directory: &Path, server: Option<&Rc<Server>>) -> Outcome<Place> {
    Place::open(engine, name, directory, server).await?.remove().await?;
    Place::open(engine, name, directory, server).await
}

/// The first page of the account that is written to most, alone and beside batches of 100 at half the rate that was reached.
async fn reads_beside_writes(
    section: &mut Section,
    service: &Service,
    place: &Place,
    tokens: &[String],
    source: &Writes<'_>,
    plan: &Plan,
    progress: &Progress,
) -> Outcome<()> {
    const READERS: usize = 4;
    // Without statistics of what was just written, PostgreSQL plans badly until its own jobs have come round.
    place.settle().await?;
    let path = format!("{}?limit=50&dateFrom=2000-01-01T00:00:00.{DIGITS}Z", Log::Audit.path());
    let expected = Expected { status: 200, or: None, events: Some(50), length: None };
    let pages = Requests::new(vec![Template::new(client::get(&path, &tokens[0], ""), expected)]);
    let most = section.rounds(HUNDRED, 8).into_iter().flatten().map(crate::statistics::Sample::rate);
    let paced = Paced::new(source, median(most) / 2.0);
    let duration = plan.duration * 2;
    let job = Job { address: service.address, process: &service.process, place };
    progress.begin("reads while others write", plan.rounds);
    for _ in 0..plan.rounds {
        section.add(QUIET, READERS, job.run(&pages, READERS, duration).await?);
        let writes = load::run(service.address, &paced, 8, duration);
        let (sample, _) = try_join(job.run(&pages, READERS, duration), writes).await?;
        section.add(BUSY, READERS, sample);
        progress.step();
    }
    Ok(())
}
