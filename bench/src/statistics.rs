//! The statistics of a measurement.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One measurement of one round.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sample {
    pub requests: usize,
    pub seconds: f64,
    /// The latency in seconds.
    pub p50: f64,
    pub p99: f64,
    /// CPU seconds of the server.
    pub server_cpu: f64,
    /// CPU seconds of the database, if it has its own processes.
    pub database_cpu: f64,
}

impl Sample {
    pub fn new(mut latencies: Vec<f64>, elapsed: Duration) -> Self {
        latencies.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| latencies.get(((latencies.len() as f64 * share) as usize).min(latencies.len().max(1) - 1)).copied();
        Self {
            requests: latencies.len(),
            seconds: elapsed.as_secs_f64(),
            p50: at(0.5).unwrap_or_default(),
            p99: at(0.99).unwrap_or_default(),
            ..Self::default()
        }
    }

    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }
}

pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 0 => f64::midpoint(values[count / 2 - 1], values[count / 2]),
        count => values[count / 2],
    }
}

/// The statistics of all rounds of one measurement.
pub trait Rounds {
    fn rate(&self) -> f64;
    fn p50(&self) -> f64;
    fn p99(&self) -> f64;
    /// CPU seconds per 1,000 requests, of the server and of the database.
    fn cpu(&self) -> (f64, f64);
}

impl Rounds for [Sample] {
    fn rate(&self) -> f64 {
        median(self.iter().map(Sample::rate))
    }

    fn p50(&self) -> f64 {
        median(self.iter().map(|sample| sample.p50))
    }

    fn p99(&self) -> f64 {
        median(self.iter().map(|sample| sample.p99))
    }

    fn cpu(&self) -> (f64, f64) {
        let thousands = self.iter().map(|sample| sample.requests as f64).sum::<f64>() / 1_000.0;
        let of = |cpu: fn(&Sample) -> f64| self.iter().map(cpu).sum::<f64>() / thousands;
        (of(|sample| sample.server_cpu), of(|sample| sample.database_cpu))
    }
}
