//! Files and directories: commands about them, and listings.

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

pub(crate) use commands::named;
pub use entries::{ListRequest, OpenedList};
pub(crate) use listings::{choice_of, listing};
pub use trees::{Answer, GlobRequest, Match, Visited, Visitor, WalkRequest};
