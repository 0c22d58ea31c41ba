//! One TLS connection over a non-blocking socket.

use std::io;
use std::mem::MaybeUninit;
use std::sync::Arc;

use openssl::ssl::{ErrorCode, ShutdownState, SslStream};

use super::callbacks::Watchers;
use super::certificate::{describe, information, pin_of};
use super::context::{Connection, Resumption};
use super::demand::Demand;
use super::failures::{is_unexpected_end, protocol, refused};
use super::group::negotiated;
use super::keylog::Keylog;
use super::wire::Wire;
use crate::net::transport::Turn;
use crate::net::transport::socket::Socket;
use crate::net::{CertificateInfo, Process, Reactor, TlsFailure, TlsInfo, TlsVersion};

/// A TLS connection. Dropping it sends a close_notify if that takes no waiting, unless it is dropped in a forked child: the
/// session goes on in the parent.
pub struct TlsStream {
    process: Process,
    stream: SslStream<Wire>,
    watchers: Watchers,
    resumption: Resumption,
    /// It carries data, and nothing follows its end in clear: as much as there is may be read at once.
    is_bulk: bool,
    is_established: bool,
    /// Nothing more can be sent: OpenSSL forbids even the close_notify after such an error.
    is_broken: bool,
    /// What went wrong while nobody wanted to know.
    failure: Option<io::Error>,
}

impl TlsStream {
    pub(super) fn new(
        Connection { ssl, watchers }: Connection,
        socket: Arc<Socket>,
        reactor: &Reactor,
        resumption: Resumption,
        is_bulk: bool,
    ) -> io::Result<TlsStream> {
        let stream = SslStream::new(ssl, Wire::new(socket, reactor))
            .map_err(|stack| refused("OpenSSL cannot start", &stack))?;
        Ok(TlsStream {
            process: Process::current(),
            stream,
            watchers,
            resumption,
            is_bulk,
            is_established: false,
            is_broken: false,
            failure: None,
        })
    }

    pub(in crate::net::transport) fn socket(&self) -> &Arc<Socket> {
        &self.stream.get_ref().socket
    }

    /// Goes on with the handshake. Done when it was done before.
    pub(in crate::net::transport) fn handshake(&mut self) -> io::Result<Turn<()>> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if self.is_established {
            return Ok(Turn::Done(()));
        }
        if let Err(error) = self.stream.connect() {
            return self.not_now(error);
        }
        self.check().inspect_err(|_| self.is_broken = true)?;
        self.is_established = true;
        if self.is_bulk {
            self.stream.get_mut().read_ahead();
        }
        self.resumption.group = negotiated(self.stream.ssl());
        Ok(Turn::Done(()))
    }

    /// Goes on with the handshake as far as that takes no waiting; an error is kept for [`TlsStream::handshake`].
    pub(in crate::net::transport) fn try_handshake(&mut self) -> Option<Turn<()>> {
        if self.failure.is_some() {
            return None;
        }
        self.handshake().map_err(|error| self.failure = Some(error)).ok()
    }

    /// 0 is the end; whether it is a true one is what [`TlsStream::is_cut_off`] says.
    ///
    /// Of data, all records are read that are there and fit.
    pub(in crate::net::transport) fn read(
        &mut self,
        room: &mut [MaybeUninit<u8>],
    ) -> io::Result<Turn<usize>> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut read = 0;
        loop {
            let outcome = self.stream.ssl_read_uninit(room.get_mut(read..).unwrap_or_default());
            match self.received(outcome) {
                Ok(Turn::Done(count @ 1..)) => read += count,
                outcome if read == 0 => return outcome,
                // The end stays to be read.
                Ok(_) => return Ok(Turn::Done(read)),
                Err(failure) => {
                    self.failure = Some(failure);
                    return Ok(Turn::Done(read));
                }
            }
            if !self.is_bulk || read == room.len() || self.stream.get_ref().is_drained() {
                return Ok(Turn::Done(read));
            }
        }
    }

    /// As [`TlsStream::read`] for one byte that stays to be read.
    pub(in crate::net::transport) fn peek(&mut self) -> io::Result<Turn<usize>> {
        let outcome = self.stream.ssl_peek(&mut [0]);
        self.received(outcome)
    }

    fn received(&mut self, outcome: Result<usize, openssl::ssl::Error>) -> io::Result<Turn<usize>> {
        match outcome {
            Ok(count) => {
                self.stream.get_mut().had_data();
                Ok(Turn::Done(count))
            }
            Err(error) if error.code() == ErrorCode::ZERO_RETURN => Ok(Turn::Done(0)),
            Err(error) if self.is_established && is_unexpected_end(&error) => Ok(Turn::Done(0)),
            Err(error) => self.not_now(error),
        }
    }

    /// Of data, as many records are sent as fit. One that has begun must come again, as OpenSSL demands: what is written next begins
    /// with what is left, and is no shorter unless it is the end.
    pub(in crate::net::transport) fn write(&mut self, bytes: &[u8]) -> io::Result<Turn<usize>> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut written = 0;
        loop {
            match self.stream.ssl_write(bytes.get(written..).unwrap_or_default()) {
                Ok(count) => written += count,
                Err(error) => match self.not_now(error) {
                    outcome if written == 0 => return outcome,
                    Ok(_) => return Ok(Turn::Done(written)),
                    Err(failure) => {
                        self.failure = Some(failure);
                        return Ok(Turn::Done(written));
                    }
                },
            }
            if !self.is_bulk || written == bytes.len() {
                return Ok(Turn::Done(written));
            }
        }
    }

    /// Whether the connection ended without a close_notify: then anybody may have cut it off.
    pub(in crate::net::transport) fn is_cut_off(&self) -> bool {
        self.stream.get_ref().has_ended
    }

    /// Whether the handshake is done.
    pub(in crate::net::transport) fn is_established(&self) -> bool {
        self.is_established
    }

    /// Says that nothing more will be sent.
    pub(in crate::net::transport) fn close_notify(&mut self) -> io::Result<Turn<()>> {
        if self.is_broken || !self.is_established || self.has_said_goodbye() {
            return Ok(Turn::Done(()));
        }
        match self.stream.shutdown() {
            Ok(_) => Ok(Turn::Done(())),
            Err(error) => self.not_now(error),
        }
    }

    /// Says nothing more, no close_notify either.
    pub(in crate::net::transport) fn stop_sending(&mut self) {
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
                "TLSv1" => TlsVersion::V1_0 as u16,
                "TLSv1.1" => TlsVersion::V1_1 as u16,
                "TLSv1.2" => TlsVersion::V1_2 as u16,
                "TLSv1.3" => TlsVersion::V1_3 as u16,
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

    /// Looks at the outcome of the handshake. OpenSSL was told before what to demand; where it could not note that, nobody would hear.
    fn check(&self) -> Result<(), TlsFailure> {
        if let Some(demand) = &self.watchers.demand {
            demand.check(self.stream.ssl())?;
        }
        self.check_pins()?;
        self.check_protection()?;
        self.watchers.keylog.as_ref().map_or(Ok(()), Keylog::check)
    }

    fn check_pins(&self) -> Result<(), TlsFailure> {
        let pins = self.resumption.context.pins();
        if pins.is_empty() {
            return Ok(());
        }
        let certificate = self.stream.ssl().peer_certificate();
        let pin = certificate.as_ref().and_then(|certificate| pin_of(certificate));
        if pin.is_some_and(|pin| pins.contains(&pin)) {
            return Ok(());
        }
        let certificate =
            certificate.map(|certificate| describe(&information(&certificate))).unwrap_or_default();
        Err(TlsFailure::Certificate(format!(
            "the server's key is none of those that are pinned ({certificate})"
        )))
    }

    fn check_protection(&self) -> Result<(), TlsFailure> {
        let ssl = self.stream.ssl();
        if self.info().version < self.resumption.context.lowest_version() as u16 {
            let version = ssl.version_str();
            return Err(TlsFailure::Protocol(format!(
                "the server has chosen {version}, which is not allowed"
            )));
        }
        match ssl.current_cipher() {
            Some(cipher) if cipher.bits().secret > 0 => Ok(()),
            _ => Err(TlsFailure::Protocol("the server has chosen a cipher that encrypts nothing".into())),
        }
    }

    /// For an outcome that is none: it waits for the socket, or it is an error.
    fn not_now<T>(&mut self, error: openssl::ssl::Error) -> io::Result<Turn<T>> {
        match error.code() {
            ErrorCode::WANT_READ => return Ok(Turn::WantRead),
            ErrorCode::WANT_WRITE => return Ok(Turn::WantWrite),
            _ => self.is_broken = true,
        }
        if let Some(problem) = self.watchers.demand.as_ref().and_then(Demand::problem) {
            return Err(problem.into());
        }
        if is_unexpected_end(&error) || self.is_cut_off() {
            let when =
                if self.is_established { "without a close_notify" } else { "during the TLS handshake" };
            return Err(TlsFailure::Lost(format!("the server closed the connection {when}")).into());
        }
        Err(error.into_io_error().unwrap_or_else(|error| protocol(&error, self.is_established).into()))
    }
}

impl Drop for TlsStream {
    fn drop(&mut self) {
        if self.process.is_current() {
            let _ = self.close_notify();
        }
    }
}
