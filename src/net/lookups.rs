//! The threads that ask blocking questions, a few for the whole process.
//!
//! A question waits for its turn, and its asker until the asker's own deadline. A thread lives as long as there are questions: none
//! is left when nobody asks.

use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::io;
use std::process;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::process::Process;

/// How many questions are asked at the same time. A name server that does not answer holds a thread for half a minute.
const MAX_THREADS: usize = 8;

/// The questions of a process. Memory is held only while there are some.
pub(super) struct Lookups {
    /// Twice the id of the process whose questions these are; and one more while it begins with none.
    owner: AtomicU64,
    state: UnsafeCell<Mutex<State>>,
}

// SAFETY: the state is used through its lock, and replaced only as `ours` tells.
#[allow(unsafe_code)]
unsafe impl Sync for Lookups {}

struct State {
    threads: Vec<JoinHandle<()>>,
    waiting: VecDeque<Question>,
}

struct Question {
    id: u64,
    ask: Box<dyn FnOnce() -> Deliver + Send>,
}

/// Hands the answer over; with it the thread, if it ends with this answer, so that who gets it can wait for that moment.
pub(super) type Deliver = Box<dyn FnOnce(Option<JoinHandle<()>>)>;

/// A question that was put. One that still waits for its turn is taken back when this is dropped.
pub(super) struct Put {
    lookups: &'static Lookups,
    process: Process,
    id: u64,
}

pub(super) static LOOKUPS: Lookups = Lookups::new();

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

impl State {
    const NONE: State = State { threads: Vec::new(), waiting: VecDeque::new() };
}

impl Lookups {
    const fn new() -> Lookups {
        Lookups { owner: AtomicU64::new(0), state: UnsafeCell::new(Mutex::new(State::NONE)) }
    }

    /// After fork(2) the threads are the parent's, and the child's copy of the lock may be locked for ever: a child begins anew.
    fn ours(&self) -> &Mutex<State> {
        let mine = u64::from(process::id()) * 2;
        loop {
            let owner = self.owner.load(Ordering::Acquire);
            if owner == mine {
                // SAFETY: it is replaced only before the owner is this process.
                #[allow(unsafe_code)]
                return unsafe { &*self.state.get() };
            }
            let begins = mine + 1;
            if owner == begins {
                thread::yield_now();
            } else if self.owner.compare_exchange(owner, begins, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                // SAFETY: this is the one thread of the process that does it, and no other has a reference yet. What was there is
                // another process's, and is not dropped: its lock may be locked.
                #[allow(unsafe_code)]
                unsafe {
                    self.state.get().write(Mutex::new(State::NONE));
                }
                self.owner.store(mine, Ordering::Release);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.ours().lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one of the threads call `ask`, as soon as there is one.
    ///
    /// # Errors
    /// There is no thread, and the system gives none.
    pub(super) fn put(&'static self, ask: impl FnOnce() -> Deliver + Send + 'static) -> io::Result<Put> {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        state.waiting.push_back(Question { id, ask: Box::new(ask) });
        if state.threads.len() < MAX_THREADS {
            match thread::Builder::new().name("ftp-resolve".into()).spawn(|| self.work()) {
                Ok(thread) => state.threads.push(thread),
                // One of the others will have the time.
                Err(_) if !state.threads.is_empty() => {}
                Err(error) => {
                    state.waiting.pop_back();
                    return Err(error);
                }
            }
        }
        Ok(Put { lookups: self, process: Process::current(), id })
    }

    fn work(&self) {
        block_signals();
        let (mut next, _) = self.next();
        while let Some(question) = next {
            let deliver = (question.ask)();
            let ending;
            (next, ending) = self.next();
            deliver(ending);
        }
    }

    /// The next question; or none, and the thread that calls, which is to end.
    fn next(&self) -> (Option<Question>, Option<JoinHandle<()>>) {
        let mut state = self.state();
        if let Some(question) = state.waiting.pop_front() {
            return (Some(question), None);
        }
        let me = thread::current().id();
        let place = state.threads.iter().position(|thread| thread.thread().id() == me);
        let ending = place.map(|place| state.threads.swap_remove(place));
        if state.threads.is_empty() {
            *state = State::NONE;
        }
        (None, ending)
    }
}

impl Drop for Put {
    fn drop(&mut self) {
        if !self.process.is_current() {
            return;
        }
        let taken_back = {
            let mut state = self.lookups.state();
            let place = state.waiting.iter().position(|question| question.id == self.id);
            place.and_then(|place| state.waiting.remove(place))
        };
        // Not under the lock: nobody knows what it holds.
        drop(taken_back);
    }
}

/// The process's signals belong to its own threads: no handler of theirs must run here.
#[allow(unsafe_code)]
fn block_signals() {
    // SAFETY: sigset_t is plain data that sigfillset initialises; both calls get valid pointers or NULL.
    unsafe {
        let mut all = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, null_mut());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::{Duration, Instant};

    use super::*;

    const PLENTY: Duration = Duration::from_secs(20);

    /// Questions of a test's own.
    fn lookups() -> &'static Lookups {
        Box::leak(Box::new(Lookups::new()))
    }

    /// Puts a question that tells when it is asked and is answered when it is told so.
    fn hanging(lookups: &'static Lookups, asked: &Sender<usize>, number: usize) -> (Put, Sender<()>) {
        let (answer, wait): (Sender<()>, Receiver<()>) = channel();
        let asked = asked.clone();
        let put = lookups.put(move || {
            let _ = asked.send(number);
            let _ = wait.recv();
            Box::new(drop)
        });
        (put.unwrap(), answer)
    }

    fn wait_until(what: impl Fn() -> bool) {
        let start = Instant::now();
        while !what() {
            assert!(start.elapsed() < PLENTY);
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn many_questions_have_few_threads_and_each_its_turn() {
        let lookups = lookups();
        let (asked, was_asked) = channel();
        let mut put: VecDeque<_> = (0..200).map(|number| hanging(lookups, &asked, number)).collect();
        assert_eq!(lookups.state().threads.len(), MAX_THREADS);
        let mut seen: Vec<usize> =
            (0..MAX_THREADS).map(|_| was_asked.recv_timeout(PLENTY).unwrap()).collect();
        assert!(was_asked.try_recv().is_err(), "the rest waits");
        while let Some((_put, answer)) = put.pop_front() {
            answer.send(()).unwrap();
            seen.extend(was_asked.recv_timeout(if put.len() < MAX_THREADS {
                Duration::ZERO
            } else {
                PLENTY
            }));
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..200).collect::<Vec<_>>());
        wait_until(|| lookups.state().threads.is_empty());
    }

    #[test]
    fn a_question_that_is_taken_back_is_never_asked() {
        let lookups = lookups();
        let (asked, was_asked) = channel();
        let busy: Vec<_> = (0..MAX_THREADS).map(|number| hanging(lookups, &asked, number)).collect();
        for _ in &busy {
            was_asked.recv_timeout(PLENTY).unwrap();
        }
        let (taken_back, _) = hanging(lookups, &asked, 99);
        drop(taken_back);
        assert!(lookups.state().waiting.is_empty());
        drop(busy);
        wait_until(|| lookups.state().threads.is_empty());
        assert!(was_asked.try_recv().is_err());
    }

    #[test]
    fn the_last_answer_comes_with_the_thread_that_ends() {
        let lookups = lookups();
        let (answered, answer) = channel();
        let _put = lookups.put(move || Box::new(move |thread| answered.send(thread).unwrap())).unwrap();
        answer.recv_timeout(PLENTY).unwrap().expect("no other question waits").join().unwrap();
        assert!(lookups.state().threads.is_empty());
    }
}
