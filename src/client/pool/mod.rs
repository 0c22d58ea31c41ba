//! Many jobs for several sessions: what is to be done, and how many sessions the server lets be open.

mod jobs;
mod places;
mod repeats;

pub(crate) use jobs::Job;
pub use jobs::{Done, Ended, EndedHook, Pool, PoolWork};
pub(crate) use places::{Leave, Places};
pub(crate) use repeats::Repeats;
