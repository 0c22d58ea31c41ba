//! The name by which a server is known: what its certificate must be for, and what it is told (SNI).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A host's name or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ServerName {
    Host(String),
    Address(IpAddr),
}

impl ServerName {
    /// `None` for what no certificate can be for, such as a leading dot, which OpenSSL takes for "any subdomain".
    pub(super) fn of(text: &str) -> Option<ServerName> {
        if let Ok(address) = text.parse() {
            return Some(ServerName::Address(address));
        }
        // The zone of an IPv6 address means something on this machine only.
        if let Some((address, zone)) = text.split_once('%') {
            let address = address.parse::<Ipv6Addr>().ok().filter(|_| !zone.is_empty())?;
            return Some(ServerName::Address(address.into()));
        }
        // With a dot at its end a name is complete for the resolver. Certificates and SNI have none (RFC 6066, section 3).
        let host = text.strip_suffix('.').unwrap_or(text);
        is_host(host).then(|| ServerName::Host(host.to_owned()))
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerName::Host(host) => host.fmt(f),
            ServerName::Address(address) => address.fmt(f),
        }
    }
}

/// Underscores are in no host's name, and in many a certificate.
fn is_host(text: &str) -> bool {
    const LONGEST_NAME: usize = 253;
    const LONGEST_LABEL: usize = 63;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_label = |label: &str| (1..=LONGEST_LABEL).contains(&label.len()) && label.chars().all(fits);
    text.len() <= LONGEST_NAME && text.split('.').all(is_label)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::ServerName;

    #[test]
    fn what_a_certificate_can_be_for_is_a_name() {
        let longest = format!("{}.{}", ["a"; 95].join("."), "b".repeat(63));
        for name in
            ["localhost", "ftp.example.org", "xn--bcher-kva.example", "my_box", "1.example", longest.as_str()]
        {
            assert_eq!(ServerName::of(name), Some(ServerName::Host(name.to_owned())), "{name}");
        }
        assert_eq!(ServerName::of("ftp.example.org."), Some(ServerName::Host("ftp.example.org".into())));
        for (text, address) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::1", "::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("fe80::1%2", "fe80::1"),
        ] {
            assert_eq!(ServerName::of(text), Some(ServerName::Address(address.parse().unwrap())), "{text}");
        }
    }

    #[test]
    fn what_no_certificate_can_be_for_is_none() {
        let long_label = "a".repeat(64);
        let long_name = ["abc"; 64].join(".");
        for name in [
            "",
            ".",
            "..",
            ".example.org",
            "ftp..example.org",
            "example.org..",
            "*",
            "*.example.org",
            "ftp.*.org",
            "f*.example.org",
            "a b",
            " a",
            "a ",
            "a\tb",
            "a\0b",
            "a\nb",
            "a/b",
            "a:b",
            "[::1]",
            "ftp.example.org:21",
            "::1%",
            "example%eth0",
            "192.0.2.1%eth0",
            "b\u{fc}cher.example",
            "user@host",
            long_label.as_str(),
            long_name.as_str(),
        ] {
            assert_eq!(ServerName::of(name), None, "{name:?}");
        }
    }
}
