//! What a transfer came to, for who asks afterwards.

use std::time::{Duration, Instant};

use crate::net::clock;

/// What is known of a transfer: of the last one, or of the one that is open.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many bytes went over the data connection. `None`: the data of a copy does not come this way.
    pub bytes: Option<u64>,
    /// The offset that it began at.
    pub offset: u64,
    /// The size that the server has announced for the data.
    pub announced: Option<u64>,
    /// How often it was begun.
    pub attempts: u32,
    /// How it is known to be whole.
    pub verified: Verified,
    /// It went on from what an earlier call had left.
    pub resumed: bool,
    /// When it was begun.
    pub began: Instant,
    /// When it was over, whatever became of it.
    pub ended: Option<Instant>,
}

/// How a transfer is known to be whole. Each is worth more than the one before it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verified {
    /// Not at all: it failed, or has not ended.
    #[default]
    Nothing,
    /// The server has confirmed it, and nothing contradicts that.
    FinalReply,
    /// As many bytes have come as the server had announced.
    Announced,
    /// The file has the size that the server tells afterwards.
    Size,
    /// The server tells the same hash.
    Hash,
    /// The bytes were fetched again and compared.
    Compared,
}

impl Report {
    /// A transfer begins at this offset.
    pub(crate) fn begin(offset: u64) -> Report {
        Report {
            bytes: Some(0),
            offset,
            announced: None,
            attempts: 1,
            verified: Verified::Nothing,
            resumed: false,
            began: clock::now(),
            ended: None,
        }
    }

    /// It is over, unless it was before.
    pub(crate) fn end(&mut self) {
        self.ended.get_or_insert_with(clock::now);
    }

    /// How long it has taken.
    pub fn took(&self) -> Duration {
        self.ended.unwrap_or_else(clock::now).saturating_duration_since(self.began)
    }
}
