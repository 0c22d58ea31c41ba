//! Files and directories: commands about them, and listings.

mod batch;
mod commands;
mod directories;
mod entries;
mod hashes;
mod listings;
mod modes;
mod times;
mod trees;
mod uploads;
mod ways;

/// Why an entry is left alone whose line has no end.
const CUT: &str = "the listing ends without a line end, so this name may be cut";

pub use batch::{Batch, BatchFate, BatchHook, BatchJob, BatchResult, BatchValue};
pub(crate) use commands::named;
pub use entries::{ListRequest, OpenedList};
pub(crate) use listings::{choice_of, listing};
pub use trees::{Answer, GlobRequest, Match, Visited, Visitor, WalkRequest};
