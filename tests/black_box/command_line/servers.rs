//! Servers between `import` or `export` and the service.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::aws_lc_rs, pki_types::PrivateKeyDer};

/// A proxy that closes each connection after this number of bytes of responses. Connections after the listed ones are not closed.
pub fn cutting_proxy(upstream: &str, budgets: impl Into<VecDeque<u64>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let upstream = upstream.strip_prefix("http://").unwrap().to_owned();
    let mut budgets = budgets.into();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(service) = TcpStream::connect(&upstream) else { return };
            let budget = budgets.pop_front().unwrap_or(u64::MAX);
            let (mut requests, mut to_service) = (client.try_clone().unwrap(), service.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut requests, &mut to_service);
                let _ = to_service.shutdown(Shutdown::Write);
            });
            std::thread::spawn(move || {
                let mut answers = (&service).take(budget.max(1));
                // With a budget of 0, waits for the response and drops it, so that the request was executed.
                let _ = if budget == 0 {
                    std::io::copy(&mut answers, &mut std::io::sink())
                } else {
                    std::io::copy(&mut answers, &mut &client)
                };
                let _ = client.shutdown(Shutdown::Both);
                let _ = service.shutdown(Shutdown::Both);
            });
        }
    });
    url
}

/// A server that returns these responses in order, and counts the requests.
pub fn scripted_service(heads: &[&str]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heads: Mutex<VecDeque<String>> = Mutex::new(heads.iter().map(|head| (*head).to_owned()).collect());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let Some(head) = heads.lock().unwrap().pop_front() else { return };
            read_request(&mut BufReader::new(&connection)).unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let body = r#"{"accepted":1,"duplicates":0,"events":[]}"#;
            let answer = format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            (&connection).write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, asked)
}

/// A proxy with TLS in front of a service. Returns its URL and its self-signed certificate.
pub fn tls_proxy(upstream: &str) -> (String, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let upstream = upstream.strip_prefix("http://").unwrap().to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (config, upstream) = (Arc::clone(&config), upstream.clone());
            std::thread::spawn(move || {
                let mut client = BufReader::new(StreamOwned::new(ServerConnection::new(config).unwrap(), client));
                // A client that does not trust the certificate closes the connection here.
                let Some((head, body)) = read_request(&mut client) else { return };
                let mut service = TcpStream::connect(upstream).unwrap();
                service.write_all(head.replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes()).unwrap();
                service.write_all(&body).unwrap();
                let mut answer = Vec::new();
                service.read_to_end(&mut answer).unwrap();
                let client = client.get_mut();
                client.write_all(&answer).unwrap();
                client.conn.send_close_notify();
                client.flush().unwrap();
            });
        }
    });
    (url, cert.pem())
}

/// Reads the head and the body of a request. `None` if the connection is closed within the head.
fn read_request(client: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    let mut length = 0;
    while !head.ends_with("\r\n\r\n") {
        let start = head.len();
        if client.read_line(&mut head).unwrap_or(0) == 0 {
            return None;
        }
        if let Some(value) = head[start..].to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body).unwrap();
    Some((head, body))
}
