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
}

/// A relay at the server's own address: the data connections need none, and servers see nobody else.
///
/// It knows nothing of urgent data.
pub struct Relay {
    address: SocketAddr,
    has_ended: Arc<AtomicBool>,
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
        let sessions = thread::spawn({
            let has_ended = Arc::clone(&has_ended);
            move || {
                let mut sessions = Vec::new();
                loop {
                    let (client, _) = listener.accept().unwrap();
                    if has_ended.load(Ordering::SeqCst) {
                        return sessions;
                    }
                    sessions.push(Session::start(client, TcpStream::connect(server).unwrap(), pace));
                }
            }
        });
        Relay { address, has_ended, sessions }
    }

    /// Where the client connects to.
    pub fn addr(&self) -> SocketAddr {
        self.address
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
        let pumps = [
            thread::spawn(move || {
                pump(client, server, pace, |bytes| note.lock().unwrap().extend_from_slice(bytes));
            }),
            thread::spawn(move || pump(server_again, client_again, pace, |_| {})),
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

/// Passes on what comes, and its end, whatever the end was.
fn pump(mut from: TcpStream, mut to: TcpStream, pace: Pace, mut note: impl FnMut(&[u8])) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..count];
        note(bytes);
        let size = if pace == Pace::OneByOne { 1 } else { bytes.len() };
        for (i, piece) in bytes.chunks(size).enumerate() {
            if i > 0 {
                thread::sleep(GAP);
            }
            if to.write_all(piece).is_err() {
                // Nobody hears it: the other direction ends as well.
                let _ = from.shutdown(Shutdown::Both);
                return;
            }
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
