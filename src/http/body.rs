//! Reads the body of a request: JSON, plain or gzip, of limited size and within limited time.
//!
//! The JSON extractor of the framework decompresses before it counts, and waits for a slow client without limit.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use actix_web::{
    HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
    web::{self, Bytes, BytesMut},
};
use flate2::write::MultiGzDecoder;
use futures_util::StreamExt;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::{
    body_memory::{BodyMemory, Reserved},
    json::{self, Json, MAXIMUM_VALUES, ParseError},
    problem::Problem,
};
use crate::domain::account::AccountId;

/// The maximum size of a body in bytes, before and after decompression.
pub const MAXIMUM: usize = 4 * 1024 * 1024;

/// The maximum time to receive a body.
const DEADLINE: Duration = Duration::from_secs(30);

/// The memory for bodies, and the threads that parse large ones, of all workers.
#[derive(Debug, Clone)]
pub struct Bodies {
    /// For bodies that are received or parsed.
    memory: BodyMemory,
    /// A permit is a thread.
    parsers: Arc<Semaphore>,
}

impl Bodies {
    /// Bodies that need no reserved memory, and that are parsed on the thread that received them, in bytes. Parsing takes less than
    /// a millisecond.
    const SMALL: usize = 64 * 1024;

    /// The maximum time to wait for memory, and then for a thread.
    const WAIT: Duration = Duration::from_secs(5);

    /// `memory`: in MiB, at least 8.
    pub fn new(memory: u32) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
        Self { memory: BodyMemory::new(memory), parsers: Arc::new(Semaphore::new(threads)) }
    }

    /// Waits for the memory that a body needs.
    async fn reserve(&self, account: &AccountId, bytes: usize) -> Result<Reserved, Problem> {
        Self::in_time(self.memory.reserve(account, bytes)).await
    }

    /// Waits for a thread that parses.
    async fn parser(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Self::in_time(Arc::clone(&self.parsers).acquire_owned()).await
    }

    async fn in_time<T>(permit: impl Future<Output = Result<T, AcquireError>>) -> Result<T, Problem> {
        let permit = tokio::time::timeout(Self::WAIT, permit).await;
        permit.ok().and_then(Result::ok).ok_or_else(|| {
            Problem::unavailable(
                "The service is receiving too many large bodies at the moment; try again later, or send smaller bodies",
            )
        })
    }
}

/// Returns a function that receives the body of an account, decompresses it, and parses it. Bodies that take long to parse are
/// parsed on another thread.
pub fn read<T, P>(
    bodies: &Bodies,
    request: &HttpRequest,
    payload: &mut Payload,
    parse: P,
) -> impl AsyncFnOnce(&AccountId) -> Result<T, Problem> + use<T, P>
where
    T: Send + 'static,
    P: FnOnce(&[u8]) -> Result<T, Problem> + Send + 'static,
{
    let encoding = check_headers(request.headers());
    let length = content_length(request.headers());
    let payload = payload.take();
    let bodies = bodies.clone();
    async move |account| {
        let encoding = encoding?;
        let raw = collect(payload, length.unwrap_or(MAXIMUM), account, &bodies);
        let (raw, memory) = tokio::time::timeout(DEADLINE, raw).await.map_err(|_| Problem::request_timeout())??;
        if matches!(encoding, Encoding::Identity) && raw.len() <= Bodies::SMALL {
            return parse(&raw);
        }
        // This also limits the memory of decompressed bodies: each parser has one.
        let parser = bodies.parser().await?;
        let parse = move || {
            // Held until parsing ends, which a client that disconnects does not stop.
            let _permits = (memory, parser);
            match encoding {
                Encoding::Identity => parse(&raw),
                Encoding::Gzip => parse(&inflate(&raw)?),
            }
        };
        web::block(parse).await.map_err(|_| Problem::internal())?
    }
}

/// The body as JSON.
pub fn json(body: &[u8]) -> Result<Json<'_>, Problem> {
    Json::parse(body).map_err(|error| match error {
        ParseError::Malformed(error) => Problem::malformed_body(json::explained(&error)),
        ParseError::TooManyValues => Problem::too_many_values(MAXIMUM_VALUES),
    })
}

enum Encoding {
    Identity,
    Gzip,
}

/// Refuses a body of an unsupported type or size before it is read.
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
    if content_length(headers).is_some_and(|length| length > MAXIMUM) {
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

/// The header `Content-Length`.
fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Receives a body of at most this length, and the memory that is reserved for it.
///
/// The memory is reserved only after the client has sent more than a small body, so a client that announces a large body and
/// sends little reserves none. All of it is reserved at once, so that partly received bodies never wait for each other.
async fn collect(
    mut payload: Payload,
    length: usize,
    account: &AccountId,
    bodies: &Bodies,
) -> Result<(Bytes, Option<Reserved>), Problem> {
    let mut body = BytesMut::with_capacity(length.min(Bodies::SMALL));
    let mut memory = None;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::malformed_body("it is incomplete"))?;
        if body.len() + chunk.len() > MAXIMUM {
            return Err(Problem::content_too_large(MAXIMUM));
        }
        if memory.is_none() && body.len() + chunk.len() > Bodies::SMALL {
            memory = Some(bodies.reserve(account, length).await?);
            // The operating system allocates only the pages that are written.
            body.reserve(length.saturating_sub(body.len()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body.freeze(), memory))
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use actix_web::test::TestRequest;
    use futures_util::future::join;

    use super::*;

    #[actix_web::test]
    async fn the_event_loop_goes_on_while_a_large_body_is_parsed() {
        let (request, mut payload) = TestRequest::post()
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .set_payload(vec![b' '; Bodies::SMALL + 1])
            .to_http_parts();
        // It ends only after the event loop has done something else. On the event loop it would wait for itself.
        let (go_on, gone_on) = mpsc::channel();
        let parse = move |_: &[u8]| gone_on.recv_timeout(Duration::from_secs(60)).map_err(|_| Problem::internal());
        let (account, read) = ("acme".parse().unwrap(), read(&Bodies::new(8), &request, &mut payload, parse));
        let parsed = read(&account);
        let (parsed, sent) = join(parsed, async { go_on.send(()) }).await;
        assert!(parsed.is_ok() && sent.is_ok());
    }
}
