//! The section of many terms: one account's conversation log in which every event has a different text, and one of the same length
//! with few distinct texts. Writes, a filter by one text and the first page should hardly depend on the number of texts.

use std::{
    cell::{Cell, RefCell},
    fmt::Write,
    net::SocketAddr,
};

use fastrand::Rng;
use futures_util::future::try_join_all;

use crate::{
    Outcome,
    client::{self, Connection},
    database::{Database, Engine},
    figures::size,
    filled::Filled,
    load::{self, Expected, Source},
    progress::Progress,
    queries::path,
    results::Section,
    service::{Program, Service},
    setting::Plan,
    statistics::Rounds,
    world::{
        ActorType, BEGIN, Event, Log,
        filter::{Asked, Filter, Order},
        kinds::{self, Kind},
        texts::NOTE,
    },
};

/// The number of terms that the larger number is compared with.
const FEW: u32 = 50_000;

/// Events of a request.
const BATCH: u32 = 500;
const WRITERS: usize = 8;
const READERS: usize = 16;

/// The measurements, with their numbers of connections.
const WAYS: [(Way, &str, usize); 4] = [
    (Way::NewTexts, "batches of 500 with new texts", WRITERS),
    (Way::KnownTexts, "batches of 500 with known texts", WRITERS),
    (Way::Filter, "filter by one text", READERS),
    (Way::FirstPage, "first page", READERS),
];

#[derive(Clone, Copy, PartialEq)]
enum Way {
    NewTexts,
    KnownTexts,
    Filter,
    FirstPage,
}

/// Fills both databases if necessary, and measures on copies of them.
pub async fn measure(
    program: &Program,
    many: u64,
    open: impl AsyncFn(&str) -> Outcome<Database>,
    engine: Engine,
    plan: &Plan,
    progress: &Progress,
) -> Outcome<Section> {
    let many = u32::try_from(many)?;
    if many <= FEW {
        return Err(format!("--terms is {many}; it must be more than {FEW}, the number that it is compared with").into());
    }
    let mut section = Section::default();
    let mut targets = Vec::new();
    for terms in [FEW, many] {
        progress.subject(&format!("{engine}, {} terms", size(terms.into())));
        let name = format!("terms_{}_of_{}", size(terms.into()), size(many.into()));
        let schema = program.schema(engine)?;
        let mut database = open(&name).await?;
        let filled = Filled::read(&database.filled());
        if filled.schema != schema || !filled.complete {
            database.remove().await?;
            database = open(&name).await?;
            let service = Service::start(program, &database).await?;
            fill(service.address, &program.tokens[0], terms, many, progress).await?;
            drop(service);
            database.settle().await?;
            Filled { schema, complete: true, ..Filled::default() }.write(&database.filled())?;
        }
        let copy = database.copy("copy").await?;
        copy.settle().await?;
        let service = Service::start(program, &copy).await?;
        targets.push((terms, copy, service, Cell::new(many)));
    }
    progress.begin("many terms", plan.rounds * WAYS.len());
    for round in 0..=plan.rounds {
        for (way, name, connections) in WAYS {
            for (terms, _, service, next) in &targets {
                let source = Requests::new(way, *terms, next, &program.tokens[0]);
                let sample = load::run(service.address, &source, connections, plan.duration * 2).await?;
                // The first round fills the caches.
                if round > 0 {
                    section.add(&of(name, *terms), connections, sample);
                }
            }
            progress.step();
        }
    }
    section.figure(TERMS, many.into());
    let databases: Vec<Database> = targets.into_iter().map(|(_, database, ..)| database).collect();
    for database in databases {
        database.remove().await?;
    }
    Ok(section)
}

/// The larger number of terms, as a figure.
const TERMS: &str = "terms";

fn of(name: &str, terms: u32) -> String {
    format!("{name}, {} terms", size(terms.into()))
}

/// A table that compares both numbers of terms.
pub fn table(engine: &str, section: &Section) -> String {
    let many = section.value(TERMS).unwrap_or_default() as u32;
    let sizes = [FEW, many].map(|terms| size(terms.into()));
    let [few, more] = &sizes;
    let mut text = format!(
        "\n## {engine}: many terms\n\n| requests/s | {few} terms | {more} terms | times slower | goal | met |\n\
         |---|---:|---:|---:|---:|---:|\n"
    );
    for (_, name, connections) in WAYS {
        let rate = |terms| section.rounds(&of(name, terms), connections).map_or(f64::NAN, Rounds::rate);
        let ratio = section.ratio_of_rates(&of(name, FEW), &of(name, many), connections).unwrap_or(f64::NAN);
        let met = if ratio <= 1.3 { "yes" } else { "**no**" };
        // Writing to a string does not fail.
        let _ = writeln!(text, "| {name} | {:.0} | {:.0} | {ratio:.2}× | ≤ 1.3× | {met} |", rate(FEW), rate(many));
    }
    text
}

/// Sends one event for each term, and then events with known texts.
async fn fill(address: SocketAddr, token: &str, terms: u32, events: u32, progress: &Progress) -> Outcome<()> {
    progress.begin("fill", events.div_ceil(BATCH) as usize);
    let next = Cell::new(0);
    let new = Requests::new(Way::NewTexts, terms, &next, token);
    let known = Requests::new(Way::KnownTexts, terms, &next, token);
    let send = async || -> Outcome<()> {
        let mut connection = Connection::open(address).await?;
        let mut request = Vec::new();
        while next.get() < events {
            if next.get() < terms { &new } else { &known }.next(&mut request);
            let answer = connection.exchange(&request).await?;
            if answer.status != 201 {
                return Err(format!("filling the database: a batch got {} {}", answer.status, answer.text()).into());
            }
            progress.step();
        }
        Ok(())
    };
    try_join_all((0..WRITERS).map(|_| send())).await?;
    Ok(())
}

/// The requests of one measurement.
struct Requests<'a> {
    way: Way,
    terms: u32,
    /// The number of the next event.
    next: &'a Cell<u32>,
    token: &'a str,
    random: RefCell<Rng>,
}

impl<'a> Requests<'a> {
    fn new(way: Way, terms: u32, next: &'a Cell<u32>, token: &'a str) -> Self {
        Self { way, terms, next, token, random: RefCell::new(Rng::with_seed(u64::from(next.get()) + 1)) }
    }

    /// The text of an event of the filled database. Later writes use odd texts and filters use even ones, so each text of a filter
    /// belongs to exactly one event.
    fn known(&self, odd: u32) -> u32 {
        NOTE | (self.random.borrow_mut().u32(..self.terms / 2) * 2 + odd)
    }

    fn batch(&self) -> Vec<u8> {
        let mut body = r#"{"events":["#.to_owned();
        for index in 0..BATCH {
            let number = self.next.replace(self.next.get() + 1);
            let to = if self.way == Way::KnownTexts { self.known(1) } else { NOTE | number };
            if index > 0 {
                body.push(',');
            }
            let event = Event {
                account: 0,
                log: Log::Conversation,
                number,
                time: BEGIN + i64::from(number) * 1_000,
                kind: kind(),
                actor_type: ActorType::User,
                actor: number % 400,
                from: None,
                to: Some(to),
                object: 1 + number / 12,
                operation: None,
            };
            event.write(&mut body);
        }
        body.push_str("]}");
        client::post(Log::Conversation.path(), self.token, &body)
    }

    fn page(&self, filters: Vec<Filter>) -> Vec<u8> {
        // Each request differs from all others, so that no cached page answers it.
        let date = 1_000_000 + self.random.borrow_mut().i64(0..BEGIN / 2);
        let filters = filters.into_iter().chain([Filter::DateFrom(date)]).collect();
        let asked = Asked { account: 0, log: Log::Conversation, filters, order: Order::NewestFirst, limit: 50 };
        client::get(&path(&asked), self.token, "")
    }
}

impl Source for Requests<'_> {
    fn next(&self, request: &mut Vec<u8>) -> Expected {
        let (bytes, status, events) = match self.way {
            Way::NewTexts | Way::KnownTexts => (self.batch(), 201, BATCH as usize),
            Way::Filter => (self.page(vec![Filter::ToValue(vec![self.known(0)])]), 200, 1),
            Way::FirstPage => (self.page(vec![]), 200, 50),
        };
        *request = bytes;
        Expected { status, or: None, events: Some(events), length: None }
    }
}

fn kind() -> &'static Kind {
    kinds::of(Log::Conversation).iter().find(|kind| kind.code == kinds::NOTE).expect("notes are a type of event")
}
