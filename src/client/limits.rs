//! How long each phase of a call may take, and what is said when one took too long.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::error::{Error, Waited};
use crate::net::Deadline;
use crate::phase::Phase;

/// How long bringing a session back into step may take in all. After an error nobody wants to wait for long.
pub(crate) const ABORT_TIME: Duration = Duration::from_secs(5);
/// How long a reply may lag behind the data when it is not certain that there is one.
pub(crate) const DOUBT_TIME: Duration = Duration::from_secs(1);

/// The phases that wait for the server.
const WAITS: [Phase; 6] =
    [Phase::Connect, Phase::Greeting, Phase::Reply, Phase::Data, Phase::Accept, Phase::Final];

/// How long a phase may take unless the user says otherwise.
const DEFAULT: Duration = Duration::from_secs(60);

/// The limits of all phases; `None` is no limit.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    connect: Option<Duration>,
    greeting: Option<Duration>,
    reply: Option<Duration>,
    data: Option<Duration>,
    accept: Option<Duration>,
    r#final: Option<Duration>,
    total: Option<Duration>,
}

/// What the call that is running has waited for.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    /// The place of the last phase in [`WAITS`], counted from 1; 0 is nothing.
    current: AtomicUsize,
}

/// The time that a wait has, and the phase it belongs to.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Wait {
    pub phase: Phase,
    pub deadline: Deadline,
}

impl Limits {
    pub(crate) fn set(&mut self, phase: Phase, limit: Option<Duration>) {
        *match phase {
            Phase::Connect => &mut self.connect,
            Phase::Greeting => &mut self.greeting,
            Phase::Reply => &mut self.reply,
            Phase::Data => &mut self.data,
            Phase::Accept => &mut self.accept,
            Phase::Final => &mut self.r#final,
            Phase::Total => &mut self.total,
        } = limit;
    }

    /// Sets all but the limit of the whole call.
    pub(crate) fn set_waits(&mut self, limit: Option<Duration>) {
        for phase in WAITS {
            self.set(phase, limit);
        }
    }

    fn of(&self, phase: Phase) -> Option<Duration> {
        match phase {
            Phase::Connect => self.connect,
            Phase::Greeting => self.greeting,
            Phase::Reply => self.reply,
            Phase::Data => self.data,
            Phase::Accept => self.accept,
            Phase::Final => self.r#final,
            Phase::Total => self.total,
        }
    }

    /// A wait that begins now.
    pub(crate) fn wait(&self, phase: Phase) -> Wait {
        Wait { phase, deadline: Deadline::after(self.of(phase)) }
    }

    /// A wait that begins now and has no more than `most`, whatever the user has set.
    pub(crate) fn wait_at_most(&self, phase: Phase, most: Duration) -> Wait {
        let limit = self.of(phase).map_or(most, |limit| limit.min(most));
        Wait { phase, deadline: Deadline::after(Some(limit)) }
    }
}

impl Waits {
    /// A call begins.
    pub(crate) fn reset(&self) {
        self.current.store(0, Ordering::Relaxed);
    }

    /// The call waits for this from here on.
    pub(crate) fn begin(&self, phase: Phase) {
        if let Some(at) = WAITS.iter().position(|&wait| wait == phase) {
            self.current.store(at + 1, Ordering::Relaxed);
        }
    }

    /// What the call has waited for last, but for short waits that are no part of what it was asked for.
    pub(crate) fn current(&self) -> Option<Phase> {
        let at = self.current.load(Ordering::Relaxed).checked_sub(1)?;
        WAITS.get(at).copied()
    }
}

impl Default for Limits {
    fn default() -> Limits {
        let limit = Some(DEFAULT);
        Limits {
            connect: limit,
            greeting: limit,
            reply: limit,
            data: limit,
            accept: limit,
            r#final: limit,
            total: None,
        }
    }
}

impl Wait {
    /// One that is never over.
    pub(crate) fn without_end(phase: Phase) -> Wait {
        Wait { phase, deadline: Deadline::after(None) }
    }

    /// As long as this, but no longer than `most` from now.
    pub(crate) fn at_most(self, most: Duration) -> Wait {
        Wait { deadline: self.deadline.at_most(most), ..self }
    }

    /// The error when it is over.
    pub(crate) fn passed(self, what: impl Into<String>, done: String) -> Error {
        let waited = Waited { what: what.into(), done, after: self.deadline.elapsed() };
        Error::Timeout { phase: self.phase, waited: Box::new(waited) }
    }

    /// The error when it is over; `what` did not come.
    pub(crate) fn timed_out(self, what: impl fmt::Display) -> Error {
        self.timed_out_after(what, String::new())
    }

    /// As [`Wait::timed_out`], with what had been done.
    pub(crate) fn timed_out_after(self, what: impl fmt::Display, done: String) -> Error {
        self.passed(format!("waiting for {what}"), done)
    }
}
