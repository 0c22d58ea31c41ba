//! Line ends of text transfers (TYPE A): the network's to lines, and local text to the network's lines.

mod encoder;
mod splitter;

use thiserror::Error;

pub use encoder::{LineEncoder, network_lines};
pub use splitter::LineSplitter;

/// A line is longer than the caller allows.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
#[error("a line of the text has more than {limit} bytes")]
pub struct LineTooLong {
    /// The limit, in bytes, line end included.
    pub limit: usize,
}
