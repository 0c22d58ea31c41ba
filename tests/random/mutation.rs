//! What a server does wrong.
//!
//! Most of it leaves it possible to tell which reply belongs to which command. What does not *taints* the connection: from there on
//! the test forgives a reply of another command, and nothing else. That is
//!
//! - an extra reply that comes by itself, a moment after the one it follows: it looks like that to the next command;
//! - one that comes in one piece with the final reply of a transfer that the client aborts at the same moment;
//! - a 2yz or 3yz in place of the 1yz of a transfer that goes on, and has its final reply as well;
//! - a greeting that comes more than a second after a 1yz reply;
//! - replies without end;
//! - another code, or one reply more, where the client sends NOOPs while data moves and knows their replies by their codes;
//! - a second command of the test's own before the reply to the first, or one during a transfer, where the server does wrong;
//! - a command of the test's own during a transfer in which the client sends NOOPs: a reply to one of them may be kept for it.
//!
//! In a batch, a reply that is lost and one too much before the same PWD *confuse* it: whose its replies are, nobody can tell.
//!
//! Data that is less than it should be is *hidden* where no client can find out: FIN in clear and nothing announced to compare it
//! with; no connection at all, where an empty file would look the same; an upload whose bytes the system took and nobody read.

use super::chance::Chance;

/// What becomes of a reply.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Mutation {
    None,
    /// A byte or a few at a time.
    Split,
    /// Within the client's limits.
    Late,
    /// After the client's limit.
    TooLate,
    /// The code of another class.
    OtherCode,
    ManyLines,
    /// Its last line is missing.
    Unfinished,
    /// A line that is no reply in its place.
    Rubbish,
    /// The same before it.
    RubbishFirst,
    /// A 1yz before it.
    PreliminaryFirst,
    Dropped,
    /// The connection ends in the middle of it.
    Truncated,
    Closed,
    Reset,
    /// Again, in one piece with it.
    Twice,
    /// Others behind it, in one piece with it.
    Flood,
    /// Longer than any limit.
    TooLong,
    /// Bytes that no text has.
    Bytes,
    /// LF alone as line end.
    Lf,
    /// Empty lines and stray line ends without end.
    Endless,
    /// Again, a moment later. Taints.
    TwiceLater,
    /// Another one behind it, a moment later. Taints.
    Stray,
}

impl Mutation {
    /// The client learns what the reply says.
    pub fn tells(self) -> bool {
        use Mutation::*;
        matches!(self, None | Split | Late | ManyLines | Twice | Flood | Bytes | Lf)
    }
}

/// What becomes of the data of a transfer.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum DataMutation {
    None,
    /// A few bytes at a time.
    Slow,
    /// Less, and then FIN.
    Cut,
    /// Less, and then RST.
    Reset,
    /// Nobody opens, or accepts, the connection.
    Never,
    LeftOpen,
    /// In active mode somebody else comes first.
    StrangerFirst,
    StrangerOnly,
    /// Over TLS.
    NoHandshake,
    /// The final reply comes before it.
    EarlyReply,
}

/// What becomes of a reply that is mutated, and how often.
pub const REPLY_FAULTS: &[(usize, Mutation)] = &[
    (50, Mutation::Split),
    (30, Mutation::Late),
    (20, Mutation::TooLate),
    (60, Mutation::OtherCode),
    (30, Mutation::ManyLines),
    (10, Mutation::Unfinished),
    (25, Mutation::Rubbish),
    (25, Mutation::RubbishFirst),
    (25, Mutation::PreliminaryFirst),
    (20, Mutation::Dropped),
    (15, Mutation::Truncated),
    (15, Mutation::Closed),
    (15, Mutation::Reset),
    (40, Mutation::Twice),
    (40, Mutation::Flood),
    (10, Mutation::TooLong),
    (20, Mutation::Bytes),
    (20, Mutation::Lf),
    (1, Mutation::Endless),
    (20, Mutation::TwiceLater),
    (20, Mutation::Stray),
];

/// What becomes of data that is mutated.
pub const DATA_FAULTS: &[DataMutation] = &[
    DataMutation::Slow,
    DataMutation::Slow,
    DataMutation::Cut,
    DataMutation::Cut,
    DataMutation::Reset,
    DataMutation::Never,
    DataMutation::LeftOpen,
    DataMutation::StrangerFirst,
    DataMutation::StrangerOnly,
    DataMutation::NoHandshake,
    DataMutation::EarlyReply,
    DataMutation::EarlyReply,
];

/// How badly a server behaves.
#[derive(Copy, Clone, Debug)]
pub struct Manners {
    /// How many replies of a hundred are mutated, and how many transfers.
    pub replies: usize,
    pub data: usize,
    /// Whether anything may taint the connection.
    pub taints: bool,
}

impl Manners {
    pub fn any(chance: &mut Chance) -> Manners {
        let replies = chance.weighted(&[(2, 0), (4, 5), (4, 15), (2, 40)]);
        let data = chance.weighted(&[(2, 0), (4, 20), (3, 60)]);
        Manners { replies, data, taints: chance.percent(15) }
    }

    pub fn for_reply(&self, chance: &mut Chance) -> Mutation {
        use Mutation::*;
        if !chance.percent(self.replies) {
            return None;
        }
        let mutation = chance.weighted(REPLY_FAULTS);
        if matches!(mutation, TwiceLater | Stray) && !self.taints { Twice } else { mutation }
    }

    pub fn for_data(&self, chance: &mut Chance) -> DataMutation {
        if !chance.percent(self.data) {
            return DataMutation::None;
        }
        chance.one_of(DATA_FAULTS)
    }
}
