//! The test servers, tested with bare sockets: a broken server must not be taken for a broken client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
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

mod scripted {
    use super::*;

    #[test]
    fn plays_a_dialogue_and_keeps_what_it_received() {
        let server = Scripted::start(|s| {
            s.login();
            assert_eq!(s.expect_command("CWD"), "some where");
            s.send("250-first\r\n250 second\r\n");
            s.quit();
        });
        let mut client = RawClient::connect(server.addr());
        client.login("me", "secret");
        assert_eq!(client.command("CWD some where"), "250 second");
        assert_eq!(client.command("QUIT"), "221 goodbye");
        drop(client);
        server.finish();
        assert_eq!(server.received(), b"USER me\r\nPASS secret\r\nCWD some where\r\nQUIT\r\n");
    }

    #[test]
    fn sends_in_pieces() {
        let server = Scripted::start(|s| s.send_split("220 ready\r\n", 4, Duration::from_millis(100)));
        let mut stream = TcpStream::connect(server.addr()).unwrap();
        let mut pieces = Vec::new();
        let mut buffer = [0; 64];
        while let count @ 1.. = stream.read(&mut buffer).unwrap() {
            pieces.push(buffer[..count].to_vec());
        }
        assert_eq!(pieces.concat(), b"220 ready\r\n");
        // On a busy machine two of the three pieces may be read as one.
        assert!(pieces.len() >= 2, "all came at once");
        server.finish();
    }

    #[test]
    fn keeps_an_urgent_byte_in_its_place() {
        let server = Scripted::start(|s| s.expect("ABOR"));
        let stream = TcpStream::connect(server.addr()).unwrap();
        socket2::SockRef::from(&stream).send_out_of_band(b"ABOR\r\n").unwrap();
        server.finish();
        assert_eq!(server.received(), b"ABOR\r\n");
    }

    #[test]
    fn closes_and_resets() {
        let server = Scripted::sessions(vec![script(Session::close), script(Session::reset)]);
        assert_eq!(RawClient::connect(server.addr()).read_end(), Ok(0));
        assert_eq!(RawClient::connect(server.addr()).read_end(), Err(ErrorKind::ConnectionReset));
        server.finish();
    }

    #[test]
    fn speaks_ipv6() {
        let server = Scripted::start_v6(|s| {
            s.send("220 ready\r\n");
            s.passive().accept().send("data");
            s.active().connect().send("more data");
        });
        let mut client = RawClient::connect(server.addr());
        client.reply();
        assert_eq!(io::read_to_string(client.passive()).unwrap(), "data");
        let listener = TcpListener::bind("[::1]:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(client.command(&format!("EPRT |2|::1|{port}|")), "200 ok");
        assert_eq!(io::read_to_string(listener.accept().unwrap().0).unwrap(), "more data");
        server.finish();
    }

    #[test]
    fn moves_data_in_passive_mode() {
        let server = Scripted::start(|s| {
            let mut data = s.passive().accept();
            data.send("he");
            data.send_split("llo", 1, Duration::from_millis(1));
            data.shutdown_write();
            assert_eq!(data.read_to_end(), b"upload");
            s.extended_passive().accept().reset();
            s.send("426 reset\r\n");
        });
        let mut client = RawClient::connect(server.addr());
        let mut data = client.passive();
        let mut text = String::new();
        data.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
        data.write_all(b"upload").unwrap();
        drop(data);
        let reply = client.command("EPSV");
        let port: u16 = reply.split('|').nth(3).unwrap().parse().unwrap();
        let mut data = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert_eq!(client.reply(), "426 reset");
        assert_eq!(data.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
        server.finish();
    }

    #[test]
    fn connects_to_an_active_client_also_as_a_stranger() {
        let server = Scripted::start(|s| {
            let client = s.active();
            let _stranger = client.connect_from([127, 0, 0, 2].into());
            client.connect().expect_eof();
        });
        let mut client = RawClient::connect(server.addr());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let [p1, p2] = listener.local_addr().unwrap().port().to_be_bytes();
        assert_eq!(client.command(&format!("PORT 127,0,0,1,{p1},{p2}")), "200 ok");
        let (_stranger, stranger) = listener.accept().unwrap();
        assert_eq!(stranger.ip(), Ipv4Addr::new(127, 0, 0, 2));
        let (_server, addr) = listener.accept().unwrap();
        assert_eq!(addr.ip(), Ipv4Addr::LOCALHOST);
        drop(_server);
        server.finish();
    }

    #[test]
    fn notices_that_the_client_closes_the_data_connection() {
        let server = Scripted::start(|s| {
            s.passive().accept().send_until_closed();
            s.send("426 aborted\r\n");
        });
        let mut client = RawClient::connect(server.addr());
        client.passive().read_exact(&mut [0; 1000]).unwrap();
        assert_eq!(client.reply(), "426 aborted");
        server.finish();
    }

    #[test]
    fn holds_until_the_client_leaves_or_the_test_ends() {
        let server = Scripted::sessions(vec![script(Session::hold), script(Session::hold)]);
        drop(RawClient::connect(server.addr()));
        let mut client = RawClient::connect(server.addr());
        client.send("NOOP\r\n");
        server.finish();
        assert_eq!(client.read_end(), Ok(0));
        assert_eq!(server.received(), b"NOOP\r\n");
    }

    #[test]
    fn reports_an_unexpected_line_with_the_dialogue() {
        let server = Scripted::start(|s| {
            s.send("220 ready\r\n");
            s.expect("TYPE I");
        });
        let mut client = RawClient::connect(server.addr());
        client.reply();
        client.send("TYPE A\r\n");
        let failure = failure_of(&server);
        assert!(failure.contains(r#"expects "TYPE I", the client sent "TYPE A""#), "{failure}");
        assert!(failure.contains(r"S: 220 ready\r\n") && failure.contains(r"C: TYPE A\r"), "{failure}");
    }

    #[test]
    fn reports_a_failed_assertion_of_the_script() {
        let server = Scripted::start(|s| assert_eq!(s.line(), "NOOP"));
        RawClient::connect(server.addr()).send("QUIT\r\n");
        assert!(failure_of(&server).contains("QUIT"));
    }

    #[test]
    fn reports_a_line_without_cr() {
        let server = Scripted::start(|s| s.expect("NOOP"));
        RawClient::connect(server.addr()).send("NOOP\n");
        assert!(failure_of(&server).contains("LF without CR"));
    }

    #[test]
    fn reports_a_client_that_speaks_out_of_turn() {
        let server = Scripted::start(|s| s.expect_silence(Duration::from_secs(5)));
        RawClient::connect(server.addr()).send("NOOP\r\n");
        assert!(failure_of(&server).contains(r#"it sent "NOOP\r\n""#));
    }

    #[test]
    fn reports_a_client_that_leaves_too_early() {
        let server = Scripted::start(|s| s.expect("NOOP"));
        drop(RawClient::connect(server.addr()));
        assert!(failure_of(&server).contains("the client left"));
    }

    #[test]
    fn reports_an_unfinished_script_soon() {
        let server = Scripted::start(|s| s.expect("NOOP"));
        let _client = RawClient::connect(server.addr());
        let start = Instant::now();
        assert!(failure_of(&server).contains("kept the script waiting"));
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn reports_that_no_client_came() {
        let server = Scripted::start(Session::login);
        assert!(failure_of(&server).contains("no client connected"));
    }

    #[test]
    fn a_failed_script_cannot_be_dropped_unnoticed() {
        let server = Scripted::start(|s| s.expect("NOOP"));
        drop(RawClient::connect(server.addr()));
        catch_unwind(AssertUnwindSafe(|| drop(server))).unwrap_err();
    }

    #[test]
    fn a_failing_test_does_not_wait_for_the_script() {
        let start = Instant::now();
        catch_unwind(|| {
            let _server = Scripted::start(|s| s.expect("NOOP"));
            panic!("as a failed assertion of the test does");
        })
        .unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(1));
    }
}

mod embedded {
    use super::*;

    #[test]
    fn serves_files() {
        let server = Embedded::start();
        stores_lists_and_fetches(server.addr(), USER, PASSWORD, server.root());
    }

    #[test]
    fn serves_files_over_ipv6() {
        let server = Embedded::start_on(Ipv6Addr::LOCALHOST.into());
        stores_lists_and_fetches(server.addr(), USER, PASSWORD, server.root());
    }

    #[test]
    fn serves_active_clients() {
        let server = Embedded::start();
        let mut client = RawClient::connect(server.addr());
        client.login(USER, PASSWORD);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let [p1, p2] = listener.local_addr().unwrap().port().to_be_bytes();
        assert_eq!(code(&client.command(&format!("PORT 127,0,0,1,{p1},{p2}"))), "200");
        assert_eq!(code(&client.command("NLST")), "150");
        assert_eq!(io::read_to_string(listener.accept().unwrap().0).unwrap(), "");
        assert_eq!(code(&client.reply()), "226");
    }

    #[test]
    fn knows_its_users() {
        let server = Embedded::start();
        RawClient::connect(server.addr()).login("anonymous", "guest@example.org");
        let mut client = RawClient::connect(server.addr());
        client.reply();
        client.command(&format!("USER {USER}"));
        assert_eq!(code(&client.command("PASS wrong")), "530");
    }

    #[test]
    fn ends_when_dropped() {
        let server = Embedded::start();
        let (addr, root) = (server.addr(), server.root().to_owned());
        let mut client = RawClient::connect(addr);
        client.login(USER, PASSWORD);
        drop(server);
        assert_ne!(client.read_end(), Err(ErrorKind::WouldBlock));
        assert_eq!(TcpStream::connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        assert!(!root.exists());
    }
}

mod daemons {
    use super::*;

    fn serves_session_after_session(name: &str) {
        for ipv6 in [false, true] {
            let options = DaemonOptions { ipv6, ..DaemonOptions::default() };
            let Some(server) = Daemon::start(name, options) else { continue };
            for _ in 0..2 {
                stores_lists_and_fetches(server.addr(), &server.user, &server.password, &server.root);
            }
            let mut client = RawClient::connect(server.addr());
            client.login(&server.user, &server.password);
            let reply = client.command("PWD");
            assert!(reply.starts_with(&format!("257 \"{}\"", server.login_dir)), "{reply}");

            // What the test puts there belongs to the user.
            server.put("old", "content");
            client.command("TYPE I");
            let data = client.passive();
            client.expect_start("STOR old");
            drop(data);
            assert_eq!(code(&client.reply()), "226");
            assert_eq!(server.get("old"), b"");
        }
    }

    #[test]
    fn vsftpd() {
        serves_session_after_session("vsftpd");
    }

    #[test]
    fn proftpd() {
        serves_session_after_session("proftpd");
    }

    #[test]
    fn pure_ftpd() {
        serves_session_after_session("pure-ftpd");
    }

    #[test]
    fn pyftpdlib() {
        serves_session_after_session("pyftpdlib");
    }

    #[test]
    fn inetutils_ftpd() {
        serves_session_after_session("inetutils-ftpd");
    }

    #[test]
    fn some_let_in_anonymous_users() {
        for name in ["vsftpd", "pyftpdlib"] {
            let options = DaemonOptions { anonymous: true, ..DaemonOptions::default() };
            let Some(server) = Daemon::start(name, options) else { continue };
            RawClient::connect(server.addr()).login("anonymous", "guest@example.org");
        }
    }

    #[test]
    fn end_with_all_their_sessions_when_dropped() {
        for name in ALL {
            let Some(server) = Daemon::start(name, DaemonOptions::default()) else { continue };
            let (addr, root) = (server.addr(), server.root.clone());
            let mut client = RawClient::connect(addr);
            client.login(&server.user, &server.password);
            drop(server);
            assert_ne!(client.read_end(), Err(ErrorKind::WouldBlock), "{name}");
            assert_eq!(TcpStream::connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused, "{name}");
            assert!(!root.exists(), "{name}");
        }
    }

    #[test]
    fn are_skipped_only_by_consent() {
        let refused = Daemon::start_under(Policy::Off, "vsftpd", DaemonOptions::default()).err();
        assert_eq!(refused.as_deref(), Some("FTPCLIENT_DAEMONS=off"));
        assert!(catch_unwind(|| Policy::Required.skip("vsftpd", "not installed").is_err()).is_err());
    }

    #[test]
    fn policy_comes_from_the_environment() {
        assert_eq!(Policy::parse(None), Policy::IfAvailable);
        assert_eq!(Policy::parse(Some("required")), Policy::Required);
        assert_eq!(Policy::parse(Some("off")), Policy::Off);
        assert!(catch_unwind(|| Policy::parse(Some("of"))).is_err());
    }
}

mod dead_ends {
    use super::*;

    const SOON: Duration = Duration::from_millis(300);

    #[test]
    fn an_unused_port_refuses() {
        let port = unused_port();
        assert_eq!(TcpStream::connect(port.addr()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }

    #[test]
    fn a_server_that_never_greets_lets_clients_connect() {
        let server = never_greeting();
        let mut client = TcpStream::connect(server.addr()).unwrap();
        client.set_read_timeout(Some(SOON)).unwrap();
        assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    }

    #[test]
    fn a_server_that_never_connects_keeps_clients_waiting() {
        let server = never_connecting();
        assert_eq!(TcpStream::connect_timeout(&server.addr(), SOON).unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
