//! Which process something belongs to. After a fork(2) the child has copies of all handles, and shares their sockets and
//! their place in the dialogue with the parent: whatever it sent would be the parent's to answer for.

use std::panic::resume_unwind;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

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

/// How many times fork() has made the process that is running, counted from the first that used the library.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Tells whether a fork() lies in between, without a call of the system: it is asked after each callback, of which there may be one for
/// each line. [`Process`] costs a call, and also knows a child that was not made by fork().
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Generation(u32);

impl Generation {
    /// That of the process that is running.
    // Each callback asks: one copy is enough.
    #[inline(never)]
    #[allow(unsafe_code)]
    pub fn current() -> Generation {
        static ARE_COUNTED: AtomicBool = AtomicBool::new(false);
        if !ARE_COUNTED.load(Ordering::Acquire) {
            // Two threads may both ask for it: then each fork counts twice, which is as good.
            // SAFETY: the function does what is allowed in a child, and stays in memory: the library is linked with `-z nodelete`.
            unsafe { libc::pthread_atfork(None, None, Some(count)) };
            ARE_COUNTED.store(true, Ordering::Release);
        }
        Generation(FORKS.load(Ordering::Relaxed))
    }

    /// Ends the call where a fork() lies in between: see [`LeftToParent`]. This is not an error, which a step of the call could handle.
    #[inline(never)]
    pub fn require_current(self) {
        if self.0 != FORKS.load(Ordering::Relaxed) {
            resume_unwind(Box::new(LeftToParent));
        }
    }
}

extern "C" fn count() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// What ends a call in a child that has come into the middle of it. The call goes on in the parent. No other step of it may run in the
/// child, not even one that cleans up.
#[derive(Debug)]
pub struct LeftToParent;
