//! The boundary between C and Rust: how a call gets in, waits, and tells what came of it. The sections of the header stand beside
//! it and are written with it.
//!
//! | file | subject |
//! |---|---|
//! | `guard` | the one way in |
//! | `call` | calls: those that may have to wait, and those that never do |
//! | `task`, `pending`, `room` | what a call was given and does; the call under way; the memory of its future |
//! | `handle`, `busy`, `slot` | what is behind a handle; whether a call is running on it; where its client is |
//! | `child`, `partner` | what a handle has given out; the second handle of a call |
//! | `memory`, `sized` | memory that goes over the boundary; structs that the caller makes |
//! | `text`, `callbacks`, `wait`, `thread` | text, function pointers, and threads of C |

mod busy;
pub(crate) mod call;
pub(crate) mod callbacks;
pub(crate) mod child;
pub(crate) mod guard;
pub(crate) mod handle;
pub(crate) mod memory;
pub(crate) mod partner;
pub(crate) mod pending;
mod room;
pub(crate) mod sized;
pub(crate) mod slot;
pub(crate) mod task;
pub(crate) mod text;
mod thread;
pub(crate) mod wait;
