//! Steps that are done one after the other.

use crate::client::session::Session;
use crate::client::session::window::{Answer, Answers, Step};
use crate::client::verdict::accept;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::dialogue::is_goodbye;
use crate::protocol::reply::{Class, Reply};

impl Session<'_> {
    /// A step by itself.
    pub(super) async fn exchange_step(
        &mut self,
        at: usize,
        step: &Step,
        answers: &mut dyn Answers,
    ) -> Result<Answer> {
        if let Some(then) = &step.then
            && let Err(error) = self.require_sendable(then).await
        {
            return self.only_of_one(error).map(Answer::Failed);
        }
        let reply = match self.exchange_alone(at, &step.command, answers).await? {
            Ok(reply) => reply,
            Err(error) => return Ok(Answer::Failed(error)),
        };
        let then = step.then.as_ref().filter(|_| reply.class() == Some(Class::Intermediate));
        let Some(then) = then else { return Ok(Answer::Replied { reply, is_of_the_second: false }) };
        Ok(match self.exchange_alone(at, then, answers).await? {
            Ok(reply) => Answer::Replied { reply, is_of_the_second: true },
            Err(error) => Answer::Failed(error),
        })
    }

    /// The final reply to a command, or why there is none. The session is in step.
    async fn exchange_alone(
        &mut self,
        at: usize,
        command: &Command,
        answers: &mut dyn Answers,
    ) -> Result<Result<Reply>> {
        self.find_the_place(command).await?;
        if let Err(error) = self.send(command).await {
            return self.only_of_one(error).map(Err);
        }
        answers.sent(at);
        let reply = self.final_reply_to(command).await?;
        if is_goodbye(&reply, &command.shown()) {
            return Err(Error::Reply { what: command.shown().into_owned(), reply });
        }
        if reply.class().is_some() {
            return Ok(Ok(reply));
        }
        match accept(reply, command) {
            Err(error) if self.is_settled().await => Ok(Err(error)),
            outcome => outcome.map(Ok),
        }
    }
}
