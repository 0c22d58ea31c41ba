//! OpenSSL runs out of memory in the middle of a handshake: whatever it leaves undone for that, no certificate is accepted that
//! would not be otherwise.
//!
//! A test binary of its own: OpenSSL takes another allocator before it has used its first, and for good.

#![cfg(all(feature = "tls", not(feature = "aws-lc")))]
#![allow(clippy::unwrap_used, clippy::panic, unsafe_code, missing_docs)]

#[path = "support/certificates.rs"]
#[allow(dead_code, unreachable_pub)]
mod certificates;

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_void};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::ptr::null_mut;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use certificates::{Authority, CertificateRequest, Identity, Key};
use ftpclient::client::{Client, TlsMode};
use ftpclient::error::{Error, Result};
use ftpclient::net::Verification;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream, SslVersion};

unsafe extern "C" {
    fn CRYPTO_set_mem_functions(
        allocate: unsafe extern "C" fn(usize, *const c_char, c_int) -> *mut c_void,
        reallocate: unsafe extern "C" fn(*mut c_void, usize, *const c_char, c_int) -> *mut c_void,
        free: unsafe extern "C" fn(*mut c_void, *const c_char, c_int),
    ) -> c_int;
}

thread_local! {
    /// How many allocations of this thread succeed before one fails. The servers have threads of their own.
    static LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// Whether this allocation is the one to fail.
fn fails() -> bool {
    LEFT.with(|left| {
        let now = left.get();
        left.set(now.wrapping_sub(1));
        now == 0
    })
}

unsafe extern "C" fn allocate(size: usize, _: *const c_char, _: c_int) -> *mut c_void {
    // SAFETY: as malloc's.
    if fails() { null_mut() } else { unsafe { libc::malloc(size) } }
}

unsafe extern "C" fn reallocate(old: *mut c_void, size: usize, _: *const c_char, _: c_int) -> *mut c_void {
    // SAFETY: as realloc's.
    if fails() { null_mut() } else { unsafe { libc::realloc(old, size) } }
}

unsafe extern "C" fn free(memory: *mut c_void, _: *const c_char, _: c_int) {
    // SAFETY: as free's.
    unsafe { libc::free(memory) };
}

/// Serves implicit FTPS up to the greeting; sends what it has heard on each connection after that.
fn serve(identity: &Identity, version: SslVersion) -> (u16, Receiver<Vec<u8>>) {
    let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
    context.set_certificate(&identity.certificate).unwrap();
    context.set_private_key(&identity.key).unwrap();
    context.set_max_proto_version(Some(version)).unwrap();
    let context = context.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, heard) = channel();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut stream = SslStream::new(Ssl::new(&context).unwrap(), socket.unwrap()).unwrap();
            let mut text = Vec::new();
            if stream.accept().is_ok() && stream.write_all(b"220 ready\r\n").is_ok() {
                let _ = stream.read_to_end(&mut text);
            }
            if sender.send(text).is_err() {
                return;
            }
        }
    });
    (port, heard)
}

/// What is demanded, and the certificate of a server that does not have it.
struct Case {
    name: &'static str,
    identity: Identity,
    verify: Verification,
    pins: Vec<[u8; 32]>,
}

fn client(authority: &Authority, case: &Case) -> Client {
    let mut client = Client::new().unwrap();
    client.set_timeout(Some(Duration::from_secs(20)));
    client.set_tls(TlsMode::Implicit).unwrap();
    client
        .update_tls(|tls| {
            tls.authorities = Some(authority.pem());
            (tls.verify, tls.pins) = (case.verify, case.pins.clone());
            tls.server_name = Some("ftp.example.org".into());
        })
        .unwrap();
    client
}

/// Connects while the allocation with this number fails; returns how many there were as well.
fn connect(client: &mut Client, port: u16, failing: u64) -> (Result<()>, u64) {
    LEFT.set(failing);
    let outcome = client.block_on(async |client| client.connect("127.0.0.1", port).await);
    let used = failing.wrapping_sub(LEFT.get());
    LEFT.set(u64::MAX);
    (outcome, used)
}

#[test]
fn no_certificate_is_accepted_because_memory_was_short() {
    // SAFETY: the functions are as those of the C library, which they call.
    let is_taken = unsafe { CRYPTO_set_mem_functions(allocate, reallocate, free) };
    assert_eq!(is_taken, 1, "OpenSSL was used before");
    let right =
        CertificateRequest { dns_names: vec!["ftp.example.org"], key: Key::EcP256, ..Default::default() };
    let another = CertificateRequest { dns_names: vec!["another.example.org"], ..right.clone() };
    let authority = Authority::new("test authority");
    let full = |name, identity| Case { name, identity, verify: Verification::Host, pins: Vec::new() };
    let good = full("good", authority.issue(&right));
    let (port, _heard) = serve(&good.identity, SslVersion::TLS1_3);
    connect(&mut client(&authority, &good), port, u64::MAX).0.unwrap();

    let cases = [
        full("for another host", authority.issue(&another)),
        full("of another authority", Authority::new("test authority").issue(&right)),
        Case { verify: Verification::Authority, ..full("self-signed", Identity::self_signed(&right)) },
        Case {
            verify: Verification::Nothing,
            pins: vec![[7; 32]],
            ..full("of another key", authority.issue(&right))
        },
    ];
    for case in cases {
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            let (port, heard) = serve(&case.identity, version);
            let (outcome, allocations) = connect(&mut client(&authority, &case), port, u64::MAX);
            assert!(matches!(outcome, Err(Error::Certificate(_))), "{}: {outcome:?}", case.name);
            assert!(heard.recv().unwrap().is_empty());
            assert!(allocations > 500, "{allocations}");
            // Every one where the name alone is wrong, in the version that most servers have; some of the others.
            let is_main = case.name == "for another host" && version == SslVersion::TLS1_3;
            for failing in (0..allocations).step_by(if is_main { 1 } else { 13 }) {
                let (outcome, _) = connect(&mut client(&authority, &case), port, failing);
                assert!(outcome.is_err(), "{}, allocation {failing} of {allocations}", case.name);
                assert_eq!(heard.recv().unwrap(), b"", "{}, allocation {failing}", case.name);
            }
        }
    }
}
