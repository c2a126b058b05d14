//! An HTTP client that uses little CPU, because it shares the machine with the measured programs. Requests are prepared bytes,
//! and only the necessary parts of a response are parsed.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Outcome;

/// Exports take longest.
const TIMEOUT: Duration = Duration::from_secs(600);

/// A persistent connection, with one request at a time.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// A response. It is borrowed from the buffer of the connection until the next request.
pub struct Answer<'a> {
    pub status: u16,
    pub head: &'a [u8],
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The value of the first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = String::from_utf8_lossy(self.head).into_owned();
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    }

    /// The body, or its beginning, for error messages.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body[..self.body.len().min(2_000)]).into_owned()
    }
}

/// The length of the body according to the head.
enum Length {
    Bytes(usize),
    Chunked,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 256 * 1024], filled: 0 })
    }

    /// Sends a request and reads the response.
    pub async fn exchange(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        let (status, head, body) = tokio::time::timeout(TIMEOUT, self.exchanged(request)).await??;
        Ok(Answer { status, head: &self.buffer[..head], body: &self.buffer[head..head + body] })
    }

    async fn exchanged(&mut self, request: &[u8]) -> Outcome<(u16, usize, usize)> {
        let (status, head, length) = self.begin(request).await?;
        let body = match length {
            Length::Bytes(bytes) => {
                while self.filled < head + bytes {
                    self.read().await?;
                }
                bytes
            }
            Length::Chunked => {
                let mut whole = Vec::new();
                self.chunks(head, |bytes| whole.extend_from_slice(bytes)).await?;
                if self.buffer.len() < head + whole.len() {
                    self.buffer.resize(head + whole.len(), 0);
                }
                self.buffer[head..head + whole.len()].copy_from_slice(&whole);
                whole.len()
            }
        };
        Ok((status, head, body))
    }

    /// Sends a request and passes on the body in pieces, as it arrives; returns the status.
    pub async fn stream(&mut self, request: &[u8], mut piece: impl FnMut(&[u8])) -> Outcome<u16> {
        let (status, head, length) = self.begin(request).await?;
        match length {
            Length::Chunked => self.chunks(head, piece).await?,
            Length::Bytes(bytes) => {
                while self.filled < head + bytes {
                    self.read().await?;
                }
                piece(&self.buffer[head..head + bytes]);
            }
        }
        Ok(status)
    }

    /// Sends a request and reads the head: status, length of the head, and how the body ends.
    async fn begin(&mut self, request: &[u8]) -> Outcome<(u16, usize, Length)> {
        self.stream.write_all(request).await?;
        self.filled = 0;
        loop {
            self.read().await?;
            let mut headers = [httparse::EMPTY_HEADER; 48];
            let mut response = httparse::Response::new(&mut headers);
            if let httparse::Status::Complete(head) = response.parse(&self.buffer[..self.filled])? {
                let status = response.code.unwrap_or_default();
                let header = |name: &str| response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
                let length = match header("content-length") {
                    _ if status == 304 => Length::Bytes(0),
                    Some(header) => Length::Bytes(std::str::from_utf8(header.value)?.parse()?),
                    None if header("transfer-encoding").is_some() => Length::Chunked,
                    None => Length::Bytes(0),
                };
                return Ok((status, head, length));
            }
        }
    }

    async fn read(&mut self) -> Outcome<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        match self.stream.read(&mut self.buffer[self.filled..]).await? {
            0 => Err("the connection was closed in the middle of a response".into()),
            bytes => {
                self.filled += bytes;
                Ok(())
            }
        }
    }

    /// Reads chunks to the last one. When half of the buffer is used, its unread part is moved to the end of the head.
    async fn chunks(&mut self, head: usize, mut piece: impl FnMut(&[u8])) -> Outcome<()> {
        let mut at = head;
        loop {
            match httparse::parse_chunk_size(&self.buffer[at..self.filled]).map_err(|_| "a chunk has no size")? {
                httparse::Status::Complete((begins, size)) => {
                    let (begin, size) = (at + begins, usize::try_from(size)?);
                    while self.filled < begin + size + 2 {
                        self.read().await?;
                    }
                    if size == 0 {
                        return Ok(());
                    }
                    piece(&self.buffer[begin..begin + size]);
                    at = begin + size + 2;
                }
                httparse::Status::Partial => self.read().await?,
            }
            if at > self.buffer.len() / 2 {
                self.buffer.copy_within(at..self.filled, head);
                self.filled -= at - head;
                at = head;
            }
        }
    }
}

/// The bytes of a GET.
pub fn get(path_and_query: &str, token: &str, headers: &str) -> Vec<u8> {
    format!("GET {path_and_query} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n{headers}\r\n").into_bytes()
}

/// The bytes of a POST of JSON.
pub fn post(path: &str, token: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
