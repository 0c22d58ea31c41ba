//! A descriptor that one thread makes readable to wake another.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

#[cfg(simulation)]
use super::simulation;
use super::wake::Wake;

/// One of the system's, or in a simulated world one of the world's.
#[derive(Debug)]
pub(super) enum Descriptor {
    System(platform::Descriptor),
    #[cfg(simulation)]
    World(simulation::Descriptor),
}

impl Descriptor {
    pub(super) fn new() -> io::Result<Descriptor> {
        #[cfg(simulation)]
        if simulation::is_here() {
            return simulation::Descriptor::to_wake().map(Descriptor::World);
        }
        platform::Descriptor::new().map(Descriptor::System)
    }

    pub(super) fn ring(&self) {
        match self {
            Descriptor::System(descriptor) => descriptor.ring(),
            #[cfg(simulation)]
            Descriptor::World(descriptor) => descriptor.set_rung(true),
        }
    }

    pub(super) fn silence(&self) {
        match self {
            Descriptor::System(descriptor) => descriptor.silence(),
            #[cfg(simulation)]
            Descriptor::World(descriptor) => descriptor.set_rung(false),
        }
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Descriptor::System(descriptor) => descriptor.as_fd(),
            #[cfg(simulation)]
            Descriptor::World(descriptor) => descriptor.as_fd(),
        }
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor().as_fd()
    }
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod platform {
    //! One `eventfd`: a counter of 8 bytes.

    use std::io;
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

    use crate::descriptor::above_the_standard_ones;

    #[derive(Debug)]
    pub(in crate::net) struct Descriptor(OwnedFd);

    impl Descriptor {
        pub(in crate::net) fn new() -> io::Result<Descriptor> {
            // SAFETY: eventfd takes no pointers.
            let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the descriptor is new and nobody else's.
            above_the_standard_ones(unsafe { OwnedFd::from_raw_fd(fd) }).map(Descriptor)
        }

        pub(in crate::net) fn ring(&self) {
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

        pub(in crate::net) fn silence(&self) {
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
mod platform {
    //! A socket pair, where there is no `eventfd`.

    use std::io::{self, Read, Write};
    use std::os::fd::{AsFd, BorrowedFd};
    use std::os::unix::net::UnixStream;

    use crate::descriptor::above_the_standard_ones;

    #[derive(Debug)]
    pub(in crate::net) struct Descriptor {
        near: UnixStream,
        far: UnixStream,
    }

    impl Descriptor {
        pub(in crate::net) fn new() -> io::Result<Descriptor> {
            let (near, far) = UnixStream::pair()?;
            let (near, far) = (above_the_standard_ones(near)?, above_the_standard_ones(far)?);
            near.set_nonblocking(true)?;
            far.set_nonblocking(true)?;
            Ok(Descriptor { near, far })
        }

        pub(in crate::net) fn ring(&self) {
            // A full buffer is readable already.
            let _ = (&self.far).write(&[1]);
        }

        pub(in crate::net) fn silence(&self) {
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
