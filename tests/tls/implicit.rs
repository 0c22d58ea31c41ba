//! Implicit FTPS: TLS from the first byte on.

use super::*;

pub(super) fn implicit(server: &Scripted) -> Client {
    let mut client = client();
    client.set_tls(TlsMode::Implicit).unwrap();
    connect_to(&mut client, server.addr()).unwrap();
    client
}

#[test]
fn implicit_mode_begins_with_the_handshake() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.start_tls(&tls);
        s.login();
        s.prot_p();
        let mut data = start_transfer(s, "RETR f");
        data.start_tls(&tls);
        data.send("hello");
        data.close_tls();
        s.send("226 done\r\n");
    });
    let mut client = implicit(&server);
    assert!(client.welcome().is_some() && client.tls_info().is_some());
    log_in(&mut client).unwrap();
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn an_implicit_server_may_protect_data_without_a_command_for_it() {
    for (pbsz, prot) in [("500 what?", "500 what?"), ("200 ok", "502 not here"), ("502 no", "504 no")] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.start_tls(&tls);
            s.login();
            s.expect("PBSZ 0");
            s.send(format!("{pbsz}\r\n"));
            s.expect("PROT P");
            s.send(format!("{prot}\r\n"));
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&tls);
            data.close_tls();
            s.send("226 done\r\n");
        });
        let mut client = implicit(&server);
        log_in(&mut client).unwrap();
        retrieve(&mut client, "RETR f").1.unwrap();
        assert_eq!(client.data_tls().unwrap().connections, 1);
    }
}

#[test]
fn implicit_mode_against_a_server_in_clear_says_so() {
    let server = Scripted::start(|s| {
        s.send_at_once("220 ready\r\n");
        s.hold();
    });
    let mut client = client();
    client.set_tls(TlsMode::Implicit).unwrap();
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "the server does not speak TLS here");
    assert_closed(&mut client, "connecting failed");
}

#[test]
fn a_handshake_of_implicit_tls_shares_the_time_of_connecting() {
    let server = Scripted::start(|s| s.hold());
    let mut client = client();
    client.set_tls(TlsMode::Implicit).unwrap();
    client.set_phase_timeout(Phase::Connect, Some(SHORT));
    let error = connect_to(&mut client, server.addr()).unwrap_err();
    assert_text(&client, &error, "waiting for the TLS handshake of the control connection (phase: connect)");
    assert_closed(&mut client, "connecting failed");
}
