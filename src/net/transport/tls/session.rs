//! The TLS session of a control connection, for its data connections to resume.

use std::sync::{Arc, Mutex, PoisonError};

use openssl::ssl::{SslSession, SslSessionRef};

/// The newest session that the server gave to a control connection.
///
/// It is kept as a copy, and copied afresh for each data connection: OpenSSL marks a session object as not resumable once a
/// new ticket arrives on a connection that used it. Sessions from data connections are not kept, since servers such as
/// ProFTPD refuse them.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionSlot(Arc<Mutex<Option<Copied>>>);

impl SessionSlot {
    pub(super) fn put(&self, session: &SslSessionRef) {
        if let Some(copied) = Copied::of(session) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(copied);
        }
    }

    /// A copy of the session.
    pub(super) fn get(&self) -> Option<SslSession> {
        let copied = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        copied.as_ref().and_then(Copied::again)
    }
}

/// A session object that no connection uses.
#[cfg(not(feature = "aws-lc"))]
struct Copied(SslSession);

#[cfg(not(feature = "aws-lc"))]
impl Copied {
    fn of(session: &SslSessionRef) -> Option<Copied> {
        duplicate(session).map(Copied)
    }

    fn again(&self) -> Option<SslSession> {
        duplicate(&self.0)
    }
}

/// With the certificates of the first one, and not with copies of them. `None`: there is no memory.
#[cfg(not(feature = "aws-lc"))]
#[allow(unsafe_code)]
fn duplicate(session: &SslSessionRef) -> Option<SslSession> {
    use foreign_types_shared::{ForeignType, ForeignTypeRef};
    use openssl_sys::SSL_SESSION;

    unsafe extern "C" {
        fn SSL_SESSION_dup(session: *const SSL_SESSION) -> *mut SSL_SESSION;
    }
    // SAFETY: the session is valid during the call. What comes of it is new and nobody else's.
    unsafe {
        let copy = SSL_SESSION_dup(session.as_ptr());
        (!copy.is_null()).then(|| SslSession::from_ptr(copy))
    }
}

/// As DER: AWS-LC gives nobody a copy.
#[cfg(feature = "aws-lc")]
struct Copied(Vec<u8>);

#[cfg(feature = "aws-lc")]
impl Copied {
    fn of(session: &SslSessionRef) -> Option<Copied> {
        session.to_der().ok().map(Copied)
    }

    fn again(&self) -> Option<SslSession> {
        SslSession::from_der(&self.0).ok()
    }
}

impl std::fmt::Debug for Copied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Copied")
    }
}
