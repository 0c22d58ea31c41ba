//! EPSV and EPRT on IPv4, and what they fall back on.

use super::*;

fn extended(server: &Scripted) -> Client {
    let mut client = logged_in(server);
    client.set_extended(true);
    client
}

/// The script of a session whose first command is TYPE.
fn session(script: impl FnOnce(&mut Session) + Send + 'static) -> Scripted {
    Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        script(s);
        expect_in_step(s);
    })
}

fn send_hello(s: &mut Session, mut data: Data) {
    s.expect("RETR f");
    s.send("150 go\r\n");
    data.send("hello");
    data.close();
    s.send("226 done\r\n");
}

#[track_caller]
fn assert_hello(client: &mut Client) {
    let (data, outcome) = retrieve(client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn epsv_comes_first_where_it_is_wanted() {
    let server = session(|s| {
        for _ in 0..2 {
            let listener = s.extended_passive();
            send_hello(s, listener.accept());
        }
    });
    let mut client = extended(&server);
    assert_hello(&mut client);
    assert_hello(&mut client);
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_refuses_epsv_is_asked_once() {
    for refusal in ["500 what?\r\n", "522 not on this network\r\n", "425 not now\r\n"] {
        let server = session(move |s| {
            s.expect("EPSV");
            s.send(refusal);
            for _ in 0..2 {
                let listener = s.passive();
                send_hello(s, listener.accept());
            }
        });
        let mut client = extended(&server);
        assert_hello(&mut client);
        assert_hello(&mut client);
        assert_in_step(&mut client);
    }
}

#[test]
fn a_port_from_epsv_that_cannot_be_reached_is_given_up_for_pasv() {
    let server = session(|s| {
        s.expect("EPSV");
        let closed = support::dead_ends::unused_port();
        s.send(format!("229 here (|||{}|)\r\n", closed.addr().port()));
        for _ in 0..2 {
            let listener = s.passive();
            send_hello(s, listener.accept());
        }
    });
    let mut client = extended(&server);
    assert_hello(&mut client);
    assert_hello(&mut client);
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_closes_instead_is_not_asked_for_pasv() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("EPSV");
        s.send("421 bye\r\n");
        s.expect_eof();
    });
    let mut client = extended(&server);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert_text(&client, &error, "421 bye");
    assert_closed(&mut client, "421 bye");
}

#[test]
fn eprt_comes_first_where_it_is_wanted() {
    let server = session(|s| {
        let argument = s.expect_command("EPRT");
        let ["", "1", "127.0.0.1", port, ""] = argument.split('|').collect::<Vec<_>>()[..] else {
            panic!("{argument}")
        };
        let port = s.client_port(([127, 0, 0, 1], port.parse().unwrap()).into());
        s.send("200 ok\r\n");
        send_hello(s, port.connect());
    });
    let mut client = extended(&server);
    client.set_passive(false);
    assert_hello(&mut client);
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_refuses_eprt_is_asked_once() {
    let server = session(|s| {
        s.expect_command("EPRT");
        s.send("501 no\r\n");
        for _ in 0..2 {
            let port = s.active();
            send_hello(s, port.connect());
        }
    });
    let mut client = extended(&server);
    client.set_passive(false);
    assert_hello(&mut client);
    assert_hello(&mut client);
    assert_in_step(&mut client);
}

/// A session whose server answers these commands so, and then serves `transfers` downloads through the other command.
fn garbling(
    dialogue: &'static [(&'static str, &'static str)],
    transfers: usize,
    listen: fn(&mut Session) -> DataListener,
) -> Scripted {
    session(move |s| {
        for (command, reply) in dialogue {
            s.expect(command);
            s.send(reply);
        }
        for _ in 0..transfers {
            let listener = listen(s);
            send_hello(s, listener.accept());
        }
    })
}

/// Replies that name no port.
const GARBLED_229: &[&str] = &["229 here\r\n", "229 (|||0|)\r\n", "229 (|||99999|)\r\n", "200 ok\r\n"];
const GARBLED_227: &[&str] =
    &["227 Entering Passive Mode (\r\n", "227 (127,0,0,1,0,0)\r\n", "227 (1,2,3,4,500,6)\r\n", "200 ok\r\n"];

fn leaked(command: &'static str, reply: &'static str) -> &'static [(&'static str, &'static str)] {
    Box::leak(Box::new([(command, reply)]))
}

#[test]
fn an_epsv_reply_that_cannot_be_read_is_given_up_for_pasv() {
    for reply in GARBLED_229 {
        let server = garbling(leaked("EPSV", reply), 2, |s| s.passive());
        let mut client = extended(&server);
        assert_hello(&mut client);
        // It belongs to the session.
        client.set_extended(true);
        assert_hello(&mut client);
        assert_in_step(&mut client);
    }
}

#[test]
fn a_pasv_reply_that_cannot_be_read_is_given_up_for_epsv() {
    for reply in GARBLED_227 {
        let server = garbling(leaked("PASV", reply), 2, |s| s.extended_passive());
        let mut client = logged_in(&server);
        assert_hello(&mut client);
        client.set_extended(true);
        assert_hello(&mut client);
        assert_in_step(&mut client);
    }
}

#[test]
fn each_command_is_tried_once_and_what_cannot_be_read_is_the_error() {
    for (is_extended, dialogue) in [
        (false, &[("PASV", "227 here\r\n"), ("EPSV", "500 what?\r\n"), ("PASV", "227 here\r\n")]),
        (false, &[("PASV", "227 here\r\n"), ("EPSV", "229 there\r\n"), ("PASV", "227 here\r\n")]),
        (true, &[("EPSV", "229 here\r\n"), ("PASV", "500 what?\r\n"), ("PASV", "227 here\r\n")]),
        (true, &[("EPSV", "229 there\r\n"), ("PASV", "227 here\r\n"), ("PASV", "227 here\r\n")]),
    ] {
        let server = garbling(dialogue, 0, |s| s.passive());
        let mut client = logged_in(&server);
        client.set_extended(is_extended);
        for _ in 0..2 {
            let error = retrieve(&mut client, "RETR f").1.unwrap_err();
            assert!(matches!(error, Error::Protocol(_)), "{error:?}");
            assert_text(&client, &error, " here");
        }
        assert_in_step(&mut client);
    }
}

#[test]
fn a_server_that_refused_epsv_is_not_asked_again_when_it_is_set_again() {
    let server = garbling(&[("EPSV", "500 what?\r\n")], 2, |s| s.passive());
    let mut client = extended(&server);
    assert_hello(&mut client);
    client.set_extended(false);
    client.set_extended(true);
    assert_hello(&mut client);
    assert_in_step(&mut client);
}
