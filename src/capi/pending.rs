//! A call under way. It lives in the handle, so that a call that returns FTP_AGAIN goes on when it is repeated.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use super::slot::Lent;
use crate::client::Client;
use crate::error::Result;
use crate::net::{Reactor, Running};

/// What a call comes to: a value of the type that its function expects.
type Outcome = Result<Box<dyn Any>>;

/// See the module.
pub(super) struct Pending {
    pub(super) name: &'static str,
    /// What the caller gave, to know a repetition by.
    inputs: Box<dyn Any>,
    /// Has the client until it ends.
    future: Pin<Box<dyn Future<Output = Outcome>>>,
    reactor: Reactor,
    /// After the future: giving up is a part of the call.
    _running: Running,
}

// SAFETY: the future holds the client and the user's callbacks and pointers. The header tells the user that these are used by
// whichever thread owns the handle; the client may move between threads, and nothing else in it is bound to one.
unsafe impl Send for Pending {}

impl Pending {
    /// Begins a call of the function `name`. Nothing happens before the first turn.
    pub(super) fn new<I, T>(
        name: &'static str,
        inputs: I,
        mut lent: Lent,
        operation: impl AsyncFnOnce(&mut Client, I) -> Result<T> + 'static,
    ) -> Result<Pending>
    where
        I: Clone + 'static,
        T: 'static,
    {
        let client = lent.client()?;
        let reactor = client.reactor().clone();
        let given = inputs.clone();
        let future = Box::pin(async move {
            let mut lent = lent;
            let client = lent.client()?;
            let value = operation(client, given).await?;
            Ok(Box::new(value) as Box<dyn Any>)
        });
        let running = reactor.begin();
        Ok(Pending { name, inputs: Box::new(inputs), future, reactor, _running: running })
    }

    /// Whether a call of the function `name` with these inputs is a repetition of this one.
    pub(super) fn is<I: PartialEq + 'static>(&self, name: &str, inputs: &I) -> bool {
        self.name == name && self.inputs_are(|known: &I| known == inputs)
    }

    /// Whether it was given inputs of this type, and they are such.
    pub(super) fn inputs_are<I: 'static>(&self, are_such: impl FnOnce(&I) -> bool) -> bool {
        self.inputs.downcast_ref::<I>().is_some_and(are_such)
    }

    pub(super) fn reactor(&self) -> &Reactor {
        &self.reactor
    }

    /// Goes on until it has ended.
    pub(super) fn finish(&mut self) -> Outcome {
        loop {
            if let Poll::Ready(outcome) = self.reactor.turn(self.future.as_mut()) {
                return outcome;
            }
            self.reactor.wait();
        }
    }

    /// Goes on as far as it can without waiting.
    pub(super) fn advance(&mut self) -> Poll<Outcome> {
        self.reactor.turn_of_loop(self.future.as_mut())
    }
}
