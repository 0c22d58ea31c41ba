//! Line ends of text transfers (TYPE A): the network's to lines, and local text to the network's lines.

mod encoder;
mod splitter;

use thiserror::Error;

pub use encoder::{LineEncoder, network_lines};
pub use splitter::LineSplitter;

/// Why a text cannot be cut into lines.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
pub enum LineError {
    /// A line is longer than the caller allows.
    #[error("a line of the text has more than {limit} bytes")]
    TooLong {
        /// The limit, in bytes, line end included.
        limit: usize,
    },
    /// A line is longer than what memory there is.
    #[error("there is no memory for a line of the text")]
    NoMemory,
}

/// A line may be as long as the caller allows: memory for it is asked for, and not taken for granted.
fn append(line: &mut Vec<u8>, more: &[u8]) -> Result<(), LineError> {
    line.try_reserve(more.len()).map_err(|_| LineError::NoMemory)?;
    line.extend_from_slice(more);
    Ok(())
}
