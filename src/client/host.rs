//! The server as the user names it.

use std::net::{IpAddr, SocketAddr};

use crate::error::{Error, Result};

/// A host as it can be resolved: without the brackets that an IPv6 address has in a URL.
pub(crate) fn bare_host(host: &str) -> Result<&str> {
    let bare = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    if bare.is_empty() || bare.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(Error::InvalidArgument(
            "the host is empty or holds white space or control characters".into(),
        ));
    }
    Ok(bare)
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
    fn a_host_that_cannot_be_one_is_refused() {
        for host in ["", "[]", "a b", "a\nb", "a\0b"] {
            assert!(matches!(bare_host(host), Err(Error::InvalidArgument(_))), "{host:?}");
        }
    }
}
