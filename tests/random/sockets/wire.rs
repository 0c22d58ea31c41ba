//! A connection of the server, in clear or over TLS.

use std::io::{self, Read, Write};
use std::net::TcpStream;
#[cfg(feature = "tls")]
use std::sync::LazyLock;

#[cfg(feature = "tls")]
use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream};

#[cfg(feature = "tls")]
use crate::certificates::{CertificateRequest, Identity, Key};

pub enum Wire {
    Clear(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<SslStream<TcpStream>>),
}

#[cfg(feature = "tls")]
static CONTEXT: LazyLock<SslContext> = LazyLock::new(|| {
    let request = CertificateRequest { key: Key::EcP256, ..CertificateRequest::default() };
    let identity = Identity::self_signed(&request);
    let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
    context.set_certificate(&identity.certificate).unwrap();
    context.set_private_key(&identity.key).unwrap();
    context.set_session_id_context(b"random").unwrap();
    context.build()
});

/// What all servers of a test binary show.
#[cfg(feature = "tls")]
pub fn context() -> &'static SslContext {
    &CONTEXT
}

impl Wire {
    /// The handshake; `None` when it fails.
    #[cfg(feature = "tls")]
    pub fn start_tls(stream: TcpStream) -> Option<Wire> {
        let mut tls = SslStream::new(Ssl::new(&CONTEXT).unwrap(), stream).unwrap();
        tls.accept().ok()?;
        Some(Wire::Tls(Box::new(tls)))
    }

    #[cfg(not(feature = "tls"))]
    pub fn start_tls(_: TcpStream) -> Option<Wire> {
        None
    }

    /// Says over TLS that nothing more will be sent.
    pub fn close_notify(&mut self) {
        #[cfg(feature = "tls")]
        if let Wire::Tls(tls) = self {
            let _ = tls.shutdown();
        }
    }

    pub fn stream(&self) -> &TcpStream {
        match self {
            Wire::Clear(stream) => stream,
            #[cfg(feature = "tls")]
            Wire::Tls(tls) => tls.get_ref(),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Clear(stream) => stream.read(buffer),
            #[cfg(feature = "tls")]
            Wire::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Clear(stream) => stream.write(bytes),
            #[cfg(feature = "tls")]
            Wire::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
