//! The first address in a reply is found, whatever stands around it; what is written can be read.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4};

use ftpclient::protocol::address::{AddressError, eprt_argument, parse_227, parse_229, port_argument};
use ftpclient::protocol::reply::Reply;

pub fn check(data: &[u8]) {
    check_first_address_counts(data);
    check_first_parentheses_count(data);
    if let [a, b, c, d, port_high, port_low, rest @ ..] = data {
        let port = u16::from_be_bytes([*port_high, *port_low]);
        check_port_can_be_read(SocketAddrV4::new(Ipv4Addr::new(*a, *b, *c, *d), port));
        check_epsv_port_can_be_read(port, *a, rest);
        check_eprt_can_be_read(SocketAddr::from(([*a, *b, *c, *d], port)));
        if let Some(host) = rest.first_chunk::<16>() {
            check_eprt_can_be_read(SocketAddr::from((Ipv6Addr::from(*host), port)));
        }
    }
}

/// Another address at the end is found exactly if there was none before it.
fn check_first_address_counts(data: &[u8]) {
    let alone = parse_227(&Reply::from_text([b"227 ", data].concat()));
    let followed = parse_227(&Reply::from_text([b"227 ", data, b";9,9,9,9,9,9"].concat()));
    match (alone, followed) {
        (Ok(first), followed) => assert_eq!(followed, Ok(first)),
        (Err(AddressError::Malformed(_)), followed) => {
            assert_eq!(followed, Ok("9.9.9.9:2313".parse().unwrap()))
        }
        (Err(_), followed) => assert!(matches!(followed, Err(AddressError::OutOfRange(_)))),
    }
}

fn check_first_parentheses_count(data: &[u8]) {
    let alone = parse_229(&Reply::from_text([b"229 ", data].concat()));
    let followed = parse_229(&Reply::from_text([b"229 ", data, b"(|||9|)"].concat()));
    let open = data.iter().position(|&byte| byte == b'(');
    match open {
        None => assert_eq!(followed, Ok(9)),
        Some(at) if data[at..].contains(&b')') => assert_eq!(followed.ok(), alone.ok()),
        Some(_) => assert!(matches!(alone, Err(AddressError::Malformed(_)))),
    }
}

fn check_port_can_be_read(address: SocketAddrV4) {
    let reply = Reply::from_text(format!("227 Entering Passive Mode ({})", port_argument(address)));
    match address.port() {
        0 => assert!(matches!(parse_227(&reply), Err(AddressError::OutOfRange(_)))),
        _ => assert_eq!(parse_227(&reply), Ok(address)),
    }
}

fn check_epsv_port_can_be_read(port: u16, delimiter: u8, host: &[u8]) {
    if delimiter.is_ascii_digit() || delimiter == b')' || host.contains(&delimiter) || host.contains(&b')') {
        return;
    }
    let d = &[delimiter][..];
    let reply =
        Reply::from_text([b"229 (", d, b"2", d, host, d, port.to_string().as_bytes(), d, b")"].concat());
    match port {
        0 => assert!(matches!(parse_229(&reply), Err(AddressError::OutOfRange(_)))),
        _ => assert_eq!(parse_229(&reply), Ok(port)),
    }
}

fn check_eprt_can_be_read(address: SocketAddr) {
    let argument = eprt_argument(address);
    let parts: Vec<&str> = argument.split('|').collect();
    let ["", protocol, host, port, ""] = parts[..] else { panic!("{argument} has no four delimiters") };
    assert_eq!(protocol, if address.is_ipv4() { "1" } else { "2" });
    assert_eq!(SocketAddr::new(host.parse().unwrap(), port.parse().unwrap()), address);
}
