//! URLs of FTP (RFC 1738, section 3.2, and RFC 3986), such as `ftpes://user:password@example.org:2121/a/b;type=i`.
//!
//! What a URL says must not depend on who reads it: a browser, or a filter that allows some hosts only, must find the same
//! host in it. So a text that is read in several ways is refused, with the way to write it.

use std::fmt;
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr};

use thiserror::Error;
use zeroize::Zeroizing;

/// How the session is secured, by the scheme of a URL.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `ftp`
    Ftp,
    /// `ftps`: TLS from the first byte on (implicit).
    Ftps,
    /// `ftpes`: TLS by AUTH (explicit).
    Ftpes,
}

/// The parts of a URL, decoded.
#[derive(Clone, PartialEq, Eq)]
pub struct FtpUrl {
    /// What it begins with.
    pub scheme: Scheme,
    /// A name or an address, without brackets.
    pub host: String,
    /// `None` is the scheme's own.
    pub port: Option<u16>,
    /// Empty when the URL names nobody: anonymous. Like the password and the path, it is of any encoding: `%E9` is the byte.
    pub user: Vec<u8>,
    /// Empty when there is none. Its memory is overwritten when it is dropped.
    pub password: Zeroizing<Vec<u8>>,
    /// The segments of the path. The first is seen from the directory where the login leads to; `/etc` is written
    /// `ftp://host/%2Fetc` or, as most programs understand it, `ftp://host//etc`: then the first segment is `/`.
    pub path: Vec<Vec<u8>>,
    /// The path ends with `/`, or there is none: it can only be a directory's.
    pub ends_with_slash: bool,
    /// The letter after `;type=`, in lower case.
    pub kind: Option<char>,
}

/// Why a text is no URL of FTP. The text of the URL is not in it: it may hold a password.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
pub enum UrlError {
    /// Another scheme, or none.
    #[error("the URL must begin with ftp://, ftps:// or ftpes://")]
    Scheme,
    /// No host.
    #[error("the URL names no host")]
    Host,
    /// A host that cannot be.
    #[error("the host in the URL holds a character that no host has")]
    HostCharacter,
    /// An IPv4 address that programs read in different ways.
    #[error("an IPv4 address in a URL must have four decimal numbers without leading zeros")]
    HostNumber,
    /// Brackets without an IPv6 address, or the address without brackets.
    #[error("an IPv6 address in a URL must be in brackets, as in ftp://[::1]/; a zone is written %25eth0")]
    Brackets,
    /// Not 1 to 65535.
    #[error("the port in the URL must be a number from 1 to 65535")]
    Port,
    /// The user or the password holds what ends the host.
    #[error("in the user and the password of a URL, / must be written %2F, ? %3F, # %23 and @ %40")]
    Delimiter,
    /// `#`, or `?` before the path.
    #[error("in a URL of FTP, # must be written %23, and ? before the path %3F")]
    Fragment,
    /// A control character, a space or a backslash where it could hide something.
    #[error(
        "control characters, and before the path also spaces and backslashes, must be written in a URL as % and two digits"
    )]
    Character,
    /// `%` without two digits.
    #[error("% in a URL must have two hexadecimal digits behind it; % itself is written %25")]
    Escape,
    /// Not `a`, `i` or `d`.
    #[error("the type in the URL must be a, i or d")]
    Kind,
    /// What would not be an argument.
    #[error("the {0} in the URL holds a line end or a zero byte, which no command can carry")]
    LineEnd(&'static str),
    /// Not UTF-8.
    #[error("the host in the URL is not UTF-8")]
    Encoding,
    /// The path ends with `/`, or leads nowhere.
    #[error("the URL names no file: its path must end with a name")]
    NoFile,
}

impl FtpUrl {
    /// # Errors
    /// See [`UrlError`].
    pub fn parse(url: &str) -> Result<FtpUrl, UrlError> {
        let (scheme, rest) = scheme(url).ok_or(UrlError::Scheme)?;
        let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        require_one_reading(authority, after)?;
        let (login, server) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (host, port) =
            split_port(server).and_then(|(host, port)| Ok((host, parse_port(port)?))).map_err(
                // A password with a slash in it ends the authority too early, and what is left of it looks like a port.
                |error| if after.contains('@') { UrlError::Delimiter } else { error },
            )?;
        let (path, kind) = split_kind(after.strip_prefix('/').unwrap_or_default())?;
        let root = if path.starts_with('/') { "%2F" } else { "" };
        let segments = [root].into_iter().chain(path.split('/')).filter(|segment| !segment.is_empty());
        Ok(FtpUrl {
            scheme,
            host,
            port,
            user: decoded(user, "user")?,
            password: Zeroizing::new(decoded(password, "password")?),
            path: segments.map(|segment| decoded(segment, "path")).collect::<Result<_, _>>()?,
            ends_with_slash: path.is_empty() || path.ends_with('/'),
            kind,
        })
    }

    /// The directories on the way to the file that the URL names, and the file's name.
    ///
    /// # Errors
    /// [`UrlError::NoFile`] when it can only be a directory.
    pub fn file(&self) -> Result<(&[Vec<u8>], &[u8]), UrlError> {
        let (name, directories) = self.path.split_last().ok_or(UrlError::NoFile)?;
        let is_directory = self.ends_with_slash
            || self.kind == Some('d')
            || name.ends_with(b"/")
            || matches!(name.as_slice(), b"." | b"..");
        if is_directory { Err(UrlError::NoFile) } else { Ok((directories, name)) }
    }
}

/// All but the password.
impl fmt::Debug for FtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FtpUrl")
            .field("scheme", &self.scheme)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("password", &if self.password.is_empty() { "" } else { "****" })
            .field("path", &self.path)
            .field("ends_with_slash", &self.ends_with_slash)
            .field("kind", &self.kind)
            .finish()
    }
}

fn scheme(url: &str) -> Option<(Scheme, &str)> {
    let (name, rest) = url.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    match name.to_ascii_lowercase().as_str() {
        "ftp" => Some((Scheme::Ftp, rest)),
        "ftps" => Some((Scheme::Ftps, rest)),
        "ftpes" => Some((Scheme::Ftpes, rest)),
        _ => None,
    }
}

/// Refuses what programs read in different ways: some end the host at a backslash, skip control characters, or look for the
/// last `@` of the whole URL.
fn require_one_reading(authority: &str, after: &str) -> Result<(), UrlError> {
    let is_control = |c: char| c.is_ascii_control();
    if authority.contains(|c| is_control(c) || matches!(c, ' ' | '\\')) || after.contains(is_control) {
        return Err(UrlError::Character);
    }
    if authority.matches('@').count() > 1 {
        return Err(UrlError::Delimiter);
    }
    if after.starts_with(['?', '#']) || after.contains('#') {
        // Most probably of a password.
        return Err(if after.contains('@') { UrlError::Delimiter } else { UrlError::Fragment });
    }
    Ok(())
}

/// The host, decoded, and what is behind it.
fn split_port(server: &str) -> Result<(String, &str), UrlError> {
    if let Some(inner) = server.strip_prefix('[') {
        let (address, port) = inner.split_once(']').ok_or(UrlError::Brackets)?;
        return Ok((ipv6(address)?, port));
    }
    let (host, port) = server.split_at(server.find(':').unwrap_or(server.len()));
    if port.matches(':').count() > 1 {
        return Err(UrlError::Brackets);
    }
    let host = String::from_utf8(decoded(host, "host")?).map_err(|_| UrlError::Encoding)?;
    // Those that the URL Standard of browsers forbids.
    let is_forbidden = |c: char| c.is_ascii_control() || " #/:<>?@[\\]^|%".contains(c);
    match host.as_str() {
        "" => Err(UrlError::Host),
        name if name.contains(is_forbidden) => Err(UrlError::HostCharacter),
        name if ends_in_a_number(name) && name.parse::<Ipv4Addr>().is_err() => Err(UrlError::HostNumber),
        _ => Ok((host, port)),
    }
}

/// By the URL Standard such a host is an IPv4 address: in octal, in hexadecimal, or of fewer than four numbers for some programs,
/// and another one for others.
fn ends_in_a_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    let digits = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    match digits {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// What is in brackets: an address, and maybe `%25` and a zone (RFC 6874).
fn ipv6(text: &str) -> Result<String, UrlError> {
    let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
    address.parse::<Ipv6Addr>().map_err(|_| UrlError::Brackets)?;
    let Some(zone) = zone else { return Ok(address.to_owned()) };
    let zone = zone.strip_prefix("25").ok_or(UrlError::Brackets)?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if zone.is_empty() || !zone.chars().all(is_name) {
        return Err(UrlError::Brackets);
    }
    Ok(format!("{address}%{zone}"))
}

/// `:2121`, or nothing. RFC 3986 allows `:` alone.
fn parse_port(text: &str) -> Result<Option<u16>, UrlError> {
    if matches!(text, "" | ":") {
        return Ok(None);
    }
    let digits = text.strip_prefix(':').filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|number| number.parse().ok());
    number.filter(|&number| number != 0).map(Some).ok_or(UrlError::Port)
}

fn split_kind(path: &str) -> Result<(&str, Option<char>), UrlError> {
    let Some((path, kind)) = path.rsplit_once(";type=") else { return Ok((path, None)) };
    match kind {
        "a" | "A" => Ok((path, Some('a'))),
        "i" | "I" => Ok((path, Some('i'))),
        "d" | "D" => Ok((path, Some('d'))),
        _ => Err(UrlError::Kind),
    }
}

/// A part with each `%` and its two digits replaced by their byte. No copy of it is left anywhere: it may be a password.
fn decoded(part: &str, name: &'static str) -> Result<Vec<u8>, UrlError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(part.len()));
    let mut rest = part.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match (byte, after) {
            (b'%', [high, low, after_both @ ..]) => {
                bytes.push(hex_digit(*high)? * 16 + hex_digit(*low)?);
                rest = after_both;
            }
            (b'%', _) => return Err(UrlError::Escape),
            _ => bytes.push(*byte),
        }
    }
    if bytes.iter().any(|byte| matches!(byte, b'\0' | b'\r' | b'\n')) {
        return Err(UrlError::LineEnd(name));
    }
    Ok(mem::take(&mut *bytes))
}

fn hex_digit(digit: u8) -> Result<u8, UrlError> {
    let value = char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    value.ok_or(UrlError::Escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> (String, Option<u16>, String, String, String) {
        let url = FtpUrl::parse(url).unwrap();
        let text = |part: &[u8]| String::from_utf8(part.to_vec()).unwrap();
        (url.host, url.port, text(&url.user), text(&url.password), text(&url.path.join(&b'|')))
    }

    #[test]
    fn every_part_is_found_and_decoded() {
        let full = FtpUrl::parse("ftpes://us%40er:p%3Aw:x@example.org:2121/%2Fetc/a%20b/c;type=I").unwrap();
        assert_eq!(full.scheme, Scheme::Ftpes);
        assert_eq!(full.kind, Some('i'));
        assert_eq!(full.path, [&b"/etc"[..], b"a b", b"c"]);
        assert_eq!((full.user.as_slice(), full.password.as_slice()), (&b"us@er"[..], &b"p:w:x"[..]));
        assert_eq!((full.host.as_str(), full.port), ("example.org", Some(2121)));
    }

    #[test]
    fn what_is_left_out_is_the_default() {
        let nothing = String::new();
        let host = |host: &str| (host.to_owned(), None, nothing.clone(), nothing.clone(), nothing.clone());
        assert_eq!(parts("ftp://example.org"), host("example.org"));
        assert_eq!(parts("FTPS://[::1]/"), host("::1"));
        assert_eq!(parts("ftp://@h/"), host("h"));
        assert_eq!(parts("ftp://h:/"), host("h"));
        assert_eq!(parts("ftp://[::1]:/"), host("::1"));
        assert_eq!(parts("ftp://u@h/a//b/").2, "u");
        assert_eq!(parts("ftp://u@h/a//b/").4, "a|b");
        assert_eq!(parts("ftp://h//a@b:c").4, "/|a@b:c");
        assert_eq!(parts("ftp://a%40b:%3a%2F@h/%C3%A4").3, ":/");
        assert_eq!(parts("ftp://ann:pw@[::1]:2121/a").1, Some(2121));
        assert_eq!(parts("ftp://h:0021/").1, Some(21));
    }

    #[test]
    fn all_but_the_host_is_of_any_encoding() {
        let url = FtpUrl::parse("ftp://J%f6rg:p%ff@h/caf%E9/%2F%fe/%80").unwrap();
        assert_eq!((url.user.as_slice(), url.password.as_slice()), (&b"J\xf6rg"[..], &b"p\xff"[..]));
        assert_eq!(url.path, [&b"caf\xe9"[..], b"/\xfe", b"\x80"]);
        assert_eq!(url.file().unwrap().1, b"\x80");
    }

    #[test]
    fn a_type_is_written_in_either_case() {
        for (letter, kind) in [("a", 'a'), ("A", 'a'), ("i", 'i'), ("I", 'i'), ("d", 'd'), ("D", 'd')] {
            let url = FtpUrl::parse(&format!("ftp://h/x;type={letter}")).unwrap();
            assert_eq!((url.kind, url.path), (Some(kind), vec![b"x".to_vec()]), "{letter}");
        }
    }

    #[test]
    fn no_other_host_than_a_browsers_is_found() {
        for (url, expected) in [
            ("ftp://u:p@127.0.0.1:1/@evil.invalid/", Ok("127.0.0.1")),
            ("ftp://u:p@127.0.0.1:1#@evil.invalid/", Err(UrlError::Delimiter)),
            ("ftp://u:p@127.0.0.1:1?@evil.invalid/", Err(UrlError::Delimiter)),
            ("ftp://127.0.0.1#@evil.invalid/", Err(UrlError::Delimiter)),
            ("ftp://127.0.0.1?x", Err(UrlError::Fragment)),
            ("ftp://good@evil@h/", Err(UrlError::Delimiter)),
            ("ftp://good\\@evil/", Err(UrlError::Character)),
            ("ftp://good\\.evil/", Err(UrlError::Character)),
            ("ftp://good\t.evil/", Err(UrlError::Character)),
            ("ftp://good .evil/", Err(UrlError::Character)),
            ("ftp://good\n@evil/", Err(UrlError::Character)),
            ("ftp://h/a\rb", Err(UrlError::Character)),
            ("ftp://good\u{7f}/", Err(UrlError::Character)),
            ("ftp://good%2F@evil/", Ok("evil")),
            ("ftp://good%2Fevil/", Err(UrlError::HostCharacter)),
            ("ftp://good%40evil/", Err(UrlError::HostCharacter)),
            ("ftp://good%3A21/", Err(UrlError::HostCharacter)),
            ("ftp://good%23/", Err(UrlError::HostCharacter)),
            ("ftp://good%5Cevil/", Err(UrlError::HostCharacter)),
            ("ftp://good%20evil/", Err(UrlError::HostCharacter)),
            ("ftp://good%09/", Err(UrlError::HostCharacter)),
            ("ftp://good%00.evil/", Err(UrlError::LineEnd("host"))),
            ("ftp://good%252Fevil/", Err(UrlError::HostCharacter)),
            ("ftp://ex%61mple/", Ok("example")),
            ("ftp://127.0.0.1:21/", Ok("127.0.0.1")),
            ("ftp://0177.0.0.1/", Err(UrlError::HostNumber)),
            ("ftp://0127.0.0.1/", Err(UrlError::HostNumber)),
            ("ftp://0x7f.1/", Err(UrlError::HostNumber)),
            ("ftp://0x7f000001/", Err(UrlError::HostNumber)),
            ("ftp://2130706433/", Err(UrlError::HostNumber)),
            ("ftp://127.1/", Err(UrlError::HostNumber)),
            ("ftp://127.0.0.1./", Err(UrlError::HostNumber)),
            ("ftp://1.2.3.256/", Err(UrlError::HostNumber)),
            ("ftp://%30177.0.0.1/", Err(UrlError::HostNumber)),
            ("ftp://h1/", Ok("h1")),
            ("ftp://1h/", Ok("1h")),
            ("ftp://1.example/", Ok("1.example")),
            ("ftp://[fe80::1%25eth0]/", Ok("fe80::1%eth0")),
            ("ftp://[fe80::1%eth0]/", Err(UrlError::Brackets)),
            ("ftp://[fe80::1%25]/", Err(UrlError::Brackets)),
            ("ftp://[fe80::1%25a%2Fb]/", Err(UrlError::Brackets)),
            ("ftp://[::1]evil/", Err(UrlError::Port)),
            ("ftp://[good]/", Err(UrlError::Brackets)),
            ("ftp://[127.0.0.1]/", Err(UrlError::Brackets)),
            ("ftp://[]/", Err(UrlError::Brackets)),
            ("ftp://h]/", Err(UrlError::HostCharacter)),
            ("ftp://[::1@h/", Ok("h")),
            ("ftp://fe80::1/", Err(UrlError::Brackets)),
            ("ftp://h:1:2/", Err(UrlError::Brackets)),
            ("ftp:///evil/", Err(UrlError::Host)),
            ("ftp:/h/", Err(UrlError::Scheme)),
            (" ftp://h/", Err(UrlError::Scheme)),
        ] {
            let found = FtpUrl::parse(url).map(|url| url.host);
            assert_eq!(found.as_deref(), expected.as_ref().copied(), "{url:?}");
        }
    }

    #[test]
    fn a_delimiter_in_a_password_is_told_from_a_wrong_port() {
        for url in
            ["u:a/b@host/", "u:a/b@host:21", "u:a?b@host/", "u:a#b@host/", "u:a@b@host/", "u@x:a@host/"]
        {
            let error = FtpUrl::parse(&format!("ftp://{url}")).unwrap_err();
            assert_eq!(error, UrlError::Delimiter, "{url}");
        }
        assert!(UrlError::Delimiter.to_string().contains("/ must be written %2F"));
        assert_eq!(FtpUrl::parse("ftp://h:a/b"), Err(UrlError::Port));
    }

    #[test]
    fn what_is_none_is_refused_and_not_repeated() {
        for (url, error) in [
            ("http://h/", UrlError::Scheme),
            ("h", UrlError::Scheme),
            ("ftp:///x", UrlError::Host),
            ("ftp://u:secret@/x", UrlError::Host),
            ("ftp://h:0", UrlError::Port),
            ("ftp://h:65536", UrlError::Port),
            ("ftp://h:x", UrlError::Port),
            ("ftp://h:+21", UrlError::Port),
            ("ftp://h:%32%31", UrlError::Port),
            ("ftp://[::1]21", UrlError::Port),
            ("ftp://[::1/", UrlError::Brackets),
            ("ftp://h/x;type=x", UrlError::Kind),
            ("ftp://h/a%0d%0aDELE%20b", UrlError::LineEnd("path")),
            ("ftp://a%00b@h/", UrlError::LineEnd("user")),
            ("ftp://u:secret%0A@h/", UrlError::LineEnd("password")),
            ("ftp://u:secret@h%ff/", UrlError::Encoding),
            ("ftp://u:secret%zz@h/", UrlError::Escape),
            ("ftp://h/100%", UrlError::Escape),
            ("ftp://h/a%2", UrlError::Escape),
            ("ftp://h/%+1", UrlError::Escape),
            ("ftp://%zz/", UrlError::Escape),
            ("ftp://h/a#b", UrlError::Fragment),
        ] {
            assert_eq!(FtpUrl::parse(url), Err(error), "{url}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn a_file_is_the_last_segment() {
        let file = |url: &str| {
            let url = FtpUrl::parse(&format!("ftp://h/{url}")).unwrap();
            let words = url.file().map(|(directories, name)| [&directories.join(&b'|'), name].join(&b' '));
            words.map(|words| String::from_utf8(words).unwrap())
        };
        for (url, found) in [
            ("a", " a"),
            ("a/b/c;type=i", "a|b c"),
            ("%2Fetc/passwd", "/etc passwd"),
            ("/etc", "/ etc"),
            ("%2Fetc", " /etc"),
            ("a/what?%23", "a what?#"),
            ("a/b%3Btype=d", "a b;type=d"),
        ] {
            assert_eq!(file(url).unwrap(), found, "{url}");
        }
        for url in ["", "/", "a/", "a/b/;type=i", "%2F", "a%2F", ".", "a/..", "a;type=d"] {
            assert_eq!(file(url), Err(UrlError::NoFile), "{url}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let url = FtpUrl::parse("ftp://ann:secret@h/a").unwrap();
        assert!(!format!("{url:?} {:#?}", url).contains("secret"));
        assert!(format!("{url:?}").contains("\"****\""));
    }
}
