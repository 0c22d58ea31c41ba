//! A session: what is done over a control connection, step by step.
//!
//! A [`Session`] is borrowed from the client once for each call, so none of its methods has to ask whether there is a connection.
//! A method does its steps with `?` after each and cleans up nothing: what is left to do after an error is in [`recovery`].

mod abort;
mod away;
pub(crate) mod connect;
mod control;
pub(crate) mod encode;
mod exchange;
mod facts;
mod features;
mod greeting;
mod hash_choice;
mod login;
mod place;
mod protection;
mod raw;
mod reconnect;
mod recovery;
mod system;
mod telnet;
mod tls;
mod types;
mod window;

pub(crate) use away::Gone;
pub(crate) use window::{Answer, Answers, Exchanged, Step};

use std::time::Duration;

use crate::client::connection::Connection;
use crate::client::env::{Env, Stop};
use crate::client::history::History;
use crate::client::limits::Wait;
use crate::client::settings::Settings;
use crate::error::{Error, Result};
use crate::phase::Phase;

/// The parts of a client that has a connection.
pub(crate) struct Session<'a> {
    pub env: &'a mut Env,
    pub settings: &'a Settings,
    pub history: &'a mut History,
    pub connection: &'a mut Connection,
}

impl Session<'_> {
    /// A wait that begins now.
    pub(crate) fn wait(&self, phase: Phase) -> Wait {
        self.env.wait(&self.settings.limits, phase)
    }

    /// A wait that begins now and has no more than `most`, whatever the user has set. It is no part of what the call was asked for.
    pub(crate) fn wait_at_most(&self, phase: Phase, most: Duration) -> Wait {
        self.settings.limits.wait_at_most(phase, most)
    }

    /// See [`Env::checkpoint`].
    pub(crate) async fn checkpoint(&self) -> Result<()> {
        self.env.checkpoint().await.map_err(|stop| self.stopped(stop))
    }

    fn stopped(&self, stop: Stop) -> Error {
        match stop {
            Stop::Cancelled => self.connection.cancelled(self.env.name),
            Stop::OutOfTime => self.connection.out_of_time(self.env.name, self.env.call),
        }
    }
}
