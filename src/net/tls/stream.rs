//! One TLS connection over a non-blocking socket.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use openssl::ssl::{ErrorCode, ShutdownState, Ssl, SslStream};

use super::certificate::{Verdict, describe, information, pin_of};
use super::context::Resumption;
use super::failures::{is_unexpected_end, protocol, refused};
use super::group::negotiated;
use crate::net::socket::{self, Turn};
use crate::net::{CertificateInfo, Process, Reactor, TlsFailure, TlsInfo};

/// A TLS connection. Dropping it sends a close_notify if that takes no waiting, unless it is dropped in a forked child: the
/// session goes on in the parent.
pub struct TlsStream {
    process: Process,
    stream: SslStream<Socket>,
    verdict: Option<Verdict>,
    resumption: Resumption,
    is_established: bool,
    /// Nothing more can be sent: OpenSSL forbids even the close_notify after such an error.
    is_broken: bool,
    /// What went wrong while nobody wanted to know.
    failure: Option<io::Error>,
}

/// What OpenSSL reads from and writes to.
struct Socket {
    socket: Arc<TcpStream>,
    reactor: Reactor,
    /// The other side has closed the TCP connection.
    has_ended: bool,
}

impl TlsStream {
    pub(super) fn new(
        ssl: Ssl,
        socket: Arc<TcpStream>,
        reactor: &Reactor,
        verdict: Option<Verdict>,
        resumption: Resumption,
    ) -> io::Result<TlsStream> {
        let stream = SslStream::new(ssl, Socket { socket, reactor: reactor.clone(), has_ended: false })
            .map_err(|stack| refused("OpenSSL cannot start", &stack))?;
        Ok(TlsStream {
            process: Process::current(),
            stream,
            verdict,
            resumption,
            is_established: false,
            is_broken: false,
            failure: None,
        })
    }

    pub(in crate::net) fn socket(&self) -> &Arc<TcpStream> {
        &self.stream.get_ref().socket
    }

    /// Goes on with the handshake. Done when it was done before.
    pub(in crate::net) fn handshake(&mut self) -> io::Result<Turn<()>> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if self.is_established {
            return Ok(Turn::Done(()));
        }
        if let Err(error) = self.stream.connect() {
            return self.not_now(error);
        }
        self.require_certificate()?;
        self.check_pins()?;
        self.is_established = true;
        self.resumption.group = negotiated(self.stream.ssl());
        Ok(Turn::Done(()))
    }

    /// Goes on with the handshake as far as that takes no waiting; an error is kept for [`TlsStream::handshake`].
    pub(in crate::net) fn try_handshake(&mut self) -> Option<Turn<()>> {
        if self.failure.is_some() {
            return None;
        }
        self.handshake().map_err(|error| self.failure = Some(error)).ok()
    }

    /// 0 is the end; whether it is a true one is what [`TlsStream::is_cut_off`] says.
    pub(in crate::net) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Turn<usize>> {
        let outcome = self.stream.ssl_read(buffer);
        self.received(outcome)
    }

    /// As [`TlsStream::read`] for one byte that stays to be read.
    pub(in crate::net) fn peek(&mut self) -> io::Result<Turn<usize>> {
        let outcome = self.stream.ssl_peek(&mut [0]);
        self.received(outcome)
    }

    fn received(&mut self, outcome: Result<usize, openssl::ssl::Error>) -> io::Result<Turn<usize>> {
        match outcome {
            Ok(count) => Ok(Turn::Done(count)),
            Err(error) if error.code() == ErrorCode::ZERO_RETURN => Ok(Turn::Done(0)),
            Err(error) if self.is_established && is_unexpected_end(&error) => Ok(Turn::Done(0)),
            Err(error) => self.not_now(error),
        }
    }

    pub(in crate::net) fn write(&mut self, bytes: &[u8]) -> io::Result<Turn<usize>> {
        match self.stream.ssl_write(bytes) {
            Ok(count) => Ok(Turn::Done(count)),
            Err(error) => self.not_now(error),
        }
    }

    /// Whether the connection ended without a close_notify: then anybody may have cut it off.
    pub(in crate::net) fn is_cut_off(&self) -> bool {
        self.stream.get_ref().has_ended
    }

    /// Says that nothing more will be sent.
    pub(in crate::net) fn close_notify(&mut self) -> io::Result<Turn<()>> {
        if self.is_broken || !self.is_established || self.has_said_goodbye() {
            return Ok(Turn::Done(()));
        }
        match self.stream.shutdown() {
            Ok(_) => Ok(Turn::Done(())),
            Err(error) => self.not_now(error),
        }
    }

    /// Says nothing more, no close_notify either.
    pub(in crate::net) fn stop_sending(&mut self) {
        self.is_broken = true;
    }

    fn has_said_goodbye(&mut self) -> bool {
        self.stream.get_shutdown().contains(ShutdownState::SENT)
    }

    /// What the connection's data connections have from it.
    pub fn resumption(&self) -> &Resumption {
        &self.resumption
    }

    /// What was negotiated.
    pub fn info(&self) -> TlsInfo {
        let ssl = self.stream.ssl();
        TlsInfo {
            version: match ssl.version_str() {
                "TLSv1.2" => 0x0303,
                "TLSv1.3" => 0x0304,
                _ => 0,
            },
            cipher: ssl.current_cipher().map(|cipher| cipher.name().to_owned()).unwrap_or_default(),
            resumed: ssl.session_reused(),
        }
    }

    /// The server's certificate.
    pub fn certificate(&self) -> Option<CertificateInfo> {
        self.stream.ssl().peer_certificate().map(|certificate| information(&certificate))
    }

    /// With some ciphers a server has none to show, and OpenSSL finds nothing to verify.
    fn require_certificate(&mut self) -> io::Result<()> {
        if self.verdict.is_none() || self.stream.ssl().peer_certificate().is_some() {
            return Ok(());
        }
        self.is_broken = true;
        Err(TlsFailure::Certificate("the server has shown no certificate".into()).into())
    }

    fn check_pins(&mut self) -> io::Result<()> {
        let pins = self.resumption.pins();
        if pins.is_empty() {
            return Ok(());
        }
        let certificate = self.stream.ssl().peer_certificate();
        if certificate.as_ref().is_some_and(|certificate| pins.contains(&pin_of(certificate))) {
            return Ok(());
        }
        self.is_broken = true;
        let certificate =
            certificate.map(|certificate| describe(&information(&certificate))).unwrap_or_default();
        Err(TlsFailure::Certificate(format!(
            "the server's key is none of those that are pinned ({certificate})"
        ))
        .into())
    }

    /// For an outcome that is none: it waits for the socket, or it is an error.
    fn not_now<T>(&mut self, error: openssl::ssl::Error) -> io::Result<Turn<T>> {
        match error.code() {
            ErrorCode::WANT_READ => return Ok(Turn::WantRead),
            ErrorCode::WANT_WRITE => return Ok(Turn::WantWrite),
            _ => self.is_broken = true,
        }
        if let Some(problem) = self.verdict.as_ref().and_then(Verdict::problem) {
            return Err(problem.into());
        }
        if is_unexpected_end(&error) || self.is_cut_off() {
            let when =
                if self.is_established { "without a close_notify" } else { "during the TLS handshake" };
            return Err(TlsFailure::Protocol(format!("the server closed the connection {when}")).into());
        }
        Err(error.into_io_error().unwrap_or_else(|error| protocol(&error).into()))
    }
}

impl Drop for TlsStream {
    fn drop(&mut self) {
        if self.process.is_current() {
            let _ = self.close_notify();
        }
    }
}

/// OpenSSL goes on reading until it has data: records that hold none, such as KeyUpdate and HelloRequest, can come without end.
/// So it hears that nothing is there once the turn has lasted long enough; the reactor knows better.
impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.reactor.poll_go_on().is_pending() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = socket::read(&self.socket, buffer)?;
        self.has_ended |= count == 0 && !buffer.is_empty();
        Ok(count)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        socket::write(&self.socket, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
