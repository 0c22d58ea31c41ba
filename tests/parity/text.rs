//! Bytes as the scenarios write them: `\r`, `\n`, `\t`, `\\`, `\"`, `\xff`, and `{A*8192}` for A 8192 times.

/// Shorter runs are written out.
const SHORTEST_RUN: usize = 40;

pub fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((repeated, count, after)) = run(rest) {
            bytes.extend(repeated.repeat(count));
            rest = after;
        } else if let Some(escape) = rest.strip_prefix('\\') {
            let (byte, length) = match escape.as_bytes()[0] {
                b'r' => (b'\r', 1),
                b'n' => (b'\n', 1),
                b't' => (b'\t', 1),
                b'x' => (u8::from_str_radix(&escape[1..3], 16).unwrap(), 3),
                other => (other, 1),
            };
            bytes.push(byte);
            rest = &escape[length..];
        } else {
            let (character, after) = rest.split_at(first.len_utf8());
            bytes.extend(character.as_bytes());
            rest = after;
        }
    }
    bytes
}

/// The reverse of [`bytes`].
pub fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for run in bytes.chunk_by(|a, b| a == b) {
        let character = run[..1].escape_ascii().to_string();
        if run.len() >= SHORTEST_RUN {
            text += &format!("{{{character}*{}}}", run.len());
        } else {
            text += &character.repeat(run.len());
        }
    }
    text
}

/// `{A*8192}` at the start of `text`: what is repeated, how often, and what follows.
fn run(text: &str) -> Option<(Vec<u8>, usize, &str)> {
    let (inner, after) = text.strip_prefix('{')?.split_once('}')?;
    let (repeated, count) = inner.split_once('*')?;
    Some((bytes(repeated), count.parse().ok()?, after))
}
