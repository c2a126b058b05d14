//! Reads the body of a request: JSON, plain or gzip, of limited size and within limited time.
//!
//! The JSON extractor of the framework decompresses before it counts, and waits for a slow client without limit.

use std::{
    io::{self, Write},
    time::Duration,
};

use actix_web::{
    HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
    web::{Bytes, BytesMut},
};
use flate2::write::MultiGzDecoder;
use futures_util::StreamExt;

use super::{json::Json, problem::Problem};

/// The maximum size of a body in bytes, before and after decompression.
pub const MAXIMUM: usize = 4 * 1024 * 1024;

/// The maximum time to receive a body.
const DEADLINE: Duration = Duration::from_secs(30);

/// The body, decompressed.
pub fn read(request: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<Bytes, Problem>> + use<> {
    let encoding = check_headers(request.headers());
    let length = content_length(request.headers());
    let payload = payload.take();
    async move {
        let encoding = encoding?;
        let raw = tokio::time::timeout(DEADLINE, collect(payload, length)).await.map_err(|_| Problem::request_timeout())??;
        match encoding {
            Encoding::Identity => Ok(raw),
            Encoding::Gzip => inflate(&raw),
        }
    }
}

/// The body as JSON.
pub fn json(body: &[u8]) -> Result<Json<'_>, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::malformed_body(error.to_string()))
}

enum Encoding {
    Identity,
    Gzip,
}

/// Refuses what cannot be read, before reading it.
fn check_headers(headers: &HeaderMap) -> Result<Encoding, Problem> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.parse::<mime::Mime>().ok());
    let is_json = media_type.is_some_and(|media_type| {
        media_type.essence_str() == "application/json"
            && media_type.get_param(mime::CHARSET).is_none_or(|charset| charset == mime::UTF_8)
    });
    if !is_json {
        return Err(Problem::unsupported_media_type("The body must be sent as Content-Type: application/json, in UTF-8"));
    }
    if content_length(headers) > MAXIMUM {
        return Err(Problem::content_too_large(MAXIMUM));
    }
    // Several lines of a header are one list (RFC 9110, 5.3).
    let encodings: Vec<&str> = headers.get_all(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?")).collect();
    match encodings.join(",").to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(Encoding::Identity),
        "gzip" | "x-gzip" => Ok(Encoding::Gzip),
        _ => {
            Err(Problem::unsupported_media_type("The body must be sent without Content-Encoding, or with Content-Encoding: gzip"))
        }
    }
}

/// The length of the body, if the client states it; otherwise 0.
fn content_length(headers: &HeaderMap) -> usize {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    length.unwrap_or_default()
}

async fn collect(mut payload: Payload, length: usize) -> Result<Bytes, Problem> {
    /// The maximum size that is allocated in advance.
    const AHEAD: usize = 256 * 1024;
    let mut body = BytesMut::with_capacity(length.min(AHEAD));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::malformed_body("it is incomplete"))?;
        if body.len() + chunk.len() > MAXIMUM {
            return Err(Problem::content_too_large(MAXIMUM));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Decompresses in small steps and stops at the limit, so that no body uses more memory than the limit.
fn inflate(compressed: &[u8]) -> Result<Bytes, Problem> {
    let mut decoder = MultiGzDecoder::new(Bounded(Vec::new()));
    match decoder.write_all(compressed).and_then(|()| decoder.finish()) {
        Ok(Bounded(body)) => Ok(body.into()),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(Problem::content_too_large(MAXIMUM)),
        Err(_) => Err(Problem::malformed_body("it is not valid gzip")),
    }
}

/// Accepts at most [`MAXIMUM`] bytes.
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
