//! A server that knows any operation by heart, and the ways in which servers answer ABOR. Each NOOP gets a reply of its own.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub const CONTENT: usize = 100_000;

/// The directory that is removed.
const TREE: &[u8] = b"-rw-r--r-- 1 me us 1 Jan  1  2024 one\r\ndrwxr-xr-x 1 me us 1 Jan  1  2024 two\r\n";

/// How a server answers ABOR while a transfer goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abor {
    /// At once, with both replies in one packet, as pyftpdlib does.
    AtOnce,
    /// Only when the client has closed the data connection, as vsftpd does.
    AfterTheData,
    /// With one reply for both.
    WithOneReply,
    /// The transfer goes on to its end and is confirmed, then 225.
    AfterTheTransfer,
    /// Not at all; nor is the transfer.
    Never,
}

/// Lets the server send one thing each time that the client waits, so that the client always has to wait for it: then the points
/// at which an operation can be cancelled do not depend on who is faster.
#[derive(Default)]
pub struct Turns {
    state: Mutex<Client>,
    changed: Condvar,
}

#[derive(Default, PartialEq, Eq)]
enum Client {
    /// The server need not wait for it.
    #[default]
    Free,
    Works,
    Waits,
}

impl Turns {
    /// For how long a client can work, or something else be sent to it.
    const PATIENCE: Duration = Duration::from_millis(50);

    pub fn client_works(&self) {
        *self.state.lock().unwrap() = Client::Works;
    }

    pub fn client_waits(&self) {
        self.become_ready(Client::Waits);
    }

    pub fn client_is_free(&self) {
        self.become_ready(Client::Free);
    }

    fn become_ready(&self, state: Client) {
        *self.state.lock().unwrap() = state;
        self.changed.notify_all();
    }

    /// Sends when the client waits. What it waits for may be something else: so not for ever.
    fn send(&self, send: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let state = self.state.lock().unwrap();
        let is_busy = |state: &mut Client| *state == Client::Works;
        let (mut state, _) = self.changed.wait_timeout_while(state, Turns::PATIENCE, is_busy).unwrap();
        if *state == Client::Waits {
            *state = Client::Works;
        }
        drop(state);
        send()
    }
}

/// What the threads of a session share.
struct Shared {
    control: Mutex<TcpStream>,
    stop: AtomicBool,
    abor: Abor,
    turns: Arc<Turns>,
}

/// Who the client asked for a data connection.
enum Data {
    None,
    Passive(TcpListener),
    Active(SocketAddr),
}

/// Serves every client that comes, until the process ends.
pub fn start(abor: Abor, turns: Arc<Turns>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for control in listener.incoming() {
            let (control, turns) = (control.unwrap(), Arc::clone(&turns));
            thread::spawn(move || serve(&control, abor, turns));
        }
    });
    address
}

impl Shared {
    /// A client that has left is found out by who reads.
    fn say(&self, text: &str) {
        let _ = self.turns.send(|| self.control.lock().unwrap().write_all(text.as_bytes()));
    }
}

fn serve(control: &TcpStream, abor: Abor, turns: Arc<Turns>) {
    control.set_nodelay(true).unwrap();
    let shared = Arc::new(Shared {
        control: Mutex::new(control.try_clone().unwrap()),
        stop: AtomicBool::new(false),
        abor,
        turns,
    });
    let mut data = Data::None;
    let mut listed = String::new();
    let mut directory = "/here";
    let mut transfer: Option<JoinHandle<bool>> = None;
    shared.say("220 (vsFTPd 3.0.3)\r\n");
    for line in BufReader::new(control).split(b'\n') {
        let Ok(line) = line else { break };
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches('\r').to_owned();
        let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
        if verb == "ABOR" {
            answer_abor(&shared, transfer.take());
            continue;
        }
        // Servers look at the next command when the transfer is over.
        if let Some(transfer) = transfer.take()
            && !transfer.join().unwrap()
            && verb == "PASV"
        {
            shared.say("426 stopped\r\n");
        }
        match verb {
            "USER" => shared.say("331 password\r\n"),
            "PASS" => shared.say("230 welcome\r\n"),
            "NOOP" => shared.say(&format!("200 this is {argument}\r\n")),
            "PWD" => shared.say(&format!("257 \"{directory}\"\r\n")),
            "CWD" => {
                directory = if argument.contains("elsewhere") { "/elsewhere" } else { "/here" };
                shared.say("250 fine\r\n");
            }
            "MKD" => shared.say("257 \"/made\"\r\n"),
            "SIZE" => shared.say(&format!("213 {}\r\n", content().len())),
            "STRU" if argument != "F" => shared.say("504 no such structure\r\n"),
            "RNFR" | "REST" => shared.say("350 go on\r\n"),
            "PASV" => {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let [high, low] = listener.local_addr().unwrap().port().to_be_bytes();
                data = Data::Passive(listener);
                shared.say(&format!("227 here (127,0,0,1,{high},{low})\r\n"));
            }
            "PORT" => {
                let numbers: Vec<u8> = argument.split(',').map(|number| number.parse().unwrap()).collect();
                data = Data::Active(([127, 0, 0, 1], u16::from_be_bytes([numbers[4], numbers[5]])).into());
                shared.say("200 fine\r\n");
            }
            "RETR" | "LIST" | "NLST" | "MLSD" | "STOR" => {
                let (shared, data) = (shared.clone(), std::mem::replace(&mut data, Data::None));
                shared.stop.store(false, Ordering::SeqCst);
                argument.trim_start_matches("-a ").clone_into(&mut listed);
                let content = match (verb, argument.trim_start_matches("-a ")) {
                    ("STOR", _) => None,
                    // What is in it is removed one by one, and each command is a point for a cancel.
                    ("LIST", "tree") => Some(TREE.to_vec()),
                    ("LIST", path) if path.starts_with("tree/") => Some(Vec::new()),
                    _ => Some(content()),
                };
                transfer = Some(thread::spawn(move || move_data(&shared, data, content)));
            }
            "QUIT" => {
                shared.say("221 goodbye\r\n");
                break;
            }
            // A tree is not removed before it was listed.
            "RMD" if argument.starts_with("tree") && !listed.starts_with(argument) => {
                shared.say("550 not empty\r\n")
            }
            _ => shared.say("250 fine\r\n"),
        }
    }
    shared.stop.store(true, Ordering::SeqCst);
    if let Some(transfer) = transfer {
        let _ = transfer.join();
    }
}

fn answer_abor(shared: &Shared, transfer: Option<JoinHandle<bool>>) {
    let Some(transfer) = transfer else { return shared.say("225 nothing to abort\r\n") };
    if matches!(shared.abor, Abor::AtOnce | Abor::WithOneReply) {
        shared.stop.store(true, Ordering::SeqCst);
    }
    let was_confirmed = transfer.join().unwrap();
    match shared.abor {
        Abor::Never => {}
        _ if was_confirmed => shared.say("225 nothing to abort\r\n"),
        Abor::AtOnce => shared.say("426 stopped\r\n226 aborted\r\n"),
        Abor::WithOneReply => shared.say("226 aborted\r\n"),
        Abor::AfterTheData | Abor::AfterTheTransfer => {
            shared.say("426 stopped\r\n");
            shared.say("225 aborted\r\n");
        }
    }
}

/// One transfer: a download of the content, or an upload. Whether it was confirmed: not if it was stopped, or the client has closed the
/// data connection too early.
fn move_data(shared: &Shared, data: Data, content: Option<Vec<u8>>) -> bool {
    shared.say("150 go\r\n");
    let opened = match data {
        Data::Passive(listener) => listener.accept().map(|(socket, _)| socket),
        Data::Active(address) => TcpStream::connect(address),
        Data::None => return false,
    };
    // A client that was cancelled has closed its listener.
    let Ok(mut socket) = opened else { return false };
    let is_whole = match content {
        Some(content) => send(shared, &mut socket, &content),
        None => receive(shared, &mut socket),
    };
    if is_whole {
        let _ = shared.turns.send(|| socket.shutdown(Shutdown::Both));
        shared.say("226 done\r\n");
    }
    is_whole
}

/// What is downloaded: whole lines.
pub fn content() -> Vec<u8> {
    let line = b"type=file;size=1; a line of the content\r\n";
    line.iter().copied().cycle().take(CONTENT / line.len() * line.len()).collect()
}

fn send(shared: &Shared, socket: &mut TcpStream, content: &[u8]) -> bool {
    // More than the first block of a transfer: what follows a block that was full, the system moves to a file by itself.
    for piece in content.chunks(CONTENT / 5) {
        if shared.stop.load(Ordering::SeqCst) || shared.turns.send(|| socket.write_all(piece)).is_err() {
            return false;
        }
    }
    true
}

fn receive(shared: &Shared, socket: &mut TcpStream) -> bool {
    let mut buffer = [0; 4096];
    let mut total = 0;
    loop {
        match socket.read(&mut buffer) {
            Ok(0) => return total == CONTENT,
            Ok(count) => total += count,
            Err(_) => return false,
        }
        if shared.stop.load(Ordering::SeqCst) {
            return false;
        }
    }
}
