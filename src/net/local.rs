//! A descriptor of the user's, which data comes from or goes to: a file, a pipe, a socket, a terminal, in blocking mode or not. It is
//! waited for through the reactor, and no read or write of it blocks, but for that of a regular file.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::task::{Poll, ready};

use super::driver::poll_system;
use super::reactor::Reactor;
use super::transport::uninterrupted;
use super::watched::Watched;
use crate::descriptor::without_sigpipe;
use crate::large;

/// What is always free in a pipe that can be written to.
const PIPE_BUF: usize = 4096;

/// See the module.
#[derive(Debug)]
pub struct Local<'a> {
    descriptor: Watched<BorrowedFd<'a>>,
    kind: Kind,
    /// It is in blocking mode.
    blocks: bool,
    /// A regular file in which the system finds the place for data by itself.
    is_plain_file: bool,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// It never has to be waited for.
    File,
    Socket,
    Other,
}

/// What a descriptor is for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is read.
    Read,
    /// It is written to.
    Write,
}

impl<'a> Local<'a> {
    /// Takes a descriptor, which stays the user's.
    ///
    /// # Errors
    /// It is not open, or not for this use.
    pub fn new(reactor: &Reactor, descriptor: BorrowedFd<'a>, r#use: Use) -> io::Result<Local<'a>> {
        let flags = flags_of(descriptor)?;
        let mode = flags & libc::O_ACCMODE;
        let is_open = match r#use {
            Use::Read => mode == libc::O_RDONLY || mode == libc::O_RDWR,
            Use::Write => mode == libc::O_WRONLY || mode == libc::O_RDWR,
        };
        if !is_open {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        }
        let file_type = status_of(descriptor)?.st_mode & libc::S_IFMT;
        let is_plain_file = file_type == libc::S_IFREG && flags & libc::O_APPEND == 0;
        let kind = match file_type {
            libc::S_IFREG | libc::S_IFDIR | libc::S_IFBLK => Kind::File,
            libc::S_IFSOCK => Kind::Socket,
            _ => Kind::Other,
        };
        let descriptor = Watched::new(reactor, descriptor);
        Ok(Local { descriptor, kind, blocks: flags & libc::O_NONBLOCK == 0, is_plain_file })
    }

    /// The file, if the system can move data between it and a socket.
    pub fn plain_file(&self) -> Option<BorrowedFd<'_>> {
        self.is_plain_file.then(|| self.descriptor.as_fd())
    }

    /// How many bytes there are from where it stands, if it is a regular file.
    pub fn rest(&self) -> Option<u64> {
        let status = status_of(self.descriptor.as_fd()).ok()?;
        if status.st_mode & libc::S_IFMT != libc::S_IFREG {
            return None;
        }
        let position = position_of(self.descriptor.as_fd())?;
        u64::try_from(status.st_size).ok().map(|size| size.saturating_sub(position))
    }

    /// Reads what is there: 0 is the end.
    pub fn poll_read(&self, room: &mut [u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_ready(libc::POLLIN));
        let read = uninterrupted(|| match self.kind {
            Kind::Socket => receive(self.descriptor.as_fd(), room),
            Kind::File | Kind::Other => read(self.descriptor.as_fd(), room),
        });
        self.or_wait(read, libc::POLLIN)
    }

    /// Writes some of the bytes.
    pub fn poll_write(&self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_ready(libc::POLLOUT));
        let written = uninterrupted(|| match self.kind {
            Kind::File => write(self.descriptor.as_fd(), bytes),
            Kind::Socket => send(self.descriptor.as_fd(), bytes),
            Kind::Other => {
                // More than that could block.
                let most = if self.blocks { PIPE_BUF } else { usize::MAX };
                let bytes = bytes.get(..most).unwrap_or(bytes);
                without_sigpipe(|| write(self.descriptor.as_fd(), bytes))
            }
        });
        let written = match written {
            Ok(0) if !bytes.is_empty() => Err(io::ErrorKind::WriteZero.into()),
            outcome => outcome,
        };
        self.or_wait(written, libc::POLLOUT)
    }

    /// A descriptor in blocking mode is used only when that does not block.
    fn poll_ready(&self, events: libc::c_short) -> Poll<()> {
        if self.kind != Kind::Other || self.is_ready(events) {
            return Poll::Ready(());
        }
        self.want(events);
        Poll::Pending
    }

    fn is_ready(&self, events: libc::c_short) -> bool {
        let mut asked = [libc::pollfd { fd: self.descriptor.as_raw_fd(), events, revents: 0 }];
        // After a failure nothing is known to be ready.
        let _ = poll_system(&mut asked, 0);
        asked.iter().any(|asked| asked.revents != 0)
    }

    fn or_wait(&self, outcome: io::Result<usize>, events: libc::c_short) -> Poll<io::Result<usize>> {
        match outcome {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.want(events);
                Poll::Pending
            }
            outcome => Poll::Ready(outcome),
        }
    }

    fn want(&self, events: libc::c_short) {
        if events == libc::POLLIN {
            self.descriptor.want_read();
        } else {
            self.descriptor.want_write();
        }
    }
}

#[allow(unsafe_code)]
fn flags_of(descriptor: BorrowedFd<'_>) -> io::Result<libc::c_int> {
    // SAFETY: the call takes no pointers.
    let flags = unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_GETFL) };
    if flags < 0 { Err(io::Error::last_os_error()) } else { Ok(flags) }
}

#[allow(unsafe_code)]
fn status_of(descriptor: BorrowedFd<'_>) -> io::Result<large::stat> {
    // SAFETY: a struct of numbers may be all zeros.
    let mut status: large::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a struct of the type that is wanted.
    if unsafe { large::fstat(descriptor.as_raw_fd(), &raw mut status) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(status)
}

#[allow(unsafe_code)]
fn position_of(descriptor: BorrowedFd<'_>) -> Option<u64> {
    // SAFETY: the call takes no pointers.
    u64::try_from(unsafe { large::lseek(descriptor.as_raw_fd(), 0, libc::SEEK_CUR) }).ok()
}

fn counted(count: libc::ssize_t) -> io::Result<usize> {
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

#[allow(unsafe_code)]
fn read(descriptor: BorrowedFd<'_>, room: &mut [u8]) -> io::Result<usize> {
    // SAFETY: pointer and length are of one slice; so below.
    counted(unsafe { libc::read(descriptor.as_raw_fd(), room.as_mut_ptr().cast(), room.len()) })
}

#[allow(unsafe_code)]
fn write(descriptor: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: as above.
    counted(unsafe { libc::write(descriptor.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) })
}

#[allow(unsafe_code)]
fn receive(descriptor: BorrowedFd<'_>, room: &mut [u8]) -> io::Result<usize> {
    let (fd, flags) = (descriptor.as_raw_fd(), libc::MSG_DONTWAIT);
    // SAFETY: as above.
    counted(unsafe { libc::recv(fd, room.as_mut_ptr().cast(), room.len(), flags) })
}

#[allow(unsafe_code)]
fn send(descriptor: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    let (fd, flags) = (descriptor.as_raw_fd(), libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL);
    // SAFETY: as above.
    counted(unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), flags) })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::descriptor::is_sigpipe_pending;

    #[test]
    fn a_descriptor_for_something_else_is_refused() {
        let reactor = Reactor::new().unwrap();
        let (reader, writer) = io::pipe().unwrap();
        assert!(Local::new(&reactor, reader.as_fd(), Use::Write).is_err());
        assert!(Local::new(&reactor, writer.as_fd(), Use::Read).is_err());
        assert!(Local::new(&reactor, reader.as_fd(), Use::Read).is_ok());
        assert!(Local::new(&reactor, writer.as_fd(), Use::Write).is_ok());
    }

    #[test]
    fn a_pipe_in_blocking_mode_does_not_block() {
        let reactor = Reactor::new().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        let (from, to) = (reader.try_clone().unwrap(), writer.try_clone().unwrap());
        let from = Local::new(&reactor, from.as_fd(), Use::Read).unwrap();
        let to = Local::new(&reactor, to.as_fd(), Use::Write).unwrap();
        let mut room = [0; 100_000];
        assert!(from.poll_read(&mut room).is_pending());
        assert!(reactor.wanted().iter().any(|wanted| wanted.fd == from.descriptor.as_raw_fd()));
        let mut written = 0;
        while let Poll::Ready(count) = to.poll_write(&[b'x'; 100_000]) {
            written += count.unwrap();
        }
        assert!(written >= 65_536, "{written}");
        let Poll::Ready(Ok(read)) = from.poll_read(&mut room) else { panic!("there is something to read") };
        reader.read_exact(&mut room[..written - read]).unwrap();
        drop((to, writer));
        drop(reader);
    }

    #[test]
    fn a_pipe_that_nobody_reads_is_an_error_and_no_signal() {
        let reactor = Reactor::new().unwrap();
        let (reader, writer) = io::pipe().unwrap();
        let (near, far) = UnixStream::pair().unwrap();
        drop((reader, far));
        for descriptor in [writer.as_fd(), near.as_fd()] {
            let to = Local::new(&reactor, descriptor, Use::Write).unwrap();
            let Poll::Ready(Err(error)) = to.poll_write(b"x") else { panic!("nobody reads it") };
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        }
        assert!(!is_sigpipe_pending());
    }

    #[test]
    fn what_is_left_of_a_file_is_known() {
        let reactor = Reactor::new().unwrap();
        let path = std::env::temp_dir().join(format!("ftpclient-local-{}", std::process::id()));
        File::create(&path).unwrap().write_all(b"0123456789").unwrap();
        let mut file = File::open(&path).unwrap();
        file.read_exact(&mut [0; 3]).unwrap();
        assert_eq!(Local::new(&reactor, file.as_fd(), Use::Read).unwrap().rest(), Some(7));
        std::fs::remove_file(&path).unwrap();
        let (reader, _writer) = io::pipe().unwrap();
        assert_eq!(Local::new(&reactor, reader.as_fd(), Use::Read).unwrap().rest(), None);
    }
}
