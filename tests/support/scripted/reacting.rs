//! Servers that answer whatever they hear, in place of one dialogue that is written down: the client may leave when it likes, and
//! that is no failure.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::Scripted;
use super::data::{ClientPort, Data, DataListener};
use super::session::Session;
use super::stage::{Stage, is_not_yet};
#[cfg(feature = "tls")]
use super::transport::Transport;
use super::wire::Wire;

/// The connection is gone.
#[derive(Debug)]
pub struct Gone;

impl Scripted {
    /// Plays `play` for each client that comes, on a thread of its own, until the test calls `finish`. The second argument counts
    /// the clients, from 0 on.
    pub fn react(play: impl Fn(&mut Session, usize) + Send + Sync + 'static) -> Scripted {
        Scripted::react_at(Ipv4Addr::LOCALHOST.into(), play)
    }

    /// The same at 127.0.0.1 or at ::1.
    pub fn react_at(ip: IpAddr, play: impl Fn(&mut Session, usize) + Send + Sync + 'static) -> Scripted {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let stage = Arc::new(Stage::default());
        let thread = thread::spawn({
            let stage = Arc::clone(&stage);
            move || serve_all(&listener, &stage, &Arc::new(play))
        });
        Scripted { addr, stage, thread: Mutex::new(Some(thread)) }
    }
}

fn serve_all<P>(listener: &TcpListener, stage: &Arc<Stage>, play: &Arc<P>)
where
    P: Fn(&mut Session, usize) + Send + Sync + 'static,
{
    let mut sessions = Vec::new();
    loop {
        // Who has connected before the end of the test is served.
        let is_last_round = stage.test_has_ended();
        match listener.accept() {
            Ok((stream, _)) => {
                let (play, number) = (Arc::clone(play), sessions.len());
                let wire = Wire::new(stream, stage);
                let stage = Arc::clone(stage);
                sessions.push(thread::spawn(move || play(&mut Session::new(wire, &stage), number)));
            }
            Err(_) if is_last_round => break,
            Err(_) => thread::sleep(Duration::from_millis(1)),
        }
    }
    for session in sessions {
        if let Err(panic) = session.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

impl Session {
    /// The client's next line, with whatever ends it.
    pub fn hear_bytes(&mut self) -> Result<Vec<u8>, Gone> {
        loop {
            if let Some(end) = self.unread.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                self.stage.log(format!("C: {}", line.escape_ascii()));
                return Ok(line);
            }
            let more = self.wire.as_mut().ok_or(Gone)?.read().unwrap_or_default();
            if more.is_empty() {
                // A line without an end is the client's last one.
                let rest = std::mem::take(&mut self.unread);
                return if rest.is_empty() { Err(Gone) } else { Ok(rest) };
            }
            self.stage.add_received(&more);
            self.unread.extend_from_slice(&more);
        }
    }

    /// The client's next line, without what ends it.
    pub fn hear(&mut self) -> Result<String, Gone> {
        Ok(String::from_utf8_lossy(&self.hear_bytes()?).trim_end().to_owned())
    }

    /// Sends a line, with CRLF.
    pub fn say(&mut self, line: &str) -> Result<(), Gone> {
        self.try_send(format!("{line}\r\n"))
    }

    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Gone> {
        let bytes = bytes.as_ref();
        self.stage.log(format!("S: {}", bytes.escape_ascii()));
        self.wire.as_mut().ok_or(Gone)?.write(bytes).map_err(|_| Gone)
    }

    /// Sends them in so many pieces at the most.
    pub fn try_drip(&mut self, bytes: &[u8], most_pieces: usize) -> Result<(), Gone> {
        pieces(bytes, most_pieces).try_for_each(|piece| self.try_send(piece))
    }

    pub fn server_ip(&self) -> IpAddr {
        self.server.ip()
    }

    /// Ends what the server says (FIN), and goes on listening.
    pub fn shutdown_write(&mut self) {
        if let Some(wire) = &mut self.wire {
            wire.shutdown_write();
        }
    }

    /// A new data listener, and the reply to PASV that tells its address.
    pub fn offer_passive(&mut self) -> Result<DataListener, Gone> {
        let listener = self.data_listener();
        let [high, low] = listener.addr().port().to_be_bytes();
        self.say(&format!("227 here (127,0,0,1,{high},{low})"))?;
        Ok(listener)
    }

    /// Where the argument of PORT says that the client listens.
    pub fn port_of(&self, argument: &str) -> ClientPort {
        let numbers: Vec<u8> = argument.split(',').filter_map(|number| number.parse().ok()).collect();
        let [a, b, c, d, high, low] = numbers[..] else { panic!("no address: {argument}") };
        self.client_port((Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([high, low])).into())
    }
}

fn pieces(bytes: &[u8], most: usize) -> impl Iterator<Item = &[u8]> {
    bytes.chunks(bytes.len().div_ceil(most).max(1))
}

impl DataListener {
    /// The client's connection, unless it does not come in time.
    pub fn try_accept(&self, patience: Duration) -> Option<Data> {
        self.listener.set_nonblocking(true).unwrap();
        let start = Instant::now();
        while start.elapsed() < patience {
            match self.listener.accept() {
                Ok((stream, _)) => return Some(Data::new(Wire::new(stream, &self.stage))),
                Err(error) if is_not_yet(&error) => thread::sleep(Duration::from_millis(1)),
                Err(_) => return None,
            }
        }
        None
    }
}

impl ClientPort {
    /// A connection from this address, unless the client does not listen any more.
    pub fn try_connect(&self, source: IpAddr, patience: Duration) -> Option<Data> {
        let stream = self.try_connect_from(source, patience).ok()?;
        Some(Data::new(Wire::new(stream, &self.stage)))
    }
}

impl Data {
    /// Whether the client has taken them, as far as one can know.
    pub fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.wire.write(bytes).is_ok()
    }

    /// The same, in so many pieces at the most.
    pub fn try_drip(&mut self, bytes: &[u8], most_pieces: usize) -> bool {
        pieces(bytes, most_pieces).all(|piece| self.try_send(piece))
    }

    /// What the client sends to its end, or until there are so many bytes, or nothing comes for so long; and whether the end was seen.
    pub fn take(&mut self, enough: usize, patience: Duration) -> (Vec<u8>, bool) {
        let mut all = Vec::new();
        let mut last = Instant::now();
        while all.len() < enough && last.elapsed() < patience {
            match self.wire.read_now() {
                Ok(None) => {}
                Ok(Some(bytes)) if bytes.is_empty() => return (all, true),
                Ok(Some(bytes)) => {
                    all.extend_from_slice(&bytes);
                    last = Instant::now();
                }
                Err(_) => break,
            }
        }
        (all, false)
    }

    /// Says over TLS that nothing more will be sent.
    pub fn try_close_notify(&mut self) {
        #[cfg(feature = "tls")]
        if matches!(self.wire.transport, Transport::Tls(_)) {
            let _ = self.wire.close_notify();
        }
    }

    /// Closes with RST, once the client's system has all that was sent, if it takes it.
    pub fn reset_when_sent(self) {
        const ROUNDS: usize = 200;
        let mut rounds = 0..ROUNDS;
        while self.wire.unsent() > 0 && rounds.next().is_some() {
            thread::sleep(Duration::from_millis(1));
        }
        self.reset();
    }
}
