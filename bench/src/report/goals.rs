//! The goals, with the measured values. All rates are compared within one run.

use super::Measured;
use crate::{
    database::Engine,
    exports::{COPY_OUT, EXPORT},
    figures::BYTES,
    matrix,
    queries::{EVENT_PAGE_UNCACHED, FIRST_PAGE, FIRST_PAGE_CACHED, FIRST_PAGE_UNCACHED, NOT_MODIFIED, TOTAL},
    reads::{BARE_EVENT, BARE_PAGE, RESIDENT},
    setting::of_baseline,
    writes::{FIVE_HUNDRED, SINGLE},
};

/// The rates of other products as shares of the rate of a bare statement: 230–240 of 5,300–6,000 and 3,200–3,800 of
/// 10,000–10,900 requests/s, medians of one interleaved run with the same million events, at 16 connections.
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
    let is_sqlite = engine == Engine::Sqlite;
    let mut goals = Vec::new();
    let mut goal = |what: &str, measured: Option<f64>, bound: Bound, unit: &'static str| {
        goals.push(Goal { what: what.to_owned(), engine, measured, bound, unit });
    };

    let bytes =
        measured.compared("database").and_then(|section| Some(section.value(BYTES)? / section.value(&of_baseline(BYTES))?));
    goal("total bytes per event, over the baseline", bytes, AtMost(0.4), "×");
    let writes = measured.compared("writes");
    let over_baseline =
        |name: &str, connections: usize| writes.and_then(|section| section.ratio_of_rates(name, &of_baseline(name), connections));
    goal("batches of 500 from 8 connections, over the baseline", over_baseline(FIVE_HUNDRED, 8), AtLeast(1.8), "×");
    goal("single events from 64 connections, over the baseline", over_baseline(SINGLE, 64), AtLeast(1.5), "×");

    let reads = |one: &str, other: &str| measured.largest("reads").and_then(|section| section.ratio_of_rates(one, other, 16));
    let share = reads(FIRST_PAGE_UNCACHED, BARE_PAGE);
    let over_bare = |what: &str| format!("{what}, 16 connections, over a bare prepared statement");
    goal(&over_bare(FIRST_PAGE_UNCACHED), share, AtLeast(0.85), "×");
    goal(&over_bare(EVENT_PAGE_UNCACHED), reads(EVENT_PAGE_UNCACHED, BARE_EVENT), AtLeast(0.85), "×");
    for name in [FIRST_PAGE_CACHED, NOT_MODIFIED] {
        // 1 means not slower; 5 % is the noise of a run.
        let compared = measured.compared("reads").and_then(|section| section.ratio_of_rates(name, &of_baseline(name), 16));
        goal(&format!("{name}, 16 connections, over the baseline"), compared, AtLeast(0.95), "×");
    }
    let (peer, peer_share, bound) = if is_sqlite { ("TrailBase", TRAILBASE, 2.0) } else { ("Directus", DIRECTUS, 18.0) };
    let over_peer = share.map(|share| share / peer_share);
    goal(&format!("share of a bare statement's rate, over that of {peer}"), over_peer, AtLeast(bound), "×");

    for (count, most) in [(1, 2.0), (2, 20.0), (3, 40.0)] {
        let worst = measured.largest("matrix").and_then(|section| matrix::slowest(section, count));
        let (name, latency) =
            worst.map_or((String::new(), None), |(name, latency)| (format!(" ({name})"), Some(latency * 1_000.0)));
        let filters = ["single filter", "pair of filters", "triple of filters"][count - 1];
        goal(&format!("median of the slowest {filters}{name}"), latency, AtMost(most), " ms");
    }
    let latency = |name: &str| measured.largest("reads").and_then(|section| section.p50(name, 1));
    let growth = |name: &str| {
        let smallest = measured.smallest("reads").and_then(|section| section.p50(name, 1));
        Some(latency(name)? / smallest?).filter(|_| measured.sizes.len() > 1)
    };
    let single = measured.single_filters().into_iter().filter_map(|name| growth(&name).map(|growth| (name, growth)));
    let worst = single.max_by(|left, right| left.1.total_cmp(&right.1));
    let name = worst.as_ref().map_or(String::new(), |(name, _)| format!(" ({name})"));
    let what = format!("growth of the p50 of the single filter that grows most{name}, {}", measured.largest_over_smallest());
    goal(&what, worst.map(|(_, growth)| growth), AtMost(1.5), "×");

    let resident = measured.largest("reads").and_then(|section| section.value(RESIDENT));
    let most = if is_sqlite { 48.0 } else { 40.0 };
    goal("resident memory, serving 16 connections", resident, AtMost(most), " MiB");
    if !is_sqlite {
        let exports = measured.largest("exports");
        let share = exports.and_then(|section| Some(section.value(EXPORT)? / section.value(COPY_OUT)?));
        goal("export, over COPY … TO STDOUT (rows/s)", share, AtLeast(0.6), "×");
    }
    let total = latency(TOTAL).zip(latency(FIRST_PAGE)).map(|(with, without)| (with - without) * 1_000.0);
    goal("additional latency of `includeTotal`", total, AtMost(5.0), " ms");
    goals
}
