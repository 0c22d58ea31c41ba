//! A whole session in a simulated world: the bytes say which calls are made and what the server does.
//!
//! Whatever that is: no panic, each call ends within its limits, the session is in step or closed, and no download is `FTP_OK` that
//! lacks what an honest server has announced.

// The C API is called as C calls it, and a failed check is a panic by design.
#![allow(unsafe_code, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::cell::RefCell;
use std::ffi::{CStr, c_int, c_void};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ptr::null;
use std::rc::Rc;
use std::time::Duration;

use ftpclient::capi::*;
use ftpclient::net::clock;
use ftpclient::net::simulation::{self, Connection, Listener, Nature, World, sleep, wait_for};

const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 21);
/// The limit of each phase, and of a call.
const LIMIT: Duration = Duration::from_secs(60);
const TOTAL: Duration = Duration::from_secs(600);
/// What a call may take on top of it to get back into step.
const SLACK: Duration = Duration::from_secs(7);
const CALLS: usize = 12;
/// A file has several of them.
const SMALL_BLOCK: usize = 16;
/// More descriptors than any call waits for.
const MOST_FDS: usize = 16;
const FILE: &[u8] = b"the content of a file\nin two lines\n";
/// The bytes that a reply may begin with, besides those that say themselves.
const REPLIES: [&str; 16] = [
    "200 yes\r\n",
    "150 soon\r\n",
    "150 Opening connection (35 bytes)\r\n",
    "226 done\r\n",
    "226-many\r\n 200 lines\r\n226 done\r\n",
    "257 \"/\" is here\r\n",
    "331 more\r\n",
    "350 go on\r\n",
    "421 goodbye\r\n",
    "426 broken\r\n",
    "450 not now\r\n",
    "500 no\r\n",
    "no reply\r\n",
    "22",
    "226-without end\r\n",
    "\r\n",
];

/// What is left of the bytes; 0 for ever at their end.
struct Choices {
    bytes: Vec<u8>,
    at: usize,
    /// The server has said on this connection what it should, and nothing else: so it is known what each reply is about.
    is_honest: bool,
}

impl Choices {
    fn next(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }
}

type Shared = Rc<RefCell<Choices>>;

/// Each byte is what the server does about a command: what it should, or something else.
async fn serve(mut control: Connection, choices: Shared) {
    let next = || choices.borrow_mut().next();
    choices.borrow_mut().is_honest = true;
    let (mut listener, mut client_port) = (None, None);
    let (mut kept, mut unread) = (Vec::new(), Vec::new());
    let mut line = String::new();
    loop {
        let command = std::mem::take(&mut line);
        let (verb, argument) = command.split_once(' ').unwrap_or((&command, ""));
        let proper = match verb {
            "" => "220 ready\r\n".to_owned(),
            "USER" => "331 password\r\n".to_owned(),
            "PASS" => "230 welcome\r\n".to_owned(),
            "PWD" => "257 \"/\" is here\r\n".to_owned(),
            "REST" => "350 from there\r\n".to_owned(),
            "SIZE" => format!("213 {}\r\n", FILE.len()),
            "QUIT" => "221 goodbye\r\n".to_owned(),
            "PASV" => {
                let new = Listener::bind((SERVER.ip(), 0).into()).unwrap();
                let [high, low] = new.local_addr().port().to_be_bytes();
                listener = Some(new);
                format!("227 here (127,0,0,1,{high},{low})\r\n")
            }
            "PORT" => {
                let numbers: Vec<u16> = argument.split(',').filter_map(|part| part.parse().ok()).collect();
                client_port = Some(SocketAddr::new(SERVER.ip(), numbers[4] * 256 + numbers[5]));
                "200 fine\r\n".to_owned()
            }
            "RETR" | "NLST" | "STOR" => format!("150 here it comes ({} bytes)\r\n", FILE.len()),
            _ => "200 fine\r\n".to_owned(),
        };
        if !act(&mut control, &choices, &proper).await {
            return;
        }
        if matches!(verb, "RETR" | "NLST" | "STOR") {
            let data = match (listener.take(), client_port.take()) {
                (Some(passive), _) => simulation::within(LIMIT, passive.accept()).await,
                (None, Some(port)) => Connection::connect((SERVER.ip(), 0).into(), port).await.ok(),
                (None, None) => None,
            };
            if let Some(data) = data {
                kept.extend(transfer(data, verb, &next).await);
            }
            if !act(&mut control, &choices, "226 done\r\n").await {
                return;
            }
        }
        match read_line(&mut control, &mut unread).await {
            Some(next) => line = next,
            None => return,
        }
    }
}

/// Says what is proper, or not. Whether the connection goes on.
async fn act(control: &mut Connection, choices: &Shared, proper: &str) -> bool {
    let choice = choices.borrow_mut().next();
    choices.borrow_mut().is_honest &= !matches!(choice >> 5, 3 | 4 | 6 | 7);
    match choice >> 5 {
        0..3 => say(control, proper).await,
        3 => say(control, REPLIES[usize::from(choice & 15)]).await && say(control, proper).await,
        4 => say(control, REPLIES[usize::from(choice & 15)]).await,
        5 => {
            sleep(Duration::from_secs(1) * u32::from(choice & 31).pow(3)).await;
            say(control, proper).await
        }
        6 => say(control, proper).await && say(control, REPLIES[usize::from(choice & 15)]).await,
        _ if choice & 1 == 0 => {
            control.set_abortive_close();
            false
        }
        _ => choice & 2 == 0,
    }
}

/// Moves the data of a transfer, or less. The connection, if it stays open.
async fn transfer(mut data: Connection, verb: &str, next: &impl Fn() -> u8) -> Option<Connection> {
    let choice = next();
    if verb == "STOR" {
        while let Ok(1..) = wait_for(|| data.read(&mut [0; 4096])).await {}
        return None;
    }
    let length = if choice & 1 == 0 { FILE.len() } else { usize::from(choice) % FILE.len() };
    say(&mut data, std::str::from_utf8(&FILE[..length]).unwrap()).await;
    match choice >> 5 {
        5 => data.set_abortive_close(),
        6 => return Some(data),
        7 => sleep(LIMIT * 2).await,
        _ => {}
    }
    None
}

async fn say(connection: &mut Connection, text: &str) -> bool {
    let mut bytes = text.as_bytes();
    while !bytes.is_empty() {
        match wait_for(|| connection.write(bytes)).await {
            Ok(count) => bytes = &bytes[count..],
            Err(_) => return false,
        }
    }
    true
}

/// The next command, from what has come already or comes then.
async fn read_line(control: &mut Connection, unread: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = unread.windows(2).position(|end| end == b"\r\n") {
            let line: Vec<u8> = unread.drain(..end + 2).collect();
            return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        let mut bytes = [0; 64];
        let Ok(count @ 1..) = wait_for(|| control.read(&mut bytes)).await else { return None };
        unread.extend(&bytes[..count]);
    }
}

unsafe extern "C-unwind" fn on_data(data: *const c_void, len: usize, user: *mut c_void) -> c_int {
    // SAFETY: the library's promise, and the vector outlives the call.
    let (seen, data) =
        unsafe { (&mut *user.cast::<Vec<u8>>(), std::slice::from_raw_parts(data.cast::<u8>(), len)) };
    seen.extend_from_slice(data);
    0
}

unsafe extern "C-unwind" fn on_read(buffer: *mut c_void, capacity: usize, user: *mut c_void) -> i64 {
    // SAFETY: the library's promise, and the vector outlives the call.
    let (left, buffer) = unsafe {
        (&mut *user.cast::<Vec<u8>>(), std::slice::from_raw_parts_mut(buffer.cast::<u8>(), capacity))
    };
    let count = left.len().min(capacity);
    buffer[..count].copy_from_slice(&left[..count]);
    left.drain(..count);
    count as i64
}

/// Makes a call to its end, by turns or waiting.
fn call(ftp: *mut ftp_handle, mut call: impl FnMut() -> ftp_status) -> ftp_status {
    let start = clock::now();
    loop {
        let status = call();
        if status != ftp_status::FTP_AGAIN {
            let took = clock::since(start);
            assert!(took <= TOTAL + SLACK, "a call took {took:?}");
            assert_ne!(status, ftp_status::FTP_ERR_INTERNAL);
            return status;
        }
        let mut fds = [ftp_pollfd { fd: -1, events: 0, revents: 0 }; MOST_FDS];
        let mut count = 0;
        // SAFETY: the handle and the outputs are valid; an ftp_pollfd is what poll(2) takes.
        unsafe {
            assert_eq!(ftp_pollfds(ftp, fds.as_mut_ptr(), fds.len(), &mut count), ftp_status::FTP_OK);
            let fds = std::slice::from_raw_parts_mut(fds.as_mut_ptr().cast(), count);
            simulation::poll(fds, ftp_timeout_ms(ftp) as i32);
        }
    }
}

/// The first byte chooses the settings, the others what happens next.
pub fn check(data: &[u8]) {
    let world = World::new(Nature { seed: data.len() as u64, ..Nature::default() });
    let choices = Rc::new(RefCell::new(Choices { bytes: data.to_vec(), at: 0, is_honest: true }));
    let settings = choices.borrow_mut().next();
    let listener = Listener::bind(SERVER).unwrap();
    let theirs = Rc::clone(&choices);
    world.spawn(async move {
        loop {
            simulation::spawn(serve(listener.accept().await, Rc::clone(&theirs)));
        }
    });
    let ftp = ftp_new();
    // SAFETY: the handle is valid until it is freed, and so are the texts and the data.
    unsafe {
        ftp_set_blocking(ftp, (settings & 1).into());
        ftp_set_pasv(ftp, i32::from(settings & 2 == 0));
        ftp_set_timeout(ftp, LIMIT.as_millis() as i64);
        ftp_set_phase_timeout(ftp, FTP_PHASE_TOTAL, TOTAL.as_millis() as i64);
        if settings & 4 != 0 {
            ftp_set_noop_interval(ftp, 10_000);
        }
        // Of the library's own large blocks each costs more than all else in a session.
        let block = if settings & 8 == 0 { SMALL_BLOCK } else { 0 };
        converse(ftp, &choices, block);
        ftp_free(ftp);
    }
}

/// # Safety
/// The handle is valid.
unsafe fn converse(ftp: *mut ftp_handle, choices: &Shared, block: usize) {
    let next = || choices.borrow_mut().next();
    // SAFETY: the handle is valid, and so are the texts and the data.
    unsafe {
        let connect = |name: &CStr| {
            call(ftp, || ftp_connect(ftp, name.as_ptr(), 21));
            call(ftp, || ftp_login(ftp, c"user".as_ptr(), c"secret".as_ptr(), null()))
        };
        connect(c"127.0.0.1");
        for _ in 0..CALLS {
            if choices.borrow().at >= choices.borrow().bytes.len() {
                break;
            }
            match next() % 12 {
                0..3 => {
                    let mut received: Vec<u8> = Vec::new();
                    let user: *mut c_void = (&raw mut received).cast();
                    let file = c"RETR f".as_ptr();
                    let status = call(ftp, || ftp_retrbinary(ftp, file, Some(on_data), user, block, -1));
                    assert!(FILE.starts_with(&received), "what comes is the beginning of the file");
                    let must_be_whole = status == ftp_status::FTP_OK && choices.borrow().is_honest;
                    assert!(!must_be_whole || received == FILE, "FTP_OK with {} bytes", received.len());
                }
                3 | 4 => {
                    let mut left = FILE.to_vec();
                    let (user, file): (*mut c_void, _) = ((&raw mut left).cast(), c"STOR f".as_ptr());
                    let status =
                        call(ftp, || ftp_storbinary(ftp, file, Some(on_read), None, user, block, -1));
                    assert!(status != ftp_status::FTP_OK || left.is_empty(), "nothing is left to send");
                }
                5 => drop(call(ftp, || ftp_cwd(ftp, c"d".as_ptr()))),
                6 => drop(call(ftp, || ftp_delete(ftp, c"f".as_ptr()))),
                7 => drop(call(ftp, || ftp_voidcmd(ftp, c"NOOP".as_ptr()))),
                8 => drop(call(ftp, || ftp_abort(ftp))),
                9 => drop(call(ftp, || ftp_reconnect(ftp))),
                10 => {
                    let status = call(ftp, || ftp_resync(ftp));
                    let is_closed = ftp_control_fd(ftp) == -1;
                    assert!(status == ftp_status::FTP_OK || is_closed, "in step, or closed: {status:?}");
                }
                _ => drop(connect(c"127.0.0.1")),
            }
        }
        call(ftp, || ftp_quit(ftp));
    }
}
