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
        let closed = s.data_listener().addr().port();
        s.send(format!("229 here (|||{closed}|)\r\n"));
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
