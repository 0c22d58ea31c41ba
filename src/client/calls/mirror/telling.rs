//! What the user is told of the steps of a mirror.

use std::collections::VecDeque;

use crate::client::calls::mirror::trees::Trees;
use crate::client::history::{MirrorReport, Report};
use crate::client::mirror::{Act, ActionHook, Facts, MirrorAction, Obstacles, Step, is_same_name};
use crate::error::{Error, Result};
use crate::printable::printable;

/// What could not be done.
#[derive(Default)]
struct Failures {
    count: usize,
    first: String,
}

impl Failures {
    fn note(&mut self, path: &[u8], error: &Error) {
        self.count += 1;
        if self.count == 1 {
            let path = printable(path);
            self.first = format!("{path}: {error}");
        }
    }

    fn into_outcome(self, count: usize) -> Result<()> {
        let Failures { count: failed, first } = self;
        match failed {
            0 => Ok(()),
            1 => Err(Error::Partial(format!("1 of {count} entries was not done: {first}"))),
            _ => {
                Err(Error::Partial(format!("{failed} of {count} entries were not done, the first: {first}")))
            }
        }
    }
}

/// What came of a step: what else the user is to know about it, or why it was not done.
type Outcome = Result<Option<String>>;

/// Tells the user of the steps in the order of the plan, whoever does them and when.
pub(super) struct Telling<'a> {
    steps: &'a [Step],
    action: ActionHook<'a>,
    obstacles: Obstacles,
    failures: Failures,
    report: MirrorReport,
    /// With several sessions: of the file that has ended last.
    pub(super) last_report: Option<Report>,
    /// The step that is told next.
    next: usize,
    /// What came of it and of those behind it, as far as they have ended.
    done: VecDeque<Option<Outcome>>,
}

impl<'a> Telling<'a> {
    pub(super) fn new(trees: &Trees<'a>, action: ActionHook<'a>) -> Telling<'a> {
        let steps = trees.steps;
        Telling {
            steps,
            action,
            obstacles: Obstacles::default(),
            failures: Failures::default(),
            report: MirrorReport { planned: steps.len() as u64, ..MirrorReport::default() },
            last_report: None,
            next: 0,
            done: VecDeque::new(),
        }
    }

    pub(super) fn report(&self) -> MirrorReport {
        self.report
    }

    /// What the call returns, after all steps were told.
    pub(super) fn into_outcome(self) -> Result<()> {
        self.failures.into_outcome(self.steps.len())
    }

    /// Whether there is more to do than to tell the step.
    pub(super) fn needs_work(&self, step: &Step) -> bool {
        let is_possible = step.reason.as_ref().and_then(|reason| reason.error()).is_none();
        is_possible && matches!(step.act, Act::Add | Act::Replace | Act::Delete)
    }

    /// Why there is no need to try a step.
    pub(super) fn obstacle(&self, step: &Step) -> Option<Error> {
        self.obstacles.before(step)
    }

    /// Whether a step that was to be done was done, as far as this call got.
    pub(super) fn was_done(&self, step: &Step) -> bool {
        self.needs_work(step) && !self.obstacles.has_failed(step)
    }

    /// Nothing in a directory is to be deleted.
    pub(super) fn keep_all_in(&mut self, directory: &[u8], reason: &str) {
        self.obstacles.keep_all_in(directory, reason);
    }

    /// A step was tried, and failed.
    pub(super) fn note_obstacle(&mut self, step: &Step, error: &Error) {
        self.obstacles.note(step, error);
    }

    /// A step that needed work has ended. It is told when all before it were.
    pub(super) fn record(&mut self, at: usize, outcome: Outcome) {
        let place = at.saturating_sub(self.next);
        while self.done.len() <= place {
            self.done.push_back(None);
        }
        if let Some(known) = self.done.get_mut(place) {
            *known = Some(outcome);
        }
    }

    /// Tells the next step, and returns whether there was one that can be told.
    ///
    /// # Errors
    /// [`Error::Callback`]: the user stops the call.
    pub(super) fn tell_next(&mut self) -> Result<bool> {
        let at = self.next;
        let Some(step) = self.steps.get(at) else { return Ok(false) };
        let outcome = match self.done.front_mut().and_then(Option::take) {
            Some(outcome) => outcome,
            None if self.needs_work(step) => return Ok(false),
            None => Ok(None),
        };
        self.done.pop_front();
        self.next += 1;
        self.tell(at, step, outcome).map(|()| true)
    }

    /// All has ended early: tells what was done all the same.
    ///
    /// # Errors
    /// As [`Telling::tell_next`].
    pub(super) fn tell_what_was_done(&mut self) -> Result<()> {
        while let Some(outcome) = self.done.pop_front() {
            let at = self.next;
            self.next += 1;
            if let (Some(outcome), Some(step)) = (outcome, self.steps.get(at)) {
                self.tell(at, step, outcome)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, at: usize, step: &Step, outcome: Outcome) -> Result<()> {
        let (failed, more) = match outcome {
            Ok(more) => (None, more),
            Err(error) => (Some(error), None),
        };
        let told = step.reason.as_ref().and_then(|reason| reason.error());
        let note = step.reason.as_ref().map(|reason| reason.text()).or(more);
        let is_in_the_way = failed.as_ref().is_some_and(|error| is_same_name(step, error));
        let act = if is_in_the_way { Act::Conflict } else { step.act };
        count(&mut self.report, act, &step.facts, failed.is_some() && !is_in_the_way);
        let error = failed.as_ref().or(told.as_deref());
        if let Some(error) = error {
            self.failures.note(&step.path, error);
        }
        let answer = (self.action)(&MirrorAction {
            act,
            kind: step.kind,
            path: &step.path,
            size: step.facts.size,
            outcome: error.map_or(Ok(()), Err),
            note: note.as_deref(),
            number: at + 1,
            count: self.steps.len(),
        });
        answer.map_err(|value| {
            let path = printable(&step.path);
            Error::Callback { what: format!("mirroring {path}"), value }
        })
    }
}

/// Counts a step that is done, or was told.
fn count(report: &mut MirrorReport, act: Act, facts: &Facts, has_failed: bool) {
    if has_failed {
        report.failed += 1;
        return;
    }
    let counted = match act {
        Act::Add => &mut report.added,
        Act::Replace => &mut report.replaced,
        Act::Keep => &mut report.kept,
        Act::Delete => &mut report.deleted,
        Act::Conflict => &mut report.conflicts,
        Act::Skip => &mut report.skipped,
    };
    *counted += 1;
    if matches!(act, Act::Add | Act::Replace) {
        report.bytes += facts.size.unwrap_or(0);
    }
}
