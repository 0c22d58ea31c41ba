//! What servers are made of.
//!
//! A server waits by being pending: it is polled whenever something may have happened.

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::ends::{End, Queue};
use super::{State, Task, with, with_if_here};

/// Lets a server go on; whether it is at its end.
pub(super) fn is_over(task: &mut Task) -> bool {
    task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Waits.
pub async fn sleep(time: Duration) {
    let at = with(|state| state.now + time);
    poll_fn(|_| poll_time(at)).await;
}

/// What comes of `work`; `None` if that takes too long.
pub async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    let at = with(|state| state.now + time);
    let mut work = pin!(work);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => poll_time(at).map(|()| None),
    })
    .await
}

fn poll_time(at: Instant) -> Poll<()> {
    with(|state| {
        if state.now >= at {
            return Poll::Ready(());
        }
        state.alarm = state.alarm.into_iter().chain([at]).min();
        Poll::Pending
    })
}

/// Waits for connections, of the server's as well as of the client's.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
}

impl Listener {
    /// Listens at an address; port 0 is any that is free.
    ///
    /// # Errors
    /// Somebody listens there already.
    pub fn bind(mut address: SocketAddr) -> io::Result<Listener> {
        with(|state| {
            if address.port() == 0 {
                address.set_port(state.free_port());
            }
            if state.queues.contains_key(&address) {
                return Err(ErrorKind::AddrInUse.into());
            }
            state.queues.insert(address, Queue::default());
            Ok(Listener { address })
        })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The next connection.
    pub async fn accept(&self) -> Connection {
        poll_fn(|_| match self.try_accept() {
            Some(end) => Poll::Ready(Connection { end }),
            None => Poll::Pending,
        })
        .await
    }

    pub(in crate::net) fn try_accept(&self) -> Option<End> {
        with(|state: &mut State| {
            let queue = state.queues.get_mut(&self.address)?;
            if queue.waiting.front()?.0 > state.now {
                return None;
            }
            state.events += 1;
            queue.waiting.pop_front().map(|(_, end)| end)
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let queue = with_if_here(|state| state.queues.remove(&self.address));
        // Those who have connected find it closed; not while the world is at work on this.
        drop(queue);
    }
}

/// The server's end of a connection; closed when dropped. Reading and writing never wait: they fail with
/// [`ErrorKind::WouldBlock`].
#[derive(Debug)]
pub struct Connection {
    end: End,
}

impl Connection {
    /// Connects to a listener of the client's; `from` may have port 0.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn connect(from: SocketAddr, to: SocketAddr) -> io::Result<Connection> {
        let end = End::connect(Some(from), to);
        poll_fn(|_| end.is_connected().map_or(Poll::Pending, Poll::Ready)).await?;
        Ok(Connection { end })
    }

    /// The address at this end.
    pub fn local_addr(&self) -> SocketAddr {
        self.end.near()
    }

    /// The address of the client.
    pub fn peer_addr(&self) -> SocketAddr {
        self.end.far()
    }

    /// Says that nothing more will come.
    pub fn close_sending(&self) {
        self.end.close_sending();
    }

    /// From here on closing is a reset, and what is not there yet is lost.
    pub fn set_abortive_close(&self) {
        self.end.set_abortive_close();
    }

    /// Whether the client's system has everything.
    pub fn has_delivered(&self) -> bool {
        self.end.has_delivered()
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut at = 0;
        self.end.read(buffer.len(), |piece| {
            buffer[at..at + piece.len()].copy_from_slice(piece);
            at += piece.len();
        })
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.end.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits until a step on a connection does not fail with [`ErrorKind::WouldBlock`].
pub async fn wait_for<T>(mut step: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    poll_fn(|_| match step() {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Poll::Pending,
        outcome => Poll::Ready(outcome),
    })
    .await
}
