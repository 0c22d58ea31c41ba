//! Whether data is protected: PBSZ and PROT, what the server makes of them, and what must not go in clear.

use ftpclient::client::TransferType;

use super::auth::refused;
use super::implicit::implicit;
use super::*;

#[test]
fn data_before_any_login_does_not_go_in_clear_behind_such_a_greeting() {
    let server = Scripted::start(|s| {
        s.send("230 you are logged in already\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    let error = store(&mut client, "STOR f", b"private").unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "data would go in clear");
    assert_in_step(&mut client);
}

#[test]
fn data_is_not_sent_in_clear_when_the_server_refuses_to_protect_it() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("USER user");
        s.send("230 welcome\r\n");
        s.expect("PBSZ 0");
        s.send("200 ok\r\n");
        s.expect("PROT P");
        s.send("536 not protected\r\n");
        expect_in_step(s);
        // Unless the user says so.
        s.expect("PROT C");
        s.send("200 clear\r\n");
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("STOR f");
        s.send("150 go\r\n");
        assert_eq!(listener.accept().read_to_end(), b"public");
        s.send("226 done\r\n");
    });
    let mut client = connected(&server);
    assert_eq!(refused(log_in(&mut client)), 536);
    let error = store(&mut client, "STOR f", b"private").unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "data would go in clear");
    assert_in_step(&mut client);
    client.run(async |client| client.prot_c().await).unwrap();
    store(&mut client, "STOR f", b"public").unwrap();
}

#[test]
fn who_has_chosen_clear_data_before_the_login_keeps_it() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("PROT C");
        s.send("200 clear\r\n");
        s.expect("USER user");
        s.send("230 welcome\r\n");
        start_transfer(s, "RETR f").send("hello");
        s.send("226 done\r\n");
    });
    let mut client = connected(&server);
    client.run(async |client| client.auth().await).unwrap();
    client.run(async |client| client.prot_c().await).unwrap();
    log_in(&mut client).unwrap();
    let (data, outcome) = retrieve(&mut client, "RETR f");
    outcome.unwrap();
    assert_eq!(data, b"hello");
    assert_eq!(client.data_tls().unwrap().connections, 0);
}

#[test]
fn a_server_that_does_not_know_pbsz_may_know_prot() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("USER user");
        s.send("230 welcome\r\n");
        s.expect("PBSZ 0");
        s.send("502 what is that?\r\n");
        s.expect("PROT P");
        s.send("200 private\r\n");
        let mut data = start_transfer(s, "STOR f");
        data.start_tls(&tls);
        assert_eq!(data.read_to_end(), b"private");
        data.close_tls();
        s.send("226 done\r\n");
    });
    store(&mut logged_in(&server), "STOR f", b"private").unwrap();
}

#[test]
fn a_second_login_begins_no_second_tls_and_protects_data_again() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("USER user");
        s.send("530 not you\r\n");
        s.expect("USER user");
        s.send("230 welcome\r\n");
        s.prot_p();
        s.expect("USER user");
        s.send("230 welcome again\r\n");
        s.prot_p();
        expect_in_step(s);
    });
    let mut client = connected(&server);
    assert_eq!(refused(log_in(&mut client)), 530);
    log_in(&mut client).unwrap();
    log_in(&mut client).unwrap();
    assert_in_step(&mut client);
}

#[test]
fn a_copy_between_servers_is_not_protected_and_so_refused() {
    let tls = tls_server();
    let servers = [tls.clone(), tls].map(|tls| {
        Scripted::start(move |s| {
            s.tls_login(&tls);
            expect_in_step(s);
        })
    });
    let [mut source, mut target] = [&servers[0], &servers[1]].map(logged_in);
    let reactor = source.reactor().clone();
    let copy = source.copy_to(&mut target, b"f", b"g", TransferType::Image);
    let error = run(&reactor, copy).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
    assert_in_step(&mut source);
    assert_in_step(&mut target);
}

#[test]
fn a_server_that_wants_pbsz_before_prot_c_gets_it() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("PROT C");
        s.send("503 PBSZ first\r\n");
        s.expect("PBSZ 0");
        s.send("200 ok\r\n");
        s.expect("PROT C");
        s.send("200 clear\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.run(async |client| client.auth().await).unwrap();
    client.run(async |client| client.prot_c().await).unwrap();
    assert_in_step(&mut client);
}

/// A server of implicit TLS that knows no PROT.
fn logs_in_without_prot(s: &mut Session, tls: &TlsServer) {
    s.start_tls(tls);
    s.login();
    for command in ["PBSZ 0", "PROT P"] {
        s.expect(command);
        s.send("500 what?\r\n");
    }
}

#[test]
fn who_asks_for_clear_data_gets_it_where_nobody_knows_prot() {
    for refusal in ["500 what?", "502 not here", "504 not that"] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            logs_in_without_prot(s, &tls);
            s.expect("PROT C");
            s.send(format!("{refusal}\r\n"));
            let mut data = start_transfer(s, "STOR f");
            assert_eq!(data.read_to_end(), b"public");
            s.send("226 done\r\n");
            expect_in_step(s);
        });
        let mut client = implicit(&server);
        log_in(&mut client).unwrap();
        client.run(async |client| client.prot_c().await).unwrap();
        store(&mut client, "STOR f", b"public").unwrap();
        assert_in_step(&mut client);
    }
}

#[test]
fn a_refusal_of_clear_data_counts_where_it_has_a_reason() {
    for (refusal, code) in [("534 against the policy", 534), ("536 no", 536), ("431 later", 431)] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            logs_in_without_prot(s, &tls);
            s.expect("PROT C");
            s.send(format!("{refusal}\r\n"));
            expect_in_step(s);
        });
        let mut client = implicit(&server);
        log_in(&mut client).unwrap();
        assert_eq!(refused(client.run(async |client| client.prot_c().await)), code);
        assert_in_step(&mut client);
    }
}

#[test]
fn a_server_that_was_told_to_protect_data_does_so_until_it_agrees_to_something_else() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("USER user");
        s.send("230 welcome\r\n");
        s.prot_p();
        s.expect("PROT C");
        s.send("504 not that\r\n");
        let mut data = start_transfer(s, "STOR f");
        data.start_tls(&tls);
        assert_eq!(data.read_to_end(), b"private");
        data.close_tls();
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    assert_eq!(refused(client.run(async |client| client.prot_c().await)), 504);
    store(&mut client, "STOR f", b"private").unwrap();
    assert_in_step(&mut client);
}

#[test]
fn whether_data_is_protected_is_found_out_by_a_listing_before_an_upload() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        logs_in_without_prot(s, &tls);
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let mut data = next_transfer(s, "LIST");
        data.start_tls(&tls);
        data.send("a\r\n");
        data.close_tls();
        s.send("226 done\r\n");
        // It is known from here on.
        for _ in 0..2 {
            let mut data = next_transfer(s, "STOR f");
            data.start_tls(&tls);
            assert_eq!(data.read_to_end(), b"private");
            data.close_tls();
            s.send("226 done\r\n");
        }
        expect_in_step(s);
    });
    let mut client = implicit(&server);
    log_in(&mut client).unwrap();
    store(&mut client, "STOR f", b"private").unwrap();
    store(&mut client, "STOR f", b"private").unwrap();
    assert_in_step(&mut client);
}

#[test]
fn the_first_bytes_of_tls_are_never_the_content_of_a_file() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        logs_in_without_prot(s, &tls);
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let mut data = next_transfer(s, "LIST");
        data.send("total 1\r\n-rw-r--r-- 1 a b 5 Jan 1 1970 a\r\n");
        data.close();
        s.send("226 done\r\n");
        // Known to be in clear: no upload, and no listing again.
        expect_in_step(s);
        s.expect("PROT C");
        s.send("500 what?\r\n");
        let mut data = next_transfer(s, "STOR f");
        assert_eq!(data.read_to_end(), b"public");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = implicit(&server);
    log_in(&mut client).unwrap();
    for _ in 0..2 {
        let error = store(&mut client, "STOR f", b"private").unwrap_err();
        assert!(matches!(error, Error::Tls(_)), "{error:?}");
        assert_text(&client, &error, "data would go in clear");
    }
    assert_in_step(&mut client);
    client.run(async |client| client.prot_c().await).unwrap();
    store(&mut client, "STOR f", b"public").unwrap();
    assert_in_step(&mut client);
}

#[test]
fn what_cannot_be_found_out_about_protection_is_an_error() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        logs_in_without_prot(s, &tls);
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("LIST");
        s.send("550 no listing here\r\n");
        drop(listener);
        expect_in_step(s);
    });
    let mut client = implicit(&server);
    log_in(&mut client).unwrap();
    let error = store(&mut client, "STOR f", b"private").unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_text(&client, &error, "cannot be found out");
    assert_in_step(&mut client);
}

#[test]
fn data_is_not_sent_in_clear_once_its_protection_was_asked_for() {
    let tls = tls_server();
    let server = Scripted::start(move |s| {
        s.send("220 ready\r\n");
        s.auth(&tls);
        s.expect("PROT C");
        s.send("200 clear\r\n");
        s.expect("PBSZ 0");
        s.send("200 ok\r\n");
        s.expect("PROT P");
        s.send("536 no\r\n");
        expect_in_step(s);
    });
    let mut client = connected(&server);
    client.run(async |client| client.auth().await).unwrap();
    client.run(async |client| client.prot_c().await).unwrap();
    assert_eq!(refused(client.run(async |client| client.prot_p().await)), 536);
    let error = store(&mut client, "STOR f", b"private").unwrap_err();
    assert_text(&client, &error, "data would go in clear");
    assert_in_step(&mut client);
}

#[test]
fn a_prot_of_the_users_own_words_counts() {
    let by_sendcmd = |client: &mut Client, text: &str| drop(send(client, text).unwrap());
    let by_putcmd = |client: &mut Client, text: &str| {
        client.run(async |client| client.putcmd(&command(text)).await).unwrap();
        client.run(async |client| client.getresp().await).unwrap();
    };
    let ways: [fn(&mut Client, &str); 2] = [by_sendcmd, by_putcmd];
    for send in ways {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect("PROT C");
            s.send("200 clear\r\n");
            let mut data = start_transfer(s, "STOR f");
            assert_eq!(data.read_to_end(), b"public");
            s.send("226 done\r\n");
            s.expect("prot p");
            s.send("200 private\r\n");
            let mut data = start_transfer(s, "STOR f");
            data.start_tls(&tls);
            assert_eq!(data.read_to_end(), b"private");
            data.close_tls();
            s.send("226 done\r\n");
        });
        let mut client = logged_in(&server);
        send(&mut client, "PROT C");
        store(&mut client, "STOR f", b"public").unwrap();
        send(&mut client, "prot p");
        store(&mut client, "STOR f", b"private").unwrap();
    }
}

#[test]
fn a_prot_whose_reply_was_given_up_protects_nothing_and_lets_nothing_through() {
    for text in ["PROT C", "PROT P", "PROT E"] {
        let tls = tls_server();
        let server = Scripted::start(move |s| {
            s.tls_login(&tls);
            s.expect(text);
            s.expect("PWD");
            s.send("257 \"/\"\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        client.run(async |client| client.putcmd(&command(text)).await).unwrap();
        client.run(async |client| client.resync().await).unwrap();
        let error = store(&mut client, "STOR f", b"private").unwrap_err();
        assert_text(&client, &error, "data would go in clear");
        assert_in_step(&mut client);
    }
}
