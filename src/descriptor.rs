//! What is true of all descriptors, whatever they are of.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// The first descriptor that is not one of the standard streams.
const FIRST: libc::c_int = 3;

/// What was opened just now, or the same by a higher descriptor: the descriptors that this library opens are never 0, 1 or 2.
///
/// A process may have closed those, and the system gives the lowest that is free. The next `printf()` of the program would go to the
/// server then, or into a file.
///
/// # Errors
/// The process has no descriptor left.
#[allow(unsafe_code)]
pub(crate) fn above_the_standard_ones<T>(opened: T) -> io::Result<T>
where
    T: AsRawFd + From<OwnedFd>,
{
    if opened.as_raw_fd() >= FIRST {
        return Ok(opened);
    }
    // SAFETY: it is open, and the call takes no pointers.
    let fd = unsafe { libc::fcntl(opened.as_raw_fd(), libc::F_DUPFD_CLOEXEC, FIRST) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is new, and nobody else's.
    Ok(T::from(unsafe { OwnedFd::from_raw_fd(fd) }))
}

/// Writes to what may be a pipe that nobody reads. The signal for that, which would end the user's process, is held back and taken:
/// only the error is left.
#[allow(unsafe_code)]
pub(crate) fn without_sigpipe(write: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
    // SAFETY: all pointers are to sets of this function; a set of zeros is filled before it is read.
    unsafe {
        let (mut sigpipe, mut before): (libc::sigset_t, libc::sigset_t) =
            (std::mem::zeroed(), std::mem::zeroed());
        libc::sigemptyset(&raw mut sigpipe);
        libc::sigaddset(&raw mut sigpipe, libc::SIGPIPE);
        let was_pending = is_sigpipe_pending();
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const sigpipe, &raw mut before);
        let written = write();
        if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
            && !was_pending
            && is_sigpipe_pending()
        {
            let mut taken = 0;
            libc::sigwait(&raw const sigpipe, &raw mut taken);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        written
    }
}

#[allow(unsafe_code)]
pub(crate) fn is_sigpipe_pending() -> bool {
    // SAFETY: the set is this function's, and filled before it is read.
    unsafe {
        let mut pending: libc::sigset_t = std::mem::zeroed();
        libc::sigpending(&raw mut pending) == 0 && libc::sigismember(&raw const pending, libc::SIGPIPE) == 1
    }
}

/// How many more descriptors the process may have. Where the system does not tell, there is no end of them.
#[allow(unsafe_code)]
pub(crate) fn left() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: there is room for the answer.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return usize::MAX;
    }
    let most = usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX);
    // One of those that are counted is that of the directory itself.
    let used = fs::read_dir("/dev/fd").map_or(0, |entries| entries.count().saturating_sub(1));
    most.saturating_sub(used)
}
