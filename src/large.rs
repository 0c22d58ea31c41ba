//! Calls of the system for files of any size. On machines with 32 bits, GNU's C library has two of each: the plain one refuses a file
//! of more than 2 GiB, and one whose number of inode has more than 32 bits.

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) use libc::{fstat, fstatat, lseek, open, openat, readdir, stat};
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) use libc::{
    fstat64 as fstat, fstatat64 as fstatat, lseek64 as lseek, open64 as open, openat64 as openat,
    readdir64 as readdir, stat64 as stat,
};

#[cfg(all(target_os = "linux", not(target_env = "gnu")))]
pub(crate) use libc::{off_t, sendfile};
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) use libc::{off64_t as off_t, sendfile64 as sendfile};
