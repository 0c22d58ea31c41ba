//! The system's functions for files, as this program has them: they are those of the C library, but for one call that fails, or that the
//! process does not outlive.
//!
//! The linker takes these for all of the program, and so for the library. A fault is set for one thread.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_long, c_uint, c_void};

/// What happens to a call.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails, with this errno.
    Fails(c_int),
    /// It is not made: the process is killed.
    Kills,
}

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static FAULT: Cell<Option<(usize, Fault)>> = const { Cell::new(None) };
    static NAME: Cell<&'static str> = const { Cell::new("") };
}

/// Runs something whose call of this number, counted from 1, has a fault. Returns also the name of that call; `None` if there was no
/// such call.
pub fn with_fault<T>(number: usize, fault: Fault, run: impl FnOnce() -> T) -> (T, Option<&'static str>) {
    COUNT.set(0);
    FAULT.set(Some((number, fault)));
    let outcome = run();
    FAULT.set(None);
    (outcome, (COUNT.get() >= number).then(|| NAME.get()))
}

/// Whether this call has the fault.
fn is_at_fault(name: &'static str) -> bool {
    let Some((number, fault)) = FAULT.get() else { return false };
    COUNT.set(COUNT.get() + 1);
    if COUNT.get() != number {
        return false;
    }
    NAME.set(name);
    match fault {
        // SAFETY: errno is this thread's.
        Fault::Fails(code) => unsafe { *libc::__errno_location() = code },
        // SAFETY: takes no pointers.
        Fault::Kills => unsafe {
            libc::kill(libc::getpid(), libc::SIGKILL);
        },
    }
    true
}

fn is_regular(fd: c_int) -> bool {
    let mut found = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: there is room for what is told, and all zeros are a value.
    unsafe {
        libc::syscall(libc::SYS_fstat, fd, found.as_mut_ptr()) == 0
            && found.assume_init().st_mode & libc::S_IFMT == libc::S_IFREG
    }
}

macro_rules! system {
    ($(fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty = $number:ident $(if $condition:expr)?;)*) => {
        $(
            /// # Safety
            /// As the C library's.
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $name($($argument: $type),*) -> $result {
                if true $(&& $condition)? && is_at_fault(stringify!($name)) {
                    return -1;
                }
                // SAFETY: as the caller's.
                unsafe { libc::syscall(libc::$number, $($argument),*) as $result }
            }
        )*
    };
}

system! {
    fn openat64(directory: c_int, name: *const c_char, flags: c_int, mode: c_uint) -> c_int = SYS_openat;
    fn pwrite64(fd: c_int, bytes: *const c_void, count: usize, at: i64) -> isize = SYS_pwrite64;
    fn pread64(fd: c_int, bytes: *mut c_void, count: usize, at: i64) -> isize = SYS_pread64;
    fn write(fd: c_int, bytes: *const c_void, count: usize) -> isize = SYS_write if FAULT.get().is_some() && is_regular(fd);
    fn ftruncate64(fd: c_int, size: i64) -> c_int = SYS_ftruncate;
    fn fsync(fd: c_int) -> c_int = SYS_fsync;
    fn fchmod(fd: c_int, mode: c_uint) -> c_int = SYS_fchmod;
    fn fstat64(fd: c_int, found: *mut c_void) -> c_int = SYS_fstat if is_regular(fd);
    fn fstatat64(directory: c_int, name: *const c_char, found: *mut c_void, flags: c_int) -> c_int = SYS_newfstatat;
    fn flock(fd: c_int, operation: c_int) -> c_int = SYS_flock;
    fn unlinkat(directory: c_int, name: *const c_char, flags: c_int) -> c_int = SYS_unlinkat;
    fn renameat(from: c_int, name: *const c_char, to: c_int, other: *const c_char) -> c_int = SYS_renameat;
}

/// `utimensat` without a name.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
unsafe extern "C" fn futimens(fd: c_int, times: *const c_void) -> c_int {
    if is_at_fault("futimens") {
        return -1;
    }
    // SAFETY: as the caller's.
    unsafe {
        libc::syscall(libc::SYS_utimensat, c_long::from(fd), std::ptr::null::<c_char>(), times, 0) as c_int
    }
}
