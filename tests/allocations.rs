//! Every allocation of a session fails once, in a process of its own: `c-tests/memory/session.c`. The outcome is an error, or the end
//! of the process by which Rust's allocator answers for small pieces; never a success with wrong data, and never a connection that
//! is to be refused.
//!
//! A sample of them is tried, another one with each `FTPCLIENT_SEED`; `FTPCLIENT_ALLOCATIONS=all` tries all.

#![cfg(all(target_os = "linux", target_env = "gnu", feature = "tls", not(feature = "aws-lc")))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod support;

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use openssl::ssl::{SslAcceptor, SslMethod};
use support::c_programs::{compile, shown};
use support::certificates::{Authority, CertificateRequest, Key};

/// How many of the allocations of one kind of session are tried.
const SAMPLE: usize = 60;
const FILE_SIZE: usize = 300_000;
const LONG_LINE: usize = 200_000;
const MANY: usize = 3_000;

static PROGRAM: LazyLock<PathBuf> =
    LazyLock::new(|| compile("failing-allocations", &["c-tests/memory/session.c".into()]));

/// A server of one file and one listing, for any number of clients.
struct Server {
    port: u16,
    folder: tempfile::TempDir,
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

impl Server {
    fn start() -> Server {
        let authority = Authority::new("memory");
        let identity =
            authority.issue(&CertificateRequest { key: Key::Rsa2048, ..CertificateRequest::default() });
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
        acceptor.set_certificate(&identity.certificate).unwrap();
        acceptor.set_private_key(&identity.key).unwrap();
        let acceptor = Arc::new(acceptor.build());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for client in listener.incoming().map(Result::unwrap) {
                let acceptor = acceptor.clone();
                // A client that fails leaves in the middle of anything.
                thread::spawn(move || serve(client, &acceptor));
            }
        });
        Server { port, folder }
    }
}

/// A line of a long listing, as `ls -l` prints it.
fn listed(number: usize) -> Vec<u8> {
    format!("-rw-r--r-- 1 u g 12 Jan 15  2020 name{number}\r\n").into_bytes()
}

fn byte_at(offset: usize) -> u8 {
    (offset % 251) as u8
}

fn secured(socket: TcpStream, acceptor: &SslAcceptor) -> io::Result<Box<dyn Wire>> {
    acceptor.accept(socket).map(|stream| Box::new(stream) as Box<dyn Wire>).map_err(io::Error::other)
}

fn serve(socket: TcpStream, acceptor: &SslAcceptor) -> io::Result<()> {
    socket.set_read_timeout(Some(Duration::from_secs(60)))?;
    socket.set_nodelay(true)?;
    let mut control: BufReader<Box<dyn Wire>> = BufReader::new(Box::new(socket.try_clone()?));
    let (mut is_tls, mut data) = (false, None);
    control.get_mut().write_all(b"220 ready\r\n")?;
    loop {
        let mut line = String::new();
        if control.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.split_whitespace().next().unwrap_or_default();
        let reply = match verb {
            "AUTH" => {
                control.get_mut().write_all(b"234 go\r\n")?;
                control = BufReader::new(secured(socket.try_clone()?, acceptor)?);
                is_tls = true;
                continue;
            }
            "USER" => "331 and?".into(),
            "PASS" => "230 in".into(),
            "PBSZ" | "PROT" | "TYPE" | "NOOP" => "200 fine".into(),
            "PWD" => "257 \"/in/step\"".into(),
            "SIZE" => format!("213 {FILE_SIZE}"),
            "HELP" => format!("214-{}\r\n214 end", "\r\nhelp".repeat(20_000)),
            "ABOR" => "226 nothing".into(),
            "PASV" => {
                let listener = TcpListener::bind("127.0.0.1:0")?;
                let port = listener.local_addr()?.port();
                data = Some(listener);
                format!("227 (127,0,0,1,{},{})", port / 256, port % 256)
            }
            "RETR" | "NLST" | "MLSD" | "LIST" | "STOR" => match data.take() {
                None => "425 where?".into(),
                Some(listener) => {
                    control.get_mut().write_all(b"150 here\r\n")?;
                    if transfer(line.trim_end(), &listener, is_tls.then_some(acceptor)).unwrap_or(false) {
                        "226 done".into()
                    } else {
                        "426 broken".into()
                    }
                }
            },
            "QUIT" => {
                control.get_mut().write_all(b"221 bye\r\n")?;
                return Ok(());
            }
            _ => "500 what?".to_owned(),
        };
        control.get_mut().write_all(format!("{reply}\r\n").as_bytes())?;
    }
}

/// Whether all of the data went over.
fn transfer(command: &str, listener: &TcpListener, acceptor: Option<&SslAcceptor>) -> io::Result<bool> {
    let socket = listener.accept()?.0;
    socket.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut data = match acceptor {
        None => Box::new(socket),
        Some(acceptor) => secured(socket, acceptor)?,
    };
    let sent = match command {
        "LIST many" => (0..MANY).flat_map(listed).collect(),
        "RETR f" => (0..FILE_SIZE).map(byte_at).collect(),
        "NLST" => b"name1\r\nname2\r\nname3\r\n".to_vec(),
        "MLSD" => (1..=3).flat_map(|i| format!("type=file;size=12; name{i}\r\n").into_bytes()).collect(),
        _ => {
            let mut received = Vec::new();
            data.read_to_end(&mut received)?;
            if command == "STOR long" {
                return Ok(received == [&vec![b'x'; LONG_LINE][..], b"\r\n"].concat());
            }
            return Ok(received.iter().copied().eq((0..FILE_SIZE).map(byte_at)));
        }
    };
    data.write_all(&sent)?;
    data.flush()?;
    Ok(true)
}

impl Server {
    /// Runs the program, and gives what it says of each number.
    fn run(&self, kind: &str, numbers: &[usize]) -> Vec<String> {
        let mut command = Command::new(&*PROGRAM);
        command.arg(kind).arg(self.port.to_string()).arg(self.folder.path().join("ca.pem"));
        // The system's list of authorities alone would be most of the allocations.
        command
            .env("SSL_CERT_FILE", self.folder.path().join("ca.pem"))
            .env("SSL_CERT_DIR", self.folder.path());
        let output = command.args(numbers.iter().map(usize::to_string)).output().unwrap();
        assert!(output.status.success(), "{}", shown(&output));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }
}

fn check(kind: &str) {
    let server = Server::start();
    let counted = server.run(kind, &[0]);
    let [count, fine] = counted.as_slice() else { panic!("{counted:?}") };
    assert_eq!(fine, "0 fine");
    let counts: Vec<usize> = count.split(' ').skip(1).map(|count| count.parse().unwrap()).collect();
    let [settings, count] = counts[..] else { panic!("{counts:?}") };
    assert!(count > settings + 100, "{counts:?}");
    let numbers: Vec<usize> = if env::var_os("FTPCLIENT_ALLOCATIONS").is_some_and(|value| value == "all") {
        (1..=count).collect()
    } else {
        // OpenSSL's own preparations are many, and all alike.
        [sample(0, settings, SAMPLE / 4), sample(settings, count, SAMPLE * 3 / 4)].concat()
    };
    let outcomes: Vec<String> = numbers.chunks(100).flat_map(|some| server.run(kind, some)).collect();
    assert_eq!(outcomes.len(), numbers.len());
    let wrong: Vec<&String> = outcomes.iter().filter(|outcome| outcome.contains("WRONG")).collect();
    let aborts = outcomes.iter().filter(|outcome| outcome.ends_with("abort")).count();
    let tried = numbers.len();
    println!("{kind}: {count} allocations, {tried} tried, {aborts} of them ended the process");
    assert!(wrong.is_empty(), "{kind}: {wrong:#?}");
}

/// Spread over a part of the session, and shifted by the seed.
fn sample(from: usize, to: usize, size: usize) -> Vec<usize> {
    let seed: usize = env::var("FTPCLIENT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let step = (to - from).div_ceil(size);
    let shift = seed.wrapping_mul(0x9e37_79b9) % step;
    (0..size).map(|i| from + i * step + shift + 1).filter(|&number| number <= to).collect()
}

#[test]
fn a_session_in_clear() {
    check("clear");
}

#[test]
fn a_session_with_tls() {
    check("tls");
}

#[test]
fn a_session_with_a_stranger() {
    check("stranger");
}

/// Memory for what a server sends, and what is long, is asked for: an error tells that there is none.
#[test]
fn a_session_with_long_texts() {
    let server = Server::start();
    let counted = server.run("large", &[0]);
    assert_eq!(counted[1], "0 fine", "{counted:?}");
    let count: usize = counted[0].rsplit(' ').next().unwrap().parse().unwrap();
    assert!((20..500).contains(&count), "{counted:?}");
    let numbers: Vec<usize> = (1..=count).collect();
    let outcomes = server.run("large", &numbers);
    let wrong: Vec<&String> = outcomes.iter().filter(|outcome| !outcome.ends_with("fine")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a handle needs is asked for before it is made.
#[test]
fn a_handle_that_there_is_no_memory_for_is_null() {
    let server = Server::start();
    assert_eq!(server.run("clear", &[1]), ["1 fine"]);
}
