//! What a thread does with its time: it works, it sleeps, or it waits for a processor, which says nothing about the client.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long this thread has kept a processor busy: what other programs do meanwhile does not count.
#[allow(unsafe_code)]
pub fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of ours.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) }, 0);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// How long a thread could have worked and had no processor; none where the system does not tell.
fn run_delay(thread: &Path) -> Duration {
    let told = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
    Duration::from_nanos(told.split(' ').nth(1).and_then(|delay| delay.parse().ok()).unwrap_or(0))
}

const OWN: &str = "/proc/thread-self";

fn own_run_delay() -> Duration {
    run_delay(Path::new(OWN))
}

/// Threads that have ended, and their delay.
static ENDED: Mutex<Vec<(OsString, Duration)>> = Mutex::new(Vec::new());

/// Held by a thread whose delay counts after its end, too: the system forgets it.
pub struct Remembered;

impl Drop for Remembered {
    fn drop(&mut self) {
        let this = fs::canonicalize(OWN).ok().and_then(|path| Some(path.file_name()?.to_owned()));
        if let Some(this) = this {
            ENDED.lock().unwrap().push((this, own_run_delay()));
        }
    }
}

/// Time that passes while this process can run: on a busy machine its threads, the server's as well, often have to wait for a
/// processor, and that says nothing about the client.
pub struct Stopwatch {
    start: Instant,
    delays: HashMap<OsString, Duration>,
    ended: usize,
}

impl Stopwatch {
    pub fn start() -> Stopwatch {
        let ended = ENDED.lock().unwrap().len();
        Stopwatch { start: Instant::now(), delays: run_delays().collect(), ended }
    }

    pub fn elapsed(&self) -> Duration {
        let all = self.start.elapsed();
        let since = |(thread, delay): (OsString, Duration)| {
            delay.saturating_sub(self.delays.get(&thread).copied().unwrap_or_default())
        };
        // In this order, a thread that ends meanwhile is counted twice rather than never.
        let running: Duration = run_delays().map(since).sum();
        let ended: Duration = ENDED.lock().unwrap()[self.ended..].iter().cloned().map(since).sum();
        all.saturating_sub(running + ended)
    }

    /// What a clock on the wall shows.
    pub fn by_the_wall(&self) -> Duration {
        self.start.elapsed()
    }
}

/// The threads of this process, and how long each has waited for a processor.
fn run_delays() -> impl Iterator<Item = (OsString, Duration)> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads.map(|thread| (thread.file_name(), run_delay(&thread.path())))
}

/// The time in which this thread works or sleeps. On a busy machine it often has to wait for a processor, and that does not count.
pub struct OwnTime {
    start: Instant,
    delay: Duration,
}

impl OwnTime {
    pub fn begin() -> OwnTime {
        let delay = own_run_delay();
        OwnTime { start: Instant::now(), delay }
    }

    pub fn elapsed(&self) -> Duration {
        let all = self.start.elapsed();
        all.saturating_sub(own_run_delay().saturating_sub(self.delay))
    }

    /// Whether it is more than this. As long as it cannot be, the system is not asked.
    pub fn is_more_than(&self, limit: Duration) -> bool {
        self.start.elapsed() > limit && self.elapsed() > limit
    }
}
