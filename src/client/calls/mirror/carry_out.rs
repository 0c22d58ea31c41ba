//! The steps of a mirror are done.

use std::collections::VecDeque;

use crate::client::Client;
use crate::client::calls::mirror::changes::change_of;
use crate::client::calls::mirror::telling::Telling;
use crate::client::calls::mirror::trees::Trees;
use crate::client::files::{Download, GetRequest, PutRequest, Upload, Wish};
use crate::client::mirror::{Act, ActionHook, Fate, MirrorRequest, Step};
use crate::disk::Root;
use crate::error::{Error, Result};
use crate::printable::printable;
use crate::protocol::listing::{Kind, Precision, Zone};
use crate::protocol::verb::Direction;

impl Client {
    /// Does the steps one after the other, or only tells them.
    pub(super) async fn carry_out_all(&mut self, trees: &Trees<'_>, action: ActionHook<'_>) -> Result<()> {
        let mut telling = Telling::new(trees, action);
        // From now on it is kept up to date: a cancel may end any step, also the first.
        self.history.mirror = Some(telling.report());
        self.carry_out_those(trees, &mut telling, &|_| true).await?;
        telling.into_outcome()
    }

    /// Does the steps that `are_meant`, one after the other.
    pub(super) async fn carry_out_those(
        &mut self,
        trees: &Trees<'_>,
        telling: &mut Telling<'_>,
        are_meant: &(dyn Fn(&Step) -> bool + Sync),
    ) -> Result<()> {
        // What came of the next steps, where they were sent together.
        let mut sent = VecDeque::new();
        let mut is_looked_for = false;
        for (at, step) in trees.steps.iter().enumerate() {
            if sent.is_empty() {
                self.session()?.checkpoint().await?;
            }
            if step.act == Act::Delete && are_meant(step) && !trees.wanted.dry_run && !is_looked_for {
                is_looked_for = true;
                Box::pin(self.look_for_added(trees, telling)).await?;
            }
            if telling.needs_work(step) && are_meant(step) {
                if sent.is_empty() {
                    sent = self.change_together(trees, telling, at, are_meant).await;
                }
                let outcome = match telling.obstacle(step) {
                    Some(obstacle) => Err(obstacle),
                    None => match self.carry_out(trees, step, sent.pop_front()).await {
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
            self.env.progress.go_on()?;
        }
        Ok(())
    }

    /// Does one step. A dry run only asks whether the target has it under another name. Returns what the user is to know about it,
    /// although it is done. `fate`: what came of it when it was sent with others.
    pub(super) async fn carry_out(
        &mut self,
        trees: &Trees<'_>,
        step: &Step,
        fate: Option<Fate>,
    ) -> Result<Option<String>> {
        let Trees { wanted, direction, root: Some(root), .. } = *trees else { return Ok(None) };
        if let Some(twin) = step.twin.as_ref().filter(|_| step.act == Act::Add) {
            self.require_own_name(wanted, direction, root, step, twin).await?;
        }
        if wanted.dry_run {
            return Ok(None);
        }
        if let Some(change) = change_of(trees, step) {
            let fate = fate.unwrap_or(Fate::Open);
            return self.change_remote(&wanted.remote, &step.path, change, fate).await.map(|()| None);
        }
        let is_directory = step.kind == Kind::Directory;
        match step.act {
            Act::Keep | Act::Conflict | Act::Skip => Ok(None),
            Act::Delete => root.remove(&step.path, is_directory).map(|()| None),
            Act::Add | Act::Replace if is_directory => root.make_directory(&step.path).map(|()| None),
            Act::Add | Act::Replace => match direction {
                Direction::FromServer => self.download_step(wanted, root, step).await.map(|()| None),
                Direction::ToServer => self.upload_step(wanted, root, step).await,
            },
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
            let twin = printable(twin);
            return Err(Error::Exists(format!("the target takes it for {twin}")));
        }
        Ok(())
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
