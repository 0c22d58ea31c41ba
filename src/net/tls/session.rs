//! The TLS session of a control connection, for its data connections to resume.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslContextBuilder, SslRef, SslSession, SslSessionCacheMode};

/// The newest session that the server gave to a control connection.
///
/// It is kept as DER and decoded afresh for each data connection: OpenSSL marks a session object as not resumable once a
/// new ticket arrives on a connection that used it. Sessions from data connections are not kept, since servers such as
/// ProFTPD refuse them.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionSlot(Arc<Mutex<Option<Vec<u8>>>>);

impl SessionSlot {
    fn put(&self, session: &SslSession) {
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

/// Lets a connection put its sessions into the slot.
pub(super) fn keep_sessions(ssl: &mut SslRef, slot: &SessionSlot) -> Result<(), ErrorStack> {
    ssl.set_ex_data(index()?, slot.clone());
    Ok(())
}

/// With TLS 1.3 sessions come at any time after the handshake, so OpenSSL has to tell.
pub(super) fn watch_for_sessions(context: &mut SslContextBuilder) -> Result<(), ErrorStack> {
    let index = index()?;
    context.set_session_cache_mode(SslSessionCacheMode::CLIENT | SslSessionCacheMode::NO_INTERNAL);
    context.set_new_session_callback(move |ssl, session| {
        if let Some(slot) = ssl.ex_data(index) {
            slot.put(&session);
        }
    });
    Ok(())
}

/// OpenSSL's number for the place where a connection keeps its slot: one for the whole process, as OpenSSL has it.
fn index() -> Result<Index<Ssl, SessionSlot>, ErrorStack> {
    static INDEX: OnceLock<Index<Ssl, SessionSlot>> = OnceLock::new();
    if let Some(index) = INDEX.get() {
        return Ok(*index);
    }
    let new = Ssl::new_ex_index()?;
    Ok(*INDEX.get_or_init(|| new))
}
