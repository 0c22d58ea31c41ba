//! What a call was given, what it does with the client, and what came of it: one object for the one that runs it and for the
//! one that waits for it.

use std::any::Any;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use super::room::{Housed, house};
use crate::client::Client;
use crate::error::Result;

/// What a function does with the client: it returns a future that it has [housed](Seat::house). It is no closure with values of its
/// own, since all that it needs was [`Given`].
pub(crate) type Operation<I, T> = for<'a> fn(&'a mut Client, Given<I, T>, Seat<I, T>) -> Step<'a>;

/// An operation that runs. What comes of it, but for an error, is kept in its task.
pub(crate) type Step<'a> = Housed<'a, Result<()>>;

/// See the module.
pub(super) struct Task<I, T> {
    inputs: I,
    operation: Operation<I, T>,
    value: Mutex<Option<T>>,
}

/// What a call was given, for its operation.
pub(crate) struct Given<I, T>(Arc<Task<I, T>>);

/// Where the future of an operation goes, and what comes of it.
pub(crate) struct Seat<I, T> {
    task: Arc<Task<I, T>>,
}

/// A task of any type.
pub(super) trait AnyTask: Send + Sync {
    /// Begins the operation.
    fn start<'a>(self: Arc<Self>, client: &'a mut Client) -> Step<'a>;

    /// Whether the other one was given the same.
    fn was_given_the_same_as(&self, other: &dyn AnyTask) -> bool;

    fn inputs(&self) -> &dyn Any;

    /// The value that came of it, a `Mutex<Option<T>>`.
    fn value(&self) -> &dyn Any;
}

impl<I, T> Task<I, T> {
    pub(super) fn new(inputs: I, operation: Operation<I, T>) -> Task<I, T> {
        Task { inputs, operation, value: Mutex::new(None) }
    }
}

impl<I, T> AnyTask for Task<I, T>
where
    I: PartialEq + Send + Sync + 'static,
    T: Send + 'static,
{
    fn start<'a>(self: Arc<Self>, client: &'a mut Client) -> Step<'a> {
        (self.operation)(client, Given(self.clone()), Seat { task: self })
    }

    fn was_given_the_same_as(&self, other: &dyn AnyTask) -> bool {
        other.inputs().downcast_ref::<I>() == Some(&self.inputs)
    }

    fn inputs(&self) -> &dyn Any {
        &self.inputs
    }

    fn value(&self) -> &dyn Any {
        &self.value
    }
}

/// Takes out what came of a task. `None` if there is nothing of this type.
pub(super) fn value_of<T: 'static>(task: &dyn AnyTask) -> Option<T> {
    let value = task.value().downcast_ref::<Mutex<Option<T>>>()?;
    value.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl<I, T> Deref for Given<I, T> {
    type Target = I;

    fn deref(&self) -> &I {
        &self.0.inputs
    }
}

impl<I, T> Seat<I, T>
where
    I: Send + Sync + 'static,
    T: Send + 'static,
{
    /// The operation is this future.
    pub(crate) fn house<'a>(self, future: impl Future<Output = Result<T>> + Send + 'a) -> Step<'a> {
        house(Keeping { future, task: self.task })
    }
}

/// Keeps the value of a future in its task. Written out, because an `async` block would have the future twice.
struct Keeping<F, I, T> {
    future: F,
    task: Arc<Task<I, T>>,
}

impl<F: Future<Output = Result<T>>, I, T> Future for Keeping<F, I, T> {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        // SAFETY: the future is not moved out, and is dropped in place: there is no other way to it, and no `Drop`.
        let (future, task) = unsafe {
            let this = self.get_unchecked_mut();
            (Pin::new_unchecked(&mut this.future), &this.task)
        };
        let value = ready!(future.poll(context))?;
        *task.value.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        Poll::Ready(Ok(()))
    }
}
