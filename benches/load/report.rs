//! What is told of a run.
use crate::{Outcome, options::Options, results::Results, statistics::Rounds};

pub fn write(results: &Results, _options: &Options) -> Outcome<()> {
    for (name, section) in &results.sections {
        println!("{name}");
        for m in &section.measurements {
            let (s, d) = m.samples.cpu();
            println!("  {:50} {:3} {:9.0}/s p50 {:8.3} ms p99 {:8.3} cpu {s:.3}+{d:.3}", m.name, m.connections, m.samples.rate(), m.samples.p50()*1e3, m.samples.p99()*1e3);
        }
        for (n, v) in &section.figures { println!("  {n}: {v:?}"); }
        for n in &section.notes { println!("  {n}"); }
    }
    Ok(())
}
