//! A cancel before the n-th turn of an operation, for every n.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use ftpclient::client::{Client, TlsMode};
use ftpclient::error::{Error, Result};
use ftpclient::protocol::url::FtpUrl;

use super::operations::{OPERATIONS, operate};
use super::server::{self, Abor, Turns};
use super::support::daemons::{Daemon, DaemonOptions, Tls};
use super::support::drive::check_what_is_told;
use super::{client, command, connect, tell};

/// Longer than any server needs, and than the library may take to bring a session back into step.
const TOO_LONG: Duration = Duration::from_secs(30);

/// What leaves a session, if there is one, and begins another.
const BEGINNINGS: &[&str] = &["connect", "open", "reconnect"];

/// In how many calls of a callback an operation is cancelled.
const MOST_CALLBACKS: usize = 8;

/// How many servers of a kind are tried at the same time, each in operations of its own: the scripted ones wait most of the time.
const LANES: usize = 6;
const LANES_OF_REAL_ONES: usize = 2;

/// What is in a file that no operation touches.
const UNTOUCHED: &[u8] = b"what is in the untouched file";

/// A server, and whom it knows.
struct Subject {
    name: String,
    address: SocketAddr,
    user: String,
    password: String,
    tls: bool,
    ca: PathBuf,
    /// Each NOOP gets a reply of its own.
    echoes: bool,
    /// By these the scripted server waits for the client; real ones do not.
    turns: Arc<Turns>,
    /// Ends with the subject.
    _daemon: Option<Daemon>,
}

/// When to cancel.
#[derive(Clone, Copy)]
enum When {
    /// Before this turn, counted from 1.
    Turn(usize),
    /// In this call of a callback, counted from 1.
    Callback(usize),
}

impl Subject {
    fn new_client(&self) -> Client {
        let mut client = client();
        if self.tls {
            let ca = fs::read(&self.ca).unwrap();
            client.set_tls(TlsMode::Explicit).unwrap();
            client.update_tls(|settings| settings.authorities = Some(ca)).unwrap();
        }
        client
    }

    fn connect(&self) -> Client {
        let mut client = self.new_client();
        connect(&mut client, self.address).unwrap();
        client
    }

    fn log_in(&self) -> Client {
        let mut client = self.connect();
        client.block_on(async |client| client.login(&self.user, &self.password, "").await).unwrap();
        client
    }

    /// Whether the session is in step; otherwise it is closed, and says so. Anything else fails.
    fn is_in_step(&self, client: &mut Client, case: &str) -> bool {
        if !client.is_connected() {
            let outcome = client.block_on(async |client| client.pwd().await);
            let Err(Error::NotConnected(reason)) = &outcome else { panic!("{case}: {outcome:?}") };
            assert!(!reason.is_empty(), "{case}");
            return false;
        }
        for round in 0..2 {
            let path = client.block_on(async |client| client.pwd().await);
            let path = path.unwrap_or_else(|error| panic!("{case}: {error}, and the session was open"));
            assert!(path.starts_with(b"/"), "{case}: {path:?}");
            assert!(path != b"/elsewhere", "{case}: the session has not come back");
            let noop = if self.echoes { format!("NOOP number {round}") } else { "NOOP".into() };
            let reply = client.block_on(async |client| client.sendcmd(&command(&noop)).await).unwrap();
            assert_eq!(reply.code(), Some(200), "{case}: {reply}");
            let own = format!("200 this is number {round}");
            assert!(!self.echoes || reply.to_string() == own, "{case}: {reply}");
        }
        if !self.echoes {
            // A server may have kept the data of what was cancelled for the next data connection.
            let mut got = Vec::new();
            let mut sink = |block: &[u8]| {
                got.extend_from_slice(block);
                Ok(())
            };
            let retr = command("RETR untouched");
            client.block_on(async |client| client.retrbinary(&retr, 0, None, &mut sink).await).unwrap();
            assert!(got == UNTOUCHED, "{case}: {} bytes", got.len());
        }
        true
    }

    fn cancel_everywhere_in(&self, operation: &str) -> Count {
        let mut count = Count::default();
        let mut session = None;
        for make in [When::Turn as fn(usize) -> When, When::Callback] {
            let points = match make(1) {
                When::Turn(_) => usize::MAX,
                // Lines and blocks are many, and all alike.
                When::Callback(_) => MOST_CALLBACKS,
            };
            for n in 1..=points {
                let mut client = match (operation, session.take()) {
                    ("open", _) => self.new_client(),
                    ("login", _) => self.connect(),
                    // A session that is in step is as good as a new one, except for what the server must hear again.
                    (_, Some(client)) if !self.echoes => client,
                    _ => self.log_in(),
                };
                let (outcome, was_cancelled) = self.run(&mut client, operation, make(n));
                if !was_cancelled {
                    break;
                }
                count.points += 1;
                count.cancelled += usize::from(matches!(outcome, Err(Error::Cancelled(_))));
                let case = format!("{}: {operation}, at point {n}: {outcome:?}", self.name);
                if BEGINNINGS.contains(&operation) {
                    assert_eq!(client.is_connected(), outcome.is_ok(), "{case}");
                }
                // Before the login few commands are answered as those after it.
                if matches!(operation, "connect" | "login") && client.is_connected() && !self.echoes {
                    count.in_step += 1;
                } else if self.is_in_step(&mut client, &case) {
                    count.in_step += 1;
                    session = Some(client);
                } else {
                    count.closed += 1;
                }
            }
        }
        count
    }

    async fn begin(&self, client: &mut Client, operation: &str) -> Result<()> {
        match operation {
            "connect" => client.connect(&self.address.ip().to_string(), self.address.port()).await,
            "reconnect" => client.reconnect().await,
            "open" => {
                let Subject { user, password, address, .. } = self;
                let url = format!("ftp://{user}:{password}@{address}/%2F;type=i");
                client.open(&FtpUrl::parse(&url).unwrap()).await
            }
            other => panic!("there is no {other}"),
        }
    }

    /// Drives the operation and cancels it once; whether it had not ended before.
    fn run(&self, client: &mut Client, operation: &str, when: When) -> (Result<()>, bool) {
        let reactor = client.reactor().clone();
        let wake = reactor.wake().clone();
        let (mut calls, mut was_cancelled) = (0, false);
        let mut called = || {
            calls += 1;
            if matches!(when, When::Callback(at) if at == calls) {
                wake.cancel();
                was_cancelled = true;
            }
        };
        // A server that does not answer ABOR is left after this. A login may take longer on a busy machine.
        if self.name.contains("Never") {
            client.set_timeout(Some(Duration::from_millis(200)));
        }
        let started = Instant::now();
        let mut reached = false;
        self.turns.client_works();
        let outcome = {
            let _running = reactor.begin();
            let mut call: Pin<Box<dyn Future<Output = _>>> = if BEGINNINGS.contains(&operation) {
                Box::pin(client.perform_anew(async |client| self.begin(client, operation).await))
            } else {
                Box::pin(client.perform(async |client| match operation {
                    "login" => client.login(&self.user, &self.password, "").await,
                    _ => operate(client, operation, &mut called).await,
                }))
            };
            let mut turn = 0;
            loop {
                turn += 1;
                if matches!(when, When::Turn(at) if at == turn) {
                    reactor.wake().cancel();
                    reached = true;
                }
                if let Poll::Ready(outcome) = reactor.turn(call.as_mut()) {
                    break outcome;
                }
                check_what_is_told(&reactor);
                assert!(started.elapsed() < TOO_LONG, "{}: {operation} hangs", self.name);
                self.turns.client_waits();
                reactor.wait();
                self.turns.client_works();
            }
        };
        self.turns.client_is_free();
        client.set_timeout(Some(TOO_LONG));
        (outcome, reached || was_cancelled)
    }
}

/// What became of the cancelled operations.
#[derive(Default)]
struct Count {
    points: usize,
    /// The others had as good as ended.
    cancelled: usize,
    in_step: usize,
    closed: usize,
}

impl Count {
    fn add(&mut self, other: &Count) {
        self.points += other.points;
        self.cancelled += other.cancelled;
        self.in_step += other.in_step;
        self.closed += other.closed;
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Count { points, cancelled, in_step, closed } = self;
        write!(f, "{points:4} points, {cancelled:4} cancelled; {in_step:4} in step, {closed:4} closed")
    }
}

/// Tries all operations on servers that are started alike; on none, if there are none here.
fn cancel_everywhere(lanes: usize, start: impl Fn() -> Option<Subject> + Sync) {
    let operations: Vec<&str> = BEGINNINGS.iter().chain(&["login"]).chain(OPERATIONS).copied().collect();
    let next = AtomicUsize::new(0);
    let lane = || {
        let subject = start()?;
        let mut total = Count::default();
        while let Some(operation) = operations.get(next.fetch_add(1, Ordering::Relaxed)) {
            let count = subject.cancel_everywhere_in(operation);
            tell(&format!("{:<24} {operation:<20} {count}\n", subject.name));
            total.add(&count);
        }
        Some((subject, total))
    };
    let lanes: Vec<_> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().filter_map(|lane| lane.join().unwrap()).collect()
    });
    let Some((subject, _)) = lanes.first() else { return };
    let mut total = Count::default();
    lanes.iter().for_each(|(_, count)| total.add(count));
    tell(&format!("{:<24} {:<20} {total}\n", subject.name, "all"));
    // Where the server has to wait for the client, no point is missed.
    let least = if subject.echoes { 200 } else { 50 };
    assert!(total.points > least && total.in_step > 10, "{total}");
}

fn scripted(abor: Abor) -> Subject {
    let turns = Arc::<Turns>::default();
    Subject {
        name: format!("ABOR {abor:?}"),
        address: server::start(abor, Arc::clone(&turns)),
        user: "user".into(),
        password: "secret".into(),
        tls: false,
        ca: PathBuf::new(),
        echoes: true,
        turns,
        _daemon: None,
    }
}

fn real(name: &str, tls: Tls) -> Option<Subject> {
    let daemon = Daemon::start(name, DaemonOptions { tls, ..DaemonOptions::default() })?;
    daemon.put("file", server::content());
    daemon.put("untouched", UNTOUCHED);
    Some(Subject {
        name: if tls == Tls::None { name.into() } else { format!("{name}, TLS") },
        address: daemon.addr(),
        user: daemon.user.clone(),
        password: daemon.password.clone(),
        tls: tls != Tls::None,
        ca: daemon.ca.clone(),
        echoes: false,
        turns: Arc::default(),
        _daemon: Some(daemon),
    })
}

/// Servers are slow and have time for each other.
fn all_at_once(subjects: impl IntoIterator<Item = Box<dyn FnOnce() + Send>>) {
    let threads: Vec<_> = subjects.into_iter().map(thread::spawn).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn however_a_server_answers_abor() {
    let ways = [Abor::AtOnce, Abor::AfterTheData, Abor::WithOneReply, Abor::AfterTheTransfer, Abor::Never];
    all_at_once(ways.map(|abor| -> Box<dyn FnOnce() + Send> {
        Box::new(move || cancel_everywhere(LANES, || Some(scripted(abor))))
    }));
}

#[test]
fn on_real_servers() {
    let in_clear = ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"].map(|name| (name, Tls::None));
    let secured = ["vsftpd", "proftpd"].map(|name| (name, Tls::Explicit));
    let secured = secured.into_iter().filter(|_| cfg!(feature = "tls"));
    let subjects = in_clear.into_iter().chain(secured);
    all_at_once(subjects.map(|(name, tls)| -> Box<dyn FnOnce() + Send> {
        Box::new(move || cancel_everywhere(LANES_OF_REAL_ONES, || real(name, tls)))
    }));
}
