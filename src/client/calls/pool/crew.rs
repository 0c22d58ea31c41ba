//! What those who share work know of each other: who has a session, who is busy, and whether all is over.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::work::Work;
use crate::client::files::Tries;
use crate::client::pool::{Leave, Places};
use crate::client::settings::Retries;
use crate::error::{Error, Result};
use crate::net::{Reactor, chance, clock};

/// Those who do the work.
pub(super) struct Crew {
    state: Mutex<State>,
}

struct State {
    places: Places,
    /// What it takes to have a session when there is none.
    tries: Tries,
    retries: Retries,
    /// How many there are, with a session or without.
    workers: usize,
    /// Whether the handle's own has no session, and is not opening one. A free place is its own then.
    is_near_out: bool,
    /// How many of them do a job.
    busy: usize,
    is_over: bool,
    /// Why it is over before all is done.
    stopped: Option<Error>,
    /// Those who wait for a change.
    waiting: Vec<Waker>,
}

/// Whose session one of the crew has.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// That of the handle, which stays.
    Handle,
    /// One that was opened beside it.
    Library,
}

/// What one of the crew does next.
pub(super) enum Next<J> {
    Job(J),
    Open,
    Leave,
}

impl Crew {
    pub(super) fn new(places: Places, retries: Retries, is_near_out: bool) -> Crew {
        let state = State {
            places,
            tries: Tries::new(retries),
            retries,
            workers: 1,
            is_near_out,
            busy: 0,
            is_over: false,
            stopped: None,
            waiting: Vec::new(),
        };
        Crew { state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is to be one more, for so many jobs. It counts as one then.
    pub(super) fn takes_another(&self, waiting: usize) -> bool {
        let mut state = self.state();
        let idle = state.workers.saturating_sub(state.busy);
        let is_wanted = !state.is_over && waiting > idle && state.workers < state.places.most();
        state.workers += usize::from(is_wanted);
        is_wanted
    }

    /// Whether something has come up after those were asked who could do it.
    pub(super) fn has_to_go_on(&self, waiting: usize) -> bool {
        let state = self.state();
        let idle = state.workers.saturating_sub(state.busy);
        !state.is_over && waiting > idle && state.workers < state.places.most()
    }

    /// There is more to do than before.
    pub(super) fn notify(&self) {
        self.state().notify();
    }

    /// Waits until there is something to do.
    pub(super) fn next<W: Work>(
        &self,
        work: &W,
        reactor: &Reactor,
        has_session: bool,
        whose: Whose,
    ) -> impl Future<Output = Next<W::Job>> {
        poll_fn(move |context| {
            let mut state = self.state();
            if !state.is_over && reactor.wake().is_cancelled() {
                let text = "waiting for a session: cancelled".into();
                state.end(Some(Error::Cancelled(text)));
            }
            if !state.is_over && state.busy == 0 && work.waiting() == 0 {
                state.end(None);
            }
            if state.is_over {
                return Poll::Ready(Next::Leave);
            }
            if has_session {
                if let Some(job) = work.take() {
                    state.busy += 1;
                    return Poll::Ready(Next::Job(job));
                }
            } else if work.waiting() > 0 {
                match state.ask(whose) {
                    Leave::Now => return Poll::Ready(Next::Open),
                    Leave::Later(then) => reactor.want_time(then),
                    Leave::Full => {}
                }
            }
            state.wait(context);
            Poll::Pending
        })
    }

    /// Runs a future to its end, or until all is over.
    pub(super) async fn unless_over<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            let mut state = self.state();
            if state.is_over && state.stopped.is_none() {
                return Poll::Ready(None);
            }
            state.wait(context);
            Poll::Pending
        })
        .await
    }

    pub(super) fn opened(&self) {
        let mut state = self.state();
        state.places.opened();
        state.tries = Tries::new(state.retries);
    }

    pub(super) fn refused(&self, error: Error, whose: Whose) {
        let mut state = self.state();
        state.is_near_out |= whose == Whose::Handle;
        let now = clock::now();
        if !state.places.refused(now) {
            match state.tries.wait_after(&error, chance()) {
                Some(time) => state.places.wait(now, time),
                None => state.end(Some(error)),
            }
        }
        state.notify();
    }

    /// A job is done, or is to be begun again.
    pub(super) fn finished(&self, is_session_lost: bool, whose: Whose) {
        let mut state = self.state();
        state.busy = state.busy.saturating_sub(1);
        if is_session_lost {
            state.places.closed(clock::now());
            state.is_near_out |= whose == Whose::Handle;
        }
        state.notify();
    }

    /// Ends all. Whether the user may still be told of jobs: it was not the one who has stopped all.
    pub(super) fn stop(&self, error: Error) -> bool {
        let mut state = self.state();
        state.end(Some(error));
        !matches!(state.stopped, Some(Error::Callback { .. }))
    }

    pub(super) fn outcome(&self) -> (Option<usize>, Result<()>) {
        let mut state = self.state();
        (state.places.limit(), state.stopped.take().map_or(Ok(()), Err))
    }
}

impl State {
    /// Whether one more session may be opened, for the handle or beside it.
    fn ask(&mut self, whose: Whose) -> Leave {
        if whose == Whose::Library && self.is_near_out && self.places.left() == 1 {
            return Leave::Full;
        }
        let leave = self.places.ask(clock::now());
        if whose == Whose::Handle && leave == Leave::Now {
            self.is_near_out = false;
        }
        leave
    }

    fn end(&mut self, error: Option<Error>) {
        if !self.is_over {
            (self.is_over, self.stopped) = (true, error);
        }
        self.notify();
    }

    fn wait(&mut self, context: &Context<'_>) {
        let waker = context.waker();
        if !self.waiting.iter().any(|known| known.will_wake(waker)) {
            self.waiting.push(waker.clone());
        }
    }

    fn notify(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }
}
