//! Log lines: structured, on standard error. Each line about a request has its identifier.

use std::io::{self, IsTerminal};

use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    registry,
    util::SubscriberInitExt,
};

use crate::config::LogFormat;

/// Starts logging. A second call has no effect.
pub fn start(filter: Targets, format: LogFormat) {
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = match format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
        LogFormat::Text => {
            let lines = lines.with_target(false);
            // The default is colours, also in files, unless NO_COLOR is set.
            if io::stderr().is_terminal() { lines.boxed() } else { lines.with_ansi(false).boxed() }
        }
    };
    // Fails only if logging was started before.
    let _ = registry().with(lines.with_filter(without_faults_of_clients(filter))).try_init();
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        tracing::error!(location, message = panic.payload_as_str(), "panicked");
    }));
}

/// actix-http logs malformed requests and lost connections as errors. They are not faults of the service, so they are not logged
/// unless the filter names actix-http. Errors of the service while a response is sent are logged where they occur.
fn without_faults_of_clients(filter: Targets) -> Targets {
    if filter.iter().any(|(target, _)| target.starts_with("actix_http")) {
        return filter;
    }
    filter.with_target("actix_http::h1", LevelFilter::OFF)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn faults_of_clients_are_logged_only_if_the_filter_names_actix_http() {
        let logs = |filter: &str| {
            let filter: Targets = filter.parse().unwrap();
            without_faults_of_clients(filter).would_enable("actix_http::h1::dispatcher", &Level::ERROR)
        };
        assert!(!logs("info"));
        assert!(!logs("debug,logbook=trace"));
        assert!(logs("info,actix_http=error"));
        assert!(logs("info,actix_http::h1=debug"));
    }
}
