//! Data connections, in both directions.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use super::super::processor::OwnTime;
use super::stage::Stage;
#[cfg(all(feature = "tls", not(feature = "aws-lc")))]
use super::tls::Message;
#[cfg(feature = "tls")]
use super::tls::{End, TlsServer};
use super::wire::Wire;

/// Where a passive client connects to. Clients can connect before the script accepts.
pub struct DataListener {
    pub(super) listener: TcpListener,
    pub(super) stage: Arc<Stage>,
}

impl DataListener {
    pub(super) fn bind(ip: IpAddr, stage: &Arc<Stage>) -> DataListener {
        DataListener { listener: TcpListener::bind((ip, 0)).unwrap(), stage: Arc::clone(stage) }
    }

    pub fn addr(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// What the client sends is taken in small pieces: the rest waits on the client's side.
    pub fn make_small(&self) {
        SockRef::from(&self.listener).set_recv_buffer_size(32 * 1024).unwrap();
    }

    /// Waits for the client's data connection.
    #[track_caller]
    pub fn accept(&self) -> Data {
        match Wire::accept(&self.listener, &self.stage) {
            Ok(wire) => Data::new(wire),
            Err(e) => panic!("no data connection came: {e}"),
        }
    }
}

/// Where an active client listens.
pub struct ClientPort {
    addr: SocketAddr,
    server: IpAddr,
    pub(super) stage: Arc<Stage>,
}

impl ClientPort {
    pub(super) fn new(addr: SocketAddr, server: IpAddr, stage: &Arc<Stage>) -> ClientPort {
        ClientPort { addr, server, stage: Arc::clone(stage) }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Opens the data connection from the server's own address.
    #[track_caller]
    pub fn connect(&self) -> Data {
        self.connect_from(self.server)
    }

    /// Opens a connection from another address, as a stranger would.
    #[track_caller]
    pub fn connect_from(&self, source: IpAddr) -> Data {
        match self.try_connect_from(source, Duration::from_secs(5)) {
            Ok(stream) => Data::new(Wire::new(stream, &self.stage)),
            Err(e) => panic!("cannot connect to the client's {} from {source}: {e}", self.addr),
        }
    }

    /// Opens one connection after another from this address, until the client does not listen any more.
    pub fn flood_from(&self, source: IpAddr) {
        let time = OwnTime::begin();
        loop {
            match self.try_connect_from(source, Duration::from_millis(20)) {
                Ok(_) => {}
                // There are more of them than it has accepted.
                Err(e) if e.kind() == io::ErrorKind::TimedOut => {}
                Err(_) => break,
            }
            assert!(!time.is_more_than(Duration::from_secs(20)), "the client took 20 s of this");
        }
        self.stage.log("[the client does not listen any more]");
    }

    pub(super) fn try_connect_from(&self, source: IpAddr, patience: Duration) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::for_address(self.addr), Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((source, 0)).into())?;
        socket.connect_timeout(&self.addr.into(), patience)?;
        Ok(socket.into())
    }
}

/// A data connection. Dropping it closes it.
pub struct Data {
    pub(super) wire: Wire,
}

impl Data {
    pub(super) fn new(wire: Wire) -> Data {
        wire.stage.log(format!("[data connection with {:?}]", wire.stream().peer_addr()));
        Data { wire }
    }

    /// The client's end of this connection.
    pub fn client_addr(&self) -> SocketAddr {
        self.wire.stream().peer_addr().unwrap()
    }

    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.wire.stage.log(format!("[{} bytes of data sent]", bytes.len()));
        self.wire.write(bytes).expect("cannot send data");
    }

    /// Sends `size` bytes at a time, with `pause` between them.
    #[track_caller]
    pub fn send_split(&mut self, bytes: impl AsRef<[u8]>, size: usize, pause: Duration) {
        let bytes = bytes.as_ref();
        self.wire.stage.log(format!("[{} bytes of data sent in pieces of {size}]", bytes.len()));
        self.wire.write_split(bytes, size, pause).expect("cannot send data");
    }

    /// Sends zeros for as long as the client keeps the connection: for a client that ends the transfer by itself.
    #[track_caller]
    pub fn send_until_closed(&mut self) {
        loop {
            match self.wire.write(&[0; 65536]) {
                Ok(()) => {}
                Err(e) if e.kind() == io::ErrorKind::TimedOut => {
                    panic!("the client did not close the data connection")
                }
                Err(_) => break,
            }
        }
        self.wire.stage.log("[the client closed the data connection]");
    }

    /// Sends the same bytes again and again until the client closes the connection.
    #[track_caller]
    pub fn flood_until_closed(&mut self, bytes: impl AsRef<[u8]>) {
        self.wire.flood(bytes.as_ref());
        self.wire.stage.log("[the client closed the data connection]");
    }

    /// All that the client sends until it closes.
    #[track_caller]
    pub fn read_to_end(&mut self) -> Vec<u8> {
        self.read_slowly_to_end(Duration::ZERO)
    }

    /// The same, with `pause` after each piece.
    #[track_caller]
    pub fn read_slowly_to_end(&mut self, pause: Duration) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            std::thread::sleep(pause);
            let bytes = self.read("the end of the data");
            if bytes.is_empty() {
                self.wire.stage.log(format!("[{} bytes of data received]", all.len()));
                return all;
            }
            all.extend_from_slice(&bytes);
        }
    }

    /// At least `count` bytes, and whatever came with them.
    #[track_caller]
    pub fn read_at_least(&mut self, count: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while all.len() < count {
            let bytes = self.read("data");
            assert!(!bytes.is_empty(), "the client closed after {} bytes of data", all.len());
            all.extend_from_slice(&bytes);
        }
        all
    }

    /// The client must close without sending a byte.
    #[track_caller]
    pub fn expect_eof(&mut self) {
        let bytes = self.read("the end of the data");
        assert!(bytes.is_empty(), "the client sent \"{}\" instead of an end", bytes.escape_ascii());
    }

    /// The client must break the connection (RST), as it does with a transfer that it aborts. Returns what came before.
    #[track_caller]
    pub fn expect_reset(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            match self.wire.read() {
                Ok(bytes) if bytes.is_empty() => panic!("the client ended the data in an orderly way"),
                Ok(bytes) => all.extend_from_slice(&bytes),
                Err(e) if e.kind() == io::ErrorKind::ConnectionReset => break,
                Err(e) => panic!("the script waits for a reset, but: {e}"),
            }
        }
        self.wire.stage.log(format!("[{} bytes of data received, then a reset]", all.len()));
        all
    }

    /// Waits until the client has read all that was sent.
    #[track_caller]
    pub fn expect_taken(&mut self) {
        self.wire.expect_taken();
    }

    /// The client must neither send nor close for this long.
    #[track_caller]
    pub fn expect_silence(&mut self, time: Duration) {
        self.wire.expect_silence(time);
    }

    /// Ends what the server sends (FIN) and goes on receiving.
    pub fn shutdown_write(&mut self) {
        self.wire.shutdown_write();
    }

    pub fn close(self) {
        self.wire.stage.log("[the server closes the data connection]");
    }

    /// Closes with a reset (RST).
    pub fn reset(self) {
        self.wire.stage.log("[the server resets the data connection]");
        self.wire.reset();
    }

    /// Sends bytes as they are, also when TLS is on: what no TLS library would send.
    #[track_caller]
    pub fn send_raw(&mut self, bytes: impl AsRef<[u8]>) {
        self.wire.stage.log(format!("[raw on the data connection: \"{}\"]", bytes.as_ref().escape_ascii()));
        self.wire.write_raw(bytes.as_ref()).expect("cannot send raw bytes");
    }

    #[track_caller]
    fn read(&mut self, what: &str) -> Vec<u8> {
        match self.wire.read() {
            Ok(bytes) => bytes,
            Err(e) => panic!("the script waits for {what}, but: {e}"),
        }
    }
}

/// TLS. Without it, or before [`Data::start_tls`], everything is in clear.
#[cfg(feature = "tls")]
impl Data {
    /// The handshake.
    #[track_caller]
    pub fn start_tls(&mut self, server: &TlsServer) {
        if let Err(e) = self.try_start_tls(server) {
            panic!("the handshake of the data connection failed: {e}");
        }
    }

    /// A handshake that is to fail.
    pub fn try_start_tls(&mut self, server: &TlsServer) -> io::Result<()> {
        let outcome = self.wire.start_tls(server);
        let said = outcome.as_ref().map_or_else(ToString::to_string, |()| "done".into());
        self.wire.stage.log(format!("[TLS handshake of the data connection: {said}]"));
        outcome
    }

    /// Whether this connection resumed the session of another.
    pub fn resumed(&mut self) -> bool {
        self.wire.resumed()
    }

    /// The number that the client has drawn for this connection.
    pub fn client_random(&mut self) -> Vec<u8> {
        self.wire.client_random()
    }

    /// How often the client had to say hello in the handshake.
    pub fn client_hellos(&mut self) -> usize {
        self.wire.client_hellos()
    }

    /// Makes the records of a text, and of so many messages without data after it, and sends neither. Both must be sent before
    /// anything else is, the text as raw bytes, the messages by [`Self::flood_with_messages`].
    #[cfg(not(feature = "aws-lc"))]
    pub fn prepare_messages(&mut self, text: &str, message: Message, count: usize) -> [Vec<u8>; 2] {
        self.wire.prepare_messages(text.as_bytes(), message, count)
    }

    /// Sends messages that were prepared, and more of them until the client closes the connection.
    #[cfg(not(feature = "aws-lc"))]
    pub fn flood_with_messages(&mut self, prepared: &[u8], message: Message) {
        self.wire.flood_with_messages(prepared, message);
        self.wire.stage.log("[the client closed the data connection]");
    }

    /// Sends one byte of data, and then the message so often, again and again until the client closes the connection.
    #[cfg(not(feature = "aws-lc"))]
    pub fn flood_with_messages_behind_data(&mut self, message: Message, count: usize) {
        self.wire.flood_with_messages_behind_data(message, count);
        self.wire.stage.log("[the client closed the data connection]");
    }

    /// Says that nothing more will be sent, and leaves the TCP connection open.
    #[track_caller]
    pub fn close_notify(&mut self) {
        self.wire.stage.log("[close_notify on the data connection]");
        self.wire.close_notify().expect("cannot send a close_notify");
    }

    /// Closes as TLS wants it: a close_notify, then FIN.
    #[track_caller]
    pub fn close_tls(mut self) {
        self.close_notify();
        self.close();
    }

    /// How the client has ended, after [`Data::read_to_end`] or [`Data::expect_eof`].
    pub fn end(&mut self) -> Option<End> {
        self.wire.end()
    }
}
