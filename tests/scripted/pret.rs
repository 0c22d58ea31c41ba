//! PRET: servers that want to know a transfer before they name an address.

use super::*;

/// The words of DrFTPD.
const WANTS_PRET: &str = "500 You need to use a client supporting PRET (PRE Transfer) to use PASV\r\n";

fn expect_type(s: &mut Session, kind: &str) {
    s.expect(format!("TYPE {kind}"));
    s.send("200 ok\r\n");
}

fn expect_pret(s: &mut Session, command: &str) {
    s.expect(format!("PRET {command}"));
    s.send("200 OK, planning to use a slave\r\n");
}

fn send_text(s: &mut Session, command: &str, listener: &DataListener, text: &str) {
    let mut data = listener.accept();
    s.expect(command);
    s.send("150 go\r\n");
    data.send(text);
    data.close();
    s.send("226 done\r\n");
}

#[test]
fn a_server_that_names_pret_is_told_of_each_transfer_before_pasv() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("FEAT");
        s.send("211-Extensions:\r\n MDTM\r\n pret\r\n SIZE\r\n211 End\r\n");
        expect_type(s, "I");
        expect_pret(s, "RETR a file");
        let listener = s.passive();
        send_text(s, "RETR a file", &listener, "hello");
        expect_pret(s, "STOR up");
        let listener = s.passive();
        let mut data = listener.accept();
        s.expect("STOR up");
        s.send("150 go\r\n");
        assert_eq!(data.read_to_end(), b"data");
        s.send("226 done\r\n");
        expect_type(s, "A");
        expect_pret(s, "LIST -a");
        let listener = s.passive();
        send_text(s, "LIST -a", &listener, "a\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    send(&mut client, "FEAT").unwrap();
    assert_eq!(retrieve(&mut client, "RETR a file").0, b"hello");
    store(&mut client, "STOR up", b"data").unwrap();
    assert_eq!(lines(&mut client, "LIST -a").0, ["a"]);
    assert_in_step(&mut client);
}

#[test]
fn a_refusal_of_pasv_that_asks_for_pret_gets_it_and_the_next_transfer_begins_with_it() {
    let server = Scripted::start(|s| {
        s.login();
        expect_type(s, "I");
        s.expect("PASV");
        s.send(WANTS_PRET);
        for _ in 0..2 {
            expect_pret(s, "RETR f");
            let listener = s.passive();
            send_text(s, "RETR f", &listener, "hello");
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    for _ in 0..2 {
        assert_eq!(retrieve(&mut client, "RETR f").0, b"hello");
    }
    assert_in_step(&mut client);
}

#[test]
fn epsv_that_asks_for_pret_is_followed_by_it() {
    let server = Scripted::start(|s| {
        s.login();
        expect_type(s, "I");
        s.expect("EPSV");
        s.send(WANTS_PRET);
        s.expect("PASV");
        s.send(WANTS_PRET);
        expect_pret(s, "RETR f");
        let listener = s.passive();
        send_text(s, "RETR f", &listener, "hello");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.set_extended(true);
    assert_eq!(retrieve(&mut client, "RETR f").0, b"hello");
    assert_in_step(&mut client);
}

#[test]
fn a_refusal_of_pret_is_that_of_the_transfer_unless_it_is_about_pret_itself() {
    for (reply, goes_on) in [
        ("550 no such file", false),
        ("530 No transfer-slave(s) available", false),
        ("450 busy", false),
        ("500 what?", true),
        ("504 not for this command", true),
    ] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("FEAT");
            s.send("211-Extensions:\r\n PRET\r\n211 End\r\n");
            expect_type(s, "I");
            s.expect("PRET RETR f");
            s.send(format!("{reply}\r\n"));
            if goes_on {
                let listener = s.passive();
                send_text(s, "RETR f", &listener, "hello");
            }
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        send(&mut client, "FEAT").unwrap();
        let (data, outcome) = retrieve(&mut client, "RETR f");
        assert_eq!(outcome.is_ok(), goes_on, "{reply}");
        if goes_on {
            assert_eq!(data, b"hello");
        } else {
            assert_text(&client, &outcome.unwrap_err(), &format!("PRET RETR f: {reply}"));
        }
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn other_servers_and_active_mode_get_no_pret() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("FEAT");
        s.send("211-Extensions:\r\n PRETTY\r\n211 End\r\n");
        expect_type(s, "I");
        let listener = s.passive();
        send_text(s, "RETR f", &listener, "hello");
        s.expect("PASV");
        s.send("500 I am not PREpared\r\n");
        s.expect("FEAT");
        s.send("211-Extensions:\r\n PRET\r\n211 End\r\n");
        let port = s.active();
        let mut data = port.connect();
        s.expect("RETR f");
        s.send("150 go\r\n");
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    send(&mut client, "FEAT").unwrap();
    assert_eq!(retrieve(&mut client, "RETR f").0, b"hello");
    retrieve(&mut client, "RETR f").1.unwrap_err();
    send(&mut client, "FEAT").unwrap();
    client.set_passive(false);
    assert_eq!(retrieve(&mut client, "RETR f").0, b"hello");
    assert_in_step(&mut client);
}
