//! Data connections resume the session of the control connection, and what becomes of a server that wants it otherwise.

use super::*;

#[test]
fn every_data_connection_resumes_the_session_of_the_control_connection() {
    for version in VERSIONS {
        let tls = of_version(version);
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            for _ in 0..3 {
                let mut data = next_transfer(s, "STOR f");
                data.start_tls(&tls);
                assert!(data.resumed());
                assert_eq!(data.read_to_end(), b"upwards");
                assert_eq!(data.end(), Some(End::CloseNotify));
                data.close_tls();
                s.send("226 done\r\n");
            }
            for _ in 0..3 {
                let mut data = next_transfer(s, "RETR f");
                data.start_tls(&tls);
                assert!(data.resumed());
                data.send("downwards");
                data.close_notify();
                data.expect_eof();
                assert_eq!(data.end(), Some(End::CloseNotify));
                s.send("226 done\r\n");
            }
        });
        let mut client = logged_in(&server);
        for _ in 0..3 {
            store(&mut client, "STOR f", b"upwards").unwrap();
        }
        for _ in 0..3 {
            let (data, outcome) = retrieve(&mut client, "RETR f");
            outcome.unwrap();
            assert_eq!(data, b"downwards");
        }
        let seen = client.data_tls().unwrap();
        assert_eq!((seen.connections, seen.resumed), (6, 6));
    }
}

/// The handshake belongs to the transfer: one that was made before another PROT is not used after it.
#[test]
fn a_connection_that_was_made_ahead_has_the_protection_of_its_transfer() {
    let tls = of_version(VERSIONS[0]);
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        let mut data = s.passive().accept();
        s.expect("PROT C");
        s.send("200 ok\r\n");
        data.expect_eof();
        let mut data = s.passive().accept();
        s.prot_p();
        data.expect_eof();
        let mut data = s.passive().accept();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        s.expect("RETR f");
        data.start_tls(&tls);
        assert!(data.resumed());
        s.send("150 go\r\n");
        data.send("secret");
        data.close_tls();
        s.send("226 done\r\n");
    });
    let mut client = logged_in(&server);
    let prearm = |client: &mut Client| client.run(async |client| client.prearm().await).unwrap();
    prearm(&mut client);
    client.run(async |client| client.prot_c().await).unwrap();
    prearm(&mut client);
    client.run(async |client| client.prot_p().await).unwrap();
    prearm(&mut client);
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"secret");
}

/// For servers whose data connections fail when they resume.
#[test]
fn data_connections_resume_nothing_when_they_are_told_not_to() {
    for version in VERSIONS {
        let tls = of_version(version);
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let mut data = start_transfer(s, "STOR f");
            data.start_tls(&tls);
            assert!(!data.resumed());
            assert_eq!(data.read_to_end(), b"upwards");
            data.close_tls();
            s.send("226 done\r\n");
            let mut data = next_transfer(s, "RETR f");
            data.start_tls(&tls);
            assert!(!data.resumed());
            data.close_tls();
            s.send("226 done\r\n");
        });
        let mut client = connected(&server);
        client.update_tls(|tls| tls.resume = false).unwrap();
        log_in(&mut client).unwrap();
        store(&mut client, "STOR f", b"upwards").unwrap();
        retrieve(&mut client, "RETR f").1.unwrap();
        let seen = client.data_tls().unwrap();
        assert_eq!((seen.connections, seen.resumed), (2, 0));
    }
}

#[test]
fn a_server_that_resumes_nothing_will_do() {
    for version in VERSIONS {
        let tls = TlsServer::with(&IDENTITY).version(version).without_resumption().build();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let mut data = start_transfer(s, "STOR f");
            data.start_tls(&tls);
            assert!(!data.resumed());
            assert_eq!(data.read_to_end(), b"upwards");
            data.close_tls();
            s.send("226 done\r\n");
        });
        let mut client = logged_in(&server);
        store(&mut client, "STOR f", b"upwards").unwrap();
        let seen = client.data_tls().unwrap();
        assert_eq!((seen.connections, seen.resumed), (1, 0));
    }
}

#[test]
fn only_the_control_connection_guesses_the_group_wrong() {
    for list in ["P-256", "P-384"] {
        let tls = TlsServer::with(&IDENTITY).version(SslVersion::TLS1_3).groups(list).build();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            #[cfg(not(feature = "aws-lc"))]
            assert_eq!(s.client_hellos(), 2, "the client no longer begins with another group");
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&tls);
            assert!(data.resumed());
            assert_eq!(data.client_hellos(), 1);
            data.close_tls();
            s.send("226 done\r\n");
        });
        retrieve(&mut logged_in(&server), "RETR f").1.unwrap();
    }
}

#[test]
fn a_refusal_for_the_session_names_the_cause() {
    for (reply, cause) in [
        ("522 SSL connection failed: session reuse required", "demands TLS session reuse"),
        ("450 TLS session of data connection not resumed.", "demands TLS session reuse"),
        ("425 Unable to build data connection: Operation not permitted", "did not reuse the TLS session"),
    ] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            let mut data = start_transfer(s, "STOR f");
            data.start_tls(&without_resumption());
            s.send(format!("{reply}\r\n"));
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        // More than the sockets hold: the refusal comes in the middle of it.
        let error = store(&mut client, "STOR f", &vec![7; 16 << 20]).unwrap_err();
        assert!(matches!(error, Error::SessionReuse { .. }), "{error:?}");
        assert_text(&client, &error, cause);
        assert_text(&client, &error, reply);
        assert_eq!(client.last_reply().unwrap().to_string(), reply);
        assert_in_step(&mut client);
    }
}

#[test]
fn a_file_may_be_called_resume() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("RETR session-resume");
        s.send("550 session-resume: no such file\r\n");
        drop(listener);
        s.expect("RNFR reuse");
        s.send("450 no session may reuse it\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    // The first is refused before its handshake, so nobody knows whether it would have resumed.
    assert!(matches!(retrieve(&mut client, "RETR session-resume").1, Err(Error::Reply { .. })));
    let renamed = client.run(async |client| client.rename(b"reuse", b"x").await);
    assert!(matches!(renamed, Err(Error::Reply { .. })), "{renamed:?}");
    assert_in_step(&mut client);
}

#[test]
fn a_refusal_that_comes_together_with_the_preliminary_reply_names_the_cause_as_well() {
    for version in VERSIONS {
        let tls = of_version(version);
        let bad = TlsServer::with(&IDENTITY).version(version).without_resumption().build();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            let listener = s.passive();
            s.expect("STOR f");
            let mut data = listener.accept();
            data.start_tls(&bad);
            s.send("150 go\r\n425 cannot build the data connection\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let error = store(&mut client, "STOR f", b"upwards").unwrap_err();
        assert!(matches!(error, Error::SessionReuse { .. }), "{error:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn what_was_sent_before_a_failure_is_received_however_quick_the_failure_is() {
    for version in VERSIONS {
        let tls = of_version(version);
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            let listener = s.passive();
            s.expect("RETR f");
            let mut data = listener.accept();
            data.start_tls(&tls);
            data.send("hello");
            data.close_notify();
            s.send("150 go\r\n426 broken\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let (data, outcome) = retrieve(&mut client, "RETR f");
        let Err(Error::Reply { reply, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(reply.code(), Some(426));
        assert_eq!(data, b"hello");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_425_on_a_resumed_connection_has_another_cause() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.tls_login(&tls);
        let mut data = start_transfer(s, "RETR f");
        data.start_tls(&tls);
        data.close_tls();
        s.send("425 cannot build the data connection\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let error = retrieve(&mut client, "RETR f").1.unwrap_err();
    assert!(matches!(error, Error::Reply { .. }), "{error:?}");
    assert_in_step(&mut client);
}

#[test]
fn two_servers_of_one_client_do_not_share_a_session() {
    // The same handle, connected anew: a ticket of the first server is nothing for the second.
    let (first, second) = (tls_server(), tls_server());
    let servers = [first, second].map(|tls| {
        Scripted::start(move |s| {
            s.tls_login(&tls);
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&tls);
            assert!(data.resumed());
            data.close_tls();
            s.send("226 done\r\n");
        })
    });
    let mut client = client();
    for server in &servers {
        connect_to(&mut client, server.addr()).unwrap();
        log_in(&mut client).unwrap();
        assert!(!client.tls_info().unwrap().resumed);
        retrieve(&mut client, "RETR f").1.unwrap();
        assert_eq!(client.data_tls().unwrap().connections, 1);
    }
}
