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

// The sections of the header, in its order. The doc comment of a section's first module is its banner: a title, and what it
// is for. Blank lines keep rustfmt from sorting.

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
/// A program makes a handle, connects, logs in, quits and frees the handle. ftp_open() takes the first
/// steps at once, from a URL. ftp_reconnect() brings back a session that was lost.
mod handle;

mod session;

mod open;

mod idle;

/// After a call
///
/// What went wrong, what the server said, and what state the session is in. These functions are
/// getters: they never wait and change nothing.
mod errors;

mod last_call;

/// Commands
///
/// One command and its reply. Dialogues that need more control send and read separately.
mod commands;

mod raw;

/// Transfers
///
/// Files and other data, to the server and from it. Callbacks take the data and supply it.
mod callbacks;

mod transfers;

mod copy;

/// Transfers step by step
///
/// The program moves the data itself, with read and write calls or on the descriptor.
mod opened;

/// Listings
///
/// The contents of a directory, as lines or as entries with facts.
mod listings;

/// Data connections
///
/// Addresses, ports and descriptors, for dialogues that the program leads itself.
mod data_connections;

mod addresses;

/// Time limits
///
/// How long each phase of a call may take.
mod timeouts;

/// Settings
///
/// How a handle connects, reads and writes. A setting belongs to the handle and outlives its sessions.
mod settings;

/// TLS
///
/// FTPS (RFC 4217): what a session demands, how it is secured, and what was negotiated.
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

pub use addresses::{FTP_CONTROL_CONNECTION, FTP_DATA_CONNECTION, ftp_local_address, ftp_peer_address};
pub use callbacks::{ftp_data_fn, ftp_line_fn, ftp_read_fn};
pub use commands::{
    ftp_acct, ftp_cwd, ftp_delete, ftp_mkd, ftp_pwd, ftp_rename, ftp_rmd, ftp_sendcmd, ftp_size, ftp_voidcmd,
};
pub use copy::ftp_copy;
pub use data_connections::{ftp_control_fd, ftp_makepasv, ftp_makeport};
pub use errors::{
    ftp_last_callback_result, ftp_last_error, ftp_last_os_error, ftp_last_reply, ftp_last_reply_code,
    ftp_strerror,
};
pub use event_loop::{ftp_pollfd, ftp_pollfds, ftp_set_blocking, ftp_timeout_ms};
pub use features::{ftp_has_feature, ftp_tls_backend};
pub use handle::{ftp_free, ftp_handle, ftp_new};
pub use idle::{ftp_reconnect, ftp_set_keepalive, ftp_set_noop_interval};
pub use interrupt::{ftp_abort, ftp_cancel};
pub use last_call::{
    FTP_STATE_BUSY, FTP_STATE_CONNECTED, FTP_STATE_FORKED, FTP_STATE_LOGGED_IN, FTP_STATE_LOST,
    FTP_STATE_NOT_CONNECTED, FTP_STATE_REPLY_OWED, FTP_STATE_TRANSFER, ftp_is_transient, ftp_last_command,
    ftp_last_phase, ftp_last_replies, ftp_state,
};
pub use listings::{ftp_dir, ftp_fact, ftp_fact_fn, ftp_mlsd, ftp_nlst, ftp_retrlines};
pub use log::{ftp_log_fn, ftp_log_kind, ftp_set_debuglevel, ftp_set_log_callback};
pub use open::{ftp_open, ftp_open_file};
pub use opened::{
    ftp_transfer, ftp_transfer_close_data, ftp_transfer_fd, ftp_transfer_finish, ftp_transfer_free,
    ftp_transfer_read, ftp_transfer_size, ftp_transfer_take_fd, ftp_transfer_write, ftp_transfercmd,
};
pub use parse::{ftp_parse150, ftp_parse227, ftp_parse229, ftp_parse257};
pub use raw::{ftp_getresp, ftp_putcmd, ftp_resync, ftp_voidresp};
pub use session::{ftp_close, ftp_connect, ftp_getwelcome, ftp_login, ftp_quit};
pub use settings::{
    ftp_audit_fn, ftp_set_active_address, ftp_set_active_peer, ftp_set_active_ports, ftp_set_audit_callback,
    ftp_set_encoding, ftp_set_epsv, ftp_set_maxline, ftp_set_pasv, ftp_set_source_address,
    ftp_set_trust_server_pasv_ipv4_address, ftp_set_urgent_abort,
};
pub use status::ftp_status;
pub use timeouts::{
    FTP_PHASE_ACCEPT, FTP_PHASE_CONNECT, FTP_PHASE_DATA, FTP_PHASE_FINAL, FTP_PHASE_GREETING,
    FTP_PHASE_REPLY, FTP_PHASE_TOTAL, ftp_set_phase_timeout, ftp_set_timeout,
};
pub use tls::{ftp_auth, ftp_ccc, ftp_is_tls, ftp_prot_c, ftp_prot_p, ftp_tls_get_info, ftp_tls_info};
pub use tls_settings::{
    FTP_TLS_1_0, FTP_TLS_1_1, FTP_TLS_1_2, FTP_TLS_1_3, FTP_TLS_END_CHECKED, FTP_TLS_END_STRICT,
    FTP_TLS_END_TRUSTED, FTP_TLS_EXPLICIT, FTP_TLS_IMPLICIT, FTP_TLS_OFF, FTP_TLS_VERIFY_AUTHORITY,
    FTP_TLS_VERIFY_FULL, FTP_TLS_VERIFY_NONE, ftp_set_tls, ftp_set_tls_ca, ftp_set_tls_ca_pem,
    ftp_set_tls_ciphers, ftp_set_tls_client_cert, ftp_set_tls_common_name, ftp_set_tls_end,
    ftp_set_tls_keylog, ftp_set_tls_pin, ftp_set_tls_resume, ftp_set_tls_server_name, ftp_set_tls_verify,
    ftp_set_tls_versions,
};
pub use transfers::{
    FTP_TYPE_AS_IS, FTP_TYPE_ASCII, FTP_TYPE_IMAGE, ftp_retrbinary, ftp_set_type, ftp_storbinary,
    ftp_storlines,
};
pub use version::{
    FTP_VERSION_MAJOR, FTP_VERSION_MINOR, FTP_VERSION_NUMBER, FTP_VERSION_PATCH, ftp_version,
    ftp_version_number,
};
pub use wait::{ftp_set_wait_callback, ftp_wait_fn};
