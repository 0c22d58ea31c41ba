//! What somebody between may do to protected data, and servers that speak TLS badly.

use super::*;

#[test]
fn a_handshake_of_the_data_connection_that_stalls_has_an_end() {
    for command in ["RETR f", "STOR f"] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let data = start_transfer(s, command);
            s.expect("ABOR");
            s.send("426 stopped\r\n226 aborted\r\n");
            expect_in_step(s);
            drop(data);
        });
        let mut client = logged_in(&server);
        client.set_phase_timeout(Phase::Data, Some(SHORT));
        let start = Stopwatch::start();
        let error = match command {
            "RETR f" => retrieve(&mut client, command).1.unwrap_err(),
            _ => store(&mut client, command, b"upwards").unwrap_err(),
        };
        assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
        assert_text(&client, &error, "the TLS handshake of the data connection (phase: data; ");
        assert_quick(&start, Duration::from_secs(3));
        client.set_timeout(Some(Duration::from_secs(10)));
        assert_in_step(&mut client);
    }
}

/// A fatal alert as a plain record: handshake_failure.
const ALERT: &[u8] = b"\x15\x03\x03\x00\x02\x02\x28";

#[test]
fn what_is_no_handshake_on_the_data_connection_is_an_error_and_the_session_goes_on() {
    for (bytes, text) in [
        (ALERT, "the server refused"),
        (&b"hello in clear, says the server\r\n"[..], "the server does not speak TLS here"),
    ] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let mut data = start_transfer(s, "RETR f");
            // The client has begun: otherwise its hello would meet a closed connection.
            data.read_at_least(1);
            data.send_raw(bytes);
            data.shutdown_write();
            s.send("226 all is well\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let (data, outcome) = retrieve(&mut client, "RETR f");
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Tls(_)), "{error:?}");
        assert_text(&client, &error, text);
        assert_eq!(data, b"");
        assert_in_step(&mut client);
    }
}

#[test]
fn garbage_in_the_middle_of_a_download_is_never_data() {
    for version in VERSIONS {
        for (garbage, reply) in [
            (ALERT, "226 all is well"),
            (ALERT, "426 broken"),
            (&[0xa5; 100][..], "226 all is well"),
            (b"\x17\x03\x03\x00\x20 a forged record of 32 bytes ...", "226 all is well"),
        ] {
            let tls = of_version(version);
            let server = Scripted::start(move |s| {
                s.tls_login(&tls);
                let mut data = start_transfer(s, "RETR f");
                data.start_tls(&tls);
                data.send("hello");
                data.send_raw(garbage);
                data.shutdown_write();
                s.send(format!("{reply}\r\n"));
                expect_in_step(s);
            });
            let mut client = logged_in(&server);
            let (data, outcome) = retrieve(&mut client, "RETR f");
            assert_eq!(data, b"hello");
            match outcome.unwrap_err() {
                Error::TlsLost(text) => assert!(text.contains("failed after 5 bytes"), "{text}"),
                Error::Reply { reply, .. } => assert_eq!(reply.code(), Some(426)),
                error => panic!("{error:?}"),
            }
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn garbage_on_the_control_connection_is_never_a_reply() {
    for version in VERSIONS {
        let tls = of_version(version);
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect("PWD");
            s.send_raw("257 \"/forged\" is here\r\n");
            s.hold();
        });
        let mut client = logged_in(&server);
        let error = pwd(&mut client).unwrap_err();
        assert!(matches!(error, Error::TlsLost(_)), "{error:?}");
        assert_text(&client, &error, "what came is not TLS any more");
        // A server that fails says so in clear, as vsftpd does. A new session may do better.
        assert!(error.is_transient());
        assert_closed(&mut client, "the control connection failed");
    }
}

#[test]
fn an_alert_in_the_middle_of_an_upload_and_the_reason_of_the_server() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        let mut data = start_transfer(s, "STOR f");
        data.start_tls(&tls);
        data.read_at_least(1);
        data.send_raw(ALERT);
        s.send("451 the disk has broken\r\n");
        data.close();
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = store(&mut client, "STOR f", &vec![7; 16 << 20]).unwrap_err();
    let Error::Reply { reply, .. } = error else { panic!("{error:?}") };
    assert_eq!(reply.code(), Some(451));
    assert_in_step(&mut client);
}
