//! The steps of a mirror are done.

use crate::client::Client;
use crate::client::calls::mirror::telling::Telling;
use crate::client::calls::mirror::trees::Trees;
use crate::client::files::{Download, GetRequest, PutRequest, Upload, Wish};
use crate::client::mirror::{Act, ActionHook, Change, MirrorRequest, Step};
use crate::disk::Root;
use crate::error::{Error, Result};
use crate::protocol::listing::{Kind, Precision, Zone};
use crate::protocol::verb::Direction;

impl Client {
    /// Does the steps one after the other, or only tells them.
    pub(super) async fn carry_out_all(&mut self, trees: &Trees<'_>, action: ActionHook<'_>) -> Result<()> {
        let mut telling = Telling::new(trees, action);
        let outcome = self.carry_out_those(trees, &mut telling, |_| true).await;
        self.history.mirror = Some(telling.report());
        outcome?;
        telling.into_outcome()
    }

    /// Does the steps that `are_meant`, one after the other.
    pub(super) async fn carry_out_those(
        &mut self,
        trees: &Trees<'_>,
        telling: &mut Telling<'_>,
        are_meant: impl Fn(&Step) -> bool,
    ) -> Result<()> {
        for (at, step) in trees.steps.iter().enumerate() {
            self.session()?.checkpoint().await?;
            if telling.needs_work(step) && are_meant(step) {
                let outcome = match telling.obstacle(step) {
                    Some(obstacle) => Err(obstacle),
                    None => match self.carry_out(trees, step).await {
                        Ok(note) => Ok(note),
                        Err(error) => {
                            let error = self.go_on_with_others(error).await?;
                            telling.note_obstacle(step, &error);
                            Err(error)
                        }
                    },
                };
                telling.record(at, outcome);
            }
            let told = telling.tell_next();
            self.history.mirror = Some(telling.report());
            told?;
        }
        Ok(())
    }

    /// Does one step. A dry run only asks whether the target has it under another name. Returns what the user is to know about it,
    /// although it is done.
    pub(super) async fn carry_out(&mut self, trees: &Trees<'_>, step: &Step) -> Result<Option<String>> {
        let Trees { wanted, direction, root: Some(root), .. } = *trees else { return Ok(None) };
        if let Some(twin) = step.twin.as_ref().filter(|_| step.act == Act::Add) {
            self.require_own_name(wanted, direction, root, step, twin).await?;
        }
        if wanted.dry_run {
            return Ok(None);
        }
        match (direction, step.act, step.kind) {
            (_, Act::Keep | Act::Conflict | Act::Skip, _) => Ok(None),
            (Direction::FromServer, Act::Delete, kind) => {
                root.remove(&step.path, kind == Kind::Directory).map(|()| None)
            }
            (Direction::FromServer, Act::Add | Act::Replace, Kind::Directory) => {
                root.make_directory(&step.path).map(|()| None)
            }
            (Direction::FromServer, Act::Add | Act::Replace, _) => {
                self.download_step(wanted, root, step).await.map(|()| None)
            }
            (Direction::ToServer, Act::Delete, kind) => {
                let is_directory = kind == Kind::Directory;
                let change = if is_directory { Change::RemoveDirectory } else { Change::Delete };
                self.change_remote(&wanted.remote, &step.path, change).await.map(|()| None)
            }
            (Direction::ToServer, Act::Add | Act::Replace, Kind::Directory) => {
                self.change_remote(&wanted.remote, &step.path, Change::Make).await.map(|()| None)
            }
            (Direction::ToServer, Act::Add | Act::Replace, _) => self.upload_step(wanted, root, step).await,
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
            Direction::FromServer => root.has(&step.path)?,
            Direction::ToServer => {
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
            return Err(Error::Exists(format!("the target takes it for {twin}")));
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
