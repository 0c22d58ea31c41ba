//! Several commands that are sent before the first of them is answered.
//!
//! Servers answer in order, so a reply is that to the first command that waits. But a server may lose a command that comes together
//! with others, or say a word too much, and then each later reply would be one off. So the library sends PWD behind some commands,
//! as a fence. Its reply is like no other. It tells that each of them was answered, if it comes when it should.
//!
//! If not, the window is doubtful from there on. Another fence does not mend that: what looks like its reply may be that to the one
//! before, said twice. The session has to find its step in another way. A call that ends before it has, or before the fence has come,
//! leaves a session that nobody can use.

use super::{Dialogue, Matched, Whose, is_goodbye};
use crate::protocol::codes::{FILE_STATUS, PATHNAME, WAITING_FOR_MORE};
use crate::protocol::path::parse_257;
use crate::protocol::reply::{Class, Reply};

/// The replies that answer few commands.
const TELLTALES: [u16; 3] = [FILE_STATUS, PATHNAME, WAITING_FOR_MORE];
/// Commands that are answered by one of these, or by none.
const ANSWERED_BY: [(&str, Option<u16>); 8] = [
    ("SIZE", Some(FILE_STATUS)),
    ("MDTM", Some(FILE_STATUS)),
    ("MKD", Some(PATHNAME)),
    ("RNFR", Some(WAITING_FOR_MORE)),
    ("MLST", None),
    ("DELE", None),
    ("RMD", None),
    ("RNTO", None),
];

impl Dialogue {
    /// Several commands are going to be sent, and then PWD, which tells this path.
    pub fn begin_window(&mut self, path: &[u8]) {
        self.fence = path.to_vec();
        (self.is_doubtful, self.is_unconfirmed) = (false, false);
    }

    /// A command is being sent behind others that are not answered: [`Dialogue::sent`] follows.
    pub fn sends(&mut self) {
        self.is_half_sent = true;
    }

    /// Whether nobody can tell for certain whose the replies are that come, and whose they were since the last fence.
    pub fn is_doubtful(&self) -> bool {
        self.is_doubtful
    }

    /// The command whose reply comes next, as messages show it.
    pub fn first(&self) -> Option<&str> {
        self.due.front().map(|due| due.what.as_str())
    }

    pub(super) fn has_window(&self) -> bool {
        self.due.front().is_some_and(|due| matches!(due.whose, Whose::Window(_) | Whose::Fence))
    }

    pub(super) fn came_in_window(&mut self, reply: &Reply) -> Matched {
        if self.is_lost || self.has_goodbye {
            return Matched::nobody();
        }
        let fence = self.due.iter().position(|due| due.whose == Whose::Fence);
        if let Some(at) = fence.filter(|_| self.is_of_the_fence(reply)) {
            // What was sent before it and is not answered will not be any more.
            self.is_doubtful |= at > 0;
            self.is_unconfirmed = false;
            let what = self.due.drain(..=at).next_back().map(|due| due.what).unwrap_or_default();
            return Matched { whose: Whose::Fence, what, command: None };
        }
        let Some(due) = self.due.front_mut().filter(|due| due.whose != Whose::Fence) else {
            self.is_doubtful = true;
            self.has_goodbye |= is_goodbye(reply, "");
            return Matched::nobody();
        };
        let matched = Matched { whose: due.whose, what: due.what.clone(), command: None };
        match reply.class() {
            Some(Class::Preliminary) => due.started = true,
            Some(_) => {
                self.is_doubtful |= !can_answer(&matched.what, reply);
                self.is_unconfirmed = true;
                self.has_goodbye |= is_goodbye(reply, &matched.what);
                self.due.pop_front();
            }
            None => {
                // The reply may follow, or not.
                self.is_doubtful = true;
                return Matched::nobody();
            }
        }
        matched
    }

    fn is_of_the_fence(&self, reply: &Reply) -> bool {
        reply.code() == Some(PATHNAME) && parse_257(reply).is_ok_and(|path| path == self.fence)
    }
}

/// Whether a reply can be that to a command. A refusal can be that to any.
fn can_answer(command: &str, reply: &Reply) -> bool {
    let Some(code) = reply.code().filter(|code| TELLTALES.contains(code)) else { return true };
    let verb = command.split(' ').next().unwrap_or_default();
    ANSWERED_BY.iter().all(|&(known, by)| known != verb || by == Some(code))
}
