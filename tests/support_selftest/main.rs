//! The test servers, tested with bare sockets: a broken server must not be taken for a broken client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../support/mod.rs"]
mod support;

mod daemons;
mod dead_ends;
mod embedded;
mod scripted;

use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use support::daemons::{ALL, Daemon, DaemonOptions, Policy};
use support::dead_ends::{never_connecting, never_greeting, unused_port};
use support::embedded::{Embedded, PASSWORD, USER};
use support::scripted::{Scripted, Session, script};

/// The smallest FTP client that these tests can do with.
struct RawClient {
    control: BufReader<TcpStream>,
}

impl RawClient {
    fn connect(addr: SocketAddr) -> RawClient {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        RawClient { control: BufReader::new(stream) }
    }

    /// Sends a line and returns the reply to it.
    fn command(&mut self, line: &str) -> String {
        self.send(&format!("{line}\r\n"));
        self.reply()
    }

    fn send(&mut self, text: &str) {
        self.control.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// The last line of a reply, without its CRLF.
    fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.control.read_line(&mut line).unwrap();
            let is_last =
                line.as_bytes().get(3) == Some(&b' ') && line.as_bytes()[..3].iter().all(u8::is_ascii_digit);
            if is_last || line.is_empty() {
                return line.trim_end().to_owned();
            }
        }
    }

    fn login(&mut self, user: &str, password: &str) {
        assert_eq!(code(&self.reply()), "220");
        assert_eq!(code(&self.command(&format!("USER {user}"))), "331");
        assert_eq!(code(&self.command(&format!("PASS {password}"))), "230");
    }

    /// Asks for a data connection and opens it.
    fn passive(&mut self) -> TcpStream {
        let server = self.control.get_ref().peer_addr().unwrap().ip();
        let port: u16 = if server.is_ipv6() {
            let reply = self.command("EPSV");
            assert_eq!(code(&reply), "229", "{reply}");
            reply.split('|').nth(3).unwrap().parse().unwrap()
        } else {
            let reply = self.command("PASV");
            assert_eq!(code(&reply), "227", "{reply}");
            let numbers = reply.split_once('(').unwrap().1.trim_end_matches(['.', ')']);
            let numbers: Vec<u8> = numbers.split(',').map(|n| n.parse().unwrap()).collect();
            u16::from_be_bytes([numbers[4], numbers[5]])
        };
        let data = TcpStream::connect((server, port)).unwrap();
        data.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        data
    }

    /// Starts a transfer over the data connection that is open already.
    fn expect_start(&mut self, command: &str) {
        let reply = self.command(command);
        assert!(matches!(code(&reply), "125" | "150"), "{command}: {reply}");
    }

    /// The error or the number of bytes of one more read.
    fn read_end(&mut self) -> Result<usize, ErrorKind> {
        self.control.read(&mut [0; 16]).map_err(|e| e.kind())
    }
}

/// A whole session with a real server, whose directory is `root`.
fn stores_lists_and_fetches(addr: SocketAddr, user: &str, password: &str, root: &Path) {
    let mut client = RawClient::connect(addr);
    client.login(user, password);
    assert_eq!(code(&client.command("TYPE I")), "200");

    let mut data = client.passive();
    client.expect_start("STOR greeting");
    data.write_all(b"hello").unwrap();
    drop(data);
    assert_eq!(code(&client.reply()), "226");
    assert_eq!(fs::read(root.join("greeting")).unwrap(), b"hello");

    let data = client.passive();
    client.expect_start("LIST");
    let listing = io::read_to_string(data).unwrap();
    assert!(listing.lines().any(|line| line.ends_with(" greeting")), "{listing}");
    assert_eq!(code(&client.reply()), "226");

    let data = client.passive();
    client.expect_start("RETR greeting");
    assert_eq!(io::read_to_string(data).unwrap(), "hello");
    assert_eq!(code(&client.reply()), "226");
    assert_eq!(code(&client.command("QUIT")), "221");
}

fn code(reply: &str) -> &str {
    reply.get(..3).unwrap_or(reply)
}

/// The message with which `finish` fails the test.
fn failure_of(server: &Scripted) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| server.finish())).expect_err("the script must fail");
    *panic.downcast::<String>().unwrap()
}

/// Each test program has its row in tests/README.md.
#[test]
fn the_table_of_programs_is_complete() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let table = fs::read_to_string(folder.join("README.md")).unwrap();
    for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        let is_program = file.join("main.rs").exists() || file.extension().is_some_and(|end| end == "rs");
        let name = file.file_stem().unwrap().to_str().unwrap();
        assert!(
            !is_program || table.contains(&format!("| `{name}`")) || table.contains(&format!(", `{name}` |")),
            "{name}"
        );
    }
}
