//! What stands for `poll(2)`.

use std::time::{Duration, Instant};

use super::ends::Watched;
use super::{STATE, State, TASKS, Task, is_here, with};

/// So many waits in a row in which nothing happens and no time passes are a client that spins.
const MAX_IDLE_ROUNDS: u32 = 100_000;

/// Waits as `poll(2)` does, in the world of this thread: its servers run, and its time passes. `None` where there is no world.
///
/// # Panics
/// Nothing would ever happen.
pub fn poll(descriptors: &mut [libc::pollfd], timeout: i32) -> Option<usize> {
    if !is_here() {
        return None;
    }
    let end = with(|state| {
        let timeout = u64::try_from(timeout).ok()?;
        Some(state.now + Duration::from_millis(timeout))
    });
    for _ in 0..MAX_IDLE_ROUNDS {
        let events = with(|state| state.events);
        run_servers();
        let ready = mark(descriptors);
        let (now, has_happened) = with(|state| (state.now, state.events != events));
        if ready > 0 || end.is_some_and(|end| now >= end) {
            return Some(ready);
        }
        if !has_happened {
            let next = with(|state| state.next_event());
            let next = next
                .into_iter()
                .chain(end)
                .min()
                .expect("nothing will ever happen: the client waits for ever");
            with(|state| state.now = state.now.max(next));
        }
    }
    panic!("the servers spin")
}

/// Lets each server go as far as it can.
fn run_servers() {
    with(|state| state.alarm = None);
    let mut running: Vec<Task> = TASKS.take();
    running.retain_mut(|task| !super::servers::is_over(task));
    TASKS.with_borrow_mut(|tasks| {
        // Those that were spawned meanwhile stand behind them.
        running.append(tasks);
        *tasks = running;
    });
}

impl State {
    fn next_event(&self) -> Option<Instant> {
        let waiting = self.queues.values().filter_map(|queue| queue.waiting.front().map(|(at, _)| *at));
        let waiting = waiting.filter(|at| *at > self.now);
        waiting.chain(self.alarm).chain(self.ends.next_arrival(self.now)).min()
    }
}

/// Notes what is ready, and counts it.
fn mark(descriptors: &mut [libc::pollfd]) -> usize {
    let mut has_others = false;
    with(|state| {
        for descriptor in &mut *descriptors {
            descriptor.revents = 0;
            let (mut is_readable, mut is_writable, mut is_broken) = (false, false, false);
            match state.ends.watched(descriptor.fd) {
                None => has_others = true,
                Some(Watched::End(id)) => {
                    (is_readable, is_writable) = (state.is_readable(id), state.is_writable(id));
                    is_broken = state.is_broken(id);
                }
                Some(Watched::Wake { is_rung }) => is_readable = is_rung,
                Some(Watched::Listener(address)) => {
                    let front = state.queues.get(&address).and_then(|queue| queue.waiting.front());
                    is_readable = front.is_some_and(|(at, _)| *at <= state.now);
                }
            }
            let mut ready = 0;
            for (event, is_ready) in [(libc::POLLIN, is_readable), (libc::POLLOUT, is_writable)] {
                ready |= if is_ready { descriptor.events & event } else { 0 };
            }
            descriptor.revents = ready | if is_broken { libc::POLLERR } else { 0 };
        }
    });
    if has_others {
        look_at_real_ones(descriptors);
    }
    descriptors.iter().filter(|descriptor| descriptor.revents != 0).count()
}

/// A handle that is older than the world has a descriptor of the system's to wake it.
fn look_at_real_ones(descriptors: &mut [libc::pollfd]) {
    let is_real =
        |fd| STATE.with_borrow(|state| state.as_ref().is_some_and(|it| it.ends.watched(fd).is_none()));
    for descriptor in descriptors.iter_mut().filter(|descriptor| is_real(descriptor.fd)) {
        let _ = crate::net::driver::poll_system(std::slice::from_mut(descriptor), 0);
    }
}
