//! Words about a transfer that was aborted, which come when the server notices its end.

use super::search::is_final;
use super::{Dialogue, Due, Whose, is_abor, moves_data};
use crate::protocol::codes::{DATA_IS_OPEN, NO_TRANSFER, TRANSFER_ABORTED, TRANSFER_COMPLETE};
use crate::protocol::reply::Reply;

/// With what servers answer ABOR, or end a transfer. No other command is answered so.
const LATE_WORDS: [u16; 3] = [NO_TRANSFER, TRANSFER_COMPLETE, TRANSFER_ABORTED];

/// What has come about the end of a transfer, where nobody can tell what answers the transfer and what answers ABOR.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct End {
    /// What may be the end.
    is_told: bool,
    /// 225: there was no transfer, as far as ABOR is concerned.
    is_denied: bool,
}

impl End {
    /// A reply came that is matched with no command: it may be that to the transfer.
    pub(super) fn note(&mut self, reply: &Reply) {
        self.is_told |= is_final(reply) && reply.code() != Some(NO_TRANSFER);
        self.note_answer(reply);
    }

    /// A reply came that is matched: where it ends the transfer, that is not due any more.
    pub(super) fn note_answer(&mut self, reply: &Reply) {
        self.is_denied |= reply.code() == Some(NO_TRANSFER);
    }
}

impl Due {
    /// A 1yz reply has come. All but 125 may mean that the server still waits for the data connection.
    pub(super) fn start(&mut self, reply: &Reply) {
        self.started = true;
        self.may_wait = reply.code() != Some(DATA_IS_OPEN);
    }
}

impl Dialogue {
    /// ABOR is being sent. When the session is in step again, a word more about it may come, see [`Whose::Aborted`].
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

    /// Whether the server may keep a transfer for the next data connection. It has announced the transfer, it answers other commands, and
    /// it has told no end. pyftpdlib answers ABOR by 225 alone if it has not accepted the data connection yet. The next one
    /// gets the data of the aborted transfer then. `is_open`: the server certainly has the data connection of the transfer.
    pub fn may_keep_a_transfer(&self, is_open: bool) -> bool {
        let may_keep = |due: &Due| match due.whose {
            Whose::Transfer => self.end.is_denied && !is_open,
            Whose::User => moves_data(due),
            _ => false,
        };
        !self.end.is_told && self.due.iter().any(|due| due.may_wait && may_keep(due))
    }

    /// Nobody can ask by PWD: what seems to be the end of the next transfer is taken for it.
    pub fn trusts_end(&mut self) {
        self.doubts_end = false;
    }
}
