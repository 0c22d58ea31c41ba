//! Trees that are made equal: both are read, a plan is made, and each of its steps is told when it is done.

mod added;
mod carry_out;
mod changes;
mod read;
mod telling;
mod together;
mod trees;

use crate::client::Client;
use crate::client::history::MirrorReport;
use crate::client::mirror::{
    Act, ActionHook, Change, Fate, Filter, FilterHook, Folder, MirrorRequest, Rules, Step, doubts, plan,
};
use crate::disk::Root;
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::listing::Kind;
use crate::protocol::verb::Direction;
use trees::Trees;

/// What was found to be done, and the directory here.
struct Planned {
    direction: Direction,
    root: Option<Root>,
    steps: Vec<Step>,
}

impl Planned {
    /// How many bytes are to be moved, if all sizes are known.
    fn bytes(&self) -> Option<u64> {
        let is_moved =
            |step: &&Step| matches!(step.act, Act::Add | Act::Replace) && step.kind != Kind::Directory;
        let mut sizes = self.steps.iter().filter(is_moved).map(|step| step.facts.size);
        sizes.try_fold(0_u64, |sum, size| Some(sum.saturating_add(size?)))
    }

    fn trees<'a>(&'a self, wanted: &'a MirrorRequest) -> Trees<'a> {
        Trees { wanted, direction: self.direction, root: self.root.as_ref(), steps: &self.steps }
    }
}

impl Client {
    /// Makes a directory of this machine equal to one of the server.
    ///
    /// # Errors
    /// [`Error::Partial`] when something could not be done, and all else was; [`Error::Callback`] when `action` stopped it; those of
    /// [`Client::walk`] when the tree cannot be read; [`Error::File`] when the directory here cannot be used; those of
    /// [`Client::reconnect`] and what has ended the session when it is lost for good.
    pub async fn mirror_get(
        &mut self,
        wanted: &MirrorRequest,
        filter: Option<FilterHook<'_>>,
        action: ActionHook<'_>,
    ) -> Result<()> {
        let planned = self.plan_get(wanted, filter).await?;
        self.carry_out_all(&planned.trees(wanted), action).await
    }

    async fn plan(
        &mut self,
        direction: Direction,
        wanted: &MirrorRequest,
        filter: Option<FilterHook<'_>>,
    ) -> Result<Planned> {
        match direction {
            Direction::FromServer => self.plan_get(wanted, filter).await,
            Direction::ToServer => self.plan_put(wanted, filter).await,
        }
    }

    /// Finds out what is to be downloaded, and makes the directory here.
    async fn plan_get(&mut self, wanted: &MirrorRequest, filter: Option<FilterHook<'_>>) -> Result<Planned> {
        self.history.mirror = Some(MirrorReport::default());
        let mut filter = Filter::new(&wanted.include, &wanted.exclude, filter)?;
        let mut root = Root::open(&wanted.local)?;
        let mut source = self.read_remote(&wanted.remote, wanted.deletes, &mut filter, None).await?;
        let target = match &root {
            Some(root) => self.read_local(root, &mut filter, Some((&source, wanted.deletes))).await?,
            None => Folder::default(),
        };
        let rules = Rules { deletes: wanted.deletes, by_age: false, resumes: wanted.resume };
        let doubts = doubts(&source, &target, rules);
        self.settle_doubts(&wanted.remote, doubts, &mut source).await?;
        let steps = plan(&source, &target, rules);
        drop((source, target));
        if root.is_none() && !wanted.dry_run {
            root = Some(Root::make(&wanted.local)?);
        }
        let planned = Planned { direction: Direction::FromServer, root, steps };
        self.env.progress.expect(planned.bytes());
        Ok(planned)
    }

    /// Makes a directory of the server equal to one of this machine.
    ///
    /// # Errors
    /// As [`Client::mirror_get`].
    pub async fn mirror_put(
        &mut self,
        wanted: &MirrorRequest,
        filter: Option<FilterHook<'_>>,
        action: ActionHook<'_>,
    ) -> Result<()> {
        let planned = self.plan_put(wanted, filter).await?;
        self.carry_out_all(&planned.trees(wanted), action).await
    }

    /// Finds out what is to be uploaded, and makes the directory on the server.
    async fn plan_put(&mut self, wanted: &MirrorRequest, filter: Option<FilterHook<'_>>) -> Result<Planned> {
        self.history.mirror = Some(MirrorReport::default());
        let mut filter = Filter::new(&wanted.include, &wanted.exclude, filter)?;
        let root = Root::open_existing(&wanted.local)?;
        let source = self.read_local(&root, &mut filter, None).await?;
        let target =
            self.read_remote(&wanted.remote, false, &mut filter, Some((&source, wanted.deletes))).await;
        let is_there = !matches!(target, Err(Error::NotFound(_)));
        let mut target = if is_there { target? } else { Folder::default() };
        let by_age = !self.session()?.sets_times().await?;
        let rules = Rules { deletes: wanted.deletes, by_age, resumes: wanted.resume };
        let doubts = doubts(&source, &target, rules);
        self.settle_doubts(&wanted.remote, doubts, &mut target).await?;
        let steps = plan(&source, &target, rules);
        drop((source, target));
        if !is_there && !wanted.dry_run {
            self.change_remote(&wanted.remote, b"", Change::Make, Fate::Open).await?;
        }
        let planned = Planned { direction: Direction::ToServer, root: Some(root), steps };
        self.env.progress.expect(planned.bytes());
        Ok(planned)
    }

    /// Another mirror begins, or is refused.
    pub fn forget_mirror(&mut self) {
        self.history.mirror = None;
    }

    /// What the last mirror came to.
    pub fn last_mirror(&self) -> Option<MirrorReport> {
        self.history.mirror
    }

    /// After something about one entry has failed: whether the others can still be done. The session is in step then.
    async fn go_on_with_others(&mut self, error: Error) -> Result<Error> {
        if error.is_cancelled()
            || matches!(error, Error::Callback { .. } | Error::Timeout { phase: Phase::Total, .. })
        {
            return Err(error);
        }
        self.settle(&error).await;
        if self.connection.is_some() {
            return Ok(error);
        }
        // It was tried again until there was no hope, or it must not be.
        if error.is_transient() || self.settings.retries.count == 0 {
            return Err(error);
        }
        let lost = Error::Eof(format!("after an error ({error})"));
        self.prepare_to_try_again(lost, &mut self.tries()).await?;
        Ok(error)
    }
}
