//! The section of writing, on copies of filled databases: single events and batches, with the baseline, a naive transaction for
//! each request and bare statements; then reads during writes.

mod bare;
mod source;

use std::time::Duration;

use futures_util::future::try_join;

use crate::{
    Outcome,
    ceilings::{Ceiling, Kind},
    client,
    database::Database,
    load::{self, DIGITS, Expected, Requests, Source, Template},
    processes::Process,
    results::Section,
    service::Service,
    setting::{Plan, Setting, Side},
    statistics::{Sample, median},
    world::Log,
};

use bare::Bare;
use source::{Paced, Ready, Writes};

/// One measurement of writes.
pub struct Way {
    pub name: &'static str,
    /// The number of events in a request, and the number of new ones among them.
    pub events: u32,
    pub new: u32,
    pub connections: &'static [usize],
    /// The connections at which the baseline is measured too.
    pub compared: &'static [usize],
}

pub const SINGLE: &str = "single events";
pub const HUNDRED: &str = "batches of 100";
pub const FIVE_HUNDRED: &str = "batches of 500";

pub static WAYS: [Way; 5] = [
    Way { name: SINGLE, events: 1, new: 1, connections: &[1, 16, 64], compared: &[64] },
    Way { name: HUNDRED, events: 100, new: 100, connections: &[8], compared: &[8] },
    Way { name: FIVE_HUNDRED, events: 500, new: 500, connections: &[8], compared: &[8] },
    Way { name: "batches of 1,000", events: 1_000, new: 1_000, connections: &[8], compared: &[] },
    Way { name: "batches of 100, half duplicates", events: 100, new: 50, connections: &[8], compared: &[] },
];

/// The ceilings. The last two are figures in rows a second.
pub const NAIVE: &str = "ceiling: a transaction for each request";
pub const BARE_INSERT: &str = "ceiling: INSERT of 500 rows by bare statements, rows/s";
pub const COPY_IN: &str = "ceiling: COPY of 5,000 rows, rows/s";

pub const QUIET: &str = "first page without writes";
pub const BUSY: &str = "first page while writes run at half their maximum";

/// A program that is written to.
struct Target<'a> {
    side: &'a Side<'a>,
    database: Database,
    service: Service,
    /// One for each of [`WAYS`].
    sources: Vec<Writes<'a>>,
}

pub async fn measure(setting: &Setting<'_>) -> Outcome<Section> {
    let Setting { engine, world, plan, progress, .. } = setting;
    let mut section = Section::default();
    progress.subject(&format!("{engine}, writing"));
    progress.begin("copy the filled databases", 1);
    let ready = Ready::new(world);
    let mut targets = Vec::new();
    for side in setting.sides() {
        let database = side.database.copy("writes").await?;
        let service = Service::start(side.program, &database).await?;
        let source = |(prefix, way): (u32, &Way)| Writes::new(&ready, &side.program.tokens, prefix, way);
        targets.push(Target { side, database, service, sources: (0..).zip(&WAYS).map(source).collect() });
    }
    let plain = setting.plain.copy("writes").await?;
    crate::plain::add_keys(&plain).await?;
    let naive = Ceiling::start(Kind::Naive, &["--database-url", &plain.url], &plain.directory).await?;
    let bare = Bare::open(&plain, world).await?;
    let naive_source = Writes::naive(&ready, &setting.service.program.tokens, WAYS.len() as u32, &WAYS[0]);
    // The copies have no statistics, and PostgreSQL plans badly until its background jobs have run.
    for target in &targets {
        target.database.settle().await?;
    }
    plain.settle().await?;

    progress.begin("warm up", targets.len());
    for target in &targets {
        for source in &target.sources {
            target.job().run(source, 8, plan.duration).await?;
        }
        progress.step();
    }
    Job { address: naive.address, process: &naive.process, database: &plain }.run(&naive_source, 8, plan.duration).await?;
    bare.insert(plan.duration).await?;

    progress.begin("writes", WAYS.len() * plan.rounds);
    // A batch takes long, so a stable rate needs more time.
    let duration = plan.duration * 4;
    for round in 0..plan.rounds {
        for (index, way) in WAYS.iter().enumerate() {
            for connections in way.connections {
                let mut compared: Vec<&Target<'_>> =
                    targets.iter().filter(|target| !target.side.is_baseline || way.compared.contains(connections)).collect();
                if round % 2 == 1 {
                    compared.reverse();
                }
                for target in compared {
                    let sample = target.job().run(&target.sources[index], *connections, duration).await?;
                    section.add(&target.side.name(way.name), *connections, sample);
                }
                if way.name == SINGLE {
                    let job = Job { address: naive.address, process: &naive.process, database: &plain };
                    section.add(NAIVE, *connections, job.run(&naive_source, *connections, duration).await?);
                }
            }
            if way.name == FIVE_HUNDRED {
                section.figure(BARE_INSERT, bare.insert(duration).await?);
                if let Some(rate) = bare.copy(duration).await? {
                    section.figure(COPY_IN, rate);
                }
            }
            progress.step();
        }
    }
    bare.check().await?;
    reads_during_writes(&mut section, &targets[0], plan, setting).await?;
    let databases: Vec<Database> = targets.into_iter().map(|target| target.database).collect();
    drop((naive, bare));
    for database in databases.iter().chain([&plain]) {
        database.remove().await?;
    }
    Ok(section)
}

impl Target<'_> {
    fn job(&self) -> Job<'_> {
        Job { address: self.service.address, process: &self.service.process, database: &self.database }
    }
}

struct Job<'a> {
    address: std::net::SocketAddr,
    process: &'a Process,
    database: &'a Database,
}

impl Job<'_> {
    async fn run(&self, source: &impl Source, connections: usize, duration: Duration) -> Outcome<Sample> {
        let before = (self.process.usage().cpu, self.database.cpu());
        let mut sample = load::run(self.address, source, connections, duration).await?;
        sample.server_cpu = self.process.usage().cpu - before.0;
        sample.database_cpu = self.database.cpu() - before.1;
        Ok(sample)
    }
}

/// The first page of the account that is written to most, alone and during batches of 100 at half their maximum rate.
async fn reads_during_writes(section: &mut Section, target: &Target<'_>, plan: &Plan, setting: &Setting<'_>) -> Outcome<()> {
    const READERS: usize = 4;
    target.database.settle().await?;
    let path = format!("{}?limit=50&dateFrom=2000-01-01T00:00:00.{DIGITS}Z", Log::Audit.path());
    let expected = Expected { status: 200, or: None, events: Some(50), length: None };
    let pages = Requests::new(vec![Template::new(client::get(&path, &target.side.program.tokens[0], ""), expected)]);
    let most = section.rounds(HUNDRED, 8).into_iter().flatten().map(Sample::rate);
    let paced = Paced::new(&target.sources[1], median(most) / 2.0);
    let duration = plan.duration * 2;
    let job = target.job();
    setting.progress.begin("reads during writes", plan.rounds);
    for _ in 0..plan.rounds {
        section.add(QUIET, READERS, job.run(&pages, READERS, duration).await?);
        let writes = load::run(job.address, &paced, 8, duration);
        let (sample, _) = try_join(job.run(&pages, READERS, duration), writes).await?;
        section.add(BUSY, READERS, sample);
        setting.progress.step();
    }
    Ok(())
}
