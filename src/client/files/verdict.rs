//! What is known to be whole.

use crate::client::history::Verified;
use crate::error::Error;
use crate::protocol::codes::{NO_SPACE, QUOTA_EXCEEDED};

/// What the server tells, beside its final reply, of a file that was received.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is whole, as is known in this way.
    Whole(Verified),
    /// Nothing says so yet: ask for the size.
    Ask,
    /// The size is another one.
    Other(u64),
}

/// After the final reply to a download. `have`: the bytes of the whole file that are here. `announced`: the size that the server has
/// announced, if it sent the whole file. `size`: what SIZE has told, before or afterwards; `has_asked`: it was asked afterwards.
pub(crate) fn of_download(have: u64, announced: Option<u64>, size: Option<u64>, has_asked: bool) -> Verdict {
    // Some servers know no other size than 0.
    let size = size.filter(|&size| size > 0 || have == 0);
    match size {
        Some(size) if size == have => Verdict::Whole(Verified::Size),
        Some(size) if has_asked => Verdict::Other(size),
        _ if announced == Some(have) && size.is_none() => Verdict::Whole(Verified::Announced),
        _ if has_asked => Verdict::Whole(Verified::FinalReply),
        _ => Verdict::Ask,
    }
}

/// Whether a disk is full, here or on the server, or a quota is used up.
pub(crate) fn is_want_of_room(error: &Error) -> bool {
    match error {
        Error::File { .. } => matches!(error.os_error(), Some(libc::ENOSPC | libc::EDQUOT)),
        Error::Reply { reply, .. } => matches!(reply.code(), Some(NO_SPACE | QUOTA_EXCEEDED)),
        _ => false,
    }
}

/// Whether the reply that an error stands for may still have been sent: nobody knows what became of the transfer.
pub(crate) fn leaves_open(error: &Error) -> bool {
    matches!(error, Error::Timeout { .. } | Error::Eof(_) | Error::TlsLost(_) | Error::Io { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_decides_and_what_was_announced_if_there_is_none() {
        use Verdict::{Ask, Other, Whole};
        for (have, announced, size, has_asked, expected) in [
            (5, None, Some(5), false, Whole(Verified::Size)),
            (5, Some(9), Some(5), false, Whole(Verified::Size)),
            (5, Some(5), None, false, Whole(Verified::Announced)),
            (5, None, None, false, Ask),
            // It grew or shrank meanwhile.
            (5, Some(4), None, false, Ask),
            (5, Some(5), Some(4), false, Ask),
            (5, None, Some(6), false, Ask),
            (5, None, Some(6), true, Other(6)),
            (5, Some(5), Some(6), true, Other(6)),
            (5, None, Some(5), true, Whole(Verified::Size)),
            // There is no SIZE, or none that is worth anything.
            (5, None, None, true, Whole(Verified::FinalReply)),
            (5, Some(4), None, true, Whole(Verified::FinalReply)),
            (5, None, Some(0), true, Whole(Verified::FinalReply)),
            (5, Some(5), Some(0), false, Whole(Verified::Announced)),
            (0, None, Some(0), false, Whole(Verified::Size)),
            (0, None, Some(5), true, Other(5)),
        ] {
            let verdict = of_download(have, announced, size, has_asked);
            assert_eq!(verdict, expected, "{have} {announced:?} {size:?} {has_asked}");
        }
    }
}
