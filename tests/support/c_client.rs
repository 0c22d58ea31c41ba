//! A handle of the C API for tests in Rust: calls that wait, or that are repeated as an event loop without manners does.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use ftpclient::capi::*;

/// More descriptors than any call waits for: `ftp_pollfds` fails where that is wrong.
const MOST_FDS: usize = 16;

/// How the calls on a handle are driven.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Driven {
    /// Each call waits until it has ended.
    Blocking,
    /// A call that has to wait returns `FTP_AGAIN`, and is repeated: in most cases when what it waits for is there, sometimes
    /// at once.
    ByTurns,
}

/// A handle, freed with this value.
pub struct Handle {
    raw: *mut ftp_handle,
    driven: Driven,
}

// A handle may move from one thread to another between calls.
// SAFETY: the header says so.
unsafe impl Send for Handle {}

impl Handle {
    /// A handle with this limit for each phase.
    pub fn new(driven: Driven, limit: Duration) -> Handle {
        let raw = ftp_new();
        assert!(!raw.is_null());
        let handle = Handle { raw, driven };
        handle.set_limit(limit);
        // SAFETY: the handle is valid.
        let set = unsafe { ftp_set_blocking(raw, (driven == Driven::Blocking).into()) };
        assert_eq!(set, ftp_status::FTP_OK);
        handle
    }

    pub fn raw(&self) -> *mut ftp_handle {
        self.raw
    }

    pub fn set_limit(&self, limit: Duration) {
        // SAFETY: the handle is valid.
        let set = unsafe { ftp_set_timeout(self.raw, limit.as_millis() as i64) };
        assert_eq!(set, ftp_status::FTP_OK);
    }

    /// Makes a call to its end.
    pub fn call(&self, call: impl FnMut() -> ftp_status) -> ftp_status {
        self.call_while(call, || true).expect("nobody gave it up")
    }

    /// The same, until `goes_on` says no before the next turn: then the call is left as it is, and the outcome is `None`.
    pub fn call_while(
        &self,
        mut call: impl FnMut() -> ftp_status,
        mut goes_on: impl FnMut() -> bool,
    ) -> Option<ftp_status> {
        for round in 0_u32.. {
            let status = call();
            if status != ftp_status::FTP_AGAIN {
                return Some(status);
            }
            assert_eq!(self.driven, Driven::ByTurns, "FTP_AGAIN in blocking mode");
            if !goes_on() {
                return None;
            }
            self.wait(round);
        }
        None
    }

    /// Waits for what the library wants. In some rounds not at all: then the next turn comes for nothing.
    fn wait(&self, round: u32) {
        let mut fds = [ftp_pollfd { fd: -1, events: 0, revents: 0 }; MOST_FDS];
        let mut count = 0;
        // SAFETY: the handle is valid, and so are the outputs.
        let timeout = unsafe {
            let told = ftp_pollfds(self.raw, fds.as_mut_ptr(), fds.len(), &mut count);
            assert_eq!(told, ftp_status::FTP_OK);
            ftp_timeout_ms(self.raw)
        };
        assert!(count > 0, "nothing to wait for");
        for told in &fds[..count] {
            assert!(is_open(told.fd), "descriptor {} is told and closed", told.fd);
        }
        if round.is_multiple_of(4) {
            return;
        }
        // SAFETY: the first `count` have been filled in, and are what poll() takes.
        let fds = unsafe { std::slice::from_raw_parts_mut(fds.as_mut_ptr().cast(), count) };
        poll(fds, timeout as i32);
    }

    pub fn is_connected(&self) -> bool {
        // SAFETY: the handle is valid.
        unsafe { ftp_control_fd(self.raw) != -1 }
    }

    /// The last reply, "" if there was none.
    pub fn last_reply(&self) -> String {
        // SAFETY: the handle is valid, and the text is copied at once.
        unsafe { text(ftp_last_reply(self.raw)) }
    }

    /// What the last call says about its error.
    pub fn last_error(&self) -> String {
        // SAFETY: the handle is valid, and the text is copied at once.
        unsafe { text(ftp_last_error(self.raw)) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: nobody else has the handle.
        unsafe { ftp_free(self.raw) };
        self.raw = null_mut();
    }
}

fn is_open(fd: c_int) -> bool {
    #[cfg(simulation)]
    if ftpclient::net::simulation::is_open(fd) {
        return true;
    }
    // SAFETY: asks and changes nothing.
    unsafe { libc::fcntl(fd, libc::F_GETFD) != -1 }
}

/// In a simulated world it is the world that passes the time.
fn poll(fds: &mut [libc::pollfd], timeout: i32) {
    #[cfg(simulation)]
    if ftpclient::net::simulation::poll(fds, timeout).is_some() {
        return;
    }
    // SAFETY: pointer and length are of one slice.
    unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout) };
}

/// # Safety
/// NULL, or a text that ends with a NUL.
pub unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: as this function's.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

/// How long `run` takes, and what comes of it.
pub fn timed<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let outcome = run();
    (start.elapsed(), outcome)
}
