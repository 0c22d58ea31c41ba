//! Directories are made on the server, and what is too much there is removed. Many such steps of a mirror are sent together.

use std::collections::VecDeque;

use crate::client::Client;
use crate::client::calls::mirror::telling::Telling;
use crate::client::calls::mirror::trees::Trees;
use crate::client::mirror::{Act, Change, Fate, Step};
use crate::error::Result;
use crate::protocol::listing::Kind;
use crate::protocol::verb::Direction;

/// The user is told of each, and may stop the call: no more than so many are done by then.
const TOGETHER: usize = 64;

impl Client {
    /// Sends the changes together that come next, from a step on. Returns what came of each as far as that is known, or nothing where
    /// they have to be done one by one.
    pub(super) async fn change_together(
        &mut self,
        trees: &Trees<'_>,
        telling: &mut Telling<'_>,
        from: usize,
        are_meant: &(dyn Fn(&Step) -> bool + Sync),
    ) -> VecDeque<Fate> {
        let steps = trees.steps.get(from..).unwrap_or_default().iter();
        let next = steps.filter(|step| telling.needs_work(step) && are_meant(step));
        let next = next.take_while(|step| step.twin.is_none() && telling.obstacle(step).is_none());
        let changes = next.map_while(|step| Some((step.path.as_slice(), change_of(trees, step)?)));
        let changes: Vec<_> = changes.take(TOGETHER).collect();
        match self.session() {
            Ok(mut session) if changes.len() > 1 => {
                session.change_all_below(&trees.wanted.remote, &changes).await.into()
            }
            _ => VecDeque::new(),
        }
    }

    /// Makes a directory on the server, or removes something there. `fate`: what came of it when it was sent with others.
    pub(super) async fn change_remote(
        &mut self,
        root: &[u8],
        path: &[u8],
        change: Change,
        fate: Fate,
    ) -> Result<()> {
        let mut tries = self.tries();
        let mut is_repeated = matches!(fate, Fate::Unclear | Fate::Failed(_));
        match fate {
            Fate::Done => return Ok(()),
            Fate::Failed(error) => self.prepare_to_try_again(error, &mut tries).await?,
            Fate::Unclear | Fate::Open => {}
        }
        loop {
            let outcome = match self.session() {
                Ok(mut session) => session.change_below(root, path, change, is_repeated).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(()) => return Ok(()),
                Err(error) => self.prepare_to_try_again(error, &mut tries).await?,
            }
            is_repeated = true;
        }
    }
}

/// What one command is to change on the server, if that is all that a step needs.
pub(super) fn change_of(trees: &Trees<'_>, step: &Step) -> Option<Change> {
    let is_directory = step.kind == Kind::Directory;
    match step.act {
        _ if trees.direction == Direction::FromServer || trees.wanted.dry_run => None,
        Act::Delete if is_directory => Some(Change::RemoveDirectory),
        Act::Delete => Some(Change::Delete),
        Act::Add | Act::Replace if is_directory => Some(Change::Make),
        _ => None,
    }
}
