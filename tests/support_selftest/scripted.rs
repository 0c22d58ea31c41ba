//! The scripted server.

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
        // As a failed assertion of the test does, but without a backtrace, which takes its time.
        resume_unwind(Box::new("failed"));
    })
    .unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(1));
}
