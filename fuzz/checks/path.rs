//! A path survives its quotes, and every quoted text has one reading.

use ftpclient::protocol::path::parse_257;
use ftpclient::protocol::reply::Reply;

pub fn check(data: &[u8]) {
    let whole = [b"257 \"", doubled_quotes(data).as_slice(), b"\" is \"it\""].concat();
    assert_eq!(parse_257(&Reply::from_text(whole)).as_deref(), Ok(data));

    let path = parse_257(&Reply::from_text([b"257 \"", data].concat())).unwrap();
    let after = data.strip_prefix(doubled_quotes(&path).as_slice()).unwrap();
    let is_closed = after.strip_prefix(b"\"").is_some_and(|rest| !rest.starts_with(b"\""));
    assert!(after.is_empty() || is_closed, "the path goes to the first single quote");

    if let Ok(path) = parse_257(&Reply::from_text(data)) {
        assert!(data.starts_with(b"257"));
        assert!(path.is_empty() || data.starts_with(b"257 \""));
    }
}

fn doubled_quotes(path: &[u8]) -> Vec<u8> {
    path.split(|&byte| byte == b'"').collect::<Vec<_>>().join(&b"\"\""[..])
}
