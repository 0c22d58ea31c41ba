//! What a client has around it, whatever session it is in: the reactor, the clock of the call that is running, the log, the audit.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::audit::Audit;
use super::limits::{Limits, Wait, Waits};
use super::log::Log;
use super::progress::Teller;
use super::rate::Rates;
use crate::net::{Cancelled, Reactor};
use crate::phase::Phase;

/// See the module.
pub(super) struct Env {
    pub(super) reactor: Reactor,
    /// What messages call the call that is running.
    pub(super) name: &'static str,
    /// When the call that is running must end.
    pub(super) call: Wait,
    /// What the call has waited for.
    pub(super) waits: Waits,
    pub(super) audit: Audit,
    pub(super) log: Log,
    pub(super) progress: Teller,
    pub(super) rates: Rates,
    /// Is told that a command that changes something was begun. It outlives a call that is dropped.
    pub(super) has_changed: Option<Arc<AtomicBool>>,
}

/// Why a busy loop ends.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Somebody has cancelled the call.
    Cancelled,
    /// The limit of the whole call has passed.
    OutOfTime,
}

impl Env {
    pub(super) fn new(reactor: Reactor) -> Env {
        Env {
            reactor,
            name: "the call",
            call: Wait::without_end(Phase::Total),
            waits: Waits::default(),
            audit: Audit::default(),
            log: Log::default(),
            progress: Teller::default(),
            rates: Rates::default(),
            has_changed: None,
        }
    }

    /// The surroundings of another session of the same call: what the user sees of it is the same.
    pub(super) fn beside(&mut self) -> Env {
        Env {
            name: self.name,
            audit: self.audit.share(),
            log: self.log.share(),
            progress: self.progress.share(),
            rates: self.rates.clone(),
            ..Env::new(self.reactor.part())
        }
    }

    /// A wait that begins now.
    pub(super) fn wait(&self, limits: &Limits, phase: Phase) -> Wait {
        self.waits.begin(phase);
        limits.wait(phase)
    }

    /// A place where a busy loop lets itself be ended, and where a turn ends that has lasted long enough.
    ///
    /// # Errors
    /// Why the loop must end.
    pub(super) async fn checkpoint(&self) -> Result<(), Stop> {
        self.reactor.checkpoint().await.map_err(|Cancelled| Stop::Cancelled)?;
        if self.call.deadline.has_passed() { Err(Stop::OutOfTime) } else { Ok(()) }
    }
}
