//! Data that the system moves by itself between a socket and a regular file: it is never copied into this process, and back. And what it
//! knows of data that was sent.
//!
//! The pages of a file that is sent belong to the connection until the peer has them: who changes the file meanwhile changes what
//! is sent.

use std::io;

/// The most that is moved at once. Between two times, limits and cancels take effect.
pub(super) const MOST: usize = 1024 * 1024;

/// Whether the system says that it does not move such data by itself, or that it could not read the file. Whoever reads or writes it
/// himself finds out why.
pub fn is_refusal(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::EINVAL
                | libc::ENOSYS
                | libc::EOPNOTSUPP
                | libc::EPERM
                | libc::EACCES
                | libc::ESPIPE
                | libc::EOVERFLOW
                | libc::EIO
                | libc::ESTALE
        )
    ) || error.kind() == io::ErrorKind::Unsupported
}

pub use platform::Pipe;
pub(super) use platform::{receive, send, unacknowledged};

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod platform {
    use std::io;
    use std::mem::MaybeUninit;
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
    use std::ptr::{from_mut, null_mut};
    use std::task::Poll;

    use super::MOST;
    use crate::descriptor::above_the_standard_ones;
    use crate::descriptor::without_sigpipe;
    use crate::large;
    use crate::net::block::Block;
    use crate::net::transport::uninterrupted;

    /// Holds what has come from a socket until it is in a file: the system moves nothing from the one to the other directly.
    #[derive(Debug)]
    pub struct Pipe {
        reader: OwnedFd,
        writer: OwnedFd,
        held: usize,
    }

    impl Pipe {
        /// One that holds as much as is moved at once, or as much as the system lets it hold.
        ///
        /// # Errors
        /// The process or the system has no descriptor left.
        pub fn new() -> io::Result<Pipe> {
            Pipe::of_size(MOST)
        }

        pub(in crate::net) fn of_size(size: usize) -> io::Result<Pipe> {
            let mut ends = [0; 2];
            // SAFETY: there is room for two descriptors.
            if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC | libc::O_NONBLOCK) } < 0 {
                return Err(io::Error::last_os_error());
            }
            let [reader, writer] = ends;
            // SAFETY: both are new and nobody else's.
            let (reader, writer) = unsafe { (OwnedFd::from_raw_fd(reader), OwnedFd::from_raw_fd(writer)) };
            let (reader, writer) = (above_the_standard_ones(reader)?, above_the_standard_ones(writer)?);
            let size = libc::c_int::try_from(size).unwrap_or(libc::c_int::MAX);
            // SAFETY: it is open, and the call takes no pointers. A pipe that stays small is good, too.
            unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, size) };
            Ok(Pipe { reader, writer, held: 0 })
        }

        /// How many bytes are in it.
        pub fn held(&self) -> usize {
            self.held
        }

        /// Moves some of what is in it to a regular file: to an offset, or to where the file stands.
        ///
        /// # Errors
        /// What the system says; see [`is_refusal`](super::is_refusal).
        pub fn write_to(&mut self, file: BorrowedFd<'_>, offset: Option<u64>) -> io::Result<usize> {
            let mut offset = offset.map(as_offset).transpose()?;
            let held = self.held;
            let moved = splice(self.reader.as_fd(), file, offset.as_mut(), held)?;
            if moved == 0 && held > 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.held = held.saturating_sub(moved);
            Ok(moved)
        }

        /// Reads some of what is in it.
        ///
        /// # Errors
        /// None is known.
        pub fn read(&mut self, block: &mut Block) -> io::Result<usize> {
            let from = self.reader.as_raw_fd();
            let read = |room: &mut [MaybeUninit<u8>]| {
                let (room, size) = (room.as_mut_ptr().cast(), room.len());
                Poll::Ready(uninterrupted(|| {
                    // SAFETY: pointer and length are of one slice.
                    let read = unsafe { libc::read(from, room, size) };
                    counted(read)
                }))
            };
            // SAFETY: as many bytes were read as the system tells.
            let Poll::Ready(read) = (unsafe { block.fill(usize::MAX, read) }) else { return Ok(0) };
            let read = read?;
            self.held = self.held.saturating_sub(read);
            Ok(read)
        }
    }

    fn splice(
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        place: Option<&mut large::off_t>,
        most: usize,
    ) -> io::Result<usize> {
        const FLAGS: libc::c_uint = libc::SPLICE_F_MOVE | libc::SPLICE_F_NONBLOCK;
        let place = place.map_or(null_mut(), from_mut);
        uninterrupted(|| {
            // SAFETY: the place is null, or that of a number which is the caller's until this returns.
            let moved =
                unsafe { libc::splice(from.as_raw_fd(), null_mut(), to.as_raw_fd(), place, most, FLAGS) };
            counted(moved)
        })
    }

    /// Moves up to `most` bytes that a socket has into a pipe. 0 is the end.
    pub(in crate::net) fn receive(socket: BorrowedFd<'_>, pipe: &mut Pipe, most: usize) -> io::Result<usize> {
        let moved = splice(socket, pipe.writer.as_fd(), None, most.min(MOST))?;
        pipe.held += moved;
        Ok(moved)
    }

    /// Moves up to `most` bytes from a regular file to a socket: from an offset, which moves on, or from where the file stands. 0 is
    /// the end of the file.
    pub(in crate::net) fn send(
        socket: BorrowedFd<'_>,
        file: BorrowedFd<'_>,
        offset: Option<&mut u64>,
        most: usize,
    ) -> io::Result<usize> {
        let (to, from, most) = (socket.as_raw_fd(), file.as_raw_fd(), most.min(MOST));
        let mut at = offset.as_deref().copied().map(as_offset).transpose()?;
        let place = at.as_mut().map_or(null_mut(), from_mut);
        let send = || {
            uninterrupted(|| {
                // SAFETY: the place is null, or that of a number which lives until the call returns.
                let sent = unsafe { large::sendfile(to, from, place, most) };
                counted(sent)
            })
        };
        let sent = without_sigpipe(send)?;
        if let Some(offset) = offset {
            *offset += sent as u64;
        }
        Ok(sent)
    }

    /// How many bytes a connection's other side has not acknowledged; its end (FIN) counts as one.
    pub(in crate::net) fn unacknowledged(socket: BorrowedFd<'_>) -> Option<u64> {
        let mut count: libc::c_int = 0;
        // SAFETY: the system writes one number, which is this function's.
        let told = unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, from_mut(&mut count)) };
        if told == 0 { u64::try_from(count).ok() } else { None }
    }

    fn as_offset(offset: u64) -> io::Result<large::off_t> {
        large::off_t::try_from(offset).map_err(|_| io::Error::from_raw_os_error(libc::EOVERFLOW))
    }

    fn counted(count: libc::ssize_t) -> io::Result<usize> {
        usize::try_from(count).map_err(|_| io::Error::last_os_error())
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    //! Elsewhere, the data goes through this process.

    use std::io;
    use std::os::fd::BorrowedFd;

    use crate::net::block::Block;

    fn no() -> io::Error {
        io::ErrorKind::Unsupported.into()
    }

    /// There is none.
    #[derive(Debug)]
    pub struct Pipe(std::convert::Infallible);

    #[allow(missing_docs)]
    impl Pipe {
        pub fn new() -> io::Result<Pipe> {
            Err(no())
        }

        pub fn held(&self) -> usize {
            match self.0 {}
        }

        pub fn write_to(&mut self, _: BorrowedFd<'_>, _: Option<u64>) -> io::Result<usize> {
            match self.0 {}
        }

        pub fn read(&mut self, _: &mut Block) -> io::Result<usize> {
            match self.0 {}
        }
    }

    pub(in crate::net) fn receive(_: BorrowedFd<'_>, _: &mut Pipe, _: usize) -> io::Result<usize> {
        Err(no())
    }

    pub(in crate::net) fn send(
        _: BorrowedFd<'_>,
        _: BorrowedFd<'_>,
        _: Option<&mut u64>,
        _: usize,
    ) -> io::Result<usize> {
        Err(no())
    }

    /// It is not told in the same way everywhere.
    pub(in crate::net) fn unacknowledged(_: BorrowedFd<'_>) -> Option<u64> {
        None
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
