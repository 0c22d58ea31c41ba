//! Several sessions that share work, and one call that drives them.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::crew::{Crew, Next, Whose};
use super::work::Work;
use crate::client::Client;
use crate::client::history::{History, Memory};
use crate::client::limits::Wait;
use crate::client::pool::Places;
use crate::descriptor;
use crate::error::{Error, Result};
use crate::net::{Deadline, Group, clock};
use crate::phase::Phase;

/// How long a session that has nothing left to do waits for the answer to its QUIT.
const QUIT_TIME: Duration = Duration::from_secs(1);

/// How many descriptors a session has that moves a file: two connections, the file, its directory, and both ends of a pipe.
const DESCRIPTORS: usize = 6;

impl Client {
    /// Has `work` done by this session and others like it, `sessions` at most, and no more than the server was found to let be open.
    /// `call` is the limit of the whole.
    pub(in crate::client::calls) async fn run_together<W: Work>(
        &mut self,
        sessions: usize,
        call: Wait,
        work: &W,
    ) -> Result<()> {
        if work.waiting() == 0 {
            return Ok(());
        }
        let memory = Arc::new(self.memory_for_others(call).await?);
        let has_session = self.connection.is_some();
        // Jobs would fail for want of a descriptor that fewer sessions do.
        let most = sessions.min(descriptor::left() / DESCRIPTORS).max(1);
        let places = Places::new(most, self.history.most_sessions, has_session.into());
        let crew = &Crew::new(places, self.settings.retries, !has_session);
        let whole = self.env.reactor.clone();
        let mut pattern = self.beside(&memory);
        let mut group = Group::default();
        {
            // Boxed: the compiler gives up on futures that stand in each other as deep as this one would in a caller's.
            let mut near = Box::pin(self.serve(crew, work, call, Whose::Handle));
            let (mut is_near_over, mut seen) = (false, 0);
            poll_fn(|context| {
                let waiting = work.waiting();
                if waiting > seen {
                    // A job may have become work for several.
                    crew.notify();
                }
                seen = waiting;
                while crew.takes_another(work.waiting()) {
                    let mut client = pattern.beside(&memory);
                    group.add(client.env.reactor.clone(), async move {
                        client.serve(crew, work, call, Whose::Library).await;
                        client.leave().await;
                    });
                }
                group.turn(&whole);
                is_near_over = is_near_over || near.as_mut().poll(context).is_ready();
                if is_near_over && group.is_empty() {
                    return Poll::Ready(());
                }
                group.wait(&whole);
                if crew.has_to_go_on(work.waiting()) {
                    whole.want_time(clock::now());
                }
                Poll::Pending
            })
            .await;
        }
        let (learned, outcome) = crew.outcome();
        self.history.most_sessions = learned;
        if outcome.is_ok() && self.connection.is_none() {
            // All is done, whatever comes of this. The sessions that were in its place have left.
            if let Err(error) = self.perform_part(call, async |client| client.reconnect().await).await {
                self.env.log.state(format_args!("cannot bring back the session of the handle: {error}"));
            }
        }
        outcome
    }

    /// What the other sessions are to be like.
    async fn memory_for_others(&mut self, call: Wait) -> Result<Memory> {
        self.require_no_dialogue()?;
        if let Some(connection) = &self.connection {
            // The other sessions would not have it.
            connection.known.require_usual_form(None)?;
        }
        if let Some(wanted) = &self.history.to_restore {
            return Ok(Memory::clone(wanted));
        }
        if self.connection.is_some() {
            self.perform_part(call, async |client| {
                client.session()?.ask_before_leaving().await;
                Ok(())
            })
            .await?;
        }
        self.history.require_something_to_restore()?;
        let mut memory = self.history.memory.clone();
        if let Some(connection) = &self.connection {
            memory.keep(connection);
        }
        Ok(memory)
    }

    /// A client for another session like this one.
    fn beside(&mut self, memory: &Arc<Memory>) -> Client {
        let history =
            History { peer: self.history.peer.clone(), to_restore: Some(memory.clone()), ..History::new() };
        Client { env: self.env.beside(), settings: self.settings.clone(), history, connection: None }
    }

    /// Does jobs until there are no more.
    async fn serve<W: Work>(&mut self, crew: &Crew, work: &W, call: Wait, whose: Whose) {
        loop {
            let reactor = self.env.reactor.clone();
            let next = crew.next(work, &reactor, self.connection.is_some(), whose);
            match call.deadline.limit(&reactor, next).await {
                Err(_) => {
                    self.env.call = call;
                    crew.stop(self.out_of_time());
                    return;
                }
                Ok(Next::Leave) => return,
                Ok(Next::Open) => {
                    let opening = self.perform_part(call, async |client| client.reconnect().await);
                    let outcome = match whose {
                        // It is the user's: half of one is none.
                        Whose::Handle => opening.await,
                        Whose::Library => match crew.unless_over(opening).await {
                            Some(outcome) => outcome,
                            None => return,
                        },
                    };
                    self.note_opened(crew, outcome, whose);
                }
                Ok(Next::Job(mut job)) => {
                    let before = self.history.transfers;
                    let outcome =
                        self.perform_part(call, async |client| work.carry_out(client, &mut job).await).await;
                    let was_sent = self.history.transfers > before;
                    if outcome.as_ref().is_err_and(Error::is_transient) {
                        self.look_whether_it_lives(call).await;
                    }
                    self.note_ended(crew, work, (job, was_sent), outcome, whose);
                }
            }
        }
    }

    /// What has failed may have failed because the session has ended.
    async fn look_whether_it_lives(&mut self, call: Wait) {
        if self.connection.is_some() {
            // If it does not, it is closed by that.
            let _ = self.perform_part(call, async |client| client.session()?.take_unsolicited().await).await;
        }
    }

    fn note_opened(&mut self, crew: &Crew, outcome: Result<()>, whose: Whose) {
        match outcome {
            Ok(()) => crew.opened(),
            Err(error) => {
                if ends_all(&error) {
                    self.close_because(&format!("it was closed after an error ({error})"));
                    crew.stop(error);
                    return;
                }
                self.env.log.state(format_args!("cannot open one more session: {error}"));
                crew.refused(error, whose);
            }
        }
    }

    fn note_ended<W: Work>(
        &mut self,
        crew: &Crew,
        work: &W,
        (job, was_sent): (W::Job, bool),
        outcome: Result<W::Done>,
        whose: Whose,
    ) {
        let is_lost = self.connection.is_none();
        match outcome {
            Err(error) if ends_all(&error) => {
                let all = match &error {
                    Error::Timeout { .. } => self.out_of_time(),
                    Error::Callback { what, value } => {
                        // Whoever is in the middle of something ends it in an orderly way.
                        self.env.reactor.wake().cancel();
                        Error::Callback { what: what.clone(), value: *value }
                    }
                    _ => Error::Cancelled(format!("{}: cancelled", self.env.name)),
                };
                let may_tell = crew.stop(all);
                work.interrupted(self, job, was_sent, error, may_tell);
            }
            Err(error) if is_lost && error.is_transient() && work.may_be_repeated(&job, was_sent) => {
                self.env.log.state(format_args!("does it again in another session, after: {error}"));
                work.put_back(job, was_sent);
            }
            outcome => {
                let ended = work.ended(self, job, outcome);
                if let Err(error) = ended.and_then(|()| self.env.progress.go_on()) {
                    crew.stop(error);
                    self.env.reactor.wake().cancel();
                }
            }
        }
        crew.finished(is_lost, whose);
    }

    /// The end of a session that was opened beside another.
    async fn leave(mut self) {
        if self.connection.is_none() {
            return;
        }
        let reactor = self.env.reactor.clone();
        let quit = self.perform_part(Wait::without_end(Phase::Total), async |client| client.quit().await);
        // Whatever the server says to it.
        let _ = Deadline::after(Some(QUIT_TIME)).limit(&reactor, quit).await;
    }
}

/// The call has been cancelled, by a callback as well, or its time is over.
fn ends_all(error: &Error) -> bool {
    error.is_cancelled()
        || matches!(error, Error::Callback { .. } | Error::Timeout { phase: Phase::Total, .. })
}
