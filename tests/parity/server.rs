//! The server of a scenario. It reacts to each verb with what the scenario says, so that two clients that do not say the
//! same are both answered, and it writes down what it hears.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

use super::scenario::Scenario;
use super::text;

/// How long to wait for a client that does not do what the scenario is about.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a client may stay connected without a word: longer than any call takes.
const IDLE: Duration = Duration::from_secs(20);

/// What the server does unless the scenario says something else.
const USUAL: &[(&str, &str)] = &[
    ("greeting", "220 ready"),
    ("USER", "331 password please"),
    ("PASS", "230 logged in"),
    ("ACCT", "230 logged in"),
    ("TYPE", "200 type set"),
    ("PASV", "227 entering passive mode ({here})"),
    ("EPSV", "229 entering extended passive mode (|||{port}|)"),
    ("PORT", "200 port noted"),
    ("EPRT", "200 port noted"),
    ("REST", "350 offset noted"),
    ("RETR", r#"150 go ; data "hello" ; end ; 226 done"#),
    ("STOR", "150 go ; take ; 226 done"),
    ("NOOP", "200 here I am"),
    ("PWD", r#"257 "/home" is here"#),
    ("ABOR", "226 nothing to abort"),
    ("QUIT", "221 bye ; close"),
];
const UNUSUAL: &str = "502 not implemented";

type Reactions = HashMap<String, Vec<Vec<String>>>;

pub struct Server {
    port: u16,
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<Vec<String>>,
}

impl Server {
    /// A server that drips sends nearly everything byte by byte.
    pub fn start(scenario: &Scenario, drips: bool) -> Server {
        let is_v6 = scenario.calls.iter().any(|call| call.name == "connect" && call.argument(0) == b"::1");
        let address = if is_v6 { "[::1]:0" } else { "127.0.0.1:0" };
        let listener = TcpListener::bind(address).unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let stopping = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (stopping, reactions) = (stopping.clone(), scenario.reactions.clone());
            move || serve(&listener, &stopping, &reactions, drips)
        });
        Server { port, stopping, thread }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the clients have said, connection by connection.
    pub fn finish(self) -> Vec<String> {
        self.stopping.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn serve(listener: &TcpListener, stopping: &AtomicBool, reactions: &Reactions, drips: bool) -> Vec<String> {
    let mut sessions = Vec::new();
    // A connection that was made before the client ended is there when the flag is set.
    loop {
        let last_round = stopping.load(Ordering::Relaxed);
        match listener.accept() {
            Ok((control, _)) => {
                let reactions = reactions.clone();
                sessions.push(thread::spawn(move || Session::new(control, reactions, drips).run()));
            }
            Err(_) if last_round => break,
            Err(_) => thread::sleep(Duration::from_millis(1)),
        }
    }
    let heard = sessions.into_iter().map(|session| session.join().unwrap());
    heard.enumerate().flat_map(|(i, lines)| heard_on(i + 1, lines)).collect()
}

fn heard_on(connection: usize, lines: Vec<String>) -> Vec<String> {
    let name = if connection == 1 { String::new() } else { format!(" on connection {connection}") };
    lines.into_iter().map(|line| format!("the server got{name} {line}")).collect()
}

struct Session {
    control: TcpStream,
    reactions: Reactions,
    /// How often each verb was heard.
    counts: HashMap<String, usize>,
    heard: Vec<String>,
    passive: Option<TcpListener>,
    /// Where an active client listens.
    active: Option<SocketAddr>,
    data: Option<TcpStream>,
    drips: bool,
}

impl Session {
    fn new(control: TcpStream, reactions: Reactions, drips: bool) -> Session {
        control.set_nonblocking(false).unwrap();
        control.set_nodelay(true).unwrap();
        control.set_read_timeout(Some(IDLE)).unwrap();
        // ftplib sends the last byte of ABOR as urgent data. In line it is a byte like others.
        SockRef::from(&control).set_out_of_band_inline(true).unwrap();
        let (counts, heard) = (HashMap::new(), Vec::new());
        Session { control, reactions, counts, heard, passive: None, active: None, data: None, drips }
    }

    fn run(mut self) -> Vec<String> {
        let mut lines = BufReader::new(self.control.try_clone().unwrap());
        self.react("greeting");
        loop {
            let mut line = Vec::new();
            match lines.read_until(b'\n', &mut line) {
                Ok(0) => return self.heard,
                Ok(_) => {}
                // A client that leaves with replies unread resets the connection.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return self.heard,
                Err(error) => panic!("{error}, after {:?}", self.heard),
            }
            self.hear(&line);
        }
    }

    fn hear(&mut self, line: &[u8]) {
        let command = String::from_utf8_lossy(line.strip_suffix(b"\r\n").unwrap_or(line)).into_owned();
        let (verb, argument) = command.split_once(' ').unwrap_or((&command, ""));
        self.heard.push(match (verb, line.strip_suffix(b"\r\n")) {
            // The client's ports are another each time.
            ("PORT", _) => {
                let numbers: Vec<u16> = argument.split(',').map(|number| number.parse().unwrap()).collect();
                self.active = Some((Ipv4Addr::LOCALHOST, numbers[4] * 256 + numbers[5]).into());
                let [a, b, c, d] = numbers[..4] else { panic!("{command}") };
                format!("\"PORT {a},{b},{c},{d},p,p\"")
            }
            ("EPRT", _) => {
                let parts: Vec<&str> = argument.split('|').collect();
                let host: IpAddr = parts[2].parse().unwrap();
                self.active = Some((host, parts[3].parse().unwrap()).into());
                format!("\"EPRT |{}|{host}|p|\"", parts[1])
            }
            (_, Some(whole)) => format!("\"{}\"", text::shown(whole)),
            (_, None) => format!("an unfinished \"{}\"", text::shown(line)),
        });
        self.react(verb);
    }

    fn react(&mut self, verb: &str) {
        let count = self.counts.entry(verb.to_owned()).or_insert(0);
        *count += 1;
        let actions = match self.reactions.get(verb) {
            Some(times) => times[(*count).min(times.len()) - 1].clone(),
            None => {
                let usual = USUAL.iter().find(|(usual, _)| *usual == verb).map_or(UNUSUAL, |usual| usual.1);
                usual.split(" ; ").map(str::to_owned).collect()
            }
        };
        for action in actions {
            self.act(&action);
        }
    }

    /// Does one of these:
    ///
    /// - `150 go`: the line, with CRLF. `{here}` is the address of a data connection as 227 has it, `{p,p}` only its port,
    ///   `{port}` the port as 229 has it.
    /// - `raw "150 go\r\n"`: these bytes.
    /// - `data "abc"`: sends data, `take` reads it to its end, `take 10` until there are 10 bytes. Both open the data connection,
    ///   as `open` does. `open 127.0.0.2` comes from that address.
    /// - `end` closes the data connection, `reset` resets it.
    /// - `wait 400`: milliseconds.
    /// - `close`: nothing more will come on the control connection.
    ///
    /// What the client makes impossible is left out: it has its reasons, and the transcripts show them.
    fn act(&mut self, action: &str) {
        let (word, argument) = action.split_once(' ').unwrap_or((action, ""));
        let quoted = || text::bytes(argument.strip_prefix('"').unwrap().strip_suffix('"').unwrap());
        match word {
            "" => {}
            "raw" => send(&mut self.control, &quoted(), self.drips),
            "wait" => thread::sleep(Duration::from_millis(argument.parse().unwrap())),
            "close" => drop(self.control.shutdown(Shutdown::Write)),
            "open" => self.open(argument.parse().ok()),
            "data" => {
                let (bytes, drips) = (quoted(), self.drips);
                self.with_data(|data| send(data, &bytes, drips));
            }
            "end" => {
                self.open_once();
                self.data = None;
            }
            "reset" => {
                self.with_data(|data| SockRef::from(&*data).set_linger(Some(Duration::ZERO)).unwrap());
                self.data = None;
            }
            "take" => self.take(argument.parse().unwrap_or(usize::MAX)),
            _ => {
                let line = text::bytes(&self.with_address(action));
                send(&mut self.control, &[&line, &b"\r\n"[..]].concat(), self.drips);
            }
        }
    }

    /// Listens for the data connection if the reply tells an address.
    fn with_address(&mut self, reply: &str) -> String {
        if !reply.contains("{here}") && !reply.contains("{p,p}") && !reply.contains("{port}") {
            return reply.to_owned();
        }
        let listener = TcpListener::bind((self.control.local_addr().unwrap().ip(), 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        self.passive = Some(listener);
        (self.active, self.data) = (None, None);
        let numbers = format!("{},{}", port / 256, port % 256);
        reply
            .replace("{here}", &format!("127,0,0,1,{numbers}"))
            .replace("{p,p}", &numbers)
            .replace("{port}", &port.to_string())
    }

    fn with_data(&mut self, act: impl FnOnce(&mut TcpStream)) {
        self.open_once();
        if let Some(data) = &mut self.data {
            act(data);
        }
    }

    fn open_once(&mut self) {
        if self.data.is_none() {
            self.open(None);
        }
    }

    /// Accepts the data connection, or makes it, from `source` if that is given.
    fn open(&mut self, source: Option<IpAddr>) {
        self.data = match self.active {
            Some(client) => connect(source.unwrap_or(self.control.local_addr().unwrap().ip()), client),
            None => self.passive.as_ref().and_then(accept),
        };
        if let Some(data) = &self.data {
            data.set_nonblocking(false).unwrap();
            data.set_read_timeout(Some(PATIENCE)).unwrap();
            data.set_write_timeout(Some(PATIENCE)).unwrap();
        }
    }

    /// Reads data to its end, or at least so many bytes.
    fn take(&mut self, enough: usize) {
        let mut all = Vec::new();
        let mut ended = false;
        self.with_data(|data| {
            let mut buffer = [0; 65536];
            while all.len() < enough && !ended {
                match data.read(&mut buffer) {
                    Ok(0) => ended = true,
                    Ok(count) => all.extend_from_slice(&buffer[..count]),
                    Err(_) => break,
                }
            }
        });
        let end = if ended { ", the end" } else { "" };
        self.heard.push(format!("data \"{}\"{end}", text::shown(&all)));
    }
}

/// Sends all of it, as far as the client takes it.
fn send(socket: &mut TcpStream, bytes: &[u8], drips: bool) {
    const MOST_PIECES: usize = 256;
    let piece = if drips { bytes.len().div_ceil(MOST_PIECES) } else { bytes.len() };
    socket.set_nodelay(true).unwrap();
    for piece in bytes.chunks(piece.max(1)) {
        if socket.write_all(piece).is_err() {
            return;
        }
    }
}

fn accept(listener: &TcpListener) -> Option<TcpStream> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Ok((stream, _)) = listener.accept() {
            return Some(stream);
        }
        thread::sleep(Duration::from_millis(1));
    }
    None
}

fn connect(source: IpAddr, client: SocketAddr) -> Option<TcpStream> {
    let socket = Socket::new(Domain::for_address(client), Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((source, 0)).into()).unwrap();
    socket.connect_timeout(&client.into(), PATIENCE).ok()?;
    Some(socket.into())
}
