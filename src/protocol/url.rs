//! URLs of FTP (RFC 1738, section 3.2), such as `ftpes://user:password@example.org:2121/a/b;type=i`.

use percent_encoding::percent_decode_str;
use thiserror::Error;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FtpUrl {
    /// What it begins with.
    pub scheme: Scheme,
    /// A name or an address, without brackets.
    pub host: String,
    /// `None` is the scheme's own.
    pub port: Option<u16>,
    /// Empty when the URL names nobody: anonymous.
    pub user: String,
    /// Empty when there is none.
    pub password: String,
    /// The segments of the path. The first is seen from the directory where the login leads to; `/etc` is written
    /// `ftp://host/%2Fetc` or, as most programs understand it, `ftp://host//etc`: then the first segment is `/`.
    pub path: Vec<String>,
    /// The letter after `;type=`, in lower case.
    pub kind: Option<char>,
}

/// Why a text is no URL of FTP. The text of the URL is not in it: it may hold a password.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
pub enum UrlError {
    /// Another scheme, or none.
    #[error("the URL must begin with ftp://, ftps:// or ftpes://")]
    Scheme,
    /// No host, or one that cannot be.
    #[error("the URL names no host")]
    Host,
    /// Not 1 to 65535.
    #[error("the port in the URL must be a number from 1 to 65535")]
    Port,
    /// Not `a`, `i` or `d`.
    #[error("the type in the URL must be a, i or d")]
    Kind,
    /// What would not be an argument, or is not UTF-8.
    #[error("the {0} in the URL is not UTF-8, or has a NUL, CR or LF in it")]
    Text(&'static str),
}

impl FtpUrl {
    /// # Errors
    /// See [`UrlError`].
    pub fn parse(url: &str) -> Result<FtpUrl, UrlError> {
        let (scheme, rest) = scheme(url).ok_or(UrlError::Scheme)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, server) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (host, port) = match server.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((ipv6, rest)) => (ipv6, rest),
            None => server.split_at(server.find(':').unwrap_or(server.len())),
        };
        let host = decoded(host, "host")?;
        if host.is_empty() {
            return Err(UrlError::Host);
        }
        let (path, kind) = split_kind(path)?;
        let root = if path.starts_with('/') { "%2F" } else { "" };
        let segments = [root].into_iter().chain(path.split('/')).filter(|segment| !segment.is_empty());
        Ok(FtpUrl {
            scheme,
            host,
            port: parse_port(port)?,
            user: decoded(user, "user")?,
            password: decoded(password, "password")?,
            path: segments.map(|segment| decoded(segment, "path")).collect::<Result<_, _>>()?,
            kind,
        })
    }
}

fn scheme(url: &str) -> Option<(Scheme, &str)> {
    let (name, rest) = url.split_once("://")?;
    match name.to_ascii_lowercase().as_str() {
        "ftp" => Some((Scheme::Ftp, rest)),
        "ftps" => Some((Scheme::Ftps, rest)),
        "ftpes" => Some((Scheme::Ftpes, rest)),
        _ => None,
    }
}

/// `:2121`, or nothing.
fn parse_port(text: &str) -> Result<Option<u16>, UrlError> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.strip_prefix(':').and_then(|number| number.parse().ok());
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

fn decoded(part: &str, name: &'static str) -> Result<String, UrlError> {
    match percent_decode_str(part).decode_utf8() {
        Ok(text) if !text.contains(['\0', '\r', '\n']) => Ok(text.into_owned()),
        _ => Err(UrlError::Text(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> (String, Option<u16>, String, String, String) {
        let url = FtpUrl::parse(url).unwrap();
        (url.host, url.port, url.user, url.password, url.path.join("|"))
    }

    #[test]
    fn every_part_is_found_and_decoded() {
        let full = FtpUrl::parse("ftpes://us%40er:p%3Aw:x@example.org:2121/%2Fetc/a%20b/c;type=I").unwrap();
        assert_eq!(full.scheme, Scheme::Ftpes);
        assert_eq!(full.kind, Some('i'));
        assert_eq!(full.path, ["/etc", "a b", "c"]);
        assert_eq!((full.user.as_str(), full.password.as_str()), ("us@er", "p:w:x"));
        assert_eq!((full.host.as_str(), full.port), ("example.org", Some(2121)));
    }

    #[test]
    fn what_is_left_out_is_the_default() {
        let nothing = String::new();
        let host = |host: &str| (host.to_owned(), None, nothing.clone(), nothing.clone(), nothing.clone());
        assert_eq!(parts("ftp://example.org"), host("example.org"));
        assert_eq!(parts("FTPS://[::1]/"), host("::1"));
        assert_eq!(parts("ftp://@h/"), host("h"));
        assert_eq!(parts("ftp://u@h/a//b/").2, "u");
        assert_eq!(parts("ftp://u@h/a//b/").4, "a|b");
        assert_eq!(parts("ftp://h//a@b:c").4, "/|a@b:c");
        assert_eq!(parts("ftp://a%40b:%3a%2F@h/%C3%A4").3, ":/");
        assert_eq!(parts("ftp://ann:pw@[::1]:2121/a").1, Some(2121));
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
            ("ftp://[::1]21", UrlError::Port),
            ("ftp://[::1/", UrlError::Port),
            ("ftp://h/x;type=x", UrlError::Kind),
            ("ftp://h/a%0d%0aDELE%20b", UrlError::Text("path")),
            ("ftp://a%00b@h/", UrlError::Text("user")),
            ("ftp://h/%ff", UrlError::Text("path")),
        ] {
            assert_eq!(FtpUrl::parse(url), Err(error), "{url}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
