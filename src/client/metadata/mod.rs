//! Files and directories: commands about them, and listings.

mod commands;
mod listings;
