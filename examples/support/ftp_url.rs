//! The parts of an FTP URL (RFC 1738, section 3.2), such as `ftp://user:password@example.org:2121/a/b.txt`.

#![allow(dead_code, unreachable_pub)]

use percent_encoding::percent_decode_str;

#[derive(Debug, PartialEq, Eq)]
pub struct FtpUrl {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
    /// Empty when the URL names nobody: anonymous.
    pub user: String,
    pub password: String,
    /// Seen from the directory where the login leads to; "/etc" is written `ftp://host/%2Fetc`. Empty is that directory.
    pub path: String,
}

impl FtpUrl {
    pub fn parse(url: &str) -> Result<FtpUrl, String> {
        let wrong = |what: &str| format!("{url}: {what}");
        let rest = url.strip_prefix("ftp://").ok_or_else(|| wrong("it must begin with ftp://"))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, server) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (host, port) = match server.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((ipv6, rest)) => (ipv6, rest),
            None => server.split_at(server.find(':').unwrap_or(server.len())),
        };
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        let port = match port.strip_prefix(':') {
            Some(number) => number.parse().ok().filter(|number| *number != 0),
            None if port.is_empty() => Some(21),
            None => None,
        };
        let decoded = |part: &str, what: &str| match percent_decode_str(part).decode_utf8() {
            Ok(text) if !text.contains('\0') => Ok(text.into_owned()),
            _ => Err(wrong(&format!("the {what} has a NUL or is not UTF-8"))),
        };
        Ok(FtpUrl {
            host: decoded(host, "host")?,
            port: port.ok_or_else(|| wrong("the port must be a number from 1 to 65535"))?,
            user: decoded(user, "user")?,
            password: decoded(password, "password")?,
            path: decoded(path, "path")?,
        })
    }
}
