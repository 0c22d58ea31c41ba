//! What OpenSSL calls while a connection goes on, and where that connection's part in it is found.
//!
//! The callbacks of the crate `openssl` end the process when OpenSSL had no memory to note them. These find nothing then, which
//! refuses the certificate.

#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int};
use std::sync::OnceLock;

use foreign_types_shared::ForeignTypeRef;
use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslContextBuilder, SslRef, SslSessionRef, SslVerifyMode};
use openssl::x509::{X509StoreContext, X509StoreContextRef};
use openssl_sys::{SSL, SSL_SESSION, X509_STORE_CTX};

use super::demand::Demand;
use super::keylog::Keylog;
use super::session::SessionSlot;

/// Who wants to hear of what happens on a connection.
#[derive(Clone, Default)]
pub(super) struct Watchers {
    /// Judges the certificates of the server.
    pub(super) demand: Option<Demand>,
    /// Gets the sessions that the server gives.
    pub(super) session: Option<SessionSlot>,
    /// Gets the keys.
    pub(super) keylog: Option<Keylog>,
}

/// Lets the watchers hear of a connection, before its handshake.
pub(super) fn attach(ssl: &mut SslRef, watchers: Watchers) -> Result<(), ErrorStack> {
    let index = index()?;
    let verifies = watchers.demand.is_some();
    ssl.set_ex_data(index, watchers);
    // The crate does not say when OpenSSL has no memory for it.
    if ssl.ex_data(index).is_none() {
        return Err(ErrorStack::get());
    }
    if verifies {
        // SAFETY: the pointer is valid as long as the reference, and the callback as long as the process.
        unsafe { openssl_sys::SSL_set_verify(ssl.as_ptr(), SslVerifyMode::PEER.bits(), Some(verify)) };
    }
    Ok(())
}

/// With TLS 1.3 sessions come at any time after the handshake, so OpenSSL has to tell.
pub(super) fn watch_for_sessions(context: &mut SslContextBuilder) {
    // SAFETY: the pointer is valid as long as the reference, and the callback as long as the process.
    unsafe { openssl_sys::SSL_CTX_sess_set_new_cb(context.as_ptr(), Some(new_session)) };
}

pub(super) fn watch_for_keys(context: &mut SslContextBuilder) {
    // SAFETY: the pointer is valid as long as the reference, and the callback as long as the process.
    unsafe { openssl_sys::SSL_CTX_set_keylog_callback(context.as_ptr(), Some(keys)) };
}

fn watchers(ssl: &SslRef) -> Option<&Watchers> {
    ssl.ex_data(index().ok()?)
}

extern "C" fn verify(is_valid: c_int, chain: *mut X509_STORE_CTX) -> c_int {
    // SAFETY: OpenSSL gives a chain that is valid during the call, and that nobody else uses.
    let chain = unsafe { X509StoreContextRef::from_ptr_mut(chain) };
    let ssl = X509StoreContext::ssl_idx().ok().and_then(|index| chain.ex_data(index));
    let demand = ssl.and_then(watchers).and_then(|watchers| watchers.demand.clone());
    demand.is_some_and(|demand| demand.judge(is_valid == 1, chain)).into()
}

unsafe extern "C" fn new_session(ssl: *mut SSL, session: *mut SSL_SESSION) -> c_int {
    // SAFETY: OpenSSL gives pointers that are valid during the call.
    let (ssl, session) = unsafe { (SslRef::from_ptr(ssl), SslSessionRef::from_ptr(session)) };
    if let Some(slot) = watchers(ssl).and_then(|watchers| watchers.session.as_ref()) {
        slot.put(session);
    }
    // The session stays OpenSSL's.
    0
}

unsafe extern "C" fn keys(ssl: *const SSL, line: *const c_char) {
    // SAFETY: OpenSSL gives pointers that are valid during the call; the line ends with a NUL.
    let (ssl, line) = unsafe { (SslRef::from_ptr(ssl.cast_mut()), CStr::from_ptr(line)) };
    if let Some(keylog) = watchers(ssl).and_then(|watchers| watchers.keylog.as_ref()) {
        keylog.write(line.to_bytes());
    }
}

/// OpenSSL's number for the place where a connection keeps its watchers: one for the whole process, as OpenSSL has it.
fn index() -> Result<Index<Ssl, Watchers>, ErrorStack> {
    static INDEX: OnceLock<Index<Ssl, Watchers>> = OnceLock::new();
    if let Some(index) = INDEX.get() {
        return Ok(*index);
    }
    let new = Ssl::new_ex_index()?;
    Ok(*INDEX.get_or_init(|| new))
}
