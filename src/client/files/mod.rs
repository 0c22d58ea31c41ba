//! Whole files: a file of the server becomes one of this machine, or the other way round.
//!
//! What is decided is pure, and stands apart from what is done: where to go on (`resume`), what is known to be whole (`verdict`), what
//! is tried again (`retry`), and which session fetches what of a file (`ranges`). `held` finds out what the server has of an upload.
//! `left_over` deletes what a call that was cancelled has left.
//! `digest` hashes bytes; `hash` compares that with what the server tells.

mod digest;
mod get;
mod get_request;
mod hash;
mod held;
mod left_over;
mod naming;
mod put;
mod ranges;
mod remote;
mod resume;
mod retry;
mod segmented;
mod verdict;

pub(crate) use get::{Begun, Download, Wish};
pub use get_request::GetRequest;
pub use put::PutRequest;
pub(crate) use put::Upload;
pub(crate) use retry::Tries;
pub(crate) use segmented::{Over, Segmented, Share};
pub(crate) use verdict::is_want_of_room;
