//! Active mode: the server opens the data connection.

use std::ops::RangeInclusive;

use super::*;

fn active(server: &Scripted) -> Client {
    let mut client = logged_in(server);
    client.set_passive(false);
    client
}

fn download(connect: impl FnOnce(&mut Session) + Send + 'static) -> (Scripted, Client, Vec<u8>, Result<()>) {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        connect(s);
        expect_in_step(s);
    });
    let mut client = active(&server);
    client.set_timeout(Some(Duration::from_secs(2)));
    let (data, outcome) = retrieve(&mut client, "RETR f");
    (server, client, data, outcome)
}

#[test]
fn the_client_listens_where_the_control_connection_comes_from() {
    let (_server, mut client, data, outcome) = download(|s| {
        let port = s.active();
        assert_eq!(port.addr().ip(), s.client_addr().ip());
        s.expect("RETR f");
        s.send("150 go\r\n");
        port.connect().send("hello");
        s.send("226 done\r\n");
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_in_step(&mut client);
}

#[test]
fn on_ipv6_it_is_eprt() {
    let server = Scripted::start_v6(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let port = s.active();
        assert!(port.addr().is_ipv6());
        s.expect("STOR f");
        s.send("150 go\r\n");
        assert_eq!(port.connect().read_to_end(), b"hello");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = active(&server);
    store(&mut client, "STOR f", b"hello").unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_stranger_gets_nothing_and_gives_nothing() {
    let (_server, mut client, data, outcome) = download(|s| {
        let port = s.active();
        s.expect("RETR f");
        let mut stranger = port.connect_from("127.0.0.2".parse().unwrap());
        stranger.send("forged");
        s.send("150 go\r\n");
        std::thread::sleep(Duration::from_millis(50));
        port.connect().send("hello");
        s.send("226 done\r\n");
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_in_step(&mut client);
}

#[test]
fn a_port_command_that_is_refused_starts_nothing() {
    let (_server, mut client, _, outcome) = download(|s| {
        s.expect_command("PORT");
        s.send("500 illegal PORT command\r\n");
    });
    assert_text(&client, &outcome.unwrap_err(), "500 illegal PORT command");
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_cannot_connect_says_so() {
    for reply in ["150 go\r\n425 cannot connect\r\n", "425 cannot connect\r\n"] {
        let (_server, mut client, _, outcome) = download(move |s| {
            s.active();
            s.expect("RETR f");
            s.send(reply);
        });
        assert_text(&client, &outcome.unwrap_err(), "RETR f: 425 cannot connect");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_server_that_never_connects_is_a_timeout_and_the_session_goes_on() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.active();
        s.expect("RETR f");
        s.send("150 go\r\n");
        s.expect("ABOR");
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = active(&server);
    client.set_phase_timeout(Phase::Accept, Some(SHORT));
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert_text(&client, &error, "waiting for the server's data connection");
    client.set_timeout(Some(Duration::from_secs(10)));
    assert_in_step(&mut client);
}

#[test]
fn a_server_with_nothing_to_send_need_not_connect() {
    for (size, is_empty) in [("213 0\r\n", true), ("213 5\r\n", false), ("502 what?\r\n", false)] {
        let (_server, mut client, data, outcome) = download(|s| {
            s.active();
            s.expect("RETR f");
            s.send("150 go\r\n226 it is empty\r\n");
            answers(s, "SIZE f", size);
        });
        assert_eq!(outcome.is_ok(), is_empty, "{size}: {outcome:?}");
        assert!(is_empty || matches!(outcome, Err(Error::Integrity(_))), "{size}: {outcome:?}");
        assert_eq!(data, b"");
        assert_in_step(&mut client);
    }
    // A size that is announced needs no question.
    let (_server, mut client, _, outcome) = download(|s| {
        s.active();
        s.expect("RETR f");
        s.send("150 go (0 bytes)\r\n226 it is empty\r\n");
    });
    outcome.unwrap();
    assert_in_step(&mut client);
}

#[test]
fn an_upload_that_nobody_fetched_is_no_success() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.active();
        s.expect("STOR f");
        s.send("150 go\r\n226 thanks\r\n");
        expect_in_step(s);
    });
    let mut client = active(&server);
    let error = store(&mut client, "STOR f", b"hello").unwrap_err();
    assert_text(&client, &error, "STOR f: the server never opened the data connection");
    assert_in_step(&mut client);
}

#[test]
fn the_ports_are_those_of_the_range_in_turn() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let mut ports = Vec::new();
        for _ in 0..3 {
            let port = s.active();
            ports.push(port.addr().port());
            s.expect("RETR f");
            s.send("150 go\r\n");
            port.connect().send("hello");
            s.send("226 done\r\n");
        }
        ports.sort_unstable();
        assert_eq!(ports, [61_200, 61_201, 61_202]);
        expect_in_step(s);
    });
    let mut client = active(&server);
    client.set_active_ports(Some(61_200..=61_202)).unwrap();
    for _ in 0..3 {
        retrieve(&mut client, "RETR f").1.unwrap();
    }
    // All taken: nothing is sent.
    let _taken: Vec<_> =
        (61_200..=61_202).map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).unwrap()).collect();
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert_eq!(error.os_error(), Some(libc::EADDRINUSE), "{error:?}");
    assert_in_step(&mut client);
    for bad in [0..=5, RangeInclusive::new(6, 5)] {
        assert!(client.set_active_ports(Some(bad)).is_err());
    }
}

#[test]
fn the_server_is_told_the_external_address_and_connects_where_the_client_listens() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let told = s.active().addr();
        assert_eq!(told.ip().to_string(), "192.0.2.7");
        // As the router would forward it.
        let port = s.client_port(([127, 0, 0, 5], told.port()).into());
        s.expect("RETR f");
        s.send("150 go\r\n");
        port.connect().send("hello");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = active(&server);
    client.set_active_address(Some([127, 0, 0, 5].into()), Some([192, 0, 2, 7].into()));
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_in_step(&mut client);
}

#[test]
fn who_listens_everywhere_tells_the_address_of_the_control_connection() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let port = s.active();
        assert_eq!(port.addr().ip(), s.client_addr().ip());
        s.expect("RETR f");
        s.send("150 go\r\n");
        port.connect().send("hello");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = active(&server);
    // The second is of another family and does not count.
    client.set_active_address(Some([0, 0, 0, 0].into()), Some("2001:db8::1".parse().unwrap()));
    retrieve(&mut client, "RETR f").1.unwrap();
    assert_in_step(&mut client);
}

#[test]
fn replies_that_only_announce_may_come_twice_before_the_connection() {
    let (_server, mut client, data, outcome) = download(|s| {
        let port = s.active();
        s.expect("RETR f");
        s.send("150 go\r\n125 soon\r\n");
        std::thread::sleep(Duration::from_millis(50));
        port.connect().send("hello");
        s.send("226 done\r\n");
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_in_step(&mut client);
}

#[test]
fn a_stray_reply_before_the_preliminary_one_does_no_harm() {
    let (_server, mut client, data, outcome) = download(|s| {
        let port = s.active();
        s.expect("RETR f");
        s.send("200 stray\r\n");
        std::thread::sleep(Duration::from_millis(50));
        s.send("150 go\r\n");
        port.connect().send("hello");
        s.send("226 done\r\n");
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_leaves_before_it_connects_is_an_end() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.active();
        s.expect("RETR f");
        s.send("150 go\r\n");
        std::thread::sleep(Duration::from_millis(50));
        s.close();
    });
    let mut client = active(&server);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert!(matches!(error, Error::Eof(_)), "{error:?}");
    assert_closed(&mut client, "without a final reply to RETR f");
}

#[test]
fn a_server_that_announces_nothing_has_begun_when_it_connects() {
    let (_server, mut client, data, outcome) = download(|s| {
        let port = s.active();
        s.expect("RETR f");
        s.send("226 it is on its way\r\n");
        std::thread::sleep(Duration::from_millis(50));
        port.connect().send("hello");
    });
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_in_step(&mut client);
}
