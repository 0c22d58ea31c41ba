//! A path survives its quotes, and every quoted text has one reading.

use ftpclient::protocol::path::parse_257;
use ftpclient::protocol::reply::Reply;

pub fn check(data: &[u8]) {
    let whole = [b"257 \"", doubled_quotes(data).as_slice(), b"\" is \"it\""].concat();
    assert_eq!(parse_257(&Reply::from_text(whole)).as_deref(), Ok(data), "a server that doubles quotes");

    if is_clear_without_doubling(data) {
        let whole = [b"257 here: \"", data, b"\" is it"].concat();
        assert_eq!(parse_257(&Reply::from_text(whole)).as_deref(), Ok(data), "a server that does not");
    }

    let path = parse_257(&Reply::from_text([b"257 \"", data].concat())).unwrap();
    let is_doubled = data.starts_with(&doubled_quotes(&path));
    assert!(is_doubled || data.starts_with(&path), "the path is what follows the first quote");

    if let Ok(path) = parse_257(&Reply::from_text(data)) {
        assert!(data.starts_with(b"257"));
        assert!(path.is_empty() || data.contains(&b'"'));
    }
}

/// No quote in it is doubled or could close: what follows each is part of a word.
fn is_clear_without_doubling(path: &[u8]) -> bool {
    let mut quotes = (0..path.len()).filter(|&at| path[at] == b'"');
    quotes.all(|at| path.get(at + 1).is_some_and(u8::is_ascii_alphanumeric))
}

fn doubled_quotes(path: &[u8]) -> Vec<u8> {
    path.split(|&byte| byte == b'"').collect::<Vec<_>>().join(&b"\"\""[..])
}
