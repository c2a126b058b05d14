//! Log lines: structured, to standard error, each of a request with the request's identifier.

use tracing_subscriber::{EnvFilter, filter::ParseError, fmt};

use crate::config::{LogFormat, LogSettings};

/// Switches logging on. The filter's mistakes are told; a second call changes nothing.
pub fn start(settings: &LogSettings) -> Result<(), ParseError> {
    let filter: EnvFilter = settings.log.parse()?;
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Fails only if logging is on already.
    let _ = match settings.log_format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
        LogFormat::Text => lines.with_target(false).try_init(),
    };
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, message = panic.payload_as_str(), "panicked");
    }));
    Ok(())
}
