//! The report of a run: docs/performance.md, between its markers, and two plots.

mod goals;
mod machine;
mod plot;
mod plots;
mod tables;

use std::fs;

use crate::{
    Outcome,
    database::Engine,
    figures::size,
    options::Options,
    results::{Results, Section},
    setting::compared_size,
};

const BEGIN: &str = "<!-- What follows is written by logbook-bench. -->";
const END: &str = "<!-- What follows is written by hand. -->";

/// The measurements of one engine.
pub struct Measured<'a> {
    pub results: &'a Results,
    pub engine: Engine,
    /// The numbers of events, ascending.
    pub sizes: &'a [u64],
}

impl<'a> Measured<'a> {
    pub fn section(&self, name: &str) -> Option<&'a Section> {
        self.results.sections.get(name)
    }

    pub fn at(&self, section: &str, events: u64) -> Option<&'a Section> {
        self.section(&format!("{section}/{}/{events}", self.engine))
    }

    pub fn largest(&self, section: &str) -> Option<&'a Section> {
        self.at(section, *self.sizes.last()?)
    }

    pub fn smallest(&self, section: &str) -> Option<&'a Section> {
        self.at(section, *self.sizes.first()?)
    }

    /// The section at the size at which the baseline and writes are measured.
    pub fn compared(&self, section: &str) -> Option<&'a Section> {
        self.at(section, compared_size(self.sizes))
    }

    /// Such as `1m over 10k events`.
    pub fn largest_over_smallest(&self) -> String {
        let size = |events: Option<&u64>| events.map_or(String::new(), |events| size(*events));
        format!("{} over {} events", size(self.sizes.last()), size(self.sizes.first()))
    }

    /// The queries that are one filter with one value.
    pub fn single_filters(&self) -> Vec<String> {
        let filters = [
            "event:",
            "doneById:",
            "doneByType:",
            "fromValue:",
            "toValue:",
            "operationId:",
            "itemType:",
            "itemId:",
            "conversationId:",
        ];
        let measurements = self.largest("reads").map(|section| section.measurements.as_slice()).unwrap_or_default();
        let names = measurements.iter().filter(|found| found.connections == 1).map(|found| found.name.clone());
        names.filter(|name| filters.iter().any(|filter| name.starts_with(filter))).collect()
    }
}

/// Prints the report of all results, and writes it and the plots into the directory of the documentation.
pub fn write(results: &Results, options: &Options) -> Outcome<()> {
    // Includes earlier runs of the same programs: each database can be measured in its own run.
    let sizes = [Engine::Sqlite, Engine::Postgres].map(|engine| (engine, results.sizes(engine)));
    let measured = sizes.iter().filter(|(_, sizes)| !sizes.is_empty());
    let measured: Vec<Measured<'_>> = measured.map(|(engine, sizes)| Measured { results, engine: *engine, sizes }).collect();
    let text = format!("{}\n{}", machine::describe(options, &results.commit, &measured), tables::all(&measured));
    println!("{text}");
    if options.short {
        return Ok(());
    }
    fs::create_dir_all(&options.report)?;
    fs::write(options.report.join("performance-size.svg"), plots::against_size(&measured))?;
    fs::write(options.report.join("performance-connections.svg"), plots::against_connections(&measured))?;
    let path = options.report.join("performance.md");
    let old = fs::read_to_string(&path).unwrap_or_else(|_| format!("# Performance\n\n{BEGIN}\n{END}\n"));
    let (before, rest) = old.split_once(BEGIN).ok_or("docs/performance.md has no marker for the beginning of the report")?;
    let (_, after) = rest.split_once(END).ok_or("docs/performance.md has no marker for the end of the report")?;
    let plots = "![p50 against the size of the log](performance-size.svg)\n\n\
                 ![Latency and throughput against connections](performance-connections.svg)\n";
    fs::write(&path, format!("{before}{BEGIN}\n\n{text}\n{plots}\n{END}{after}"))?;
    Ok(())
}
