//! Which process something belongs to. After a fork(2) the child has copies of all handles, and shares their sockets and
//! their place in the dialogue with the parent: whatever it sent would be the parent's to answer for.

use std::process;

/// The process that made something.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Process(u32);

impl Process {
    /// The one that is running.
    pub fn current() -> Process {
        Process(process::id())
    }

    /// Whether it is the one that is running, and no child of it.
    pub fn is_current(self) -> bool {
        self == Process::current()
    }
}
