//! A call under way. It lives in the handle, so that a call that returns FTP_AGAIN goes on when it is repeated.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use super::call::{Call, Session};
use super::room::{Housed, house};
use super::slot::Lent;
use super::task::AnyTask;
use super::wait::{self, WaitCallback};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::net::{Reactor, Running};

/// See the module.
pub(crate) struct Pending {
    pub(crate) name: &'static str,
    /// To know a repetition by what it was given; what comes of the call is in it.
    pub(super) task: Arc<dyn AnyTask>,
    /// Has the client until it ends.
    future: Housed<'static, Result<()>>,
    reactor: Reactor,
    /// After the future: giving up is a part of the call.
    _running: Running,
}

impl Pending {
    /// Begins a call. Nothing happens before the first turn.
    pub(super) fn new(call: Call, task: Arc<dyn AnyTask>, mut lent: Lent) -> Result<Pending> {
        let reactor = lent.client()?.reactor().clone();
        let future = house(carry_out(lent, call, task.clone()));
        let running = reactor.begin();
        Ok(Pending { name: call.name, task, future, reactor, _running: running })
    }

    /// Whether a call of the function `name` with this task is a repetition of this one.
    pub(super) fn is(&self, name: &str, task: &dyn AnyTask) -> bool {
        self.name == name && self.task.was_given_the_same_as(task)
    }

    /// Whether it was given inputs of this type, and they are such.
    pub(crate) fn inputs_are<I: 'static>(&self, are_such: impl FnOnce(&I) -> bool) -> bool {
        self.task.inputs().downcast_ref::<I>().is_some_and(are_such)
    }

    pub(crate) fn reactor(&self) -> &Reactor {
        &self.reactor
    }

    /// Goes on until it has ended.
    pub(super) fn finish(&mut self, callback: Option<WaitCallback>) -> Result<()> {
        let (outcome, stopped) = wait::finish(&self.reactor, Pin::new(&mut self.future), callback);
        match (outcome, stopped) {
            (Err(error), Some(value)) if error.is_cancelled() => {
                Err(Error::Callback { what: error.to_string(), value })
            }
            (outcome, _) => outcome,
        }
    }

    /// Goes on as far as it can without waiting.
    pub(super) fn advance(&mut self) -> Poll<Result<()>> {
        self.reactor.turn_of_loop(Pin::new(&mut self.future))
    }
}

/// The same for all functions, so that it exists once in the library's code.
async fn carry_out(mut lent: Lent, call: Call, task: Arc<dyn AnyTask>) -> Result<()> {
    let client = lent.client()?;
    client.begin_call(call.name);
    let operation = async |client: &mut Client| task.start(client).await;
    match call.session {
        Session::Keep => client.perform(operation).await,
        Session::Anew => client.perform_anew(operation).await,
        Session::Own => operation(client).await,
    }
}
