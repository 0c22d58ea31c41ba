//! The network between client and server: a relay for all connections of a session, which does harm at a given byte.
//!
//! It listens at an address of its own, at the control port and at each port that the server uses for data connections. So it needs to
//! read nothing of what it passes on, and works with TLS as well.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::{select, task, time, try_join};

use super::plan::{Fault, Harm, What, Whose};

/// The same as in tests/daemons/configurations.py.
const PASSIVE_PORTS: RangeInclusive<u16> = 20000..=20063;
/// After so much time both sides notice that nothing comes any more, as by TCP's keepalive: not before the client's limit.
const UNTIL_NOTICED: Duration = Duration::from_millis(2500);
const BUFFER: usize = 16 * 1024;

/// Kills the server or the client.
type Kill = Box<dyn Fn(What) + Send>;

/// See the module. One that is dropped ends its connections.
pub struct Network {
    state: Arc<State>,
    _runtime: Runtime,
}

struct State {
    flow: Mutex<Flow>,
    /// What has become of the connections that there are.
    fate: watch::Sender<(Whose, Fate)>,
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Fate {
    Flows,
    IsReset,
    Ends,
    Stalls,
}

#[derive(Default)]
struct Flow {
    /// Since the last fault.
    passed: usize,
    faults: VecDeque<Fault>,
    fired: usize,
    /// So many bytes of data are to be lost.
    to_swallow: usize,
    kill: Option<Kill>,
}

impl Network {
    /// Between the address of clients and the server.
    pub fn start(relay: Ipv4Addr, server: SocketAddr) -> Network {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let state =
            Arc::new(State { flow: Mutex::default(), fate: watch::Sender::new((Whose::All, Fate::Flows)) });
        for port in PASSIVE_PORTS.chain([server.port()]) {
            let listener = runtime.block_on(TcpListener::bind((relay, port))).unwrap();
            let server = SocketAddr::new(server.ip(), port);
            let is_control = !PASSIVE_PORTS.contains(&port);
            let state = Arc::clone(&state);
            runtime.spawn(async move {
                loop {
                    let Ok((client, _)) = listener.accept().await else { continue };
                    task::spawn(Arc::clone(&state).connect(client, server, is_control));
                }
            });
        }
        Network { state, _runtime: runtime }
    }

    /// What is to happen to the sessions from now on, one thing after the other.
    pub fn arm(&self, faults: &[Fault], kill: Kill) {
        *self.state.flow() =
            Flow { faults: faults.iter().copied().collect(), kill: Some(kill), ..Flow::default() };
    }

    /// How much of it has happened.
    pub fn fired(&self) -> usize {
        self.state.flow().fired
    }
    /// Nothing happens any more, and nothing is left of the sessions that there were.
    pub fn calm(&self) {
        *self.state.flow() = Flow::default();
        self.state.fate.send_replace((Whose::All, Fate::IsReset));
    }
}

impl State {
    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connect(self: Arc<State>, client: TcpStream, server: SocketAddr, is_control: bool) {
        // What has happened so far happened to others.
        let mut told = self.fate.subscribe();
        let Ok(server) = TcpStream::connect(server).await else { return reset(&client) };
        for stream in [&client, &server] {
            let _ = stream.set_nodelay(true);
        }
        let both = async {
            try_join!(self.pump(&client, &server, is_control), self.pump(&server, &client, is_control))
        };
        select! {
            outcome = both => {
                if outcome.is_err() {
                    [&client, &server].into_iter().for_each(reset);
                }
            }
            fate = own_fate(&mut told, is_control) => match fate {
                Fate::IsReset => [&client, &server].into_iter().for_each(reset),
                Fate::Stalls => {
                    time::sleep(UNTIL_NOTICED).await;
                    [&client, &server].into_iter().for_each(reset);
                }
                Fate::Ends | Fate::Flows => {}
            },
        }
        if !is_control {
            // What is lost is lost of one connection.
            self.flow().to_swallow = 0;
        }
    }

    async fn pump(&self, from: &TcpStream, to: &TcpStream, is_control: bool) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER];
        loop {
            let count = read(from, &mut buffer).await?;
            if count == 0 {
                return SockRef::from(to).shutdown(Shutdown::Write);
            }
            let mut rest = &buffer[..count];
            while !rest.is_empty() {
                let (now, later) = rest.split_at(self.flow().room(rest.len()));
                let lost = if is_control { 0 } else { self.flow().swallow(now.len()) };
                write(to, &now[lost..]).await?;
                rest = later;
                let due = self.flow().pass(now.len());
                if let Some(fault) = due {
                    self.fire(fault).await;
                }
            }
        }
    }

    async fn fire(&self, fault: Fault) {
        time::sleep(fault.later).await;
        match fault.what {
            What::Server | What::Client => {
                if let Some(kill) = &self.flow().kill {
                    kill(fault.what);
                }
            }
            What::Network(harm) => {
                let (whose, fate) = match harm {
                    Harm::Reset(whose) => (whose, Fate::IsReset),
                    Harm::End(whose) => (whose, Fate::Ends),
                    Harm::Stall(whose) => (whose, Fate::Stalls),
                    Harm::Lose(bytes) => return self.flow().to_swallow = bytes,
                };
                self.fate.send_replace((whose, fate));
            }
        }
        task::yield_now().await;
    }
}

impl Flow {
    /// How much of a block may pass before something happens.
    fn room(&self, block: usize) -> usize {
        self.faults.front().map_or(block, |fault| fault.at.saturating_sub(self.passed).clamp(1, block))
    }

    fn pass(&mut self, bytes: usize) -> Option<Fault> {
        self.passed += bytes;
        let fault = *self.faults.front().filter(|fault| fault.at <= self.passed)?;
        self.faults.pop_front();
        (self.passed, self.fired) = (0, self.fired + 1);
        Some(fault)
    }

    fn swallow(&mut self, bytes: usize) -> usize {
        let lost = self.to_swallow.min(bytes);
        self.to_swallow -= lost;
        lost
    }
}

/// Waits until something happens to connections like this one.
async fn own_fate(told: &mut watch::Receiver<(Whose, Fate)>, is_control: bool) -> Fate {
    loop {
        if told.changed().await.is_err() {
            return Fate::IsReset;
        }
        let (whose, fate) = *told.borrow_and_update();
        if whose == Whose::All || (whose == Whose::Control) == is_control {
            return fate;
        }
    }
}

async fn read(from: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        from.readable().await?;
        match from.try_read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            outcome => return outcome,
        }
    }
}

async fn write(to: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        to.writable().await?;
        match to.try_write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            outcome => bytes = &bytes[outcome?..],
        }
    }
    Ok(())
}

/// What is closed after this is reset.
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
