//! The control connection: what a script can say, and what it can expect to hear.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use super::super::drive::is_hostile;
use super::super::processor::OwnTime;
use super::data::{ClientPort, DataListener};
use super::stage::Stage;
#[cfg(all(feature = "tls", not(feature = "aws-lc")))]
use super::tls::Message;
#[cfg(feature = "tls")]
use super::tls::{End, TlsServer};
use super::wire::Wire;

/// Larger texts, which only fill a buffer, would take too long byte by byte.
const SPLIT_UP_TO: usize = 1000;

/// One control connection. Every method that waits for the client panics when the client does something else.
pub struct Session {
    /// `None` once the script has closed the connection.
    pub(super) wire: Option<Wire>,
    pub(super) stage: Arc<Stage>,
    pub(super) server: SocketAddr,
    client: SocketAddr,
    /// Bytes that were read together with a line before them.
    pub(super) unread: Vec<u8>,
}

impl Session {
    pub(super) fn accept(listener: &TcpListener, stage: &Arc<Stage>) -> Session {
        match Wire::accept_client(listener, stage) {
            Ok(wire) => Session::new(wire, stage),
            Err(e) => panic!("no client connected: {e}"),
        }
    }

    pub(super) fn new(wire: Wire, stage: &Arc<Stage>) -> Session {
        let server = wire.stream().local_addr().unwrap();
        let client = wire.stream().peer_addr().unwrap();
        stage.log(format!("[{client} connected]"));
        Session { wire: Some(wire), stage: Arc::clone(stage), server, client, unread: Vec::new() }
    }

    /// The client's end of the control connection.
    pub fn client_addr(&self) -> SocketAddr {
        self.client
    }

    /// Sends these bytes, no more and no fewer: line ends are the script's business. They go one by one where clients are
    /// driven without manners, so that these get to see every beginning of a reply.
    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.stage.log(format!("S: {}", bytes.escape_ascii()));
        let split = is_hostile() && bytes.len() <= SPLIT_UP_TO;
        let size = if split { 1 } else { bytes.len().max(1) };
        if let Err(e) = self.wire().write_split(bytes, size, Duration::from_micros(20)) {
            panic!("cannot send \"{}\": {e}", bytes.escape_ascii());
        }
    }

    /// Sends these bytes in one piece, however clients are driven: the client may leave before it has seen all of them.
    #[track_caller]
    pub fn send_at_once(&mut self, bytes: impl AsRef<[u8]>) {
        self.send_split(&bytes, bytes.as_ref().len(), Duration::ZERO);
    }

    /// Sends bytes as they are, also when TLS is on: what no TLS library would send.
    #[track_caller]
    pub fn send_raw(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.stage.log(format!("S: {} [raw]", bytes.escape_ascii()));
        if let Err(e) = self.wire().write_raw(bytes) {
            panic!("cannot send \"{}\": {e}", bytes.escape_ascii());
        }
    }

    /// Sends `size` bytes at a time, with `pause` between them.
    #[track_caller]
    pub fn send_split(&mut self, bytes: impl AsRef<[u8]>, size: usize, pause: Duration) {
        let bytes = bytes.as_ref();
        self.stage.log(format!("S: {} [in pieces of {size}]", bytes.escape_ascii()));
        if let Err(e) = self.wire().write_split(bytes, size, pause) {
            panic!("cannot send \"{}\": {e}", bytes.escape_ascii());
        }
    }

    /// Sends the same bytes again and again until the client closes the connection, 64 MiB at the most.
    #[track_caller]
    pub fn send_until_closed(&mut self, bytes: impl AsRef<[u8]>) {
        let block = bytes.as_ref().repeat(65536 / bytes.as_ref().len());
        let closed = (0..1024).any(|_| self.wire().write(&block).is_err());
        assert!(closed, "the client took 64 MiB of this");
        self.stage.log("[the client closed the control connection]");
        self.wire = None;
    }

    /// Sends the same bytes again and again until the client closes the connection, however many it takes.
    #[track_caller]
    pub fn flood_until_closed(&mut self, bytes: impl AsRef<[u8]>) {
        self.wire().flood(bytes.as_ref());
        self.stage.log("[the client closed the control connection]");
        self.wire = None;
    }

    /// Sends the same text again and again, a byte at a time with a `pause` after it, until the client closes the connection.
    #[track_caller]
    pub fn drip_until_closed(&mut self, text: &str, pause: Duration) {
        let time = OwnTime::begin();
        let mut bytes = text.bytes().cycle();
        while self.wire().write(&[bytes.next().unwrap()]).is_ok() {
            assert!(!time.is_more_than(Duration::from_secs(20)), "the client took 20 s of this");
            std::thread::sleep(pause);
        }
        self.stage.log("[the client closed the control connection]");
        self.wire = None;
    }

    /// The client's next line without its CRLF.
    #[track_caller]
    pub fn line_bytes(&mut self) -> Vec<u8> {
        let mut searched = 0;
        let end = loop {
            if let Some(end) = self.unread[searched..].iter().position(|&b| b == b'\n') {
                break searched + end;
            }
            searched = self.unread.len();
            if self.read_more("a line") == 0 {
                panic!("the client left in the middle of \"{}\"", self.unread.escape_ascii());
            }
        };
        let mut line: Vec<u8> = self.unread.drain(..=end).collect();
        line.truncate(end);
        self.stage.log(format!("C: {}", line.escape_ascii()));
        assert_eq!(line.pop(), Some(b'\r'), "the client's line ends in LF without CR");
        line
    }

    /// The client's next line as text.
    #[track_caller]
    pub fn line(&mut self) -> String {
        match String::from_utf8(self.line_bytes()) {
            Ok(line) => line,
            Err(e) => panic!("the client's line is not UTF-8: \"{}\"", e.as_bytes().escape_ascii()),
        }
    }

    /// The client's next line, or `None` when it leaves instead.
    #[track_caller]
    pub fn line_or_end(&mut self) -> Option<String> {
        if self.unread.is_empty() && self.read_more("a line, or the client to leave") == 0 {
            self.stage.log("[the client left]");
            return None;
        }
        Some(self.line())
    }

    /// Takes whatever the client sends next, such as the start of a handshake that the script has no part in.
    #[track_caller]
    pub fn expect_some_bytes(&mut self) {
        let count = self.read_more("some bytes");
        assert!(count > 0, "the client left");
        self.stage.log(format!("C: [{} bytes]", self.unread.len()));
        self.unread.clear();
    }

    /// The client's next line must be this one.
    #[track_caller]
    pub fn expect(&mut self, line: impl AsRef<[u8]>) {
        let (expected, got) = (line.as_ref(), self.line_bytes());
        assert!(
            got == expected,
            "the script expects \"{}\", the client sent \"{}\"",
            expected.escape_ascii(),
            got.escape_ascii()
        );
    }

    /// The client's next line must be `command`, followed by an argument: which is returned.
    #[track_caller]
    pub fn expect_command(&mut self, command: &str) -> String {
        let line = self.line();
        match line.split_once(' ') {
            Some((verb, argument)) if verb == command => argument.to_owned(),
            _ => panic!("the script expects \"{command}\" with an argument, the client sent {line:?}"),
        }
    }

    /// Waits until the client's system has taken all that was sent.
    #[track_caller]
    pub fn expect_arrived(&mut self) {
        self.wire().expect_arrived();
    }

    /// Waits until the client has read all that was sent.
    #[track_caller]
    pub fn expect_taken(&mut self) {
        self.wire().expect_taken();
    }

    /// The client must send nothing for this long.
    #[track_caller]
    pub fn expect_silence(&mut self, time: Duration) {
        assert!(self.unread.is_empty(), "the client has sent \"{}\" already", self.unread.escape_ascii());
        self.wire().expect_silence(time);
    }

    /// The client must close the connection without another byte.
    #[track_caller]
    pub fn expect_eof(&mut self) {
        if self.unread.is_empty() {
            self.read_more("the client to leave");
        }
        assert!(
            self.unread.is_empty(),
            "the client was to leave, but it sent \"{}\"",
            self.unread.escape_ascii()
        );
        self.stage.log("[the client left]");
    }

    /// Greets and lets anybody in: USER, PASS, 230.
    #[track_caller]
    pub fn login(&mut self) {
        self.send("220 ready\r\n");
        self.expect_command("USER");
        self.send("331 password, please\r\n");
        self.expect_command("PASS");
        self.send("230 welcome\r\n");
    }

    /// The client must say goodbye and leave.
    #[track_caller]
    pub fn quit(&mut self) {
        self.expect("QUIT");
        self.send("221 goodbye\r\n");
        self.expect_eof();
    }

    /// Answers PASV (on ::1: EPSV) with the address of a new data listener.
    #[track_caller]
    pub fn passive(&mut self) -> DataListener {
        if self.server.is_ipv6() {
            return self.extended_passive();
        }
        self.expect("PASV");
        let listener = self.data_listener();
        let [p1, p2] = listener.addr().port().to_be_bytes();
        let host = listener.addr().ip().to_string().replace('.', ",");
        self.send(format!("227 Entering Passive Mode ({host},{p1},{p2})\r\n"));
        listener
    }

    /// Answers EPSV with the port of a new data listener.
    #[track_caller]
    pub fn extended_passive(&mut self) -> DataListener {
        self.expect("EPSV");
        let listener = self.data_listener();
        self.send(format!("229 Entering Extended Passive Mode (|||{}|)\r\n", listener.addr().port()));
        listener
    }

    /// Listens for data connections at the server's address without a word: for scripts that answer PASV in their own way.
    pub fn data_listener(&self) -> DataListener {
        DataListener::bind(self.server.ip(), &self.stage)
    }

    /// Accepts PORT (on ::1: EPRT) and returns the address that the client listens at.
    #[track_caller]
    pub fn active(&mut self) -> ClientPort {
        let addr = if self.server.is_ipv6() {
            parse_eprt(&self.expect_command("EPRT"))
        } else {
            parse_port(&self.expect_command("PORT"))
        };
        let Some(addr) = addr else { panic!("that is not the address of a client") };
        self.send("200 ok\r\n");
        self.client_port(addr)
    }

    /// An address that the client listens at, for scripts that take PORT in their own way.
    pub fn client_port(&self, addr: SocketAddr) -> ClientPort {
        ClientPort::new(addr, self.server.ip(), &self.stage)
    }

    /// Ends the connection (FIN). The script goes on: to a data connection that outlives it, for example.
    #[track_caller]
    pub fn close(&mut self) {
        self.wire();
        self.stage.log("[the server closes]");
        self.wire = None;
    }

    /// Ends the connection with a reset (RST).
    #[track_caller]
    pub fn reset(&mut self) {
        self.wire();
        self.stage.log("[the server resets]");
        if let Some(wire) = self.wire.take() {
            wire.reset();
        }
    }

    /// Says nothing more, whatever the client sends, until the client leaves or the test calls `finish`.
    #[track_caller]
    pub fn hold(&mut self) {
        self.stage.log("[the server holds]");
        let stage = Arc::clone(&self.stage);
        let held = stage.wait_for(|| match self.wire().read_now() {
            Ok(Some(bytes)) if !bytes.is_empty() => {
                self.stage.add_received(&bytes);
                Err(std::io::ErrorKind::WouldBlock.into())
            }
            Ok(None) if !self.stage.test_has_ended() => Err(std::io::ErrorKind::WouldBlock.into()),
            _ => Ok(()),
        });
        held.expect("the client still waits");
    }

    /// Reads once more into `unread` and returns how many bytes came: 0 when the client has left.
    #[track_caller]
    fn read_more(&mut self, what: &str) -> usize {
        match self.wire().read() {
            Ok(bytes) => {
                self.stage.add_received(&bytes);
                self.unread.extend_from_slice(&bytes);
                bytes.len()
            }
            Err(e) => panic!("the script waits for {what}, but: {e}"),
        }
    }

    #[track_caller]
    fn wire(&mut self) -> &mut Wire {
        self.wire.as_mut().expect("the script has closed this connection already")
    }
}

/// TLS.
#[cfg(feature = "tls")]
impl Session {
    /// The handshake; from here on everything goes over TLS.
    #[track_caller]
    pub fn start_tls(&mut self, server: &TlsServer) {
        if let Err(e) = self.try_start_tls(server) {
            panic!("the handshake failed: {e}");
        }
    }

    /// A handshake that is to fail.
    #[track_caller]
    pub fn try_start_tls(&mut self, server: &TlsServer) -> std::io::Result<()> {
        assert!(self.unread.is_empty(), "in clear before TLS: \"{}\"", self.unread.escape_ascii());
        let outcome = self.wire().start_tls(server);
        let said = outcome.as_ref().map_or_else(ToString::to_string, |()| "done".into());
        self.stage.log(format!("[TLS handshake: {said}]"));
        outcome
    }

    /// AUTH TLS, and the handshake.
    #[track_caller]
    pub fn auth(&mut self, server: &TlsServer) {
        self.expect("AUTH TLS");
        self.send("234 go\r\n");
        self.start_tls(server);
    }

    /// Greets, begins TLS and lets anybody in: AUTH TLS, USER, PASS, PBSZ 0, PROT P.
    #[track_caller]
    pub fn tls_login(&mut self, server: &TlsServer) {
        self.send("220 ready\r\n");
        self.auth(server);
        self.expect_command("USER");
        self.send("331 password, please\r\n");
        self.expect_command("PASS");
        self.send("230 welcome\r\n");
        self.prot_p();
    }

    /// PBSZ 0 and PROT P.
    #[track_caller]
    pub fn prot_p(&mut self) {
        self.expect("PBSZ 0");
        self.send("200 PBSZ=0\r\n");
        self.expect("PROT P");
        self.send("200 private\r\n");
    }

    /// Ends TLS with a close_notify from both sides; what follows is in clear.
    #[track_caller]
    pub fn stop_tls(&mut self) {
        if let Err(e) = self.wire().stop_tls() {
            panic!("TLS did not end: {e}");
        }
        self.stage.log("[TLS ends, in clear from here on]");
    }

    /// Makes the records of a text, and of so many messages without data after it, and sends neither. Both must be sent before
    /// anything else is, the text as raw bytes, the messages by [`Self::flood_with_messages`].
    #[cfg(not(feature = "aws-lc"))]
    pub fn prepare_messages(&mut self, text: &str, message: Message, count: usize) -> [Vec<u8>; 2] {
        self.wire().prepare_messages(text.as_bytes(), message, count)
    }

    /// Sends messages that were prepared, and more of them until the client closes the connection.
    #[cfg(not(feature = "aws-lc"))]
    pub fn flood_with_messages(&mut self, prepared: &[u8], message: Message) {
        self.wire().flood_with_messages(prepared, message);
        self.stage.log("[the client closed the control connection]");
        self.wire = None;
    }

    /// Says that nothing more will be sent, and leaves the TCP connection open.
    #[track_caller]
    pub fn close_notify(&mut self) {
        self.stage.log("[close_notify]");
        self.wire().close_notify().expect("cannot send a close_notify");
    }

    /// Closes as TLS wants it: a close_notify, then FIN.
    #[track_caller]
    pub fn close_tls(&mut self) {
        self.close_notify();
        self.close();
    }

    /// How the client has ended, after [`Session::expect_eof`].
    #[track_caller]
    pub fn end(&mut self) -> Option<End> {
        self.wire().end()
    }

    /// How often the client had to say hello in the handshake.
    #[track_caller]
    pub fn client_hellos(&mut self) -> usize {
        self.wire().client_hellos()
    }

    /// The number that the client has drawn for this TLS connection.
    #[track_caller]
    pub fn client_random(&mut self) -> Vec<u8> {
        self.wire().client_random()
    }
}

/// `h1,h2,h3,h4,p1,p2`
fn parse_port(argument: &str) -> Option<SocketAddr> {
    let numbers: Vec<u8> = argument.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [a, b, c, d, p1, p2] = numbers[..] else { return None };
    Some((Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([p1, p2])).into())
}

/// `|2|address|port|`
fn parse_eprt(argument: &str) -> Option<SocketAddr> {
    let ["", "2", host, port, ""] = argument.split('|').collect::<Vec<_>>()[..] else { return None };
    Some((IpAddr::from(host.parse::<Ipv6Addr>().ok()?), port.parse().ok()?).into())
}
