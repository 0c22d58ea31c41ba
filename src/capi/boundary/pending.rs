//! A call under way. It lives in the handle, so that a call that returns FTP_AGAIN goes on when it is repeated.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use super::slot::Lent;
use super::wait::{self, WaitCallback};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::net::{Reactor, Running};

/// What a function does with the client, as a future that any thread can go on with.
pub(crate) type Operation<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// What a call comes to: a value of the type that its function expects.
type Outcome = Result<Box<dyn Any + Send>>;

/// What an operation is to the session.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// One step of it, which leaves it in step or closed.
    Within,
    /// It leaves the session, if there is one, and begins another.
    Anew,
    /// It brings its sessions back into step by itself.
    AsItIs,
}

/// A function that may have to wait. A plain name is that of a step within the session.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) step: Step,
}

impl Function {
    pub(crate) fn anew(name: &'static str) -> Function {
        Function { name, step: Step::Anew }
    }

    pub(crate) fn as_it_is(name: &'static str) -> Function {
        Function { name, step: Step::AsItIs }
    }
}

impl From<&'static str> for Function {
    fn from(name: &'static str) -> Function {
        Function { name, step: Step::Within }
    }
}

/// See the module.
pub(crate) struct Pending {
    pub(crate) name: &'static str,
    /// What the caller gave, to know a repetition by.
    inputs: Box<dyn Any + Send>,
    /// Has the client until it ends.
    future: Pin<Box<dyn Future<Output = Outcome> + Send>>,
    reactor: Reactor,
    /// After the future: giving up is a part of the call.
    _running: Running,
}

impl Pending {
    /// Begins a call. Nothing happens before the first turn.
    pub(crate) fn new<I, T>(
        function: Function,
        inputs: I,
        mut lent: Lent,
        operation: impl for<'a> FnOnce(&'a mut Client, I) -> Operation<'a, T> + Send + 'static,
    ) -> Result<Pending>
    where
        I: Clone + Send + 'static,
        T: Send + 'static,
    {
        let reactor = lent.client()?.reactor().clone();
        let given = inputs.clone();
        let future = Box::pin(async move {
            let mut lent = lent;
            let client = lent.client()?;
            let operation = async |client: &mut Client| operation(client, given).await;
            let value = match function.step {
                Step::Within => client.perform(operation).await,
                Step::Anew => client.perform_anew(operation).await,
                Step::AsItIs => operation(client).await,
            };
            Ok(Box::new(value?) as Box<dyn Any + Send>)
        });
        let running = reactor.begin();
        let name = function.name;
        Ok(Pending { name, inputs: Box::new(inputs), future, reactor, _running: running })
    }

    /// Whether a call of the function `name` with these inputs is a repetition of this one.
    pub(crate) fn is<I: PartialEq + 'static>(&self, name: &str, inputs: &I) -> bool {
        self.name == name && self.inputs_are(|known: &I| known == inputs)
    }

    /// Whether it was given inputs of this type, and they are such.
    pub(crate) fn inputs_are<I: 'static>(&self, are_such: impl FnOnce(&I) -> bool) -> bool {
        self.inputs.downcast_ref::<I>().is_some_and(are_such)
    }

    pub(crate) fn reactor(&self) -> &Reactor {
        &self.reactor
    }

    /// Goes on until it has ended.
    pub(crate) fn finish(&mut self, callback: Option<WaitCallback>) -> Outcome {
        let (outcome, stopped) = wait::finish(&self.reactor, self.future.as_mut(), callback);
        match (outcome, stopped) {
            (Err(error), Some(value)) if error.is_cancelled() => {
                Err(Error::Callback { what: error.to_string(), value })
            }
            (outcome, _) => outcome,
        }
    }

    /// Goes on as far as it can without waiting.
    pub(crate) fn advance(&mut self) -> Poll<Outcome> {
        self.reactor.turn_of_loop(self.future.as_mut())
    }
}
