//! The run: its sections, their order, and their results.

use std::{fs, path::Path, process::Command, rc::Rc};

use crate::{
    Outcome,
    database::{Database, Engine},
    exports,
    figures::size,
    figures::{BYTES, COLD_START, FILL_CPU, FILL_CPU_DATABASE, FILL_FIRST, FILL_LAST},
    fill::fill,
    filled::Filled,
    matrix,
    options::Options,
    plain,
    postgres::Server,
    progress::Progress,
    reads, report,
    results::{Results, Section},
    service::{Program, Service, built},
    setting::{Plan, Setting, Side, compared_size},
    terms,
    world::World,
    writes,
};

/// Measures all sections that have no results yet, and writes the report.
pub async fn run(options: &Options) -> Outcome<()> {
    let temporary = options.short.then(|| tempfile::Builder::new().prefix("logbook-bench-").tempdir()).transpose()?;
    let directory = temporary.as_ref().map_or(options.data.as_path(), |directory| directory.path());
    fs::create_dir_all(directory)?;
    // PostgreSQL runs as another user and needs access to its data.
    fs::set_permissions(directory, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let path = options.service.clone().map_or_else(built, Ok)?;
    let service = Program::new("service", &path)?;
    let baseline = options.baseline.as_deref().map(|path| Program::new("baseline", path)).transpose()?;
    let bench = Bench {
        options,
        directory,
        service: &service,
        baseline: baseline.as_ref(),
        progress: Progress::default(),
        plan: options.plan(),
    };
    let mut results = Results::open(directory, &bench.identity()?, &commit(), options.fresh);
    for engine in &options.database.0 {
        let server = match engine {
            Engine::Postgres => Some(Rc::new(Server::start(&directory.join("postgres-server")).await?)),
            Engine::Sqlite => None,
        };
        if let Some(terms) = options.terms {
            let open = async |name: &str| Database::open(*engine, service.name, name, directory, server.as_ref()).await;
            let section = terms::measure(&service, terms, open, *engine, &bench.plan, &bench.progress).await?;
            bench.progress.end();
            println!("{}", terms::table(&engine.to_string(), &section));
            results.keep(&format!("terms/{engine}"), section)?;
            continue;
        }
        for events in options.sizes() {
            let setting = bench.setting(*engine, events, server.as_ref()).await?;
            bench.measure(&setting, &mut results).await?;
        }
    }
    bench.progress.end();
    if options.terms.is_some() { Ok(()) } else { report::write(&results, options) }
}

/// One run.
struct Bench<'a> {
    options: &'a Options,
    directory: &'a Path,
    service: &'a Program,
    baseline: Option<&'a Program>,
    progress: Progress,
    plan: Plan,
}

impl Bench<'_> {
    /// Identifies the programs and the method. Results are reused only if it is the same.
    fn identity(&self) -> Outcome<String> {
        let baseline = self.baseline.map(Program::build).transpose()?;
        Ok(format!("{} {baseline:?} {:?}", self.service.build()?, self.plan))
    }

    /// The filled databases of one size.
    async fn setting(&self, engine: Engine, events: u64, server: Option<&Rc<Server>>) -> Outcome<Setting<'_>> {
        let Self { directory, progress, .. } = self;
        let world = World::new(events);
        progress.subject(&format!("{engine}, {} events", size(events)));
        let service = self.side(self.service, engine, events, &world, server).await?;
        let baseline = match self.baseline {
            Some(program) if events == compared_size(&self.options.sizes()) => {
                Some(Side { is_baseline: true, ..self.side(program, engine, events, &world, server).await? })
            }
            _ => None,
        };
        let plain = plain::open(engine, events, &world, directory, server, progress).await?;
        Ok(Setting { engine, events, world, service, baseline, plain, plan: &self.plan, progress })
    }

    /// A program with its database of one size. A database with another schema is filled again.
    async fn side<'a>(
        &self,
        program: &'a Program,
        engine: Engine,
        events: u64,
        world: &World,
        server: Option<&Rc<Server>>,
    ) -> Outcome<Side<'a>> {
        let name = format!("events_{}", size(events));
        let schema = program.schema(engine)?;
        let mut database = Database::open(engine, program.name, &name, self.directory, server).await?;
        if Filled::read(&database.filled()).schema != schema {
            database.remove().await?;
            database = Database::open(engine, program.name, &name, self.directory, server).await?;
            Filled { schema, ..Filled::default() }.write(&database.filled())?;
        }
        if !database.is_filled() {
            let service = Service::start(program, &database).await?;
            let mut filled =
                fill(&service, || database.cpu(), &program.tokens, world, &database.filled(), &self.progress).await?;
            drop(service);
            database.settle().await?;
            filled.bytes = database.bytes().await?;
            filled.complete = true;
            filled.write(&database.filled())?;
        }
        Ok(Side { program, database, is_baseline: false })
    }

    /// The sections of one size that have no results yet.
    async fn measure(&self, setting: &Setting<'_>, results: &mut Results) -> Outcome<()> {
        let (engine, events, sizes) = (setting.engine, setting.events, self.options.sizes());
        let is_largest = sizes.iter().all(|size| *size <= events);
        let name = |section: &str| format!("{section}/{engine}/{events}");
        let is_missing = |results: &Results, section: &str| !results.sections.contains_key(&name(section));
        if is_missing(results, "database") {
            results.keep(&name("database"), database_figures(setting).await?)?;
        }
        if is_missing(results, "reads") {
            results.keep(&name("reads"), reads::measure(setting).await?)?;
        }
        if is_missing(results, "exports") {
            results.keep(&name("exports"), exports::measure(setting).await?)?;
        }
        if is_largest && is_missing(results, "matrix") {
            results.keep(&name("matrix"), matrix::measure(setting).await?)?;
        }
        if is_largest && !self.options.short && is_missing(results, "connections") {
            results.keep(&name("connections"), reads::against_connections(setting).await?)?;
        }
        if events == compared_size(&sizes) && is_missing(results, "writes") {
            results.keep(&name("writes"), writes::measure(setting).await?)?;
        }
        Ok(())
    }
}

/// The figures of the filled databases, and the start times of the programs on them.
async fn database_figures(setting: &Setting<'_>) -> Outcome<Section> {
    let mut section = Section::default();
    let events = setting.world.all_events() as f64;
    for side in setting.sides() {
        let filled = Filled::read(&side.database.filled());
        section.figure(&side.name(BYTES), filled.bytes as f64 / events);
        let rate = |(events, seconds): &(u64, f64)| *events as f64 / seconds;
        for (name, tenth) in [(FILL_FIRST, filled.tenths.first()), (FILL_LAST, filled.tenths.last())] {
            if let Some(tenth) = tenth {
                section.figure(&side.name(name), rate(tenth));
            }
        }
        section.figure(&side.name(FILL_CPU), filled.cpu.0 / events * 1_000.0);
        section.figure(&side.name(FILL_CPU_DATABASE), filled.cpu.1 / events * 1_000.0);
        for _ in 0..setting.plan.rounds.max(3) {
            let service = side.start().await?;
            section.figure(&side.name(COLD_START), service.cold_start.as_secs_f64() * 1_000.0);
        }
    }
    Ok(section)
}

/// The commit that is checked out, with a `+` if files of the service have uncommitted changes.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(Path::new(env!("CARGO_MANIFEST_DIR"))).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let changed =
        git(&["status", "--porcelain", "--", "../src", "../migrations", "../Cargo.lock"]).is_some_and(|files| !files.is_empty());
    if changed { format!("{commit}+") } else { commit }
}
