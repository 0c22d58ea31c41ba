//! What the script's thread shares with the test: how long to wait, when to stop, and what was said.

use std::io::{self, ErrorKind};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// How long a script waits for the client, which may be a program under valgrind on a busy machine: only so that no test hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it waits for the control connection, unless the test ends: so that no test hangs for ever.
const FIRST_PATIENCE: Duration = Duration::from_secs(300);
/// How long it waits once the test has called `finish`: by then the client has sent all that it will ever send.
const LAST_PATIENCE: Duration = Duration::from_secs(2);
/// The longest that a single system call blocks, so that the end of the test is noticed.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// A failure report shows this many of the last events.
const EVENTS_SHOWN: usize = 60;

#[derive(Default)]
pub(super) struct Stage {
    test_ended: OnceLock<Instant>,
    received: Mutex<Vec<u8>>,
    events: Mutex<Vec<String>>,
}

impl Stage {
    /// Makes the script give up soon when it still waits for the client.
    pub(super) fn end_the_test(&self) {
        self.test_ended.get_or_init(Instant::now);
    }

    pub(super) fn test_has_ended(&self) -> bool {
        self.test_ended.get().is_some()
    }

    /// Repeats `attempt`, which blocks for about a [`TICK`], until it succeeds, fails, or the patience is over
    /// (`ErrorKind::TimedOut`).
    pub(super) fn wait_for<T>(&self, attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        self.wait_at_most(PATIENCE, attempt)
    }

    /// The same for the beginning. A program under valgrind on a busy machine may need a minute before it connects, and the end of the
    /// test ends the wait anyway.
    pub(super) fn wait_for_client<T>(&self, attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        self.wait_at_most(FIRST_PATIENCE, attempt)
    }

    fn wait_at_most<T>(
        &self,
        patience: Duration,
        mut attempt: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        let start = Instant::now();
        loop {
            match attempt() {
                Err(e) if is_not_yet(&e) => {}
                outcome => return outcome,
            }
            let out_of_patience = match self.test_ended.get() {
                Some(&end) => start.max(end).elapsed() > LAST_PATIENCE,
                None => start.elapsed() > patience,
            };
            if out_of_patience {
                return Err(io::Error::new(ErrorKind::TimedOut, "the client kept the script waiting"));
            }
        }
    }

    pub(super) fn add_received(&self, bytes: &[u8]) {
        self.received.lock().unwrap().extend_from_slice(bytes);
    }

    pub(super) fn received(&self) -> Vec<u8> {
        self.received.lock().unwrap().clone()
    }

    /// Notes an event for the failure report.
    pub(super) fn log(&self, event: impl Into<String>) {
        self.events.lock().unwrap().push(event.into());
    }

    pub(super) fn dialogue(&self) -> String {
        let events = self.events.lock().unwrap();
        let first = events.len().saturating_sub(EVENTS_SHOWN);
        let omitted = if first > 0 { format!("  … {first} events before …\n") } else { String::new() };
        omitted + &events[first..].iter().map(|event| format!("  {event}\n")).collect::<String>()
    }
}

/// Whether a socket with a time limit of one [`TICK`] reports that nothing has happened yet.
pub(super) fn is_not_yet(e: &io::Error) -> bool {
    matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
