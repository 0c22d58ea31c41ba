//! Transfers: the data connection, the command, the data, the end.

mod active;
mod begin;
pub(crate) mod body;
mod bulk;
mod data;
mod descriptors;
mod elsewhere;
mod files;
mod finish;
mod listing;
mod memory;
mod noop;
mod opened;
mod pace;
mod passive;
mod prearm;
mod prearm_together;
mod pret;
mod protection;
mod report;
mod watch;
mod whole;

pub use files::{Sent, Sink, Source};
pub use opened::TransferId;
