//! Where the client of a handle is: at home, lent to a call that is under way, or gone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client::Client;
use crate::error::{Error, Result};

/// The place of one client.
pub(crate) struct Slot(Mutex<Place>);

enum Place {
    Home(Box<Client>),
    Lent,
    Gone(Gone),
}

/// Why there is no client and never will be one.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    /// A call has panicked: in whatever state its connections were, nobody uses them again.
    Panicked,
    /// The handle was freed. What is left of it serves the transfers that were not.
    Freed,
}

/// Why a client cannot be lent.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    Lent,
    Gone(Gone),
}

/// A client that is lent. It comes home when this is dropped, also when a call is given up halfway.
pub(crate) struct Lent {
    /// None only while it is dropped.
    client: Option<Box<Client>>,
    home: Arc<Slot>,
}

impl Slot {
    pub(crate) fn new(client: Client) -> Arc<Slot> {
        Arc::new(Slot(Mutex::new(Place::Home(Box::new(client)))))
    }

    /// Takes the client out, for as long as the value that is returned lives.
    pub(crate) fn lend(self: &Arc<Slot>) -> Result<Lent, Absent> {
        let mut place = self.place();
        match std::mem::replace(&mut *place, Place::Lent) {
            Place::Home(client) => Ok(Lent { client: Some(client), home: self.clone() }),
            Place::Lent => Err(Absent::Lent),
            Place::Gone(why) => {
                *place = Place::Gone(why);
                Err(Absent::Gone(why))
            }
        }
    }

    /// Looks at the client, if it is at home.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Client) -> T) -> Option<T> {
        match &*self.place() {
            Place::Home(client) => Some(look(client)),
            Place::Lent | Place::Gone(_) => None,
        }
    }

    /// Whether a call has the client.
    pub(crate) fn is_lent(&self) -> bool {
        matches!(*self.place(), Place::Lent)
    }

    /// No client from here on. One that is lent is dropped when it comes home.
    pub(crate) fn close(&self, why: Gone) {
        let before = std::mem::replace(&mut *self.place(), Place::Gone(why));
        // Not under the lock: it closes connections.
        drop(before);
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent {
    /// The client.
    ///
    /// # Errors
    /// None in practice: it is there until this is dropped.
    pub(crate) fn client(&mut self) -> Result<&mut Client> {
        self.client.as_deref_mut().ok_or_else(|| Error::OutOfTurn("the handle has lost its session".into()))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut place = self.home.place();
        if matches!(*place, Place::Lent)
            && let Some(client) = self.client.take()
        {
            *place = Place::Home(client);
        }
    }
}
