//! TLS for scripts: the server's side, with all the ways in which a server can do it badly.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

#[cfg(not(feature = "aws-lc"))]
use openssl::dh::DhRef;
#[cfg(not(feature = "aws-lc"))]
use openssl::pkey::Params;
use openssl::ssl::{
    ErrorCode, ShutdownState, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslRef,
    SslSessionCacheMode, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::store::X509StoreBuilder;

use super::super::certificates::{Authority, Identity};
use super::super::processor::OwnTime;
use super::stage::is_not_yet;
use super::transport::Transport;
use super::wire::Wire;

/// What the TLS connections of a server share: the certificate, the options, and the sessions, so that a data connection
/// can resume the session of a control connection.
#[derive(Clone)]
pub struct TlsServer {
    context: SslContext,
    drip: Option<Duration>,
}

/// The options of a [`TlsServer`].
pub struct TlsServerBuilder {
    context: SslContextBuilder,
}

/// A message of TLS that holds no data. A server can send any number of them.
#[cfg(not(feature = "aws-lc"))]
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// TLS 1.3: another key from here on.
    KeyUpdate,
    /// The same, and the other side is to do so as well.
    KeyUpdateForBoth,
    /// TLS 1.3: a session to resume.
    Ticket,
    /// TLS 1.2: another handshake, please.
    HelloRequest,
}

/// How the client has ended what it sends.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// As TLS wants it.
    CloseNotify,
    /// With a bare FIN: anybody could have cut the connection.
    Fin,
    /// With a reset (RST): there was something that it has not read, such as the tickets of TLS 1.3.
    Reset,
}

impl TlsServer {
    pub fn new(identity: &Identity) -> TlsServer {
        TlsServer::with(identity).build()
    }

    /// For a server with options.
    pub fn with(identity: &Identity) -> TlsServerBuilder {
        let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
        // For the certificates that no client should accept.
        #[cfg(not(feature = "aws-lc"))]
        context.set_security_level(0);
        context.set_certificate(&identity.certificate).unwrap();
        context.set_private_key(&identity.key).unwrap();
        context.set_session_id_context(b"scripted").unwrap();
        TlsServerBuilder { context }
    }

    /// The same server, which sends its TLS one byte at a time, the handshake as well.
    pub fn dripping(&self, pause: Duration) -> TlsServer {
        TlsServer { drip: Some(pause), ..self.clone() }
    }
}

impl TlsServerBuilder {
    pub fn version(self, only: SslVersion) -> Self {
        self.between(only, only)
    }

    pub fn between(mut self, lowest: SslVersion, highest: SslVersion) -> Self {
        self.context.set_min_proto_version(Some(lowest)).unwrap();
        self.context.set_max_proto_version(Some(highest)).unwrap();
        self
    }

    /// What it signs the handshake with, as in `RSA+SHA1`.
    #[cfg(not(feature = "aws-lc"))]
    pub fn signing_with(mut self, algorithms: &str) -> Self {
        self.context.set_sigalgs_list(algorithms).unwrap();
        self
    }

    /// A key exchange with these parameters, for ciphers that have it.
    #[cfg(not(feature = "aws-lc"))]
    pub fn diffie_hellman(mut self, parameters: &DhRef<Params>, ciphers: &str) -> Self {
        self.context.set_tmp_dh(parameters).unwrap();
        self.context.set_cipher_list(ciphers).unwrap();
        self
    }

    /// The groups of the key exchange that the server has, as in `P-256:X25519`.
    pub fn groups(mut self, list: &str) -> Self {
        self.context.set_groups_list(list).unwrap();
        self
    }

    /// No tickets and no cache: every handshake is a full one.
    pub fn without_resumption(mut self) -> Self {
        self.context.set_options(SslOptions::NO_TICKET);
        self.context.set_session_cache_mode(SslSessionCacheMode::OFF);
        #[cfg(not(feature = "aws-lc"))]
        self.context.set_num_tickets(0).unwrap();
        self
    }

    /// Every client must show a certificate of this authority.
    pub fn require_client_certificate(mut self, authority: &Authority) -> Self {
        let mut store = X509StoreBuilder::new().unwrap();
        store.add_cert(authority.certificate().clone()).unwrap();
        self.context.set_cert_store(store.build());
        self.context.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        self
    }

    pub fn build(self) -> TlsServer {
        TlsServer { context: self.context.build(), drip: None }
    }
}

/// One TLS connection.
pub(super) struct Tls {
    stream: SslStream<Pipe>,
    end: Option<End>,
}

impl Tls {
    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream.get_ref().stream
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let outcome = self.stream.ssl_read(buffer);
        match outcome {
            Err(error) if error.code() == ErrorCode::ZERO_RETURN => {
                self.end = Some(End::CloseNotify);
                Ok(0)
            }
            Err(_) if self.stream.get_ref().has_ended => {
                self.end = Some(End::Fin);
                Ok(0)
            }
            outcome => outcome.map_err(io_error).or_else(|error| {
                self.end = (error.kind() == ErrorKind::ConnectionReset).then_some(End::Reset);
                if self.end.is_some() { Ok(0) } else { Err(error) }
            }),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.ssl_write(bytes).map_err(io_error)
    }
}

/// TLS on the script's connections.
impl Wire {
    /// The handshake. After one that failed the TCP connection is still there.
    pub(super) fn start_tls(&mut self, server: &TlsServer) -> io::Result<()> {
        let Transport::Plain(stream) = std::mem::replace(&mut self.transport, Transport::None) else {
            panic!("TLS is on already");
        };
        let pipe = Pipe {
            stream,
            drip: server.drip,
            held: None,
            is_broken: false,
            has_ended: false,
            received: Vec::new(),
        };
        let stream = SslStream::new(Ssl::new(&server.context).unwrap(), pipe).unwrap();
        self.transport = Transport::Tls(Box::new(Tls { stream, end: None }));
        let stage = self.stage.clone();
        stage.wait_for(|| self.tls().stream.accept().map_err(io_error))
    }

    /// Makes the records of a text and of so many messages after it, without sending them: they must be the next that is sent.
    #[cfg(not(feature = "aws-lc"))]
    pub(super) fn prepare_messages(&mut self, text: &[u8], message: Message, count: usize) -> [Vec<u8>; 2] {
        self.tls().stream.get_mut().held = Some(Vec::new());
        if !text.is_empty() {
            self.write(text).expect("nothing can be wrong with a buffer");
        }
        let text = self.tls().stream.get_mut().held.replace(Vec::new());
        for _ in 0..count {
            self.send_message(message).expect("nothing can be wrong with a buffer");
        }
        let messages = self.tls().stream.get_mut().held.take();
        [text, messages].map(Option::unwrap_or_default)
    }

    /// Sends what was prepared, and then the message again and again until the client has closed.
    #[cfg(not(feature = "aws-lc"))]
    pub(super) fn flood_with_messages(&mut self, prepared: &[u8], message: Message) {
        let time = OwnTime::begin();
        if self.write_raw(prepared).is_err() {
            return;
        }
        // OpenSSL forgives a client that has left before its tickets came.
        while self.send_message(message).is_ok() && !self.tls().stream.get_ref().is_broken {
            assert!(!time.is_more_than(Duration::from_secs(20)), "the client took 20 s of this");
        }
    }

    /// Sends one byte of data, and then the message so often, again and again until the client has closed.
    #[cfg(not(feature = "aws-lc"))]
    pub(super) fn flood_with_messages_behind_data(&mut self, message: Message, count: usize) {
        let time = OwnTime::begin();
        loop {
            let round = self.prepare_messages(b"d", message, count).concat();
            if self.write_raw(&round).is_err() {
                return;
            }
            assert!(!time.is_more_than(Duration::from_secs(20)), "the client took 20 s of this");
        }
    }

    #[cfg(not(feature = "aws-lc"))]
    fn send_message(&mut self, message: Message) -> io::Result<()> {
        ask_for(self.tls().stream.ssl(), message);
        let stage = self.stage.clone();
        stage.wait_for(|| self.tls().stream.do_handshake().map_err(io_error))
    }

    /// Ends TLS on both sides, and goes on in clear on the same connection.
    pub(super) fn stop_tls(&mut self) -> io::Result<()> {
        self.close_notify()?;
        let rest = self.read()?;
        assert!(rest.is_empty(), "the client goes on with TLS: \"{}\"", rest.escape_ascii());
        assert_eq!(self.tls().end, Some(End::CloseNotify));
        let stream = self.transport.stream().try_clone()?;
        self.transport = Transport::Plain(stream);
        Ok(())
    }

    pub(super) fn close_notify(&mut self) -> io::Result<()> {
        if self.tls().stream.get_shutdown().contains(ShutdownState::SENT) {
            return Ok(());
        }
        let stage = self.stage.clone();
        stage.wait_for(|| self.tls().stream.shutdown().map(drop).map_err(io_error))
    }

    /// Whether the session of an earlier connection was resumed.
    pub(super) fn resumed(&mut self) -> bool {
        self.tls().stream.ssl().session_reused()
    }

    /// How the client has ended, once the end was read.
    pub(super) fn end(&mut self) -> Option<End> {
        self.tls().end
    }

    /// The number that the client has drawn for this connection.
    pub(super) fn client_random(&mut self) -> Vec<u8> {
        // Record header, handshake header, version: 5, 4 and 2 bytes.
        self.tls().stream.get_ref().received[11..43].to_vec()
    }

    /// How often the client had to say hello: twice if it has guessed the group wrong.
    pub(super) fn client_hellos(&mut self) -> usize {
        const HANDSHAKE: u8 = 22;
        const CLIENT_HELLO: u8 = 1;
        let mut rest = &self.tls().stream.get_ref().received[..];
        let mut count = 0;
        while let [kind, _, _, high, low, body @ ..] = rest {
            let is_hello = *kind == HANDSHAKE && body.first() == Some(&CLIENT_HELLO);
            count += usize::from(is_hello);
            rest = body.get(usize::from(u16::from_be_bytes([*high, *low]))..).unwrap_or_default();
        }
        count
    }

    fn tls(&mut self) -> &mut Tls {
        match &mut self.transport {
            Transport::Tls(tls) => tls,
            _ => panic!("this connection is in clear"),
        }
    }
}

/// What OpenSSL reads from and writes to.
struct Pipe {
    stream: TcpStream,
    drip: Option<Duration>,
    /// What is sent is kept here instead.
    held: Option<Vec<u8>>,
    /// The client does not take anything any more.
    is_broken: bool,
    has_ended: bool,
    /// The first bytes that the client has sent, as they were on the wire.
    received: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const KEPT: usize = 8192;
        let count = self.stream.read(buffer)?;
        self.has_ended |= count == 0;
        if self.received.len() < KEPT {
            self.received.extend_from_slice(&buffer[..count]);
        }
        Ok(count)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(held) = &mut self.held {
            held.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        let outcome = match self.drip {
            None => self.stream.write(bytes),
            Some(pause) => {
                thread::sleep(pause);
                self.stream.write(&bytes[..bytes.len().min(1)])
            }
        };
        self.is_broken |= outcome.as_ref().is_err_and(|error| !is_not_yet(error));
        outcome
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Has the next step of a handshake send this message.
#[cfg(not(feature = "aws-lc"))]
#[allow(unsafe_code)]
fn ask_for(ssl: &SslRef, message: Message) {
    use foreign_types_shared::ForeignTypeRef;
    use openssl_sys::SSL;
    use std::ffi::c_int;

    unsafe extern "C" {
        fn SSL_key_update(ssl: *mut SSL, kind: c_int) -> c_int;
        fn SSL_new_session_ticket(ssl: *mut SSL) -> c_int;
        fn SSL_renegotiate(ssl: *mut SSL) -> c_int;
    }
    // SAFETY: they take a connection that is established, and this thread has it for itself.
    let done = unsafe {
        match message {
            Message::KeyUpdate => SSL_key_update(ssl.as_ptr(), 0),
            Message::KeyUpdateForBoth => SSL_key_update(ssl.as_ptr(), 1),
            Message::Ticket => SSL_new_session_ticket(ssl.as_ptr()),
            Message::HelloRequest => SSL_renegotiate(ssl.as_ptr()),
        }
    };
    assert_eq!(done, 1, "OpenSSL does not send a {message:?} here");
}

/// An error of the kind `WouldBlock` when the connection only has to wait.
fn io_error(error: openssl::ssl::Error) -> io::Error {
    match error.code() {
        ErrorCode::WANT_READ | ErrorCode::WANT_WRITE => ErrorKind::WouldBlock.into(),
        _ => match error.into_io_error() {
            Ok(error) if is_not_yet(&error) => ErrorKind::WouldBlock.into(),
            Ok(error) => error,
            Err(error) => io::Error::other(error),
        },
    }
}
