//! What the user wants of a download.

use std::path::PathBuf;

use crate::error::{Error, Result};

/// What is to be downloaded, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetRequest {
    /// The path on the server.
    pub remote: Vec<u8>,
    /// Where the file is to be.
    pub local: PathBuf,
    /// What an earlier call has left is continued, and what this one cannot finish is left.
    pub resume: bool,
    /// What is there already is not replaced.
    pub no_replace: bool,
    /// The file is written under its own name from the beginning.
    pub in_place: bool,
    /// The file gets the time that the server tells.
    pub keep_time: bool,
    /// A hash that the server tells must be that of the file.
    pub verify: bool,
    /// Several sessions may fetch it together.
    pub segmented: bool,
}

impl GetRequest {
    /// Whether the wishes can be had together.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`].
    pub(super) fn check(&self) -> Result<()> {
        let text = match self {
            GetRequest { in_place: true, resume: true, .. } => {
                "what is written in place cannot be continued: FTP_IN_PLACE excludes FTP_RESUME"
            }
            GetRequest { in_place: true, segmented: true, .. } => {
                "what is written in place is written in its order: FTP_IN_PLACE excludes FTP_SEGMENTED"
            }
            _ => return Ok(()),
        };
        Err(Error::InvalidArgument(text.into()))
    }
}
