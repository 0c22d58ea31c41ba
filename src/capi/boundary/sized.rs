//! Structs that the caller makes and the library fills. They begin with their size, so that a program and a library of different
//! versions agree on how far.

use std::mem::MaybeUninit;

use crate::error::{Error, Result};

/// The size of a struct that the caller wants filled.
///
/// # Errors
/// It is less than the first version had, or more than a later version could have: that is memory which nobody has set.
///
/// # Safety
/// `out` points to a struct whose first field is a `size_t`.
unsafe fn size_of_callers<T>(out: *const T, least: usize) -> Result<usize> {
    const MOST_BYTES: usize = 4096;
    // SAFETY: as this function's. Read by itself: the caller's struct may be shorter than ours.
    let size = unsafe { out.cast::<usize>().read() };
    if (least..=MOST_BYTES).contains(&size) {
        Ok(size)
    } else {
        Err(Error::InvalidArgument("struct_size is not the size of this struct".into()))
    }
}

/// Reads the caller's struct as far as it goes. What this library knows and an older caller does not is 0.
///
/// # Errors
/// [`Error::InvalidArgument`] for a size that is impossible, and for members that this library does not know and that are not 0.
///
/// # Safety
/// `from` points to as many bytes as its first field says, which is a `size_t`. `T` is a `repr(C)` struct that may be all 0.
pub(crate) unsafe fn read_sized<T: Copy>(from: *const T, least: usize) -> Result<T> {
    // SAFETY: as this function's.
    let size = unsafe { size_of_callers(from, least) }?;
    let known = size.min(size_of::<T>());
    // SAFETY: the caller's struct has `size` bytes, and ours has `known` of them.
    unsafe {
        let bytes = from.cast::<u8>();
        if (known..size).any(|at| bytes.add(at).read() != 0) {
            let text = "the struct has members that this version of the library does not know";
            return Err(Error::InvalidArgument(text.into()));
        }
        let mut read = MaybeUninit::<T>::zeroed();
        read.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes, known);
        Ok(read.assume_init())
    }
}

/// Fills the caller's struct as far as it goes, but for its size. `least` is how much of it the first version had. What a newer
/// caller knows and this library does not becomes 0.
///
/// # Errors
/// [`Error::InvalidArgument`] for a size that is impossible; those of `filled`.
///
/// # Safety
/// `out` points to as many bytes as its first field says, which is a `size_t`; so does that of `T`, a `repr(C)` struct.
pub(crate) unsafe fn fill_sized<T>(
    out: *mut T,
    least: usize,
    filled: impl FnOnce() -> Result<T>,
) -> Result<()> {
    // SAFETY: as this function's.
    let size = unsafe { size_of_callers(out, least) }?;
    let filled = filled()?;
    let known = size.min(size_of::<T>());
    let start = size_of::<usize>();
    // SAFETY: both structs have `known` bytes, and the caller's has `size`.
    unsafe {
        let bytes = out.cast::<u8>();
        bytes.add(start).copy_from_nonoverlapping((&raw const filled).cast::<u8>().add(start), known - start);
        bytes.add(known).write_bytes(0, size - known);
    }
    Ok(())
}
