//! Where the client connects to for data, and servers that name no such place.

use super::*;

#[test]
fn a_data_port_that_refuses_is_named_and_no_transfer_is_started() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("PASV");
        let port = support::dead_ends::unused_port();
        let [high, low] = port.addr().port().to_be_bytes();
        s.send(format!("227 here (127,0,0,1,{high},{low})\r\n"));
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert_eq!(error.os_error(), Some(libc::ECONNREFUSED));
    assert_text(&client, &error, "cannot open the data connection to 127.0.0.1:");
    assert_in_step(&mut client);
}

#[test]
fn a_data_port_that_does_not_answer_is_a_timeout_and_the_session_goes_on() {
    let silent = support::dead_ends::never_connecting();
    let [high, low] = silent.addr().port().to_be_bytes();
    let server = Scripted::start(move |s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("PASV");
        s.send(format!("227 here (127,0,0,1,{high},{low})\r\n"));
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    client.set_phase_timeout(Phase::Connect, Some(SHORT));
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    let expected = format!("timed out after 0.3 s waiting for the data connection to {}", silent.addr());
    assert_text(&client, &error, &expected);
    client.set_timeout(Some(Duration::from_secs(10)));
    assert_in_step(&mut client);
}

#[test]
fn nonsense_instead_of_an_address_is_a_protocol_error() {
    for reply in [
        "227 nowhere",
        "227 (1,2,3,4,5)",
        "227 (999,0,0,1,4,1)",
        "227 (127,0,0,1,300,1)",
        "227 (127,0,0,1,0,0)",
        "229 (|||x|)",
        "229 (|||0|)",
        "200 ok",
    ] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            s.expect("PASV");
            s.send(format!("{reply}\r\n"));
            s.expect("EPSV");
            s.send("500 what?\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = retrieve(&mut client, "RETR f").1.unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{reply}: {error:?}");
        assert_text(&client, &error, reply);
        assert_in_step(&mut client);
        server.finish();
    }
}

#[test]
fn the_data_connection_goes_to_the_server_whatever_address_it_names() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("PASV");
        let listener = s.data_listener();
        let [high, low] = listener.addr().port().to_be_bytes();
        s.send(format!("227 over there (192,0,2,1,{high},{low})\r\n"));
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().send("hello");
        s.send("226 done\r\n");
    });
    let (data, outcome) = retrieve(&mut logged_in(&server), "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
}

#[test]
fn a_229_reply_to_pasv_is_taken_for_what_it_is() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("PASV");
        let listener = s.data_listener();
        s.send(format!("229 extended (!!!{}!)\r\n", listener.addr().port()));
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().send("hello");
        s.send("226 done\r\n");
    });
    retrieve(&mut logged_in(&server), "RETR f").1.unwrap();
}

#[test]
fn a_pasv_that_is_refused_starts_no_transfer() {
    for refusal in ["425 not now", "500 not ever"] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            s.expect("PASV");
            s.send(format!("{refusal}\r\n"));
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = retrieve(&mut client, "RETR f").1.unwrap_err();
        assert_text(&client, &error, &format!("PASV: {refusal}"));
        assert_in_step(&mut client);
    }
}
