//! What of many commands is on its way.

use std::collections::VecDeque;
use std::io;
use std::task::Poll;

use crate::client::connection::Connection;
use crate::client::log::Log;
use crate::client::session::window::Answers;
use crate::net::clock;
use crate::protocol::command::Command;
use crate::protocol::dialogue::Whose;
use crate::protocol::reply::{Class, Reply};

/// The most commands that are not answered, fences among them.
const MOST_COMMANDS: usize = 64;
/// How many commands have one fence behind them.
const FENCE_EVERY: usize = 31;
/// The most bytes of commands that are not answered: less than a server reads at once. ProFTPD takes two commands for one if what it
/// reads ends between a CR and its LF.
const MOST_BYTES: usize = 4000;
/// The most bytes of commands with one fence behind them. They are written at once, and fit into one packet: it ends where a line does.
const PIECE: usize = 1000;
/// With more bytes than these to be expected as replies, no further command is sent.
const WANTED_REPLIES: usize = 1024 * 1024;

/// What is on its way.
#[derive(Default)]
pub(super) struct Window {
    /// What is not written yet.
    pub(super) bytes: Vec<u8>,
    /// The commands in it, each with its end.
    pub(super) unsent: VecDeque<Unsent>,
    /// The steps, and the fences between them, that no fence has confirmed.
    pub(super) open: VecDeque<Open>,
    /// The next step.
    pub(super) next: usize,
    /// The commands since the last fence, and their bytes.
    since_fence: usize,
    piece: usize,
    /// This step waits for the reply to its first command. Another in between would end it.
    pub(super) half: Option<usize>,
    /// The lengths of the commands that are not answered.
    pub(super) lengths: VecDeque<usize>,
    /// The bytes of the replies that no fence has confirmed.
    pub(super) replies: usize,
    longest_reply: usize,
    pub(super) strays: usize,
    /// How many commands were written, and how many final replies have come.
    pub(super) written: usize,
    pub(super) answered: usize,
    /// The server does not keep the order. No more is sent.
    pub(super) is_over: bool,
    /// The steps that were sent, and whose replies nobody can tell.
    pub(super) unclear: Vec<usize>,
    /// Writing has failed. What the server has said before that can still be read.
    pub(super) broken: Option<io::Error>,
}

pub(super) struct Unsent {
    /// How many bytes of it are not written.
    pub(super) left: usize,
    pub(super) whose: Whose,
    pub(super) command: Command,
    is_logged: bool,
}

pub(super) enum Open {
    Step { at: usize, reply: Option<Reply>, is_of_the_second: bool },
    Fence,
}

impl Window {
    /// Whether a command of so many bytes can be sent. If it is the first behind a fence, all that may follow it up to the next one can.
    pub(super) fn has_room(&self, length: usize) -> bool {
        let (count, bytes) = (self.lengths.len(), self.lengths.iter().sum::<usize>());
        self.since_fence > 0
            || count == 0
            || count + FENCE_EVERY < MOST_COMMANDS
                && bytes + length.max(PIECE) <= MOST_BYTES
                && self.may_hold_more(count)
    }

    /// Whether a fence has to come before a command of so many bytes, or in place of one.
    pub(super) fn wants_fence(&self, length: Option<usize>) -> bool {
        let fits = length.is_some_and(|length| self.piece + length <= PIECE);
        let may_wait = fits && self.since_fence < FENCE_EVERY && self.may_hold_more(self.lengths.len());
        self.since_fence > 0 && !may_wait
    }

    /// Whether the replies to so many commands and another one can be expected to be held.
    fn may_hold_more(&self, count: usize) -> bool {
        self.replies + count * self.longest_reply <= WANTED_REPLIES
    }

    pub(super) fn put(&mut self, whose: Whose, command: &Command, wire: &[u8]) {
        self.bytes.extend_from_slice(wire);
        (self.since_fence, self.piece) = match whose {
            Whose::Fence => (0, 0),
            _ => (self.since_fence + 1, self.piece + wire.len()),
        };
        self.lengths.push_back(wire.len());
        let command = command.clone();
        self.unsent.push_back(Unsent { left: wire.len(), whose, command, is_logged: false });
    }

    /// Writes what fits. The log is told now, and not when a command is put here: the call may be cancelled in between, and nothing is sent.
    pub(super) fn send(&mut self, connection: &mut Connection, log: &mut Log, answers: &mut dyn Answers) {
        if self.broken.is_none() {
            for unsent in self.unsent.iter_mut().filter(|unsent| !unsent.is_logged) {
                unsent.is_logged = true;
                log.command(&unsent.command);
            }
        }
        while !self.bytes.is_empty() && self.broken.is_none() {
            connection.dialogue.sends();
            match connection.control.poll_write(&self.bytes) {
                Poll::Ready(Ok(count)) => self.has_sent(count, connection, answers),
                Poll::Ready(Err(error)) => self.broken = Some(error),
                Poll::Pending => return,
            }
        }
    }

    fn has_sent(&mut self, mut count: usize, connection: &mut Connection, answers: &mut dyn Answers) {
        self.bytes.drain(..count.min(self.bytes.len()));
        connection.noops.last_command = clock::now();
        while let Some(first) = self.unsent.front_mut() {
            let part = count.min(first.left);
            (first.left, count) = (first.left - part, count - part);
            if first.left > 0 {
                connection.dialogue.sends();
                return;
            }
            self.written += 1;
            connection.dialogue.sent(first.whose, &first.command.shown());
            if let Whose::Window(at) = first.whose {
                answers.sent(at);
            }
            self.unsent.pop_front();
        }
    }

    /// Of the commands that were sent so many are not answered.
    pub(super) fn is_answered_up_to(&mut self, outstanding: usize) {
        let answered = self.lengths.len().saturating_sub(outstanding + self.unsent.len());
        self.lengths.drain(..answered);
    }

    pub(super) fn count(&mut self, reply: &Reply) {
        self.answered += usize::from(!matches!(reply.class(), Some(Class::Preliminary) | None));
    }

    /// A reply to a step has come.
    pub(super) fn came(&mut self, step: usize, came: Reply, second: bool) {
        self.replies += came.text().len();
        self.longest_reply = self.longest_reply.max(came.text().len());
        let place = self.open.iter_mut().find(|open| matches!(open, Open::Step { at, .. } if *at == step));
        if let Some(Open::Step { reply, is_of_the_second, .. }) = place {
            (*reply, *is_of_the_second) = (Some(came), second);
        }
    }

    /// The steps that the fence which has come confirms, or not.
    pub(super) fn take_confirmed(&mut self) -> Vec<(usize, Option<Reply>, bool)> {
        let mut steps = Vec::new();
        while let Some(Open::Step { at, reply, is_of_the_second }) = self.open.pop_front() {
            self.replies -= reply.as_ref().map_or(0, |reply| reply.text().len());
            steps.push((at, reply, is_of_the_second));
        }
        steps
    }
}

impl Window {
    /// The second command of a step is on its way, whose reply counts.
    pub(super) fn forget_reply(&mut self, step: usize) {
        for open in &mut self.open {
            if let Open::Step { at, reply, .. } = open
                && *at == step
            {
                self.replies -= reply.take().map_or(0, |reply| reply.text().len());
            }
        }
    }

    /// What is not confirmed never will be, and no further step is sent.
    pub(super) fn give_up(&mut self) {
        (self.is_over, self.half, self.replies) = (true, None, 0);
        for open in self.open.drain(..) {
            if let Open::Step { at, .. } = open {
                self.unclear.push(at);
            }
        }
    }

    /// A step was told already.
    pub(super) fn forget(&mut self, step: usize) {
        self.forget_reply(step);
        self.open.retain(|open| !matches!(open, Open::Step { at, .. } if *at == step));
    }
}
