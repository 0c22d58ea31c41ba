//! What a script's bytes go over: TCP, or TLS over it.

use std::io::{self, Read, Write};
use std::net::TcpStream;

#[cfg(feature = "tls")]
use super::tls::Tls;

pub(super) enum Transport {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<Tls>),
    /// Between the two.
    None,
}

impl Transport {
    pub(super) fn stream(&self) -> &TcpStream {
        match self {
            Transport::Plain(stream) => stream,
            #[cfg(feature = "tls")]
            Transport::Tls(tls) => tls.stream(),
            Transport::None => panic!("the handshake has not even begun"),
        }
    }

    /// 0 is the end. An error of the kind `WouldBlock` when nothing comes for a while.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            #[cfg(feature = "tls")]
            Transport::Tls(tls) => tls.read(buffer),
            _ => self.stream().read(buffer),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            #[cfg(feature = "tls")]
            Transport::Tls(tls) => tls.write(bytes),
            _ => self.stream().write(bytes),
        }
    }
}
