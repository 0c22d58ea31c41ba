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
