//! Two ways to drive a client: as a blocking call does, and as an event loop without manners.

use std::cell::Cell;
use std::pin::pin;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use ftpclient::client::Client;
use ftpclient::error::Result;

thread_local! {
    static WITHOUT_MANNERS: Cell<bool> = const { Cell::new(false) };
}

/// What [`Drive::run`] does on this thread from here on.
pub fn drive_without_manners(on: bool) {
    WITHOUT_MANNERS.set(on);
}

pub trait Drive {
    /// [`Client::block_on`], or the same by hand.
    fn run<T>(&mut self, operation: impl AsyncFnOnce(&mut Client) -> Result<T>) -> Result<T>;
}

impl Drive for Client {
    fn run<T>(&mut self, operation: impl AsyncFnOnce(&mut Client) -> Result<T>) -> Result<T> {
        if !WITHOUT_MANNERS.get() {
            return self.block_on(operation);
        }
        let reactor = self.reactor().clone();
        let _running = reactor.begin();
        let mut call = pin!(self.perform(operation));
        let mut round = 0;
        loop {
            if let Poll::Ready(outcome) = reactor.short_turn(call.as_mut()) {
                return outcome;
            }
            round += 1;
            match round % 8 {
                // Too early, and nothing has woken it.
                0..3 => {}
                3 => thread::sleep(Duration::from_micros(100)),
                // What it wants may be anything but a descriptor that is closed.
                4 => reactor.wanted().iter().for_each(|wanted| assert!(wanted.fd >= 0 && wanted.events != 0)),
                _ => reactor.wait(),
            }
        }
    }
}
