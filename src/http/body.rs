//! Takes in a request's body: of one media type, plain or gzip, within a size and a time.
//!
//! The framework's own JSON extractor inflates before it counts, and waits for a slow client without end.

use std::{
    io::{self, Write},
    time::Duration,
};

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
    web::{Bytes, BytesMut, Payload},
};
use flate2::write::MultiGzDecoder;
use futures_util::StreamExt;

use super::{json::Json, problem::Problem};

/// The largest body, in bytes, also after decompression.
pub const MAXIMUM: usize = 4 * 1024 * 1024;

/// How long a client may take to send it.
const DEADLINE: Duration = Duration::from_secs(30);

/// The body as JSON.
pub async fn json(request: &HttpRequest, payload: Payload) -> Result<Json, Problem> {
    let encoding = check_headers(request.headers())?;
    let raw = tokio::time::timeout(DEADLINE, collect(payload)).await.map_err(|_| Problem::request_timeout())??;
    let body = match encoding {
        Encoding::Identity => raw,
        Encoding::Gzip => inflate(&raw)?,
    };
    serde_json::from_slice(&body).map_err(|error| Problem::malformed_body(error.to_string()))
}

enum Encoding {
    Identity,
    Gzip,
}

/// Refuses what cannot be read before a byte of it is.
fn check_headers(headers: &HeaderMap) -> Result<Encoding, Problem> {
    let text = |name| headers.get(name).map(|value: &header::HeaderValue| value.to_str().unwrap_or_default());
    let media_type = text(header::CONTENT_TYPE).and_then(|value| value.parse::<mime::Mime>().ok());
    let is_json = media_type.is_some_and(|media_type| {
        media_type.essence_str() == "application/json"
            && media_type.get_param(mime::CHARSET).is_none_or(|charset| charset == mime::UTF_8)
    });
    if !is_json {
        return Err(Problem::unsupported_media_type("The body must be sent as Content-Type: application/json, in UTF-8"));
    }
    if text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > MAXIMUM as u64) {
        return Err(Problem::content_too_large(MAXIMUM));
    }
    // Several lines of a header are one list (RFC 9110, 5.3).
    let encodings: Vec<&str> = headers.get_all(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?")).collect();
    match encodings.join(",").to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(Encoding::Identity),
        "gzip" | "x-gzip" => Ok(Encoding::Gzip),
        _ => Err(Problem::unsupported_media_type("The body must be sent as it is, or with Content-Encoding: gzip")),
    }
}

async fn collect(mut payload: Payload) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::malformed_body("it ended before it was complete"))?;
        if body.len() + chunk.len() > MAXIMUM {
            return Err(Problem::content_too_large(MAXIMUM));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Inflates in small steps and stops at the limit, so that a bomb costs no more memory than an honest body.
fn inflate(compressed: &[u8]) -> Result<Bytes, Problem> {
    let mut decoder = MultiGzDecoder::new(Bounded(Vec::new()));
    match decoder.write_all(compressed).and_then(|()| decoder.finish()) {
        Ok(Bounded(body)) => Ok(body.into()),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(Problem::content_too_large(MAXIMUM)),
        Err(_) => Err(Problem::malformed_body("it is not what gzip makes")),
    }
}

/// Takes no more than [`MAXIMUM`] bytes.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAXIMUM {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
