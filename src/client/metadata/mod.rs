//! Files and directories: commands about them, and listings.

mod commands;
mod entries;
mod listings;

pub(crate) use commands::named;
pub use entries::{ListRequest, OpenedList};
pub(crate) use listings::{choice_of, listing};
