//! Raw HTTP requests that no HTTP library would send.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::support::{Response, Service};

/// Sends these bytes and reads to the end of the connection. The request must ask for `Connection: close`.
pub(crate) async fn exchange(service: &Service, request: impl Into<Vec<u8>>) -> Response {
    let (address, request) = (service.address(), request.into());
    let reading = tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut writing = connection.try_clone().unwrap();
        let writer = std::thread::spawn(move || {
            // A service that refuses a request need not read all of it.
            let _ = writing.write_all(&request);
        });
        let mut received = Vec::new();
        let ended = connection.read_to_end(&mut received);
        let _ = connection.shutdown(Shutdown::Both);
        writer.join().unwrap();
        assert!(!received.is_empty(), "no response: {ended:?}");
        received
    });
    parse(&reading.await.unwrap())
}

/// A request with these headers, `Host`, `Connection: close`, and this body.
pub(crate) fn request(service: &Service, request_line: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let host = service.address();
    let mut bytes = format!("{request_line}\r\nhost: {host}\r\nconnection: close\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

/// A body in chunked encoding with chunks of at most 64 KiB.
pub(crate) fn chunked(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len() + 1024);
    for chunk in body.chunks(64 * 1024) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

fn parse(received: &[u8]) -> Response {
    let shown = || String::from_utf8_lossy(received);
    let head_end = received.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or_else(|| panic!("no head: {}", shown()));
    let head = String::from_utf8_lossy(&received[..head_end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or_else(|| panic!("{}", shown()));
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    Response { status, headers, body: received[head_end + 4..].to_vec() }
}
