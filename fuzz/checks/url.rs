//! A URL's parts survive being written as a URL, and no part of any text can break out of its command.

use ftpclient::protocol::url::{FtpUrl, Scheme};

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(url) = FtpUrl::parse(text) else { return };
    let parts =
        [url.host.as_bytes(), &url.user, &url.password].into_iter().chain(url.path.iter().map(Vec::as_slice));
    assert!(parts.into_iter().all(|part| !part.iter().any(|byte| b"\0\r\n".contains(byte))));
    assert!(!url.host.is_empty() && url.port != Some(0));
    assert!(url.path.iter().all(|segment| !segment.is_empty()));
    if let Ok((directories, name)) = url.file() {
        assert!(!url.ends_with_slash && !name.ends_with(b"/"));
        assert_eq!(directories.len() + 1, url.path.len());
    }
    assert_eq!(FtpUrl::parse(&written(&url)).as_ref(), Ok(&url), "{text}");
    check_host(text, &url);
}

/// The host stands where RFC 3986 has it: after the last `@`, if any, before the first `/`, `?` or `#`.
fn check_host(text: &str, url: &FtpUrl) {
    let (_, rest) = text.split_once("://").unwrap();
    let authority = rest.split(['/', '?', '#']).next().unwrap();
    assert!(authority.matches('@').count() < 2);
    assert!(!authority.contains(|c: char| c.is_ascii_control() || c == ' ' || c == '\\'));
    let server = authority.split('@').next_back().unwrap();
    if !server.contains('%') {
        assert!(server.trim_start_matches('[').starts_with(&url.host));
    }
    assert!(!url.host.contains(|c: char| c.is_ascii_control() || " #/<>?@[\\]^|".contains(c)));
}

/// The URL with every byte encoded that could be mistaken.
fn written(url: &FtpUrl) -> String {
    let scheme = match url.scheme {
        Scheme::Ftp => "ftp",
        Scheme::Ftps => "ftps",
        Scheme::Ftpes => "ftpes",
    };
    let port = url.port.map(|port| format!(":{port}")).unwrap_or_default();
    let path: Vec<String> = url.path.iter().map(|segment| encoded(segment)).collect();
    let slash = if url.ends_with_slash && !path.is_empty() { "/" } else { "" };
    let kind = url.kind.map(|kind| format!(";type={kind}")).unwrap_or_default();
    let [user, password] = [&url.user, &*url.password].map(|part| encoded(part));
    let host = if url.host.contains(':') {
        format!("[{}]", url.host.replace('%', "%25"))
    } else {
        encoded(url.host.as_bytes())
    };
    format!("{scheme}://{user}:{password}@{host}{port}/{}{slash}{kind}", path.join("/"))
}

fn encoded(text: &[u8]) -> String {
    text.iter().map(|byte| format!("%{byte:02X}")).collect()
}
