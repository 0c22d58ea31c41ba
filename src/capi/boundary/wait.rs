//! What the program does while a call waits.

use std::ffi::{c_int, c_void};
use std::future::Future;
use std::pin::Pin;

use super::callbacks::User;
use crate::net::{Look, Reactor};

/// See [`ftp_set_wait_callback`](crate::capi::ftp_set_wait_callback).
#[derive(Copy, Clone)]
pub(crate) struct WaitCallback {
    pub(crate) function: unsafe extern "C-unwind" fn(*mut c_void) -> c_int,
    pub(crate) user: User,
}

/// Runs a call that was begun to its end. Also returns the value with which the callback has cancelled it, if it has. Another one
/// after it leaves the server.
pub(crate) fn finish<F: Future + ?Sized>(
    reactor: &Reactor,
    call: Pin<&mut F>,
    callback: Option<WaitCallback>,
) -> (F::Output, Option<i64>) {
    let Some(WaitCallback { function, user }) = callback else {
        return (reactor.finish(call, None), None);
    };
    let mut stopped = None;
    let mut look = || {
        // SAFETY: function and pointer are the header's contract.
        let value = i64::from(user.call(|user| unsafe { function(user) }));
        if value == 0 {
            return Look::GoOn;
        }
        if *stopped.get_or_insert(value) == value { Look::Cancel } else { Look::Leave }
    };
    let output = reactor.finish(call, Some(&mut look));
    (output, stopped)
}
