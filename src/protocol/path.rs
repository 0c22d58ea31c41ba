//! The directory name in a 257 reply, the answer to PWD and MKD (RFC 959, appendix II).

use thiserror::Error;

use super::reply::Reply;

/// Why a reply gives no directory name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    /// The reply has another code than 257. Holds the start of the reply.
    #[error("the server did not name a directory: {0}")]
    WrongCode(String),
}

/// The directory name that a 257 reply quotes; inside the quotes, `""` stands for one `"`.
///
/// The result is empty if no quote follows the code: old Unix servers answer MKD without naming the directory. A
/// missing closing quote and any text after it do no harm.
pub fn parse_257(reply: &Reply) -> Result<Vec<u8>, PathError> {
    if reply.code() != Some(257) {
        return Err(PathError::WrongCode(reply.excerpt()));
    }
    let quoted = reply.text().strip_prefix(b"257 \"").unwrap_or_default();
    let mut path = Vec::new();
    let mut bytes = quoted.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
            break;
        }
        path.push(byte);
    }
    Ok(path)
}
