//! An FTP client library with a C API.
//!
//! C and C++ programs use the header `include/ftpclient.h`; what it declares is defined in [`capi`]. The other modules
//! are the Rust client under it. They are public so that the tests, the fuzz targets and the examples can reach them;
//! the promise of a stable interface is made for the header alone.
//!
//! Each layer knows only those under it:
//!
//! - `capi`: the C functions. They check, convert, call one method of `client` and store the outcome.
//! - `client`: the FTP client as straight-line `async` functions. None of them blocks.
//! - `net`: non-blocking sockets, deadlines, name resolution, and the small driver that polls a future.
//! - `disk`: files of this machine, which get their name only when they are whole.
//! - [`protocol`]: bytes in, values out. No sockets, no clock, no unsafe code.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod atomics;
#[allow(unsafe_code)]
pub mod capi;
pub mod client;
mod descriptor;
pub mod disk;
pub mod error;
mod large;
pub mod net;
pub mod phase;
mod printable;
#[forbid(unsafe_code)]
pub mod protocol;
