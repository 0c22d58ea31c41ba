//! What a call costs: time of the processor, and memory.

use std::fs;
use std::time::{Duration, Instant};

/// How long this thread has kept a processor busy: what other programs do meanwhile does not count.
#[allow(unsafe_code)]
pub(crate) fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of ours.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) }, 0);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// Time that passes while this process can run: on a busy machine its threads, the server's as well, often have to wait for a
/// processor, and that says nothing about the client.
pub(crate) struct Stopwatch {
    start: Instant,
    delay: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Stopwatch {
        Stopwatch { start: Instant::now(), delay: run_delay() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        let delay = run_delay().saturating_sub(self.delay);
        self.start.elapsed().saturating_sub(delay)
    }
}

/// How long the threads of this process have waited for a processor, all together; none where the system does not tell.
fn run_delay() -> Duration {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    let delay = |thread: fs::DirEntry| -> Option<u64> {
        fs::read_to_string(thread.path().join("schedstat")).ok()?.split(' ').nth(1)?.parse().ok()
    };
    Duration::from_nanos(threads.flatten().filter_map(delay).sum())
}

/// The memory that the process has in use.
pub(crate) struct Memory {
    before: usize,
}

impl Memory {
    /// Forgets what the most was until now.
    pub(crate) fn now() -> Memory {
        fs::write("/proc/self/clear_refs", "5").unwrap();
        Memory { before: bytes("VmRSS:") }
    }

    /// How much more it has been since, at the most.
    pub(crate) fn growth(&self) -> usize {
        bytes("VmHWM:").saturating_sub(self.before)
    }
}

fn bytes(field: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() << 10
}
