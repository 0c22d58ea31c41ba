//! The TLS session of a control connection, for its data connections to resume.

use std::sync::{Arc, Mutex, PoisonError};

use openssl::ssl::{SslSession, SslSessionRef};

/// The newest session that the server gave to a control connection.
///
/// It is kept as DER and decoded afresh for each data connection: OpenSSL marks a session object as not resumable once a
/// new ticket arrives on a connection that used it. Sessions from data connections are not kept, since servers such as
/// ProFTPD refuse them.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionSlot(Arc<Mutex<Option<Vec<u8>>>>);

impl SessionSlot {
    pub(super) fn put(&self, session: &SslSessionRef) {
        if let Ok(der) = session.to_der() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(der);
        }
    }

    /// A copy of the session.
    pub(super) fn get(&self) -> Option<SslSession> {
        let der = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        SslSession::from_der(der.as_ref()?).ok()
    }
}
