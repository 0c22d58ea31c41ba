//! The wake-up descriptor of a handle, and the request to cancel that comes through it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicU8, Ordering};

use descriptor::Descriptor;

/// No call is running: a request to cancel does nothing.
const IDLE: u8 = 0;
/// A call is running and may be cancelled.
const RUNNING: u8 = 1;
/// The running call has been asked to stop.
const CANCELLED: u8 = 2;

/// Wakes the thread that waits for a handle's sockets.
///
/// [`Wake::cancel`] may be called by any thread and by a signal handler: it is one atomic operation and one `write`.
#[derive(Debug)]
pub struct Wake {
    state: AtomicU8,
    descriptor: Descriptor,
}

impl Wake {
    pub(super) fn new() -> io::Result<Wake> {
        Ok(Wake { state: AtomicU8::new(IDLE), descriptor: Descriptor::new()? })
    }

    /// Asks the running call to stop. Does nothing when no call is running, so that it can never hit a later one.
    pub fn cancel(&self) {
        if self.state.compare_exchange(RUNNING, CANCELLED, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            self.ring();
        }
    }

    pub(super) fn begin(&self) {
        self.state.store(RUNNING, Ordering::SeqCst);
    }

    pub(super) fn end(&self) {
        self.state.store(IDLE, Ordering::SeqCst);
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.state.load(Ordering::SeqCst) == CANCELLED
    }

    /// Makes the descriptor readable, so that a wait ends.
    pub(super) fn ring(&self) {
        self.descriptor.ring();
    }

    /// Makes the descriptor unreadable again.
    pub(super) fn silence(&self) {
        self.descriptor.silence();
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod descriptor {
    //! One `eventfd`: a counter of 8 bytes.

    use std::io;
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

    #[derive(Debug)]
    pub(super) struct Descriptor(OwnedFd);

    impl Descriptor {
        pub(super) fn new() -> io::Result<Descriptor> {
            // SAFETY: eventfd takes no pointers.
            let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the descriptor is new and nobody else's.
            Ok(Descriptor(unsafe { OwnedFd::from_raw_fd(fd) }))
        }

        pub(super) fn ring(&self) {
            let one = 1u64.to_ne_bytes();
            // SAFETY: errno's address is this thread's own and always valid. The buffer has the 8 bytes that are named.
            unsafe {
                // A signal handler must leave errno as it was.
                let errno = *libc::__errno_location();
                // A full counter (EAGAIN) is readable already.
                libc::write(self.0.as_raw_fd(), one.as_ptr().cast(), one.len());
                *libc::__errno_location() = errno;
            }
        }

        pub(super) fn silence(&self) {
            let mut count = [0u8; 8];
            // SAFETY: the buffer has the 8 bytes that are named. EAGAIN says that there is nothing to take.
            unsafe { libc::read(self.0.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
        }
    }

    impl AsFd for Descriptor {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod descriptor {
    //! A socket pair, where there is no `eventfd`.

    use std::io::{self, Read, Write};
    use std::os::fd::{AsFd, BorrowedFd};
    use std::os::unix::net::UnixStream;

    #[derive(Debug)]
    pub(super) struct Descriptor {
        near: UnixStream,
        far: UnixStream,
    }

    impl Descriptor {
        pub(super) fn new() -> io::Result<Descriptor> {
            let (near, far) = UnixStream::pair()?;
            near.set_nonblocking(true)?;
            far.set_nonblocking(true)?;
            Ok(Descriptor { near, far })
        }

        pub(super) fn ring(&self) {
            // A full buffer is readable already.
            let _ = (&self.far).write(&[1]);
        }

        pub(super) fn silence(&self) {
            let mut bytes = [0u8; 64];
            while matches!((&self.near).read(&mut bytes), Ok(n) if n > 0) {}
        }
    }

    impl AsFd for Descriptor {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.near.as_fd()
        }
    }
}
