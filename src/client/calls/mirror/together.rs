//! A mirror with several sessions: they move the files together.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::client::Client;
use crate::client::calls::mirror::telling::Telling;
use crate::client::calls::mirror::trees::Trees;
use crate::client::calls::pool::Work;
use crate::client::limits::Wait;
use crate::client::mirror::{Act, ActionHook, FilterHook, MirrorRequest, Step};
use crate::client::pool::Repeats;
use crate::error::{Error, Result};
use crate::protocol::listing::Kind;
use crate::protocol::verb::Direction;

/// How many steps are told at once.
const TOLD_AT_ONCE: usize = 256;

impl Client {
    /// [`Client::mirror_get`] or [`Client::mirror_put`] as a whole call, with as many sessions as are wanted. It brings them into
    /// step by itself.
    ///
    /// # Errors
    /// As there.
    pub async fn mirror(
        &mut self,
        direction: Direction,
        wanted: &MirrorRequest,
        filter: Option<FilterHook<'_>>,
        action: ActionHook<'_>,
    ) -> Result<()> {
        if wanted.sessions <= 1 || wanted.dry_run {
            let alone = async |client: &mut Client| {
                let planned = client.plan(direction, wanted, filter).await?;
                client.carry_out_all(&planned.trees(wanted), action).await
            };
            return self.perform(alone).await;
        }
        let call = self.time_of_call();
        let planned =
            self.perform_part(call, async |client| client.plan(direction, wanted, filter).await).await?;
        let trees = planned.trees(wanted);
        let mut telling = Telling::new(&trees, action);
        let outcome = self.carry_out_together(call, &trees, &mut telling).await;
        if outcome.as_ref().is_err_and(|error| !matches!(error, Error::Callback { .. })) {
            // What the user answers changes nothing: all has ended.
            let _ = telling.tell_what_was_done();
        }
        self.history.mirror = Some(telling.report());
        outcome?;
        telling.into_outcome()
    }

    /// Directories come first, and deletions last. Between them, the files are moved in any order.
    async fn carry_out_together(
        &mut self,
        call: Wait,
        trees: &Trees<'_>,
        telling: &mut Telling<'_>,
    ) -> Result<()> {
        let is_first = |step: &Step| step.act != Act::Delete && !may_be_shared(step);
        let first = async |client: &mut Client| client.carry_out_those(trees, telling, &is_first).await;
        self.perform_part(call, first).await?;
        let shared = trees.steps.iter().enumerate();
        let shared = shared.filter(|(_, step)| telling.needs_work(step) && may_be_shared(step));
        let work = Transfers {
            trees,
            waiting: Mutex::new(shared.map(|(at, _)| Transfer { at, repeats: Repeats::default() }).collect()),
            telling: Mutex::new(telling),
        };
        let outcome = self.run_together(trees.wanted.sessions, call, &work).await;
        self.history.report = telling.last_report;
        outcome?;
        let is_last = |step: &Step| step.act == Act::Delete;
        let last = async |client: &mut Client| {
            client.require_session_for_the_rest().await?;
            client.carry_out_those(trees, telling, &is_last).await?;
            while telling.tell_next()? {
                client.session()?.checkpoint().await?;
            }
            Ok(())
        };
        self.perform_part(call, last).await
    }

    /// The files are there. What is left to do needs the session of the handle, which may be lost.
    async fn require_session_for_the_rest(&mut self) -> Result<()> {
        if self.connection.is_some() {
            return Ok(());
        }
        let lost = Error::Eof(self.history.closed_because.clone());
        self.prepare_to_try_again(lost, &mut self.tries()).await
    }
}

/// A file is moved, and no other step can be in its way: to some targets, names that differ in case only are the same.
fn may_be_shared(step: &Step) -> bool {
    matches!(step.act, Act::Add | Act::Replace) && step.kind != Kind::Directory && step.twin.is_none()
}

/// The files that are to be moved.
struct Transfers<'a, 'b, 'c> {
    trees: &'a Trees<'a>,
    waiting: Mutex<VecDeque<Transfer>>,
    telling: Mutex<&'b mut Telling<'c>>,
}

/// One of them: its place among the steps, and how often it was given back.
struct Transfer {
    at: usize,
    repeats: Repeats,
}

impl<'c> Transfers<'_, '_, 'c> {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Transfer>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_telling<T>(&self, act: impl FnOnce(&mut Telling<'c>) -> T) -> T {
        act(&mut self.telling.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Work for Transfers<'_, '_, '_> {
    type Job = Transfer;
    type Done = Option<String>;

    fn waiting(&self) -> usize {
        self.waiting().len()
    }

    fn take(&self) -> Option<Transfer> {
        self.waiting().pop_front()
    }

    async fn carry_out(&self, client: &mut Client, job: &mut Transfer) -> Result<Option<String>> {
        let Some(step) = self.trees.steps.get(job.at) else { return Ok(None) };
        if let Some(obstacle) = self.with_telling(|telling| telling.obstacle(step)) {
            return Err(obstacle);
        }
        // What paths are like there each session finds out for itself.
        client.session()?.prepare_system().await?;
        let outcome = client.carry_out(self.trees, step, None).await;
        if let Err(error) = &outcome {
            self.with_telling(|telling| telling.note_obstacle(step, error));
        }
        outcome
    }

    fn may_be_repeated(&self, job: &Transfer, was_sent: bool) -> bool {
        job.repeats.are_left(was_sent)
    }

    fn put_back(&self, mut job: Transfer, was_sent: bool) {
        job.repeats.count(was_sent);
        self.waiting().push_front(job);
    }

    fn ended(&self, client: &Client, job: Transfer, outcome: Result<Option<String>>) -> Result<()> {
        self.with_telling(|telling| {
            telling.last_report = client.last_report().or(telling.last_report);
            telling.record(job.at, outcome);
            for _ in 0..TOLD_AT_ONCE {
                if !telling.tell_next()? {
                    break;
                }
            }
            Ok(())
        })
    }

    fn interrupted(&self, _: &Client, _: Transfer, _: bool, _: Error, _: bool) {}
}
