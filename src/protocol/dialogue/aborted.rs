//! Words about a transfer that was aborted, which come when the server notices its end.

use super::{Dialogue, Due, is_abor, moves_data};
use crate::protocol::codes::{NO_TRANSFER, TRANSFER_ABORTED, TRANSFER_COMPLETE};
use crate::protocol::reply::Reply;

/// With what servers answer ABOR, or end a transfer. No other command is answered so.
const LATE_WORDS: [u16; 3] = [NO_TRANSFER, TRANSFER_COMPLETE, TRANSFER_ABORTED];

impl Dialogue {
    /// ABOR is being sent. When the session is in step again, a word more about it may come, see [`Whose::Aborted`](super::Whose::Aborted).
    pub fn aborts(&mut self) {
        self.is_after_abort = true;
        self.doubts_end |= self.transfer().is_some();
    }

    /// A few servers tell the end of an aborted transfer a third time, whenever they notice it: `ftp-srv` is one.
    pub fn takes_word_after_abort(&self, reply: &Reply) -> bool {
        let is_awaited = |due: &Due| is_abor(due) || moves_data(due) && !self.doubts_end;
        let may_be_a_reply = self.due.is_empty() || self.due.iter().any(is_awaited);
        let is_late_word = LATE_WORDS.contains(&reply.code().unwrap_or_default());
        // Where the user reads, nobody can ask by PWD what such a word was.
        self.is_after_abort && is_late_word && !may_be_a_reply && !self.has_due_of_the_user()
    }

    /// Whether what seems to be the end of a transfer may be a word about one that was aborted before.
    pub fn doubts_end(&self) -> bool {
        self.doubts_end
    }

    /// Nobody can ask by PWD: what seems to be the end of the next transfer is taken for it.
    pub fn trusts_end(&mut self) {
        self.doubts_end = false;
    }
}
