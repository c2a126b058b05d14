//! The address to listen on.

use std::net::{SocketAddr, ToSocketAddrs};

/// Parses an address to listen on. `:8080` means every IPv4 address of the machine. For a name, an IPv4 address takes precedence.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let full = if text.starts_with(':') { format!("0.0.0.0{text}") } else { text.to_owned() };
    let addresses: Vec<SocketAddr> = full
        .to_socket_addrs()
        .map_err(|error| format!("{error}; an address and a port are needed, such as 127.0.0.1:8080, localhost:8080 or :8080"))?
        .collect();
    let preferred = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    preferred.copied().ok_or_else(|| "the name has no address".to_owned())
}
