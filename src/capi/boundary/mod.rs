//! The boundary between C and Rust: how a call gets in, waits, and tells what came of it. The sections of the header stand beside
//! it and are written with it.

mod busy;
pub(crate) mod call;
pub(crate) mod callbacks;
pub(crate) mod guard;
pub(crate) mod handle;
pub(crate) mod pending;
pub(crate) mod slot;
pub(crate) mod text;
mod thread;
pub(crate) mod wait;
