//! Files and directories: commands about them, and listings.

mod commands;
mod listings;

pub(crate) use commands::named;
pub(crate) use listings::{choice_of, listing};
