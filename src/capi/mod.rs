//! The C API: what `include/ftpclient.h` declares, one file for each of its sections.
//!
//! A function here checks and converts its arguments, calls one method of [`client`](crate::client) under the guard of
//! the handle, and stores the outcome. It knows nothing of the protocol. The functions are written out and not made by a
//! macro, because cbindgen does not expand macros.
//!
//! The doc comments are the header's text: they speak to a C programmer.

// The names are C's.
#![allow(non_camel_case_types)]
// What makes a call safe is the header's contract, which the doc comments tell in C's terms.
#![allow(clippy::missing_safety_doc)]

mod boundary;

// The sections of the header, in its order. The doc comment of the first module of a section is its banner: a title, and what the
// section is for. Blank lines keep rustfmt from sorting.

/// Version and features
///
/// Which library this is, and how it was built.
mod version;

mod features;

/// Statuses
///
/// What functions return.
mod status;

/// Sessions
///
/// A program makes a handle, connects, logs in, quits and frees the handle. One call, ftp_open(),
/// takes the first steps from a URL. Another, ftp_reconnect(), brings back a session that was lost.
mod handle;

mod session;

mod open;

mod url;

mod idle;

/// After a call
///
/// What went wrong, what the server said, and what state the session is in. These functions are
/// getters, except ftp_strerror().
mod errors;

mod last_call;

mod report;

/// Commands
///
/// One command and its reply. Dialogues that need more control send and read separately.
mod commands;

mod raw;

mod server;

/// Transfers
///
/// Files and other data, to the server and from it. Callbacks take the data and supply it.
mod callbacks;

mod transfers;

mod uploads;

mod copy;

mod pace;

/// Files
///
/// Whole files between the server and this machine. A file has its name when it is whole, and not
/// before.
mod files;

mod memory;

mod descriptors;

/// Transfers step by step
///
/// The program moves the data itself, with read and write calls or on the descriptor.
mod opened;

/// Listings
///
/// The contents of a directory, as lines or as entries with facts.
mod listings;

/// Entries
///
/// Directories as entries with typed fields, whatever the format of the server. One path, likewise.
mod entry;

mod list;

mod list_text;

mod stat;

mod trees;

/// Making and removing trees
///
/// Directories with all that is above them, or below.
mod directories;

/// Mirrors
///
/// A whole tree is made equal to another, between the server and this machine. Only what has changed
/// is transferred.
mod mirror;

/// Pools
///
/// Many jobs, done by several sessions that one thread drives.
mod pool;

mod pool_jobs;

/// Times, modes and hashes
///
/// What a server knows of a file beside its data. Each server has commands of its own for that: the
/// library uses those that the server has.
mod times;

mod hashes;

/// Batches
///
/// Many commands about files and directories, which share their round trips to the server.
mod batch;

/// Data connections
///
/// Those that are made ahead of a transfer; and addresses, ports and descriptors, for dialogues that
/// the program leads itself.
mod data_connections;

mod prearm;

mod addresses;

/// Time limits
///
/// How long each phase of a call may take.
mod timeouts;

/// Settings
///
/// How a handle connects, reads and writes. A setting belongs to the handle and outlives its
/// sessions.
mod settings;

/// TLS
///
/// FTPS (RFC 4217): what a session demands, how it is secured, and what was negotiated. A setting
/// takes effect at the next handshake of a control connection, unless its comment says otherwise.
/// In a build without TLS, most of these functions return FTP_ERR_UNSUPPORTED.
mod tls_settings;

mod tls;

/// Log
///
/// What goes over the wire, without passwords.
mod log;

/// Threads and signals
///
/// How to stop a call from elsewhere, and what to do while it waits.
mod interrupt;

mod wait;

/// Event loops
///
/// Calls that return FTP_AGAIN instead of waiting.
mod event_loop;

/// Replies
///
/// Parsers of single replies. They need no handle.
mod parse;

pub use addresses::*;
pub use batch::*;
pub use callbacks::*;
pub use commands::*;
pub use copy::*;
pub use data_connections::*;
pub use descriptors::*;
pub use directories::*;
pub use entry::*;
pub use errors::*;
pub use event_loop::*;
pub use features::*;
pub use files::*;
pub use handle::*;
pub use hashes::*;
pub use idle::*;
pub use interrupt::*;
pub use last_call::*;
pub use list::*;
pub use list_text::*;
pub use listings::*;
pub use log::*;
pub use memory::*;
pub use mirror::*;
pub use open::*;
pub use opened::*;
pub use pace::*;
pub use parse::*;
pub use pool::*;
pub use pool_jobs::*;
pub use prearm::*;
pub use raw::*;
pub use report::*;
pub use server::*;
pub use session::*;
pub use settings::*;
pub use stat::*;
pub use status::*;
pub use timeouts::*;
pub use times::*;
pub use tls::*;
pub use tls_settings::*;
pub use transfers::*;
pub use trees::*;
pub use uploads::*;
pub use url::*;
pub use version::*;
pub use wait::*;
