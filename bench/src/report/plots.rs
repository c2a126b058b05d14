//! The two plots: latency against the size of the log, latency and throughput against connections.

use super::{
    Measured,
    plot::{Line, Panel, svg},
};
use crate::{
    figures::size,
    queries::{DEEP_PAGE, EVENT_PAGE, FIRST_PAGE, TOTAL},
    reads::{BARE_PAGE, CONNECTIONS, MEMORY},
    statistics::Rounds,
};

/// A panel for each database: p50 at one connection.
pub fn against_size(measured: &[Measured<'_>]) -> String {
    const SHOWN: [&str; 7] =
        [FIRST_PAGE, DEEP_PAGE, EVENT_PAGE, "doneById: busy", "itemId: hot", "doneById × event that never occur together", TOTAL];
    let panel = |measured: &Measured<'_>| {
        let line = |name: &str| {
            let point = |events: &u64| Some((*events as f64, measured.at("reads", *events)?.p50(name, 1)? * 1_000.0));
            Line { name: name.to_owned(), points: measured.sizes.iter().filter_map(point).collect(), dashed: false }
        };
        Panel {
            title: format!("{}: p50 in ms, 1 connection", measured.engine),
            x: "events",
            lines: SHOWN.map(line).into(),
            x_ticks: measured.sizes.iter().map(|events| (*events as f64, size(*events))).collect(),
        }
    };
    svg(&measured.iter().map(panel).collect::<Vec<_>>())
}

/// Two panels: the first page by the service and by the ceilings.
pub fn against_connections(measured: &[Measured<'_>]) -> String {
    let shown = [(FIRST_PAGE, "service", false), (BARE_PAGE, "bare statement", true), (MEMORY, "bytes from memory", true)];
    let panel = |title: &str, value: fn(&[crate::statistics::Sample]) -> f64| {
        let lines = measured.iter().flat_map(|measured| {
            shown.iter().filter_map(|(name, label, dashed)| {
                let section = measured.largest("connections")?;
                let point = |connections: &usize| Some((*connections as f64, value(section.rounds(name, *connections)?)));
                let points = CONNECTIONS.iter().filter_map(point).collect();
                Some(Line { name: format!("{}: {label}", measured.engine), points, dashed: *dashed })
            })
        });
        Panel {
            title: title.to_owned(),
            x: "connections",
            lines: lines.collect(),
            x_ticks: CONNECTIONS.iter().map(|connections| (*connections as f64, connections.to_string())).collect(),
        }
    };
    svg(&[
        panel("First page: p50 in ms", |samples| samples.p50() * 1_000.0),
        panel("First page: requests/s", |samples| samples.rate()),
    ])
}
