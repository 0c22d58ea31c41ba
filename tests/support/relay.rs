//! Stands between a client and the control port of a server, and notes what the client says.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Between two bytes that go one by one: the other side sees the first before the second is there.
const GAP: Duration = Duration::from_micros(20);

/// How bytes are passed on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    AsTheyCome,
    OneByOne,
    /// The client's commands as they come: for servers that take each packet for a line.
    RepliesOneByOne,
}

/// A relay at the server's own address: the data connections need none, and servers see nobody else.
///
/// It knows nothing of urgent data.
pub struct Relay {
    address: SocketAddr,
    has_ended: Arc<AtomicBool>,
    clients: Arc<Mutex<Vec<TcpStream>>>,
    sessions: JoinHandle<Vec<Session>>,
}

struct Session {
    said: Arc<Mutex<Vec<u8>>>,
    pumps: [JoinHandle<()>; 2],
}

impl Relay {
    pub fn start(server: SocketAddr, pace: Pace) -> Relay {
        let listener = TcpListener::bind((server.ip(), 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let has_ended = Arc::new(AtomicBool::new(false));
        let clients = Arc::<Mutex<Vec<TcpStream>>>::default();
        let sessions = thread::spawn({
            let (has_ended, clients) = (Arc::clone(&has_ended), Arc::clone(&clients));
            move || {
                let mut sessions = Vec::new();
                loop {
                    let (client, _) = listener.accept().unwrap();
                    if has_ended.load(Ordering::SeqCst) {
                        return sessions;
                    }
                    clients.lock().unwrap().push(client.try_clone().unwrap());
                    sessions.push(Session::start(client, TcpStream::connect(server).unwrap(), pace));
                }
            }
        });
        Relay { address, has_ended, clients, sessions }
    }

    /// Where the client connects to.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Ends each connection that there is, as a network does that fails: without a word.
    pub fn lose_connections(&self) {
        for client in self.clients.lock().unwrap().drain(..) {
            // It may have ended by itself.
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    /// Waits for the sessions to end. Returns the commands of each, in the order in which they began, with a `*` for the
    /// ports that the system chose.
    pub fn finish(self) -> Vec<Vec<String>> {
        self.has_ended.store(true, Ordering::SeqCst);
        // For the thread that accepts to see it.
        drop(TcpStream::connect(self.address).unwrap());
        self.sessions.join().unwrap().into_iter().map(Session::finish).collect()
    }
}

impl Session {
    fn start(client: TcpStream, server: TcpStream, pace: Pace) -> Session {
        let said = Arc::<Mutex<Vec<u8>>>::default();
        let note = Arc::clone(&said);
        let [client_again, server_again] = [&client, &server].map(|stream| {
            stream.set_nodelay(true).unwrap();
            stream.try_clone().unwrap()
        });
        let (to_server, to_client): (FirstPiece, FirstPiece) = match pace {
            Pace::AsTheyCome => (everything, everything),
            Pace::OneByOne => (byte_or_line_end, one_byte),
            Pace::RepliesOneByOne => (everything, one_byte),
        };
        let pumps = [
            thread::spawn(move || {
                pump(client, server, to_server, |bytes| note.lock().unwrap().extend_from_slice(bytes));
            }),
            thread::spawn(move || pump(server_again, client_again, to_client, |_| {})),
        ];
        Session { said, pumps }
    }

    fn finish(self) -> Vec<String> {
        for pump in self.pumps {
            pump.join().unwrap();
        }
        commands(&self.said.lock().unwrap())
    }
}

/// How many of these bytes to pass on at once.
type FirstPiece = fn(&[u8]) -> usize;

fn everything(bytes: &[u8]) -> usize {
    bytes.len()
}

fn one_byte(_: &[u8]) -> usize {
    1
}

/// ProFTPD 1.3.8 waits for ever for the end of a line whose CR and LF come one by one.
fn byte_or_line_end(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\r\n") { 2 } else { 1 }
}

/// Passes on what comes, and its end, whatever the end was.
fn pump(mut from: TcpStream, mut to: TcpStream, first_piece: FirstPiece, mut note: impl FnMut(&[u8])) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let mut bytes = &buffer[..count];
        note(bytes);
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at(first_piece(bytes));
            if to.write_all(piece).is_err() {
                // Nobody hears it: the other direction ends as well.
                let _ = from.shutdown(Shutdown::Both);
                return;
            }
            if !rest.is_empty() {
                thread::sleep(GAP);
            }
            bytes = rest;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn commands(said: &[u8]) -> Vec<String> {
    let text = said.escape_ascii().to_string();
    text.split_terminator("\\r\\n").map(without_port).collect()
}

/// `PORT 127,0,0,1,*` and `EPRT |2|::1|*`
fn without_port(command: &str) -> String {
    let separator = match command.get(..5) {
        Some("PORT ") => ',',
        Some("EPRT ") => '|',
        _ => return command.to_owned(),
    };
    let host = command.rsplitn(3, separator).nth(2).unwrap_or(command);
    format!("{host}{separator}*")
}
