//! Whose a reply is while a transfer is aborted, or PWD is to tell where the session is.
//!
//! The library has sent ABOR or PWD by then, and the ledger is lost. Only what neither a transfer nor ABOR is answered by can be
//! matched: servers answer in order.

use super::{Dialogue, Due, Matched, Whose, is_abor, is_answered_by_a_path, is_of_transfer, may_answer_noop};
use crate::protocol::codes::{NO_TRANSFER, PATHNAME};
use crate::protocol::reply::{Class, Reply};

impl Dialogue {
    /// Whose a reply is that comes in the search; it is settled then.
    pub fn came_in_search(&mut self, reply: &Reply) -> Matched {
        if !self.is_unclear && !self.is_lost {
            return self.came(reply);
        }
        self.is_unclear |= reply.class().is_none() || self.may_follow_an_abor_without_answer(reply);
        if reply.class() == Some(Class::Preliminary) {
            self.due.iter_mut().filter(|due| due.whose == Whose::Transfer).for_each(|due| due.start(reply));
        }
        let at = self.position_in_search(reply);
        if at.is_none() {
            self.note_end_or_abor(reply);
            self.end.note(reply);
        }
        match at.and_then(|at| self.due.remove(at)) {
            Some(due) => Matched { whose: due.whose, what: due.what, command: due.command },
            None => Matched::nobody(),
        }
    }

    fn position_in_search(&self, reply: &Reply) -> Option<usize> {
        let of_noop = self.due.iter().position(|due| due.whose == Whose::Noop && may_answer_noop(reply));
        // The library sends ABOR only while a transfer is due, and only if the user has not sent one.
        let is_to_abor = reply.code() == Some(NO_TRANSFER);
        let may_be_of_the_library = self.transfer().is_some()
            && (is_of_transfer(reply) || is_to_abor && !self.has_abor_of_the_user());
        // After a line that is no reply nobody can tell: the user may have been told of that line as the answer.
        if self.is_unclear || may_be_of_the_library || !is_final(reply) {
            return of_noop;
        }
        let is_of_the_first = self.only_the_user_waits() && reply.is_negative();
        let is_path = reply.code() == Some(PATHNAME);
        let fits = |due: &Due| match due.whose {
            Whose::User if is_to_abor => is_abor(due),
            Whose::User => is_of_the_first || is_answered_by_a_path(due) == is_path,
            _ => false,
        };
        match self.due.iter().position(fits) {
            Some(at) => Some(of_noop.map_or(at, |noop| at.min(noop))),
            None => of_noop.or_else(|| self.due.iter().position(|due| due.whose == Whose::User)),
        }
    }

    /// A transfer that the user has sent ABOR for is answered by two replies, which are alike. After the second one, neither waits.
    fn note_end_or_abor(&mut self, reply: &Reply) {
        let is_one_of_two = self.transfer().is_some() && is_of_transfer(reply) && is_final(reply);
        let Some(at) = self.due.iter().position(|due| due.whose == Whose::User && is_abor(due)) else {
            return;
        };
        if !is_one_of_two {
            return;
        }
        if !std::mem::replace(&mut self.has_end_or_abor, true) {
            return;
        }
        let abor = self.due.remove(at);
        self.given_up.extend(abor.and_then(|due| due.command));
        self.has_end_or_abor = false;
        self.due.retain(|due| !matches!(due.whose, Whose::Transfer | Whose::EndOfTransfer));
    }

    /// Some servers answer the two with one reply. What comes then answers ABOR, or what the user has sent after it.
    fn may_follow_an_abor_without_answer(&self, reply: &Reply) -> bool {
        let is_of_the_two = is_of_transfer(reply) || reply.code() == Some(NO_TRANSFER);
        self.has_end_or_abor && !is_of_the_two && self.has_abor_of_the_user() && self.users().nth(1).is_some()
    }
}

pub(super) fn is_final(reply: &Reply) -> bool {
    !matches!(reply.class(), Some(Class::Preliminary) | None)
}
