//! Status codes.

use std::ffi::CStr;

use crate::error::Error;
use crate::protocol::reply::Class;

/// What a function returns: 0 is success, a positive value is not an error, a negative value is an
/// error.
#[repr(C)]
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum ftp_status {
    /// Success.
    FTP_OK = 0,
    /// With ftp_set_blocking() off: the call has not ended. Do three things:
    ///
    /// - Ask ftp_pollfds() and ftp_timeout_ms() what to wait for.
    /// - Wait for it.
    /// - Repeat the call with the same arguments, until it returns anything else.
    FTP_AGAIN = 1,
    /// There is no further entry.
    FTP_END = 2,

    /// An argument cannot be used. Nothing was sent.
    ///
    /// - A pointer is NULL where a value is needed.
    /// - A number is out of range.
    /// - A string contains CR or LF, or bytes that the encoding of ftp_set_encoding() cannot
    ///   express.
    FTP_ERR_INVALID_ARGUMENT = -1,
    /// The call does not fit the state of the handle:
    ///
    /// - It needs a connection, and there is none. None was made yet, or an earlier error closed it.
    /// - A transfer is open.
    /// - A reply is outstanding: one that follows ftp_putcmd(), or one that follows a 1yz reply.
    /// - The handle was made before fork(), in the parent of this process.
    FTP_ERR_STATE = -2,
    /// Another call is running on this handle: in another thread, or around the callback that makes
    /// this call.
    FTP_ERR_BUSY = -3,
    /// The library has a bug. Please report the error text. The handle can still be asked for the
    /// error, and freed.
    FTP_ERR_INTERNAL = -4,
    /// It cannot be done:
    ///
    /// - This build of the library leaves it out, as with TLS.
    /// - Nobody can do it, as with the descriptor of a TLS connection.
    /// - A name contains the byte 0xFF, and the server does not tell how it reads that byte. See
    ///   ftp_sendcmd().
    FTP_ERR_UNSUPPORTED = -5,

    /// The name of the host has no address.
    FTP_ERR_RESOLVE = -10,
    /// The network or the system failed. ftp_last_os_error() returns errno.
    FTP_ERR_IO = -11,
    /// Nothing happened within the time of ftp_set_timeout() or ftp_set_phase_timeout().
    FTP_ERR_TIMEOUT = -12,
    /// The server closed the connection.
    FTP_ERR_EOF = -13,

    /// The server sent a reply of class 1yz, 2yz or 3yz that does not fit the command (ftplib:
    /// error_reply).
    FTP_ERR_REPLY = -20,
    /// The server refused for now, with a 4yz reply. A later attempt may succeed (ftplib:
    /// error_temp).
    FTP_ERR_TEMP = -21,
    /// The server refused, with a 5yz reply (ftplib: error_perm).
    FTP_ERR_PERM = -22,
    /// The server broke the protocol, or is not an FTP server (ftplib: error_proto).
    FTP_ERR_PROTO = -23,
    /// Something exceeds a limit, such as 8192 bytes for a line or 65536 bytes for a command.
    FTP_ERR_LIMIT = -24,
    /// The file or directory is not there. Functions that return this have found it out, and do not
    /// rely on the words of a refusal.
    FTP_ERR_NOT_FOUND = -25,
    /// Something is there that was not to be replaced, or that is in the way, such as a file where a
    /// directory should be made. Functions that return this have found it out.
    FTP_ERR_EXISTS = -26,

    /// TLS failed, or something would have gone in clear that must not. The error text says which.
    FTP_ERR_TLS = -30,
    /// The certificate of the server is not accepted. The error text says why, and whose it is.
    FTP_ERR_CERTIFICATE = -31,

    /// ftp_cancel() or ftp_abort() cancelled the call.
    FTP_ERR_ABORTED = -40,
    /// A callback stopped the call. ftp_last_callback_result() returns its value.
    FTP_ERR_CALLBACK = -41,
    /// The audit callback refused the connection or the command. Nothing was sent.
    FTP_ERR_DENIED = -42,

    /// A file of this machine cannot be used. ftp_last_os_error() returns errno.
    FTP_ERR_FILE = -50,
    /// The server reported success, and the data is wrong, or is not known to be complete:
    ///
    /// - Fewer bytes arrived than the server announced.
    /// - The file has another size than the server tells, or with FTP_VERIFY another hash.
    /// - The server confirmed a new name, and the file still has the temporary one.
    /// - The data of a TLS connection ended in a way that looks like a cut. See ftp_set_tls_end().
    /// - The server confirmed an upload before its end.
    /// - The server confirmed a download without a data connection, and no size tells that the file
    ///   is empty.
    /// - In active mode, a data connection was refused because of its address. See
    ///   ftp_set_active_peer().
    FTP_ERR_INTEGRITY = -51,
    /// All data went over the network, but the final reply of the server did not arrive, and the
    /// library could not find out otherwise whether the file is complete.
    FTP_ERR_UNVERIFIED = -52,
    /// Some of the entries were not done, and all others were. The error text says how many, and
    /// which was the first.
    FTP_ERR_PARTIAL = -53,
}

impl ftp_status {
    /// All of them, with what they mean in a few words.
    pub(super) const MEANINGS: &'static [(ftp_status, &'static CStr)] = &[
        (ftp_status::FTP_OK, c"success"),
        (ftp_status::FTP_AGAIN, c"the call has not ended: repeat it"),
        (ftp_status::FTP_END, c"there is no further entry"),
        (ftp_status::FTP_ERR_INVALID_ARGUMENT, c"invalid argument"),
        (ftp_status::FTP_ERR_STATE, c"the call does not fit the state of the handle"),
        (ftp_status::FTP_ERR_BUSY, c"another call is running on this handle"),
        (ftp_status::FTP_ERR_INTERNAL, c"internal error of the library"),
        (ftp_status::FTP_ERR_UNSUPPORTED, c"not supported"),
        (ftp_status::FTP_ERR_RESOLVE, c"the host name cannot be resolved"),
        (ftp_status::FTP_ERR_IO, c"network or system error"),
        (ftp_status::FTP_ERR_TIMEOUT, c"timed out"),
        (ftp_status::FTP_ERR_EOF, c"the server closed the connection"),
        (ftp_status::FTP_ERR_REPLY, c"unexpected reply from the server"),
        (ftp_status::FTP_ERR_TEMP, c"temporary refusal by the server"),
        (ftp_status::FTP_ERR_PERM, c"refusal by the server"),
        (ftp_status::FTP_ERR_PROTO, c"protocol error by the server"),
        (ftp_status::FTP_ERR_LIMIT, c"limit exceeded"),
        (ftp_status::FTP_ERR_NOT_FOUND, c"no such file or directory"),
        (ftp_status::FTP_ERR_EXISTS, c"it exists already"),
        (ftp_status::FTP_ERR_TLS, c"TLS error"),
        (ftp_status::FTP_ERR_CERTIFICATE, c"the server's certificate is not accepted"),
        (ftp_status::FTP_ERR_ABORTED, c"cancelled"),
        (ftp_status::FTP_ERR_CALLBACK, c"stopped by a callback"),
        (ftp_status::FTP_ERR_DENIED, c"refused by the audit callback"),
        (ftp_status::FTP_ERR_FILE, c"a local file cannot be used"),
        (ftp_status::FTP_ERR_INTEGRITY, c"wrong or incomplete data"),
        (ftp_status::FTP_ERR_UNVERIFIED, c"not known to be complete"),
        (ftp_status::FTP_ERR_PARTIAL, c"some entries were not done"),
    ];

    /// The code of an error.
    pub(super) fn of(error: &Error) -> ftp_status {
        match error {
            Error::InvalidArgument(_) => ftp_status::FTP_ERR_INVALID_ARGUMENT,
            Error::NotConnected(_) | Error::OutOfTurn(_) => ftp_status::FTP_ERR_STATE,
            Error::Busy(_) => ftp_status::FTP_ERR_BUSY,
            Error::Denied(_) => ftp_status::FTP_ERR_DENIED,
            Error::Resolve(_) => ftp_status::FTP_ERR_RESOLVE,
            Error::Io { .. } => ftp_status::FTP_ERR_IO,
            Error::File { .. } => ftp_status::FTP_ERR_FILE,
            Error::Unsupported(_) => ftp_status::FTP_ERR_UNSUPPORTED,
            Error::Tls(_) | Error::TlsLost(_) | Error::SessionReuse { .. } => ftp_status::FTP_ERR_TLS,
            Error::Certificate(_) => ftp_status::FTP_ERR_CERTIFICATE,
            Error::Timeout { .. } => ftp_status::FTP_ERR_TIMEOUT,
            Error::Eof(_) => ftp_status::FTP_ERR_EOF,
            Error::Reply { reply, .. } => match reply.class() {
                Some(Class::Preliminary | Class::Completion | Class::Intermediate) => {
                    ftp_status::FTP_ERR_REPLY
                }
                Some(Class::Transient) => ftp_status::FTP_ERR_TEMP,
                Some(Class::Permanent) => ftp_status::FTP_ERR_PERM,
                None => ftp_status::FTP_ERR_PROTO,
            },
            Error::Protocol(_) => ftp_status::FTP_ERR_PROTO,
            Error::Limit(_) => ftp_status::FTP_ERR_LIMIT,
            Error::NotFound(_) => ftp_status::FTP_ERR_NOT_FOUND,
            Error::Exists(_) => ftp_status::FTP_ERR_EXISTS,
            Error::Cancelled(_) => ftp_status::FTP_ERR_ABORTED,
            Error::Callback { .. } => ftp_status::FTP_ERR_CALLBACK,
            Error::Elsewhere { error, .. } => ftp_status::of(error),
            Error::Integrity(_) => ftp_status::FTP_ERR_INTEGRITY,
            Error::Unverified(_) => ftp_status::FTP_ERR_UNVERIFIED,
            Error::Partial(_) => ftp_status::FTP_ERR_PARTIAL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::reply::Reply;

    #[test]
    fn the_class_of_the_reply_decides_the_status() {
        let status = |text: &str| {
            let reply = Reply::from_text(text);
            ftp_status::of(&Error::Reply { what: "NOOP".into(), reply })
        };
        assert_eq!(status("150 x"), ftp_status::FTP_ERR_REPLY);
        assert_eq!(status("250 x"), ftp_status::FTP_ERR_REPLY);
        assert_eq!(status("350 x"), ftp_status::FTP_ERR_REPLY);
        assert_eq!(status("450 x"), ftp_status::FTP_ERR_TEMP);
        assert_eq!(status("550 x"), ftp_status::FTP_ERR_PERM);
        assert_eq!(status("999 x"), ftp_status::FTP_ERR_PROTO);
    }
}
