//! A session that is brought back is as secure as it was.

use support::scripted::script;

use super::*;

fn reconnect(client: &mut Client) -> Result<()> {
    client.run(async |client| client.reconnect().await)
}

fn lets_in(s: &mut Session) {
    s.expect("USER user");
    s.send("331 password, please\r\n");
    s.expect("PASS secret");
    s.send("230 welcome\r\n");
}

fn prot_c(s: &mut Session) {
    s.expect("PROT C");
    s.send("200 clear\r\n");
}

#[test]
fn tls_and_the_protection_of_data_come_back() {
    let tls = tls_server();
    let download = |s: &mut Session, mut data: Data, tls: &TlsServer| {
        data.start_tls(tls);
        assert!(data.resumed());
        data.send("hello");
        data.close_tls();
        s.send("226 done\r\n");
    };
    let again = tls.clone();
    let server = Scripted::sessions(vec![
        script(move |s| {
            s.tls_login(&tls);
            let data = start_transfer(s, "RETR f");
            download(s, data, &tls);
        }),
        script(move |s| {
            s.tls_login(&again);
            let data = start_transfer(s, "RETR f");
            download(s, data, &again);
            expect_in_step(s);
        }),
    ]);
    let mut client = logged_in(&server);
    assert_eq!(retrieve(&mut client, "RETR f").0, b"hello");
    reconnect(&mut client).unwrap();
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_eq!(client.data_tls().unwrap().connections, 1);
    assert_in_step(&mut client);
}

#[test]
fn what_the_user_has_secured_without_the_setting_is_secured_again() {
    let tls = [tls_server(), tls_server()];
    let mut scripts = Vec::new();
    for (number, tls) in tls.into_iter().enumerate() {
        scripts.push(script(move |s| {
            s.send("220 ready\r\n");
            s.auth(&tls);
            lets_in(s);
            if number == 0 {
                s.prot_p();
            }
            prot_c(s);
            if number == 1 {
                expect_in_step(s);
            }
        }));
    }
    let server = Scripted::sessions(scripts);
    let mut client = client();
    client.set_tls(TlsMode::Off).unwrap();
    connect_to(&mut client, server.addr()).unwrap();
    client.run(async |client| client.auth().await).unwrap();
    log_in(&mut client).unwrap();
    client.run(async |client| client.prot_c().await).unwrap();
    reconnect(&mut client).unwrap();
    assert!(client.tls_info().is_some());
    assert_in_step(&mut client);
}

#[test]
fn what_the_user_has_not_protected_is_not_protected_afterwards() {
    let tls = [tls_server(), tls_server()];
    let scripts = tls.into_iter().enumerate().map(|(number, tls)| {
        script(move |s| {
            s.send("220 ready\r\n");
            s.auth(&tls);
            lets_in(s);
            if number == 1 {
                // No PROT: nobody has asked for it.
                expect_in_step(s);
            }
        })
    });
    let server = Scripted::sessions(scripts.collect());
    let mut client = client();
    client.set_tls(TlsMode::Off).unwrap();
    connect_to(&mut client, server.addr()).unwrap();
    client.run(async |client| client.auth().await).unwrap();
    for text in ["USER user", "PASS secret"] {
        client.run(async |client| client.sendcmd(&command(text)).await).unwrap();
    }
    reconnect(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_has_lost_its_tls_meanwhile_gets_no_credentials() {
    let tls = tls_server();
    let server = Scripted::sessions(vec![
        script(move |s| {
            s.send("220 ready\r\n");
            s.auth(&tls);
            lets_in(s);
            s.prot_p();
        }),
        script(|s| {
            s.send("220 ready\r\n");
            for mechanism in ["AUTH TLS", "AUTH TLS-C", "AUTH SSL"] {
                s.expect(mechanism);
                s.send("500 unknown command\r\n");
            }
            s.expect_eof();
        }),
    ]);
    let mut client = logged_in(&server);
    client.set_tls(TlsMode::Off).unwrap();
    let error = reconnect(&mut client).unwrap_err();
    assert!(matches!(error, Error::Reply { .. }), "{error:?}");
    assert_closed(&mut client, "500 unknown command");
}

#[test]
fn the_control_connection_is_in_clear_again_after_all_that_is_secret() {
    let tls = [tls_server(), tls_server()];
    let scripts = tls.into_iter().map(|tls| {
        script(move |s| {
            s.tls_login(&tls);
            s.expect("CCC");
            s.send("200 in clear then\r\n");
            s.stop_tls();
            s.expect("NOOP");
            s.send("200 ok\r\n");
        })
    });
    let server = Scripted::sessions(scripts.collect());
    let mut client = logged_in(&server);
    let noop = async |client: &mut Client| client.voidcmd(&command("NOOP")).await;
    client.run(async |client| client.ccc().await).unwrap();
    client.run(noop).unwrap();
    reconnect(&mut client).unwrap();
    assert!(client.tls_info().is_none());
    client.run(noop).unwrap();
}

#[test]
fn what_was_asked_for_last_comes_back() {
    let tls = [tls_server(), tls_server()];
    let scripts = tls.into_iter().enumerate().map(|(number, tls)| {
        script(move |s| {
            s.tls_login(&tls);
            if number == 0 {
                prot_c(s);
                s.prot_p();
                s.expect("CCC");
                s.send("200 in clear then\r\n");
                s.stop_tls();
                s.auth(&tls);
                s.prot_p();
            }
            let mut data = start_transfer(s, "RETR f");
            data.start_tls(&tls);
            data.close_tls();
            s.send("226 done\r\n");
            if number == 1 {
                expect_in_step(s);
            }
        })
    });
    let server = Scripted::sessions(scripts.collect());
    let mut client = logged_in(&server);
    client.run(async |client| client.prot_c().await).unwrap();
    client.run(async |client| client.prot_p().await).unwrap();
    client.run(async |client| client.ccc().await).unwrap();
    client.run(async |client| client.auth().await).unwrap();
    retrieve(&mut client, "RETR f").1.unwrap();
    reconnect(&mut client).unwrap();
    assert!(client.tls_info().is_some());
    assert_eq!(client.last_reply().unwrap().code(), Some(230));
    retrieve(&mut client, "RETR f").1.unwrap();
    assert_in_step(&mut client);
}
