//! Many commands whose replies are not waited for one by one. [`Dialogue`](crate::protocol::dialogue::Dialogue) knows whose each
//! reply is, and what its fences are for.
//!
//! Commands are written while replies are read, so neither side waits for the other to read. What is on its way is bounded all the
//! same: a server must not have to hold much, and what is known for certain must not lag far behind.

mod alone;
mod doubt;
mod on_its_way;

use std::future::poll_fn;
use std::task::Poll;

use crate::client::connection::too_many_replies;
use crate::client::limits::Wait;
use crate::client::session::Session;
use crate::client::verdict::accept;
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::command::Command;
use crate::protocol::dialogue::{Whose, is_goodbye};
use crate::protocol::ordered::keeps_order;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::system::System;
use crate::protocol::verb::{Fact, Verb};
use on_its_way::{Open, Window};

/// The most bytes of replies that no fence has confirmed.
const MOST_REPLIES: usize = 16 * 1024 * 1024;
/// The most replies that belong to nothing, or only announce another.
const MOST_STRAYS: usize = 100;
/// It takes so many commands that asking for the path of the fence pays.
const WORTH_ASKING: usize = 3;

/// One of many commands.
pub(crate) struct Step {
    pub command: Command,
    /// Is sent if the reply is of class 3yz, and only then.
    pub then: Option<Command>,
}

/// What came of a step.
pub(crate) enum Answer {
    /// The final reply, to the second command if that was sent.
    Replied { reply: Reply, is_of_the_second: bool },
    /// It was sent, and nobody can tell what its reply is.
    Unclear,
    /// It was not sent, or what came is no reply.
    Failed(Error),
}

/// What came of a command that is sent again if nobody can tell what came of it.
pub(crate) struct Exchanged {
    pub outcome: Result<Reply>,
    /// The server has had it before, and may have carried it out then.
    pub is_sent_again: bool,
}

/// Is told about steps by their number, the first being 0.
pub(crate) trait Answers: Send {
    /// It was sent in full.
    fn sent(&mut self, _step: usize) {}

    /// What came of it. Those behind it may have been told before.
    fn came(&mut self, step: usize, answer: Answer);

    /// Whether another is to be sent.
    fn goes_on(&self) -> bool {
        true
    }
}

/// Keeps them all.
impl Answers for Vec<Option<Answer>> {
    fn came(&mut self, step: usize, answer: Answer) {
        if let Some(place) = self.get_mut(step) {
            *place = Some(answer);
        }
    }
}

impl Step {
    pub(crate) fn new(command: Command) -> Step {
        Step { command, then: None }
    }

    /// The command that a reply answers.
    pub(crate) fn answered(&self, is_of_the_second: bool) -> &Command {
        self.then.as_ref().filter(|_| is_of_the_second).unwrap_or(&self.command)
    }
}

impl Session<'_> {
    /// Sends many commands. What comes of one does not end the others. Returns how many steps were dealt with: all, unless `answers`
    /// wants no more.
    ///
    /// # Errors
    /// What ends the session, or the call.
    pub(crate) async fn exchange_all(&mut self, steps: &[Step], answers: &mut dyn Answers) -> Result<usize> {
        let mut next = 0;
        if self.may_send_ahead(steps).await? {
            next = Box::pin(self.exchange_in_window(steps, answers)).await?;
        }
        while let Some(step) = steps.get(next).filter(|_| answers.goes_on()) {
            let answer = Box::pin(self.exchange_step(next, step, answers)).await?;
            answers.came(next, answer);
            next += 1;
        }
        Ok(next)
    }

    /// What came of commands that are sent together. If nobody can tell what came of one, it is sent again by itself.
    pub(crate) async fn exchange_again_if_unclear(
        &mut self,
        commands: Vec<Command>,
    ) -> Result<Vec<Exchanged>> {
        let steps: Vec<Step> = commands.into_iter().map(Step::new).collect();
        let mut answers: Vec<Option<Answer>> = steps.iter().map(|_| None).collect();
        self.exchange_all(&steps, &mut answers).await?;
        let mut outcomes = Vec::with_capacity(steps.len());
        for (step, answer) in steps.iter().zip(answers) {
            let is_sent_again = matches!(answer, Some(Answer::Unclear));
            let outcome = match answer {
                Some(Answer::Replied { reply, .. }) => accept(reply, &step.command),
                Some(Answer::Failed(error)) => Err(error),
                Some(Answer::Unclear) | None => self.exchange(&step.command).await,
            };
            outcomes.push(Exchanged { outcome, is_sent_again });
        }
        Ok(outcomes)
    }

    /// Whether commands may be sent before those before them are answered, and it pays. The path that PWD tells is known then.
    async fn may_send_ahead(&mut self, steps: &[Step]) -> Result<bool> {
        let Some(first) = steps.first().filter(|_| steps.len() > 1) else { return Ok(false) };
        self.find_the_place(&first.command).await?;
        let greeting = self.history.welcome.as_ref().map(Reply::text).unwrap_or_default();
        let is_possible = !self.connection.known.login.learned.loses_commands
            && keeps_order(greeting)
            && self.system() != System::Windows
            // Its reply tells where all before it ends.
            && steps.iter().all(|step| step.command.verb() != Verb::Syst)
            && self.connection.known.away.is_none()
            && self.connection.is_at_rest()
            && self.connection.noops.unsent.is_empty();
        if !is_possible {
            return Ok(false);
        }
        let place = &self.history.memory.place;
        if place.told().is_none() && !place.was_asked() && steps.len() >= WORTH_ASKING {
            self.ask_aside(&Command::new("PWD")).await?;
            self.history.memory.place.note_asked();
        }
        Ok(self.history.memory.place.told().is_some())
    }

    /// How many steps were dealt with: all, unless the server turns out not to bear it.
    async fn exchange_in_window(&mut self, steps: &[Step], answers: &mut dyn Answers) -> Result<usize> {
        for step in steps {
            for command in [Some(&step.command), step.then.as_ref()].into_iter().flatten() {
                if self.has_iac(command).unwrap_or_default() {
                    // What the server makes of such names is asked once. Each command of that kind has its own answer.
                    let outcome = self.require_sendable(command).await;
                    if let Err(error) = outcome.and_then(|()| self.require_ready(command)) {
                        self.only_of_one(error)?;
                    }
                }
            }
        }
        self.take_unsolicited().await?;
        let told = self.history.memory.place.told().unwrap_or_default().to_vec();
        self.connection.dialogue.begin_window(&told);
        let mut window = Window::default();
        loop {
            self.fill(&mut window, steps, answers).await?;
            if window.open.is_empty() {
                break;
            }
            let wait = self.wait(Phase::Reply);
            let reply = self.next_in_window(&mut window, wait, answers).await?;
            self.sort_in(&mut window, &reply, steps, answers).await?;
        }
        let are_harmless = steps.iter().all(|step| step.command.verb().is(Fact::Harmless));
        for at in std::mem::take(&mut window.unclear) {
            let answer = match steps.get(at) {
                // What nothing has changed meanwhile can be asked again. If it must not be, it was sent all the same.
                Some(step) if are_harmless => match self.exchange_step(at, step, answers).await? {
                    Answer::Failed(_) => Answer::Unclear,
                    answer => answer,
                },
                _ => Answer::Unclear,
            };
            answers.came(at, answer);
        }
        Ok(window.next)
    }

    /// Puts as many commands on their way as may be, and the fences behind them.
    async fn fill(&mut self, window: &mut Window, steps: &[Step], answers: &mut dyn Answers) -> Result<()> {
        while window.half.is_none() {
            let step = steps.get(window.next).filter(|_| !window.is_over && answers.goes_on());
            let Some(step) = step else { return self.put_fence(window, None).await };
            let at = window.next;
            let mut outcome = self.require_ready(&step.command);
            if let Some(then) = &step.then {
                outcome = outcome.and_then(|()| self.require_ready(then));
            }
            if outcome.is_ok() {
                let length = step.command.wire().len();
                self.put_fence(window, Some(length)).await?;
                if !window.has_room(length) {
                    return Ok(());
                }
                outcome = self.put(window, Whose::Window(at), &step.command).await;
            }
            window.next += 1;
            if let Err(error) = outcome {
                answers.came(at, Answer::Failed(self.only_of_one(error)?));
                continue;
            }
            window.open.push_back(Open::Step { at, reply: None, is_of_the_second: false });
            window.half = step.then.is_some().then_some(at);
        }
        Ok(())
    }

    /// Puts a fence behind what is on its way, if it wants one before a command of so many bytes, or in place of one.
    async fn put_fence(&mut self, window: &mut Window, length: Option<usize>) -> Result<()> {
        if window.wants_fence(length) {
            self.put(window, Whose::Fence, &Command::new("PWD")).await?;
            window.open.push_back(Open::Fence);
        }
        Ok(())
    }

    /// Puts one command behind those that are not written yet.
    async fn put(&mut self, window: &mut Window, whose: Whose, command: &Command) -> Result<()> {
        let shown = command.shown();
        if whose != Whose::Fence {
            self.connection.doing.is_about(&shown);
            self.history.record.is_about(&shown);
        }
        self.require_no_secret_in_clear(command)?;
        self.require_ready(command)?;
        if whose != Whose::Fence {
            self.env.audit.command(command)?;
        }
        // A callback may have cancelled the call: nothing more is said then.
        self.checkpoint().await?;
        let wire = self.encoded(command)?;
        window.put(whose, command, &wire);
        Ok(())
    }

    /// Refuses a command that cannot be sent as it is meant.
    fn require_ready(&mut self, command: &Command) -> Result<()> {
        self.require_encodable(command)?;
        self.require_telnet_known(command)
    }

    /// The next reply, while commands are written.
    async fn next_in_window(
        &mut self,
        window: &mut Window,
        wait: Wait,
        answers: &mut dyn Answers,
    ) -> Result<Reply> {
        let (connection, log) = (&mut *self.connection, &mut self.env.log);
        let first = connection.dialogue.first().filter(|_| !window.is_over).map(str::to_owned);
        let first = first.or_else(|| window.unsent.front().map(|first| first.command.shown().into_owned()));
        connection.doing.command = first.unwrap_or_else(|| "SYST".into());
        let poll = poll_fn(|_| {
            window.send(connection, log, answers);
            if window.broken.is_some() {
                // The other side may be gone, and what it has said may be here.
                connection.control.ask_again();
            }
            match (connection.poll_reply(), window.broken.is_some()) {
                (Poll::Pending | Poll::Ready(Err(_)), true) => {
                    let unsent = window.unsent.front().map(|first| first.command.shown());
                    let unsent = unsent.as_deref().unwrap_or(&connection.doing.command);
                    let what = format!("cannot send {unsent}");
                    let source = window.broken.take().unwrap_or_else(|| std::io::ErrorKind::Other.into());
                    Poll::Ready(Err(Error::of_connection(what, source)))
                }
                (outcome, _) => outcome,
            }
        });
        match wait.deadline.limit(&self.env.reactor, poll).await {
            Ok(outcome) => outcome,
            Err(_) => Err(wait.timed_out(self.connection.doing.wanted_reply())),
        }
    }

    /// Finds out whose a reply is, and does what follows from it.
    async fn sort_in(
        &mut self,
        window: &mut Window,
        reply: &Reply,
        steps: &[Step],
        answers: &mut dyn Answers,
    ) -> Result<()> {
        let told = self.history.last_reply.clone();
        self.note(reply);
        window.count(reply);
        let matched = self.matched(reply);
        if is_goodbye(reply, &matched.what) {
            let what = self.connection.doing.what().to_owned();
            return Err(Error::Reply { what, reply: reply.clone() });
        }
        window.is_answered_up_to(self.connection.dialogue.outstanding());
        if self.connection.dialogue.is_doubtful() {
            self.history.last_reply = told;
            return self.find_the_step_of_window(window, answers).await;
        }
        match matched.whose {
            Whose::Window(_) if reply.class() == Some(Class::Preliminary) => self.count_stray(window),
            Whose::Window(at) => self.go_on_with_step(window, at, reply, steps, answers).await,
            Whose::Fence => {
                self.history.last_reply = told;
                self.confirm(window, steps, answers);
                Ok(())
            }
            _ => self.count_stray(window),
        }
    }

    fn count_stray(&mut self, window: &mut Window) -> Result<()> {
        window.strays += 1;
        if window.strays <= MOST_STRAYS {
            return Ok(());
        }
        self.connection.dialogue.lose();
        Err(too_many_replies())
    }

    async fn go_on_with_step(
        &mut self,
        window: &mut Window,
        at: usize,
        reply: &Reply,
        steps: &[Step],
        answers: &mut dyn Answers,
    ) -> Result<()> {
        let is_first = window.half == Some(at);
        if is_first {
            window.half = None;
        }
        let second = steps.get(at).and_then(|step| step.then.as_ref());
        let is_of_the_second = second.is_some() && !is_first;
        let goes_on = is_first && reply.class() == Some(Class::Intermediate);
        window.came(at, reply.clone(), is_of_the_second);
        if window.replies > MOST_REPLIES {
            self.connection.dialogue.lose();
            let text = format!("more than {MOST_REPLIES} bytes of replies came at once");
            return Err(Error::Limit(text));
        }
        let Some(second) = second.filter(|_| goes_on) else { return Ok(()) };
        match self.put(window, Whose::Window(at), second).await {
            Ok(()) => {
                window.forget_reply(at);
                Ok(())
            }
            Err(error) => {
                let error = self.only_of_one(error)?;
                window.forget(at);
                answers.came(at, Answer::Failed(error));
                Ok(())
            }
        }
    }

    /// The fence has come when it should: what came before it is certain.
    fn confirm(&mut self, window: &mut Window, steps: &[Step], answers: &mut dyn Answers) {
        for (at, reply, is_of_the_second) in window.take_confirmed() {
            match (reply, steps.get(at)) {
                (Some(reply), Some(step)) => {
                    self.follow(step.answered(is_of_the_second), &reply);
                    answers.came(at, Answer::Replied { reply, is_of_the_second });
                }
                _ => window.unclear.push(at),
            }
        }
    }

    /// An error that is about one command alone, which was not sent, is none of the others'.
    fn only_of_one(&self, error: Error) -> Result<Error> {
        let is_of_one = matches!(
            error,
            Error::InvalidArgument(_) | Error::Denied(_) | Error::Limit(_) | Error::Unsupported(_)
        );
        if is_of_one && !self.connection.dialogue.is_out_of_step() { Ok(error) } else { Err(error) }
    }
}
