//! What stands for `tls` in a build without it: nothing can be made of it, so nothing of it ever runs.

use std::convert::Infallible;
use std::io;
use std::mem::MaybeUninit;
use std::sync::Arc;

use super::socket::Socket;
use super::{CertificateInfo, TlsFailure, TlsInfo, TlsSettings, Turn};
use crate::net::Reactor;

/// There is none.
#[derive(Clone)]
pub struct TlsContext(Infallible);

/// There is none.
#[derive(Clone)]
pub struct Resumption(Infallible);

/// There is none.
pub struct TlsStream(Infallible);

fn unsupported() -> io::Error {
    TlsFailure::Unsupported("this build of the library has no TLS".into()).into()
}

#[allow(missing_docs)]
impl TlsContext {
    pub fn new(_: &TlsSettings) -> io::Result<TlsContext> {
        Err(unsupported())
    }

    pub fn check(_: &TlsSettings) -> io::Result<()> {
        Err(unsupported())
    }

    pub(super) fn control(&self, _: Arc<Socket>, _: &Reactor, _: &str) -> io::Result<TlsStream> {
        match self.0 {}
    }
}

#[allow(missing_docs)]
impl Resumption {
    pub(super) fn data(&self, _: Arc<Socket>, _: &Reactor) -> io::Result<TlsStream> {
        match self.0 {}
    }
}

#[allow(missing_docs)]
impl TlsStream {
    pub(super) fn socket(&self) -> &Arc<Socket> {
        match self.0 {}
    }

    pub(super) fn handshake(&mut self) -> io::Result<Turn<()>> {
        match self.0 {}
    }

    pub(super) fn try_handshake(&mut self) -> Option<Turn<()>> {
        match self.0 {}
    }

    pub(super) fn read(&mut self, _: &mut [MaybeUninit<u8>]) -> io::Result<Turn<usize>> {
        match self.0 {}
    }

    pub(super) fn peek(&mut self) -> io::Result<Turn<usize>> {
        match self.0 {}
    }

    pub(super) fn write(&mut self, _: &[u8]) -> io::Result<Turn<usize>> {
        match self.0 {}
    }

    pub(super) fn close_notify(&mut self) -> io::Result<Turn<()>> {
        match self.0 {}
    }

    pub(super) fn stop_sending(&mut self) {
        match self.0 {}
    }

    pub(super) fn is_cut_off(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn is_established(&self) -> bool {
        match self.0 {}
    }

    pub fn resumption(&self) -> &Resumption {
        match self.0 {}
    }

    pub fn certificate(&self) -> Option<CertificateInfo> {
        match self.0 {}
    }

    pub fn info(&self) -> TlsInfo {
        match self.0 {}
    }
}
