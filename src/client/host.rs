//! The server as the user names it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::error::{Error, Result};
use crate::printable::contains;

/// A host as it can be resolved: without the brackets that an IPv6 address has in a URL.
///
/// # Errors
/// What is wrong with a name that cannot be one. No resolver would tell. It may hold a password, and is not shown.
pub(crate) fn bare_host(host: &str) -> Result<&str> {
    let bare = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    let wrong = match bare {
        "" => "is empty",
        bare if bare.contains(|c: char| c.is_control() || c.is_whitespace()) => {
            "holds white space or control characters"
        }
        bare if contains(bare, "://") => "is a URL: ftp_open() takes one",
        bare if bare.contains('/') => "holds a slash: give a name or an address, without a path",
        bare if bare.contains('@') => "holds an @: the user is an argument of ftp_login()",
        bare if bare.contains([':', '[', ']']) && !is_ipv6(bare) => {
            "holds a colon or a bracket, and is no IPv6 address: the port is an argument of its own"
        }
        bare => return Ok(bare),
    };
    Err(Error::InvalidArgument(format!("the host {wrong}")))
}

/// An address, with or without the zone that a link-local one has.
fn is_ipv6(host: &str) -> bool {
    let (address, zone) = host.split_once('%').unwrap_or((host, "0"));
    !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok()
}

/// For messages.
pub(crate) fn host_and_port(host: &str, port: u16) -> String {
    match host.parse::<IpAddr>() {
        Ok(address) => SocketAddr::new(address, port).to_string(),
        Err(_) => format!("{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_brackets_is_an_address() {
        assert_eq!(bare_host("[::1]").unwrap(), "::1");
        assert_eq!(host_and_port("::1", 21), "[::1]:21");
        assert_eq!(host_and_port("ftp.example.org", 2121), "ftp.example.org:2121");
    }

    #[test]
    fn names_and_addresses_are_hosts() {
        for host in
            ["localhost", "ftp.example.org.", "192.0.2.1", "::1", "fe80::1%eth0", "münchen.example", "a_b"]
        {
            assert_eq!(bare_host(host).unwrap(), host);
        }
    }

    #[test]
    fn a_host_that_cannot_be_one_is_refused_with_the_reason() {
        for (host, reason) in [
            ("", "is empty"),
            ("[]", "is empty"),
            ("a b", "white space"),
            ("a\nb", "control"),
            ("a\0b", "control"),
            ("ftp://host", "is a URL: ftp_open() takes one"),
            ("ftps://user@host/dir", "is a URL"),
            ("host/", "holds a slash"),
            ("host/dir", "holds a slash"),
            ("user@host", "ftp_login()"),
            ("user:password@host", "ftp_login()"),
            ("host:21", "the port is an argument"),
            ("192.0.2.1:21", "the port is an argument"),
            ("[::1]:21", "the port is an argument"),
            ("[::1", "the port is an argument"),
            ("host:", "the port is an argument"),
            ("::1%", "is no IPv6 address"),
            ("1:2:3", "is no IPv6 address"),
        ] {
            let error = bare_host(host).unwrap_err();
            assert!(matches!(error, Error::InvalidArgument(_)), "{host:?}");
            let text = error.to_string();
            assert!(text.contains(reason) && !text.contains("password"), "{host:?}: {text}");
        }
    }
}
