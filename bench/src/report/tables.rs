//! The tables of the report, ratios first.

use std::fmt::Write;

use super::{
    Measured,
    goals::{Bound, goals},
};
use crate::{
    exports, figures,
    figures::size,
    matrix,
    reads::{RESIDENT, RESIDENT_BARE},
    results::{Measurement, Section},
    setting::{compared_size, of_baseline},
    statistics::Rounds,
    terms, writes,
};

pub fn all(measured: &[Measured<'_>]) -> String {
    let mut text = String::new();
    table_of_goals(&mut text, measured);
    for measured in measured {
        growth(&mut text, measured);
        queries(&mut text, measured);
        slowest(&mut text, measured);
        table_of_writes(&mut text, measured);
        figures(&mut text, measured);
        if let Some(section) = measured.section(&format!("terms/{}", measured.engine)) {
            text.push_str(&terms::table(&measured.engine.to_string(), section));
        }
    }
    text
}

fn line(text: &mut String, cells: &[String]) {
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn head(text: &mut String, title: &str, cells: &[&str]) {
    let _ = writeln!(text, "\n## {title}\n");
    line(text, &cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    let rule: Vec<&str> = std::iter::once("---").chain(std::iter::repeat_n("---:", cells.len() - 1)).collect();
    let _ = writeln!(text, "|{}|", rule.join("|"));
}

/// Three significant digits, and no fraction from 100 on.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 => {
            let digits = format!("{value:.0}");
            let parts: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
            parts.join(",")
        }
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn milliseconds(seconds: f64) -> String {
    number(seconds * 1_000.0)
}

fn table_of_goals(text: &mut String, measured: &[Measured<'_>]) {
    head(text, "Goals", &["what", "database", "measured", "goal", "met"]);
    for goal in measured.iter().flat_map(goals) {
        let bound = match goal.bound {
            Bound::AtLeast(least) => format!("≥ {least}{}", goal.unit),
            Bound::AtMost(most) => format!("≤ {most}{}", goal.unit),
        };
        let value = goal.measured.map_or("not measured".to_owned(), |value| format!("{}{}", number(value), goal.unit));
        let met = goal.is_met().map_or("–", |met| if met { "yes" } else { "**no**" });
        line(text, &[goal.what.clone(), goal.engine.to_string(), value, bound, met.to_owned()]);
    }
}

fn growth(text: &mut String, measured: &Measured<'_>) {
    let Some(largest) = measured.largest("reads") else { return };
    let sizes: Vec<String> = measured.sizes.iter().map(|events| size(*events)).collect();
    let mut cells = vec!["p50 in ms, 1 connection"];
    cells.extend(sizes.iter().map(String::as_str));
    cells.push("largest over smallest");
    head(text, &format!("{}: against the size of the log", measured.engine), &cells);
    for Measurement { name, .. } in largest.measurements.iter().filter(|found| found.connections == 1) {
        let p50 = |events: &u64| measured.at("reads", *events).and_then(|section| section.p50(name, 1));
        let values: Vec<Option<f64>> = measured.sizes.iter().map(p50).collect();
        let ratio = values.first().copied().flatten().zip(values.last().copied().flatten()).map(|(least, most)| most / least);
        let cell = |value: &Option<f64>| value.map_or("–".to_owned(), milliseconds);
        let mut cells = vec![name.clone()];
        cells.extend(values.iter().map(cell));
        cells.push(ratio.map_or("–".to_owned(), number));
        line(text, &cells);
    }
}

const COLUMNS: [&str; 8] = [
    "query",
    "p50 ms, 1 connection",
    "p99",
    "requests/s, 16 connections",
    "p50 ms",
    "p99",
    "CPU s per 1,000, server",
    "database",
];

fn queries(text: &mut String, measured: &Measured<'_>) {
    let (Some(section), Some(events)) = (measured.largest("reads"), measured.sizes.last()) else { return };
    head(text, &format!("{}: queries, {} events", measured.engine, size(*events)), &COLUMNS);
    for Measurement { name, samples, .. } in section.measurements.iter().filter(|found| found.connections == 1) {
        let many = section.rounds(name, 16).unwrap_or_default();
        let (server, database) = many.cpu();
        line(
            text,
            &[
                name.clone(),
                milliseconds(samples.p50()),
                milliseconds(samples.p99()),
                number(many.rate()),
                milliseconds(many.p50()),
                milliseconds(many.p99()),
                number(server),
                number(database),
            ],
        );
    }
    for note in &section.notes {
        let _ = writeln!(text, "\n{note}.");
    }
}

fn slowest(text: &mut String, measured: &Measured<'_>) {
    let (Some(section), Some(events)) = (measured.largest("matrix"), measured.sizes.last()) else { return };
    let title = format!("{}: the slowest of all combinations of filters, {} events", measured.engine, size(*events));
    head(text, &title, &["filters", "p50 ms, 1 connection"]);
    for count in 1..=3 {
        for (name, latency) in matrix::ranked(section, count).into_iter().take(5) {
            line(text, &[name, milliseconds(latency)]);
        }
    }
    for note in &section.notes {
        let _ = writeln!(text, "\n{note}.");
    }
}

fn table_of_writes(text: &mut String, measured: &Measured<'_>) {
    let Some(section) = measured.compared("writes") else { return };
    let columns = ["writing", "connections", "events/s", "p50 ms", "p99", "CPU s per 1,000 events, server", "database"];
    let size = size(compared_size(measured.sizes));
    head(text, &format!("{}: writing to databases of {size} events", measured.engine), &columns);
    let events = |name: &str| {
        let is_named = |way: &&writes::Way| way.name == name || of_baseline(way.name) == name;
        writes::WAYS.iter().find(is_named).map_or(1.0, |way| f64::from(way.events))
    };
    for Measurement { name, connections, samples } in &section.measurements {
        let events = events(name);
        let (server, database) = samples.cpu();
        line(
            text,
            &[
                name.clone(),
                connections.to_string(),
                number(samples.rate() * events),
                milliseconds(samples.p50()),
                milliseconds(samples.p99()),
                number(server / events),
                number(database / events),
            ],
        );
    }
    for name in [writes::BARE_INSERT, writes::COPY_IN] {
        if let Some(value) = section.value(name) {
            line(
                text,
                &[name.to_owned(), "8".to_owned(), number(value), String::new(), String::new(), String::new(), String::new()],
            );
        }
    }
}

/// The figures other than latencies, for each size.
fn figures(text: &mut String, measured: &Measured<'_>) {
    let sizes: Vec<String> = measured.sizes.iter().map(|events| format!("{} events", size(*events))).collect();
    let mut cells = vec![""];
    cells.extend(sizes.iter().map(String::as_str));
    head(text, &format!("{}: size, filling, start, memory, exports", measured.engine), &cells);
    let rows: [(&str, &[&str]); 3] = [
        (
            "database",
            &[
                figures::BYTES,
                figures::FILL_FIRST,
                figures::FILL_LAST,
                figures::FILL_CPU,
                figures::FILL_CPU_DATABASE,
                figures::COLD_START,
            ],
        ),
        ("reads", &[RESIDENT, RESIDENT_BARE]),
        ("exports", &[exports::EXPORT, exports::EXPORT_CSV, exports::COPY_OUT, exports::READ_OUT, exports::RISE]),
    ];
    for (section, names) in rows {
        for name in names.iter().flat_map(|name| [(*name).to_owned(), of_baseline(name)]) {
            let value = |events: &u64| measured.at(section, *events).and_then(|section: &Section| section.value(&name));
            let values: Vec<Option<f64>> = measured.sizes.iter().map(value).collect();
            if values.iter().any(Option::is_some) {
                let mut cells = vec![name.clone()];
                cells.extend(values.iter().map(|value| value.map_or("–".to_owned(), number)));
                line(text, &cells);
            }
        }
    }
}
