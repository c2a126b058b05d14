//! The run: which sections, in which order, and what is kept of them.

use std::{fs, path::Path, process::Command, rc::Rc, time::UNIX_EPOCH};

use crate::{
    Outcome, exports,
    fill::{Filled, fill},
    matrix,
    options::{Options, size},
    place::{Engine, Place},
    postgres::Server,
    progress::Progress,
    reads, report,
    results::{Results, Section},
    service::{self, Service},
    world::World,
    writes,
};

/// Figures of the filling.
pub const BYTES: &str = "bytes for each event";
pub const FILL_FIRST: &str = "events a second in the first tenth";
pub const FILL_LAST: &str = "events a second in the last tenth";
pub const FILL_CPU: &str = "CPU seconds of the service for 1,000 events";
pub const FILL_CPU_DATABASE: &str = "CPU seconds of the database for 1,000 events";
pub const COLD_START: &str = "cold start to ready, ms";

/// Runs everything that is not kept yet, and reports.
pub async fn run(options: &Options) -> Outcome<()> {
    let temporary = options.short.then(|| tempfile::Builder::new().prefix("logbook-bench-").tempdir()).transpose()?;
    let directory = temporary.as_ref().map_or(options.data.as_path(), |directory| directory.path());
    fs::create_dir_all(directory)?;
    // PostgreSQL runs as another user and has to get to its data.
    fs::set_permissions(directory, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let mut results = Results::open(directory, &identity(options)?, &commit(), options.fresh);
    let progress = Progress::default();
    let tokens = service::tokens()?;
    for engine in &options.database.0 {
        let server = match engine {
            Engine::Postgres => Some(Rc::new(Server::start(&directory.join("postgres-server")).await?)),
            Engine::Sqlite => None,
        };
        for events in options.sizes() {
            let world = World::new(events);
            progress.place(&format!("{engine}, {} events", size(events)));
            let place = open(*engine, events, directory, server.as_ref()).await?;
            if !place.is_filled() {
                filled(&place, &world, &tokens, &progress).await?;
            }
            let name = |section: &str| format!("{section}/{engine}/{events}");
            if !results.sections.contains_key(&name("database")) {
                results.keep(&name("database"), database(&place, &world, options.plan().rounds).await?)?;
            }
            if !results.sections.contains_key(&name("reads")) {
                let section = reads::measure(&place, &world, &tokens, &options.plan(), &progress).await?;
                results.keep(&name("reads"), section)?;
            }
            if !results.sections.contains_key(&name("exports")) {
                let section = exports::measure(&place, &world, &tokens, &options.plan(), &progress).await?;
                results.keep(&name("exports"), section)?;
            }
            let is_largest = options.sizes().iter().all(|size| *size <= events);
            if is_largest && !results.sections.contains_key(&name("matrix")) {
                let section = matrix::measure(&place, &world, &tokens, &options.plan(), &progress).await?;
                results.keep(&name("matrix"), section)?;
            }
            if is_largest && !options.short && !results.sections.contains_key(&name("connections")) {
                let section = reads::against_connections(&place, &tokens, &options.plan(), &progress).await?;
                results.keep(&name("connections"), section)?;
            }
        }
        let name = format!("writes/{engine}");
        if !results.sections.contains_key(&name) {
            progress.place(&format!("{engine}, writing"));
            let section = writes::measure(*engine, directory, server.as_ref(), &tokens, &options.plan(), &progress).await?;
            results.keep(&name, section)?;
        }
    }
    progress.end();
    report::write(&results, options)?;
    Ok(())
}

/// The database of a size; emptied where another version's migrations made it.
async fn open(engine: Engine, events: u64, directory: &Path, server: Option<&Rc<Server>>) -> Outcome<Place> {
    let name = format!("events_{}", size(events));
    let place = Place::open(engine, &name, directory, server).await?;
    let schema = service::schema(engine)?;
    if Filled::read(&place.filled()).schema == schema {
        return Ok(place);
    }
    place.remove().await?;
    let place = Place::open(engine, &name, directory, server).await?;
    Filled { schema, ..Filled::default() }.write(&place.filled())?;
    Ok(place)
}

async fn filled(place: &Place, world: &World, tokens: &[String], progress: &Progress) -> Outcome<()> {
    let service = Service::start(&place.url, &place.directory).await?;
    fill(&service, || place.database_cpu(), tokens, world, &place.filled(), progress).await?;
    drop(service);
    place.settle().await
}

/// What is to be told of a filled database, and how soon the service is ready on it.
async fn database(place: &Place, world: &World, rounds: usize) -> Outcome<Section> {
    let mut section = Section::default();
    let events = world.all_events() as f64;
    let filled = Filled::read(&place.filled());
    section.figure(BYTES, place.bytes().await? as f64 / events);
    let rate = |(events, seconds): &(u64, f64)| *events as f64 / seconds;
    for (name, tenth) in [(FILL_FIRST, filled.tenths.first()), (FILL_LAST, filled.tenths.last())] {
        if let Some(tenth) = tenth {
            section.figure(name, rate(tenth));
        }
    }
    section.figure(FILL_CPU, filled.cpu.0 / events * 1_000.0);
    section.figure(FILL_CPU_DATABASE, filled.cpu.1 / events * 1_000.0);
    for _ in 0..rounds.max(3) {
        let service = Service::start(&place.url, &place.directory).await?;
        section.figure(COLD_START, service.cold_start.as_secs_f64() * 1_000.0);
    }
    Ok(section)
}

/// What results are of: the built program, and how it was measured.
fn identity(options: &Options) -> Outcome<String> {
    let program = fs::metadata(service::program())?;
    let built = program.modified()?.duration_since(UNIX_EPOCH)?.as_secs();
    Ok(format!("{} {built} {:?}", program.len(), options.plan()))
}

/// The commit that is checked out, with a + where files of the service were changed since.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(Path::new(env!("CARGO_MANIFEST_DIR"))).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let changed = git(&["status", "--porcelain", "--", "src", "migrations", "Cargo.lock"]).is_some_and(|files| !files.is_empty());
    if changed { format!("{commit}+") } else { commit }
}
