//! What replies tell of a hash, of a name and of a time: it stands in the reply, and is what it should be.
//!
//! The first line is the path, and the rest is the reply.

use ftpclient::protocol::hashes::{Algorithm, hash_in};
use ftpclient::protocol::reply::Reply;
use ftpclient::protocol::times::{in_digits, nanoseconds_of, time_in};
use ftpclient::protocol::unique::name_in;

const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Crc32, Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];

pub fn check(data: &[u8]) {
    let (path, text) = match data.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (&b""[..], data),
    };
    let reply = Reply::from_text(text);
    let has = |part: &[u8]| {
        part.is_empty() || text.windows(part.len()).any(|other| other.eq_ignore_ascii_case(part))
    };
    for algorithm in ALGORITHMS {
        let Some(hash) = hash_in(&reply, algorithm, path) else { continue };
        assert_eq!(hash.len(), algorithm.digits());
        assert!(hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
        let digits = if has(hash.as_bytes()) { &*hash } else { hash.trim_start_matches('0') };
        assert!(has(digits.as_bytes()) && (algorithm == Algorithm::Crc32 || digits.len() == hash.len()));
        assert!(text.starts_with(b"2"));
    }
    if let Some(name) = name_in([&reply].into_iter()) {
        assert!(!name.is_empty() && has(name) && !name.contains(&0) && !name.contains(&b'\n'));
        assert!(text.starts_with(b"1") || text.starts_with(b"2"));
    }
    if let Some(digits) = time_in(&reply) {
        assert!(has(digits) && text.starts_with(b"213"));
        if let Some(moment) = nanoseconds_of(digits) {
            let again = nanoseconds_of(in_digits(moment).unwrap().as_bytes()).unwrap();
            assert!((0..1_000_000_000).contains(&(moment - again)));
        }
    }
}
