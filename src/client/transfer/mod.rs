//! Transfers: the data connection, the command, the data, the end.

mod active;
mod begin;
pub(crate) mod body;
mod data;
mod elsewhere;
mod files;
mod finish;
mod listing;
mod noop;
mod opened;
mod passive;
mod pret;
mod protection;
mod report;
mod watch;
mod whole;

pub use files::{Sent, Sink, Source};
pub use opened::TransferId;
