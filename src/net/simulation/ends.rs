//! The two ends of a connection, and what is on its way between them.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Instant;

use socket2::{Domain, Socket, Type};

use super::{State, with, with_if_here};

/// One end of a connection, closed when dropped.
#[derive(Debug)]
pub(in crate::net) struct End {
    id: usize,
}

/// A descriptor that the client tells its user. It is a real one, so that it is open as long as the socket is, and nobody else's.
#[derive(Debug)]
pub(in crate::net) struct Descriptor {
    real: OwnedFd,
}

/// All ends, by their ids, and the descriptors of the client's.
pub(super) struct Ends {
    all: Vec<Option<Inside>>,
    descriptors: Vec<(RawFd, Watched)>,
    /// What all descriptors are copies of.
    original: OwnedFd,
}

/// What a descriptor stands for.
#[derive(Copy, Clone)]
pub(super) enum Watched {
    End(usize),
    Listener(SocketAddr),
    /// What wakes a call.
    Wake {
        is_rung: bool,
    },
}

/// The connections to a listener, each with the moment at which it is there.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) waiting: VecDeque<(Instant, End)>,
}

struct Inside {
    near: SocketAddr,
    far: SocketAddr,
    /// `None` once it is closed.
    peer: Option<usize>,
    incoming: VecDeque<(Instant, Incoming)>,
    /// How many bytes of it are data.
    unread: usize,
    has_said_end: bool,
    closes_abortively: bool,
    connects: Connects,
}

#[derive(PartialEq)]
enum Incoming {
    Data(VecDeque<u8>),
    Fin,
    Reset,
}

/// How far a connection is.
#[derive(Copy, Clone)]
enum Connects {
    At(Instant),
    Fails(Instant),
    Never,
}

impl Descriptor {
    fn new(state: &mut State, watched: Watched) -> io::Result<Descriptor> {
        let real = state.ends.original.try_clone()?;
        state.ends.descriptors.push((real.as_raw_fd(), watched));
        Ok(Descriptor { real })
    }

    /// For a listener of the client's.
    pub(in crate::net) fn of_listener(address: SocketAddr) -> io::Result<Descriptor> {
        with(|state| Descriptor::new(state, Watched::Listener(address)))
    }

    /// For a handle. Only the thread of the world rings it.
    pub(in crate::net) fn to_wake() -> io::Result<Descriptor> {
        with(|state| Descriptor::new(state, Watched::Wake { is_rung: false }))
    }

    /// Makes it readable, or not.
    pub(in crate::net) fn set_rung(&self, is_rung: bool) {
        let fd = self.real.as_raw_fd();
        with_if_here(|state| {
            for (_, watched) in state.ends.descriptors.iter_mut().filter(|(known, _)| *known == fd) {
                *watched = Watched::Wake { is_rung };
            }
        });
    }

    /// For a connection of the client's.
    pub(in crate::net) fn of_end(end: &End) -> io::Result<Descriptor> {
        with(|state| Descriptor::new(state, Watched::End(end.id)))
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.real.as_fd()
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        let fd = self.real.as_raw_fd();
        with_if_here(|state| state.ends.descriptors.retain(|(known, _)| *known != fd));
    }
}

impl Ends {
    pub(super) fn new() -> Ends {
        let original = Socket::new(Domain::UNIX, Type::DGRAM, None);
        let original = original.and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
        Ends { all: Vec::new(), descriptors: Vec::new(), original: original.unwrap().into() }
    }

    fn add(&mut self, inside: Inside) -> usize {
        let id = self.all.len();
        self.all.push(Some(inside));
        id
    }

    fn of(&mut self, id: usize) -> &mut Inside {
        self.all[id].as_mut().expect("an end that is open")
    }

    pub(super) fn watched(&self, fd: RawFd) -> Option<Watched> {
        self.descriptors.iter().find(|(known, _)| *known == fd).map(|(_, watched)| *watched)
    }

    /// The next moment after `now` at which something arrives.
    pub(super) fn next_arrival(&self, now: Instant) -> Option<Instant> {
        let open = || self.all.iter().flatten();
        let arrivals = open().filter_map(|end| end.incoming.iter().map(|(at, _)| *at).find(|at| *at > now));
        let connects = open().filter_map(|end| match end.connects {
            Connects::At(at) | Connects::Fails(at) => Some(at).filter(|at| *at > now),
            Connects::Never => None,
        });
        arrivals.chain(connects).min()
    }
}

impl State {
    /// A connection from `near` to `far`, whoever is there.
    pub(super) fn connect(&mut self, near: SocketAddr, far: SocketAddr) -> End {
        let at = self.arrival(0);
        let connects = if self.silent.contains(&far.ip()) {
            Connects::Never
        } else if self.queues.contains_key(&far) {
            Connects::At(at)
        } else {
            Connects::Fails(at)
        };
        let id = self.ends.add(Inside::new(near, far, connects));
        if let (Connects::At(at), Some(queue)) = (connects, self.queues.get_mut(&far)) {
            let peer = self.ends.add(Inside { peer: Some(id), ..Inside::new(far, near, Connects::At(at)) });
            self.ends.of(id).peer = Some(peer);
            queue.waiting.push_back((at, End { id: peer }));
        }
        self.events += 1;
        End { id }
    }

    pub(super) fn any_address_for(&mut self, far: IpAddr) -> SocketAddr {
        let host = if far.is_ipv4() { IpAddr::from(Ipv4Addr::LOCALHOST) } else { Ipv6Addr::LOCALHOST.into() };
        SocketAddr::new(host, self.free_port())
    }

    /// Something is on its way to an end.
    fn send(&mut self, to: usize, what: Incoming) {
        let length = if let Incoming::Data(data) = &what { data.len() } else { 0 };
        let at = self.arrival(length);
        let end = self.ends.of(to);
        let at = end.incoming.back().map_or(at, |(last, _)| at.max(*last));
        end.unread += length;
        end.incoming.push_back((at, what));
        self.events += 1;
    }

    pub(super) fn is_readable(&mut self, id: usize) -> bool {
        let now = self.now;
        let end = self.ends.of(id);
        end.incoming.front().is_some_and(|(at, _)| *at <= now) || end.is_refused(now)
    }

    pub(super) fn is_writable(&mut self, id: usize) -> bool {
        let now = self.now;
        let end = self.ends.of(id);
        if !end.is_connected(now) {
            return end.is_refused(now);
        }
        if end.is_broken(now) {
            return true;
        }
        end.peer.is_none_or(|peer| self.ends.of(peer).unread < self.nature.window)
    }

    pub(super) fn is_broken(&mut self, id: usize) -> bool {
        let now = self.now;
        self.ends.of(id).is_broken(now)
    }
}

impl Inside {
    fn new(near: SocketAddr, far: SocketAddr, connects: Connects) -> Inside {
        Inside {
            near,
            far,
            peer: None,
            incoming: VecDeque::new(),
            unread: 0,
            has_said_end: false,
            closes_abortively: false,
            connects,
        }
    }

    fn is_connected(&self, now: Instant) -> bool {
        matches!(self.connects, Connects::At(at) if at <= now)
    }

    fn is_refused(&self, now: Instant) -> bool {
        matches!(self.connects, Connects::Fails(at) if at <= now)
    }

    /// The system tells it once. After that, there is the end.
    fn tell_reset(&mut self) -> io::Error {
        if let Some((_, what)) = self.incoming.front_mut() {
            *what = Incoming::Fin;
        }
        self.has_said_end = true;
        io::Error::from_raw_os_error(libc::ECONNRESET)
    }

    fn is_broken(&self, now: Instant) -> bool {
        self.incoming.iter().any(|(at, what)| *at <= now && *what == Incoming::Reset)
    }
}

impl End {
    /// Connects, from `source` if that is given.
    pub(in crate::net) fn connect(source: Option<SocketAddr>, far: SocketAddr) -> End {
        with(|state| {
            let mut near = source.unwrap_or_else(|| state.any_address_for(far.ip()));
            if near.port() == 0 {
                near.set_port(state.free_port());
            }
            state.connect(near, far)
        })
    }

    /// `None` while it is on its way.
    pub(in crate::net) fn is_connected(&self) -> Option<io::Result<()>> {
        with(|state| {
            let now = state.now;
            let end = state.ends.of(self.id);
            if end.is_refused(now) {
                return Some(Err(io::Error::from_raw_os_error(libc::ECONNREFUSED)));
            }
            end.is_connected(now).then_some(Ok(()))
        })
    }

    pub(in crate::net) fn near(&self) -> SocketAddr {
        with(|state| state.ends.of(self.id).near)
    }

    pub(in crate::net) fn far(&self) -> SocketAddr {
        with(|state| state.ends.of(self.id).far)
    }

    /// Takes what is there, `most` bytes of it, and gives it to `put` piece by piece. The number of bytes: 0 is the end.
    pub(in crate::net) fn read(&self, most: usize, mut put: impl FnMut(&[u8])) -> io::Result<usize> {
        with(|state| {
            let now = state.now;
            let end = state.ends.of(self.id);
            let mut count = 0;
            while count < most {
                let Some((_, what)) = end.incoming.front_mut().filter(|(at, _)| *at <= now) else { break };
                match what {
                    Incoming::Data(data) => {
                        let (piece, _) = data.as_slices();
                        let taken = piece.len().min(most - count);
                        put(&piece[..taken]);
                        data.drain(..taken);
                        if data.is_empty() {
                            end.incoming.pop_front();
                        }
                        end.unread -= taken;
                        count += taken;
                    }
                    Incoming::Fin => return Ok(count),
                    Incoming::Reset if count > 0 => break,
                    Incoming::Reset => return Err(end.tell_reset()),
                }
            }
            state.events += u64::from(count > 0);
            if count == 0 && most > 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(count) }
        })
    }

    /// Whether a read would not have to wait, as [`End::read`] of one byte would tell it, which stays there.
    pub(in crate::net) fn peek(&self) -> io::Result<usize> {
        with(|state| {
            let now = state.now;
            let end = state.ends.of(self.id);
            match end.incoming.front().filter(|(at, _)| *at <= now) {
                Some((_, Incoming::Data(_))) => Ok(1),
                Some((_, Incoming::Fin)) => Ok(0),
                Some((_, Incoming::Reset)) => Err(end.tell_reset()),
                None => Err(ErrorKind::WouldBlock.into()),
            }
        })
    }

    /// Writes as much as fits.
    pub(in crate::net) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        with(|state| {
            let (id, window) = (self.id, state.nature.window);
            if state.ends.of(id).has_said_end || state.is_broken(id) {
                return Err(ErrorKind::BrokenPipe.into());
            }
            if !state.is_writable(id) {
                return Err(ErrorKind::WouldBlock.into());
            }
            let Some(peer) = state.ends.of(id).peer else {
                // Nobody is there any more, as this side hears when it has sent something.
                if !state.ends.of(id).incoming.iter().any(|(_, what)| *what == Incoming::Reset) {
                    state.send(id, Incoming::Reset);
                }
                return Ok(bytes.len());
            };
            let count = bytes.len().min(window - state.ends.of(peer).unread);
            state.send(peer, Incoming::Data(bytes[..count].to_vec().into()));
            Ok(count)
        })
    }

    /// Whether everything that was sent is there.
    pub(super) fn has_delivered(&self) -> bool {
        with(|state| {
            let now = state.now;
            let peer = state.ends.of(self.id).peer;
            peer.is_none_or(|peer| state.ends.of(peer).incoming.back().is_none_or(|(at, _)| *at <= now))
        })
    }

    /// FIN.
    pub(in crate::net) fn close_sending(&self) {
        with(|state| state.say_end(self.id, Incoming::Fin));
    }

    /// From here on closing is a reset.
    pub(in crate::net) fn set_abortive_close(&self) {
        with(|state| state.ends.of(self.id).closes_abortively = true);
    }
}

impl State {
    fn say_end(&mut self, id: usize, how: Incoming) {
        let end = self.ends.of(id);
        let says_it_again = std::mem::replace(&mut end.has_said_end, true) && how == Incoming::Fin;
        if let Some(peer) = end.peer.filter(|_| !says_it_again) {
            self.send(peer, how);
        }
    }

    fn close(&mut self, id: usize) {
        let now = self.now;
        let end = self.ends.of(id);
        // As systems do: whoever closes with something unread has not heard all.
        let resets = end.closes_abortively || end.unread > 0;
        let peer = end.peer;
        if let Some(peer) = peer.filter(|_| resets) {
            // What is not there yet is thrown away.
            let other = self.ends.of(peer);
            other.incoming.retain(|(at, what)| {
                let stays = *at <= now || !matches!(what, Incoming::Data(_));
                if let (false, Incoming::Data(data)) = (stays, what) {
                    other.unread -= data.len();
                }
                stays
            });
        }
        self.say_end(id, if resets { Incoming::Reset } else { Incoming::Fin });
        if let Some(peer) = peer {
            self.ends.of(peer).peer = None;
        }
        self.ends.all[id] = None;
    }
}

impl Drop for End {
    fn drop(&mut self) {
        with_if_here(|state| state.close(self.id));
    }
}
