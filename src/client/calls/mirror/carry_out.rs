//! The steps of a mirror are done, one after the other.

use crate::client::Client;
use crate::client::files::{Download, GetRequest, PutRequest, Upload, Wish};
use crate::client::history::MirrorReport;
use crate::client::mirror::{
    Act, ActionHook, Change, Facts, MirrorAction, MirrorRequest, Obstacles, Step, is_same_name,
};
use crate::disk::Root;
use crate::error::{Error, Result};
use crate::protocol::listing::{Kind, Precision, Zone};

/// Which of the trees is the target.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// That of this machine.
    Get,
    /// That of the server.
    Put,
}

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
            let path = String::from_utf8_lossy(path).replace(char::is_control, "?");
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

impl Client {
    /// Does the steps, or only tells them. `root` is what is here, if there is anything.
    pub(super) async fn carry_out_all(
        &mut self,
        wanted: &MirrorRequest,
        direction: Direction,
        root: Option<&Root>,
        steps: &[Step],
        action: ActionHook<'_>,
    ) -> Result<()> {
        let mut failures = Failures::default();
        let mut obstacles = Obstacles::default();
        let mut report = MirrorReport { planned: steps.len() as u64, ..MirrorReport::default() };
        for (at, step) in steps.iter().enumerate() {
            self.session()?.checkpoint().await?;
            let mut note = step.reason.as_ref().map(|reason| reason.text());
            let told = step.reason.as_ref().and_then(|reason| reason.error());
            let failed = match root.filter(|_| !wanted.dry_run && told.is_none()) {
                Some(root) => match obstacles.before(step) {
                    Some(obstacle) => Some(obstacle),
                    None => match self.carry_out(wanted, direction, root, step).await {
                        Ok(more) => {
                            note = note.or(more);
                            None
                        }
                        Err(error) => {
                            let error = self.go_on_with_others(error).await?;
                            obstacles.note(step, &error);
                            Some(error)
                        }
                    },
                },
                None => None,
            };
            let is_in_the_way = failed.as_ref().is_some_and(|error| is_same_name(step, error));
            let act = if is_in_the_way { Act::Conflict } else { step.act };
            count(&mut report, act, &step.facts, failed.is_some() && !is_in_the_way);
            self.history.mirror = Some(report);
            let error = failed.as_ref().or(told.as_deref());
            if let Some(error) = error {
                failures.note(&step.path, error);
            }
            let told = action(&MirrorAction {
                act,
                kind: step.kind,
                path: &step.path,
                size: step.facts.size,
                outcome: error.map_or(Ok(()), Err),
                note: note.as_deref(),
                number: at + 1,
                count: steps.len(),
            });
            if let Err(value) = told {
                let path = String::from_utf8_lossy(&step.path).replace(char::is_control, "?");
                return Err(Error::Callback { what: format!("mirroring {path}"), value });
            }
        }
        failures.into_outcome(steps.len())
    }

    /// Does one step. Returns what the user is to know about it, although it is done.
    async fn carry_out(
        &mut self,
        wanted: &MirrorRequest,
        direction: Direction,
        root: &Root,
        step: &Step,
    ) -> Result<Option<String>> {
        if let Some(twin) = step.twin.as_ref().filter(|_| step.act == Act::Add) {
            self.require_own_name(wanted, direction, root, step, twin).await?;
        }
        match (direction, step.act, step.kind) {
            (_, Act::Keep | Act::Conflict | Act::Skip, _) => Ok(None),
            (Direction::Get, Act::Delete, kind) => {
                root.remove(&step.path, kind == Kind::Directory).map(|()| None)
            }
            (Direction::Get, Act::Add | Act::Replace, Kind::Directory) => {
                root.make_directory(&step.path).map(|()| None)
            }
            (Direction::Get, Act::Add | Act::Replace, _) => {
                self.download_step(wanted, root, step).await.map(|()| None)
            }
            (Direction::Put, Act::Delete, kind) => {
                let is_directory = kind == Kind::Directory;
                let change = if is_directory { Change::RemoveDirectory } else { Change::Delete };
                self.change_remote(&wanted.remote, &step.path, change).await.map(|()| None)
            }
            (Direction::Put, Act::Add | Act::Replace, Kind::Directory) => {
                self.change_remote(&wanted.remote, &step.path, Change::Make).await.map(|()| None)
            }
            (Direction::Put, Act::Add | Act::Replace, _) => self.upload_step(wanted, root, step).await,
        }
    }

    /// To the target, `twin` may be another name for the same. Then the step would change what has that name.
    async fn require_own_name(
        &mut self,
        wanted: &MirrorRequest,
        direction: Direction,
        root: &Root,
        step: &Step,
        twin: &[u8],
    ) -> Result<()> {
        let is_taken = match direction {
            Direction::Get => root.has(&step.path)?,
            Direction::Put => {
                let mut tries = self.tries();
                loop {
                    let outcome = match self.session() {
                        Ok(mut session) => session.has_below(&wanted.remote, &step.path, step.kind).await,
                        Err(error) => Err(error),
                    };
                    match outcome {
                        Ok(is_taken) => break is_taken,
                        Err(error) => self.prepare_to_try_again(error, &mut tries).await?,
                    }
                }
            }
        };
        if is_taken {
            let twin = String::from_utf8_lossy(twin).replace(char::is_control, "?");
            return Err(Error::Exists(format!("the target takes it for {twin}, which differs in case only")));
        }
        Ok(())
    }

    /// Makes a directory on the server, or removes something there.
    pub(super) async fn change_remote(&mut self, root: &[u8], path: &[u8], change: Change) -> Result<()> {
        let mut tries = self.tries();
        loop {
            let is_repeated = tries.attempts() > 1;
            let outcome = match self.session() {
                Ok(mut session) => session.change_below(root, path, change, is_repeated).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(()) => return Ok(()),
                Err(error) => self.prepare_to_try_again(error, &mut tries).await?,
            }
        }
    }

    async fn upload_step(
        &mut self,
        wanted: &MirrorRequest,
        root: &Root,
        step: &Step,
    ) -> Result<Option<String>> {
        let source = root.source(&step.path)?;
        let request = PutRequest {
            remote: self.session()?.file_below(&wanted.remote, &step.path)?,
            resume: wanted.resume,
            atomic: wanted.atomic,
            verify: wanted.verify,
            ..PutRequest::default()
        };
        let mut upload = Upload::begin_of(source, &request)?;
        self.complete_upload(&mut upload).await?;
        Ok(upload.untimed().map(|reason| format!("it did not get its time: {reason}")))
    }

    async fn download_step(&mut self, wanted: &MirrorRequest, root: &Root, step: &Step) -> Result<()> {
        let place = root.place(&step.path)?;
        let request = GetRequest {
            remote: self.session()?.file_below(&wanted.remote, &step.path)?,
            resume: wanted.resume,
            verify: wanted.verify,
            // What has come to be since it was looked for is somebody else's.
            no_replace: step.act == Act::Add,
            ..GetRequest::default()
        };
        let wish = match step.facts.modified {
            Some(time)
                if time.zone == Zone::Utc
                    && matches!(time.precision, Precision::Second | Precision::Subsecond) =>
            {
                Wish::Known(time.nanoseconds)
            }
            time => Wish::ToldOr(time.map(|time| time.nanoseconds)),
        };
        let is_retried = self.settings.retries.count > 0;
        self.complete_download(Download::begin_at(place, &request, wish, is_retried)?).await
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
