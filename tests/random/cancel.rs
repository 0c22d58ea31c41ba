//! Cancels a call that waits, at some moment.

#[cfg(simulation)]
use std::cell::Cell;
#[cfg(simulation)]
use std::rc::Rc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ftpclient::capi::{ftp_cancel, ftp_handle};

use super::network::Place;

pub enum Canceller {
    Thread(JoinHandle<()>),
    #[cfg(simulation)]
    World(Rc<Cell<bool>>),
}

impl Canceller {
    pub fn new(place: Place, ftp: *mut ftp_handle, after: Duration) -> Canceller {
        let address = ftp as usize;
        // SAFETY: the handle lives until `end`.
        let cancel = move || unsafe { ftp_cancel(address as *mut ftp_handle) };
        match place {
            Place::Sockets => Canceller::Thread(thread::spawn(move || {
                thread::sleep(after);
                cancel();
            })),
            #[cfg(simulation)]
            Place::World => {
                let is_over = Rc::new(Cell::new(false));
                let seen = Rc::clone(&is_over);
                ftpclient::net::simulation::spawn(async move {
                    ftpclient::net::simulation::sleep(after).await;
                    if !seen.get() {
                        cancel();
                    }
                });
                Canceller::World(is_over)
            }
        }
    }

    /// After this it cancels nothing any more.
    pub fn end(self) {
        match self {
            Canceller::Thread(thread) => thread.join().unwrap(),
            #[cfg(simulation)]
            Canceller::World(is_over) => is_over.set(true),
        }
    }
}
