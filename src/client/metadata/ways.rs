//! What servers do in different ways: one is tried after the other, and what the server has is remembered until the login ends.

use crate::client::connection::{Learned, Ways};
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::codes::{BAD_ARGUMENT, NOT_IMPLEMENTED, NOT_IMPLEMENTED_FOR_ARGUMENT, NOT_RECOGNIZED};
use crate::protocol::command::Command;
use crate::protocol::hashes::HashWay;
use crate::protocol::modes::ModeWay;
use crate::protocol::reply::Reply;
use crate::protocol::times::TimeWay;

/// One of several ways.
pub(super) trait Way: Copy + PartialEq {
    /// What is known of all of them.
    fn known(learned: &mut Learned) -> &mut Ways<Self>;
}

impl Way for TimeWay {
    fn known(learned: &mut Learned) -> &mut Ways<TimeWay> {
        &mut learned.times
    }
}

impl Way for ModeWay {
    fn known(learned: &mut Learned) -> &mut Ways<ModeWay> {
        &mut learned.modes
    }
}

impl Way for HashWay {
    fn known(learned: &mut Learned) -> &mut Ways<HashWay> {
        &mut learned.hashes
    }
}

/// Why none of them has worked.
#[derive(Default)]
pub(super) struct Refusals {
    /// The first that is about what was to be done.
    about_the_matter: Option<Error>,
    /// The first that is about a command.
    about_a_command: Option<Error>,
}

impl Refusals {
    /// A way that is of no use, although the server has confirmed it.
    pub(super) fn note_useless(&mut self, command: &Command) {
        let what = format!("{}: the server has confirmed it and has not done it", command.shown());
        self.about_the_matter.get_or_insert(Error::Unsupported(what));
    }

    /// The server does not know it.
    pub(super) fn note_unknown(&mut self, error: Error) {
        self.about_a_command.get_or_insert(error);
    }

    /// The refusal that is about what was to be done, if this command has got it.
    pub(super) fn take_about(&mut self, verb: &str) -> Option<Error> {
        self.about_the_matter
            .take_if(|error| matches!(error, Error::Reply { what, .. } if what.starts_with(verb)))
    }

    /// One that goes before all others.
    pub(super) fn note_refusal(&mut self, error: Error) {
        self.about_the_matter = Some(error);
    }

    /// The server has taken the command for another one, and does not know this one. What it says of the parameters of others means no
    /// more than that.
    pub(super) fn note_question(&mut self, error: Error) {
        self.about_a_command = Some(error);
        self.about_the_matter.take_if(|error| is_about_parameters(error));
    }

    /// The error of the call. `what` is what it was to do.
    pub(super) fn into_error(self, what: &str) -> Error {
        let none = || format!("the server knows no command that {what}");
        match (self.about_the_matter, self.about_a_command) {
            (Some(error), _) => error,
            (None, Some(error)) => Error::Unsupported(format!("{}: {error}", none())),
            (None, None) => Error::Unsupported(none()),
        }
    }
}

impl Session<'_> {
    pub(super) fn ways<W: Way>(&mut self) -> &mut Ways<W> {
        W::known(&mut self.connection.known.login.learned)
    }

    /// Tries a way. `None`: it is not this one. A way that the server has named, or that has worked before, is refused for what it was
    /// to do, and no other is tried.
    pub(super) async fn try_way<W: Way>(
        &mut self,
        way: W,
        is_named: bool,
        command: &Command,
        refusals: &mut Refusals,
    ) -> Result<Option<Reply>> {
        let is_certain = is_named || self.ways::<W>().has(way);
        match self.exchange_completed(command).await {
            Ok(reply) => Ok(Some(reply)),
            Err(error) if is_unknown(&error) => {
                self.ways::<W>().strike_out(way);
                refusals.note_unknown(error);
                Ok(None)
            }
            Err(error) if error.is_refusal() && !is_certain => {
                refusals.about_the_matter.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn is_about_parameters(error: &Error) -> bool {
    matches!(error, Error::Reply { reply, .. } if matches!(reply.code(), Some(BAD_ARGUMENT | NOT_IMPLEMENTED_FOR_ARGUMENT)))
}

/// Whether the server says that it does not know the command.
pub(super) fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::Reply { reply, .. } if matches!(reply.code(), Some(NOT_RECOGNIZED | NOT_IMPLEMENTED)))
}
