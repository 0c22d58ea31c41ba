//! Memory that goes over the boundary: the caller's, which the library uses, and the library's, which the caller gets.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::slice;

use crate::error::{Error, Result};

/// Memory of the caller, which is theirs while nothing polls the call: no slice of it lives longer than one use.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) struct Memory {
    start: *mut u8,
    len: usize,
}

// SAFETY: the header tells the user that the memory is used by whichever thread goes on with the call.
unsafe impl Send for Memory {}
// SAFETY: as above; through a reference it is only read.
unsafe impl Sync for Memory {}

impl Memory {
    pub(crate) const NONE: Memory = Memory { start: NonNull::dangling().as_ptr(), len: 0 };

    /// Memory to be filled.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`]: it is NULL, empty, or more than there can be.
    pub(crate) fn to_fill(start: *mut c_void, len: usize) -> Result<Memory> {
        if len == 0 || isize::try_from(len).is_err() {
            return Err(Error::InvalidArgument("the capacity is 0, or more than memory can be".into()));
        }
        if start.is_null() {
            return Err(Error::InvalidArgument("buffer is NULL".into()));
        }
        Ok(Memory { start: start.cast(), len })
    }

    /// Memory to be read; NULL if there is none of it.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`]: it is NULL, or more than there can be.
    pub(crate) fn to_read(start: *const c_void, len: usize) -> Result<Memory> {
        match (start.is_null(), len) {
            (_, 0) => Ok(Memory::NONE),
            (true, _) => Err(Error::InvalidArgument("data is NULL".into())),
            _ if isize::try_from(len).is_err() => {
                Err(Error::InvalidArgument("the length is more than memory can be".into()))
            }
            _ => Ok(Memory { start: start.cast::<u8>().cast_mut(), len }),
        }
    }
}

impl AsRef<[u8]> for Memory {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the header's contract: the caller keeps it valid, and leaves it alone while a function of the library runs.
        unsafe { slice::from_raw_parts(self.start, self.len) }
    }
}

impl AsMut<[u8]> for Memory {
    fn as_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above.
        unsafe { slice::from_raw_parts_mut(self.start, self.len) }
    }
}

/// Memory that is given to the caller, who frees it by [`Given::free`]. Its size stands before what the caller sees of it.
pub(crate) struct Given(Vec<u8>);

/// So much stands before: the size, and what keeps the rest as aligned as malloc() would.
const HEAD: usize = 16;
const _: () = assert!(size_of::<usize>() <= HEAD);

impl Given {
    /// # Errors
    /// [`Error::Limit`]: there is no memory.
    pub(crate) fn new() -> Result<Given> {
        let mut bytes = Vec::new();
        bytes.try_reserve(HEAD).map_err(|_| no_memory())?;
        bytes.resize(HEAD, 0);
        Ok(Given(bytes))
    }

    /// Where bytes can be put behind what is there.
    pub(crate) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    /// Puts a NUL after the bytes, so that they can also be read as a C string.
    ///
    /// # Errors
    /// [`Error::Limit`]: there is no memory.
    pub(crate) fn terminate(&mut self) -> Result<()> {
        self.0.try_reserve(1).map_err(|_| no_memory())?;
        self.0.push(0);
        Ok(())
    }

    /// The memory, and how many bytes were put there before the NUL. It is the caller's from here on.
    pub(crate) fn hand_out(self) -> (*mut c_void, usize) {
        let mut bytes = std::mem::ManuallyDrop::new(self.0);
        let len = bytes.len().saturating_sub(HEAD + 1);
        let start = bytes.as_mut_ptr();
        // SAFETY: the head is a part of the memory, and has room for a number.
        unsafe {
            start.cast::<usize>().write_unaligned(bytes.capacity());
            (start.add(HEAD).cast(), len)
        }
    }

    /// Frees what was handed out; NULL is nothing.
    ///
    /// # Safety
    /// `data` is NULL, or comes from [`Given::hand_out`] and was not freed.
    pub(crate) unsafe fn free(data: *mut c_void) {
        if data.is_null() {
            return;
        }
        // SAFETY: as this function's: the head stands before it, and tells the size that the memory was allocated with.
        unsafe {
            let start = data.cast::<u8>().sub(HEAD);
            drop(Vec::from_raw_parts(start, 0, start.cast::<usize>().read_unaligned()));
        }
    }
}

fn no_memory() -> Error {
    Error::Limit("there is no memory for the file".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_out_is_freed_by_what_stands_before_it() {
        for size in [0, 1, 15, 1_000_000] {
            let mut given = Given::new().unwrap();
            given.bytes().resize(HEAD + size, b'x');
            given.terminate().unwrap();
            let (data, len) = given.hand_out();
            assert_eq!(len, size);
            // SAFETY: it has `len` bytes and a NUL, and is freed once.
            unsafe {
                let bytes = slice::from_raw_parts(data.cast::<u8>(), len + 1);
                assert!(bytes[..len].iter().all(|&byte| byte == b'x') && bytes[len] == 0);
                Given::free(data);
            }
        }
        // SAFETY: NULL is nothing.
        unsafe { Given::free(std::ptr::null_mut()) };
    }
}
