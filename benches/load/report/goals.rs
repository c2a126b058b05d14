//! The goals, each beside what was measured. All of them are ratios within one run, or stand for a machine as it is told.

use super::Measured;
use crate::{
    exports::{COPY_OUT, EXPORT, RISE},
    matrix,
    place::Engine,
    queries::{DEEP_PAGE, EVENT_PAGE, EVENT_PAGE_ANEW, FIRST_PAGE, FIRST_PAGE_AGAIN, FIRST_PAGE_ANEW, NOT_MODIFIED, TOTAL},
    reads::{BARE_EVENT, BARE_PAGE, RESIDENT},
    run::COLD_START,
    writes::{BARE_INSERT, BUSY, FIVE_HUNDRED, HUNDRED, NAIVE, QUIET, SINGLE},
};

/// What peers reach of the rate of a bare statement: 230–240 of 5,300–6,000 and 3,200–3,800 of 10,000–10,900 requests a second,
/// medians of one interleaved run over the same million events, at 16 connections.
const DIRECTUS: f64 = 235.0 / 5_650.0;
const TRAILBASE: f64 = 3_500.0 / 10_450.0;

#[derive(Clone, Copy)]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// One line of the table.
pub struct Goal {
    pub what: String,
    pub engine: Engine,
    /// `None`: not measured in this run.
    pub measured: Option<f64>,
    pub bound: Bound,
    pub unit: &'static str,
}

impl Goal {
    /// `None`: not measured.
    pub fn is_met(&self) -> Option<bool> {
        self.measured.map(|measured| match self.bound {
            Bound::AtLeast(least) => measured >= least,
            Bound::AtMost(most) => measured <= most,
        })
    }
}

/// All goals, for one engine.
pub fn goals(measured: &Measured<'_>) -> Vec<Goal> {
    use Bound::{AtLeast, AtMost};
    let engine = measured.engine;
    let mut goals = Vec::new();
    let mut goal = |what: &str, measured: Option<f64>, bound: Bound, unit: &'static str| {
        goals.push(Goal { what: what.to_owned(), engine, measured, bound, unit });
    };
    let is_sqlite = engine == Engine::Sqlite;
    let reads = |one: &str, other: &str| measured.largest("reads").and_then(|section| section.ratio_of_rates(one, other, 16));
    let ratio = |one: Option<f64>, other: Option<f64>| Some(one? / other?);
    let latency = |name: &str| measured.largest("reads").and_then(|section| section.p50(name, 1));

    let share = reads(FIRST_PAGE, BARE_PAGE);
    goal("first page, 16 connections, over a bare prepared statement", share, AtLeast(0.85), "×");
    let over_bare = |what: &str| format!("{what}, 16 connections, over a bare prepared statement");
    goal(&over_bare("page of one event type"), reads(EVENT_PAGE, BARE_EVENT), AtLeast(0.85), "×");
    // Nobody asks a service that keeps nothing; it shows what a page costs that nobody has seen before.
    goal(&over_bare("first page where nothing is kept"), reads(FIRST_PAGE_ANEW, BARE_PAGE), AtLeast(0.85), "×");
    goal(&over_bare("page of one event type where nothing is kept"), reads(EVENT_PAGE_ANEW, BARE_EVENT), AtLeast(0.85), "×");
    let unchanged = "unchanged page asked again with If-None-Match";
    goal(&format!("{unchanged}, over the page"), reads(NOT_MODIFIED, FIRST_PAGE), AtLeast(5.0), "×");
    goal(&format!("{unchanged}, over the page where nothing is kept"), reads(NOT_MODIFIED, FIRST_PAGE_ANEW), AtLeast(5.0), "×");
    let again = AtLeast(if is_sqlite { 3.0 } else { 2.0 });
    goal("the same page asked again, over a bare prepared statement", reads(FIRST_PAGE_AGAIN, BARE_PAGE), again, "×");
    let (peer, peer_share, bound) = if is_sqlite { ("TrailBase", TRAILBASE, 2.0) } else { ("Directus", DIRECTUS, 18.0) };
    let over_peer = share.map(|share| share / peer_share);
    goal(&format!("share of a bare statement's rate, over that of {peer}"), over_peer, AtLeast(bound), "×");

    let growth = |name: &str| {
        let least = measured.smallest("reads").and_then(|section| section.p50(name, 1));
        ratio(latency(name), least).filter(|_| measured.sizes.len() > 1)
    };
    let sizes = measured.largest_over_smallest();
    goal(&format!("p50 of the first page, {sizes}"), growth(FIRST_PAGE), AtMost(1.3), "×");
    goal(&format!("p50 of the deep page, {sizes}"), growth(DEEP_PAGE), AtMost(1.3), "×");
    let single: Vec<(String, f64)> =
        measured.single_filters().into_iter().filter_map(|name| Some((name.clone(), growth(&name)?))).collect();
    for (of_actor, most) in [(false, 1.3), (true, 2.0)] {
        let of_kind = single.iter().filter(|(name, _)| name.starts_with("doneById") == of_actor);
        let worst = of_kind.max_by(|left, right| left.1.total_cmp(&right.1));
        let name = worst.map_or(if of_actor { "actor" } else { "not the actor" }, |(name, _)| name.as_str());
        goal(
            &format!("p50 of the single filter that grows most ({name}), {sizes}"),
            worst.map(|(_, growth)| *growth),
            AtMost(most),
            "×",
        );
    }
    for name in [DEEP_PAGE.to_owned(), DEEP_PAGE.replace("date", "cursor")] {
        goal(&format!("p50 of the {name}, over the first page"), ratio(latency(&name), latency(FIRST_PAGE)), AtMost(1.2), "×");
    }
    for (count, most) in [(1, 5.0), (2, 15.0), (3, 50.0)] {
        let worst = measured.largest("matrix").and_then(|section| matrix::slowest(section, count));
        let (name, latency) =
            worst.map_or((String::new(), None), |(name, latency)| (format!(" ({name})"), Some(latency * 1_000.0)));
        let filters = ["single filter", "pair of filters", "triple of filters"][count - 1];
        goal(&format!("median of the slowest {filters}{name}"), latency, AtMost(most), " ms");
    }
    let total = ratio(latency(TOTAL), Some(0.001)).zip(ratio(latency(FIRST_PAGE), Some(0.001)));
    goal("what `includeTotal` adds", total.map(|(with, without)| with - without), AtMost(10.0), " ms");

    let writes = measured.section(&format!("writes/{engine}"));
    let rate = |name: &str, connections: usize| writes.and_then(|section| section.rate(name, connections));
    let times = |rate: Option<f64>, events: f64| rate.map(|rate| rate * events);
    let figure = |name: &str| writes.and_then(|section| section.value(name));
    let of_naive = writes.and_then(|section| section.ratio_of_rates(SINGLE, NAIVE, 64));
    goal("single events from 64 connections, over a transaction for each request", of_naive, AtLeast(5.0), "×");
    let of_batches = ratio(rate(SINGLE, 64), times(rate(FIVE_HUNDRED, 8), 500.0));
    goal("single events from 64 connections, over batches of 500 (events/s)", of_batches, AtLeast(0.5), "×");
    for (name, events) in [(HUNDRED, 100.0), (FIVE_HUNDRED, 500.0)] {
        let of_bare = ratio(times(rate(name, 8), events), figure(BARE_INSERT));
        goal(&format!("{name}, over multi-row INSERT by bare statements (rows/s)"), of_bare, AtLeast(0.6), "×");
    }
    let busy = writes.and_then(|section| ratio(section.p50(BUSY, 4), section.p50(QUIET, 4)));
    goal("p50 of reads while writes run at half their maximum, over without writes", busy, AtMost(2.0), "×");

    let exports = |name: &str| measured.largest("exports").and_then(|section| section.value(name));
    if !is_sqlite {
        goal("export, over COPY … TO STDOUT (rows/s)", ratio(exports(EXPORT), exports(COPY_OUT)), AtLeast(0.4), "×");
    }
    goal("rise of memory by an export", exports(RISE), AtMost(64.0), " MiB");
    let resident = measured.largest("reads").and_then(|section| section.value(RESIDENT));
    goal("resident memory, serving 16 connections", resident, AtMost(48.0), " MiB");
    if is_sqlite {
        let cold = measured.largest("database").and_then(|section| section.value(COLD_START));
        goal("cold start to ready", cold, AtMost(300.0), " ms");
    }
    goals
}
