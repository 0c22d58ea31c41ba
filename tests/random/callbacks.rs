//! What the callbacks of a transfer see and give.

use std::ffi::{c_char, c_int, c_void};
use std::slice;

use ftpclient::capi::ftp_fact;

/// The data of one transfer.
#[derive(Default)]
pub struct Data {
    /// What was received; lines with LF.
    pub received: Vec<u8>,
    /// What is to be sent.
    pub upload: Vec<u8>,
    /// How much of it was given.
    pub given: usize,
    /// How many more callbacks there may be before one stops the transfer.
    pub patience: Option<usize>,
}

impl Data {
    pub fn user(&mut self) -> *mut c_void {
        (&raw mut *self).cast()
    }

    /// # Safety
    /// `user` is a `Data`, which nobody else uses meanwhile.
    unsafe fn of<'a>(user: *mut c_void) -> &'a mut Data {
        // SAFETY: as this function's.
        unsafe { &mut *user.cast() }
    }

    /// What the callback returns: 0 goes on.
    fn verdict(&mut self) -> c_int {
        match &mut self.patience {
            None => 0,
            Some(0) => 7,
            Some(left) => {
                *left -= 1;
                0
            }
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> usize {
        let left = &self.upload[self.given..];
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.given += count;
        count
    }
}

pub unsafe extern "C-unwind" fn on_data(data: *const c_void, len: usize, user: *mut c_void) -> c_int {
    // SAFETY: the library's promise.
    let (seen, data) = unsafe { (Data::of(user), slice::from_raw_parts(data.cast::<u8>(), len)) };
    seen.received.extend_from_slice(data);
    seen.verdict()
}

pub unsafe extern "C-unwind" fn on_sent(_: *const c_void, _: usize, user: *mut c_void) -> c_int {
    // SAFETY: the library's promise.
    unsafe { Data::of(user).verdict() }
}

pub unsafe extern "C-unwind" fn on_line(line: *const c_char, len: usize, user: *mut c_void) -> c_int {
    // SAFETY: the library's promise.
    let (seen, line) = unsafe { (Data::of(user), slice::from_raw_parts(line.cast::<u8>(), len)) };
    seen.received.extend_from_slice(line);
    seen.received.push(b'\n');
    seen.verdict()
}

pub unsafe extern "C-unwind" fn on_entry(
    name: *const c_char,
    len: usize,
    _: *const ftp_fact,
    _: usize,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the library's promise.
    unsafe { on_line(name, len, user) }
}

pub unsafe extern "C-unwind" fn on_read(buffer: *mut c_void, capacity: usize, user: *mut c_void) -> i64 {
    // SAFETY: the library's promise.
    let (seen, buffer) =
        unsafe { (Data::of(user), slice::from_raw_parts_mut(buffer.cast::<u8>(), capacity)) };
    if seen.verdict() != 0 { -7 } else { seen.fill(buffer) as i64 }
}
