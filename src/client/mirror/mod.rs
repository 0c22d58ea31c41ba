//! Trees that are made equal.
//!
//! What is to be done is a plan ([`plan`](plan::plan)), a pure function of two trees. A dry run shows it, and a real run carries it
//! out. Names come from elsewhere and may be hostile: what could lead out of the tree is in no plan, except as what is left alone.

mod alike;
mod filter;
mod local;
mod obstacles;
mod plan;
mod remote;
mod same;
mod tree;

pub use filter::FilterHook;
pub(crate) use filter::{Filter, prune};
pub(crate) use local::read_folder;
pub(crate) use obstacles::{Obstacles, is_same_name};
pub use plan::Act;
pub(crate) use plan::{Rules, Step, doubts, plan};
pub(crate) use remote::{Change, Fate, Listed};
pub(crate) use tree::{Facts, Folder, Node, Reason, below};

use std::path::PathBuf;

use crate::error::Error;
use crate::protocol::listing::Kind;

/// Which trees are to be made equal, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MirrorRequest {
    /// The directory on the server; empty is the working directory.
    pub remote: Vec<u8>,
    /// The directory of this machine.
    pub local: PathBuf,
    /// Patterns of what takes part; none is all.
    pub include: Vec<Vec<u8>>,
    /// Patterns of what does not.
    pub exclude: Vec<Vec<u8>>,
    /// What an earlier call has left of a file is continued.
    pub resume: bool,
    /// A hash that the server tells must be that of each file that is transferred.
    pub verify: bool,
    /// An upload goes to another name, which becomes the final one.
    pub atomic: bool,
    /// What the source does not have is deleted.
    pub deletes: bool,
    /// Nothing is changed: each action is only told.
    pub dry_run: bool,
    /// How many sessions move files at the same time; 0 is one. Only [`Client::mirror`](crate::client::Client::mirror) uses more.
    pub sessions: usize,
}

/// What was done with one entry, or would be.
#[derive(Debug)]
pub struct MirrorAction<'a> {
    /// What.
    pub act: Act,
    /// What the entry is.
    pub kind: Kind,
    /// Its path below both roots.
    pub path: &'a [u8],
    /// Its size in the source, or in the target if it is deleted.
    pub size: Option<u64>,
    /// What came of it.
    pub outcome: Result<(), &'a Error>,
    /// What else is to be said.
    pub note: Option<&'a str>,
    /// Which of the actions it is, counted from 1.
    pub number: usize,
    /// How many there are.
    pub count: usize,
}

/// Is told each action when it is done. An error is the value that stops the call.
pub type ActionHook<'a> = &'a mut (dyn FnMut(&MirrorAction<'_>) -> Result<(), i64> + Send);
