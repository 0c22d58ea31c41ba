//! Whole files: a file of the server becomes one of this machine, or the other way round.
//!
//! What is decided is pure, and stands apart from what is done: where to go on (`resume`), what is known to be whole (`verdict`), and
//! what is tried again (`retry`). `digest` hashes bytes; `hash` compares that with what the server tells.

mod digest;
mod get;
mod hash;
mod naming;
mod put;
mod remote;
mod resume;
mod retry;
mod verdict;

pub(crate) use get::Download;
pub use get::GetRequest;
pub(crate) use get::Wish;
pub use put::PutRequest;
pub(crate) use put::Upload;
pub(crate) use retry::Tries;
