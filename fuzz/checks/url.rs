//! A URL's parts survive being written as a URL, and no part of any text can break out of its command.

use ftpclient::protocol::url::{FtpUrl, Scheme};

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(url) = FtpUrl::parse(text) else { return };
    let parts = [&url.host, &url.user, &url.password].into_iter().chain(&url.path);
    assert!(parts.into_iter().all(|part| !part.contains(['\0', '\r', '\n'])));
    assert!(!url.host.is_empty() && url.port != Some(0));
    assert!(url.path.iter().all(|segment| !segment.is_empty()));
    assert_eq!(FtpUrl::parse(&written(&url)), Ok(url), "{text}");
}

/// The URL with every byte encoded that could be mistaken.
fn written(url: &FtpUrl) -> String {
    let scheme = match url.scheme {
        Scheme::Ftp => "ftp",
        Scheme::Ftps => "ftps",
        Scheme::Ftpes => "ftpes",
    };
    let port = url.port.map(|port| format!(":{port}")).unwrap_or_default();
    let path: String = url.path.iter().map(|segment| encoded(segment) + "/").collect();
    let kind = url.kind.map(|kind| format!(";type={kind}")).unwrap_or_default();
    let [user, password, host] = [&url.user, &url.password, &url.host].map(|part| encoded(part));
    format!("{scheme}://{user}:{password}@{host}{port}/{path}{kind}")
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
