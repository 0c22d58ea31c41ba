//! A connected socket of a simulated world.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use crate::net::simulation::{self, Descriptor, End, Listener};

#[derive(Debug)]
pub(in crate::net) struct Memory {
    // Before the end, because fields are dropped in this order.
    descriptor: Descriptor,
    end: End,
}

impl Memory {
    /// A connection that is on its way; `None` where there is no such world.
    pub(in crate::net) fn connect(
        address: SocketAddr,
        source: Option<SocketAddr>,
    ) -> Option<io::Result<Memory>> {
        simulation::is_here().then(|| Memory::new(End::connect(source, address)))
    }

    fn new(end: End) -> io::Result<Memory> {
        Ok(Memory { descriptor: Descriptor::of_end(&end)?, end })
    }

    pub(super) fn end(&self) -> &End {
        &self.end
    }

    /// [`io::ErrorKind::NotConnected`] while it is on its way.
    pub(super) fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.end.is_connected().ok_or(io::ErrorKind::NotConnected)??;
        Ok(self.end.far())
    }

    pub(super) fn local_addr(&self) -> SocketAddr {
        self.end.near()
    }
}

impl AsFd for Memory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// A listening socket of a simulated world.
#[derive(Debug)]
pub(in crate::net) struct MemoryListener {
    // Before the listener, because fields are dropped in this order.
    descriptor: Descriptor,
    listener: Listener,
}

impl MemoryListener {
    /// `None` where there is no such world.
    pub(in crate::net) fn bind(address: SocketAddr) -> Option<io::Result<MemoryListener>> {
        simulation::is_here().then(|| MemoryListener::new(Listener::bind(address)?))
    }

    fn new(listener: Listener) -> io::Result<MemoryListener> {
        Ok(MemoryListener { descriptor: Descriptor::of_listener(listener.local_addr())?, listener })
    }

    pub(in crate::net) fn accept(&self) -> io::Result<(Memory, SocketAddr)> {
        let end = self.listener.try_accept().ok_or(io::ErrorKind::WouldBlock)?;
        let peer = end.far();
        Ok((Memory::new(end)?, peer))
    }

    pub(in crate::net) fn local_addr(&self) -> SocketAddr {
        self.listener.local_addr()
    }
}

impl AsFd for MemoryListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}
