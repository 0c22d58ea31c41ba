//! OPTS UTF8 ON: sent once in a login, to a server that names it, by a call that asks for FEAT anyway.

use ftpclient::protocol::charset::Charset;

use support::scripted::script;

use super::*;

const NAMES_IT: &str = "211-Features:\r\n UTF8\r\n211 End\r\n";

/// A call that needs FEAT.
fn feature(client: &mut Client) {
    client.run(async |client| client.feature(b"MDTM").await).unwrap();
}

fn reconnect(client: &mut Client) {
    client.run(async |client| client.reconnect().await).unwrap();
}

#[test]
fn it_is_sent_once_where_it_is_named_whatever_the_reply() {
    for reply in ["200 on\r\n", "504 no\r\n", "501 always\r\n", "202 it is on\r\n"] {
        play(
            |s| {
                answers(s, "FEAT", NAMES_IT);
                answers(s, "OPTS UTF8 ON", reply);
            },
            |client| {
                feature(client);
                let last = client.last_reply().unwrap().to_string();
                assert_eq!(last, "230 welcome", "what the library asks is not the user's");
                feature(client);
            },
        );
    }
}

#[test]
fn it_is_not_sent_where_nobody_wants_it_or_knows_it() {
    type Change = fn(&mut Client);
    let cases: [(&str, Change); 4] = [
        ("211-Features:\r\n MLST\r\n211 End\r\n", |_| {}),
        ("500 FEAT?\r\n", |_| {}),
        (NAMES_IT, |client| client.set_utf8(false)),
        (NAMES_IT, |client| client.set_charset(Charset::for_label(b"latin-1").unwrap())),
    ];
    for (reply, change) in cases {
        play(
            |s| answers(s, "FEAT", reply),
            |client| {
                change(client);
                feature(client);
            },
        );
    }
}

#[test]
fn what_the_program_has_chosen_goes_before_it() {
    play(
        |s| {
            answers(s, "OPTS UTF8 OFF", "200 off\r\n");
            answers(s, "FEAT", NAMES_IT);
        },
        |client| {
            send(client, "OPTS UTF8 OFF").unwrap();
            feature(client);
        },
    );
}

#[test]
fn it_is_brought_back_before_the_first_path_and_not_told_twice() {
    for choice in ["OPTS UTF8 ON", "opts utf-8 off"] {
        let server = Scripted::sessions(vec![
            script(move |s| {
                s.login();
                answers(s, choice, "200 ok\r\n");
                answers(s, "CWD /\u{e4}", "250 ok\r\n");
            }),
            script(move |s| {
                s.login();
                answers(s, choice, "200 ok\r\n");
                answers(s, "CWD /\u{e4}", "250 ok\r\n");
                answers(s, "FEAT", NAMES_IT);
            }),
        ]);
        let mut client = logged_in(&server);
        send(&mut client, choice).unwrap();
        send(&mut client, "CWD /\u{e4}").unwrap();
        client.close();
        reconnect(&mut client);
        feature(&mut client);
    }
}

#[test]
fn another_login_is_told_again() {
    play(
        |s| {
            answers(s, "FEAT", NAMES_IT);
            answers(s, "OPTS UTF8 ON", "200 on\r\n");
            answers(s, "USER user", "331 password\r\n");
            answers(s, "PASS secret", "230 welcome\r\n");
            answers(s, "FEAT", NAMES_IT);
            answers(s, "OPTS UTF8 ON", "200 on\r\n");
        },
        |client| {
            feature(client);
            log_in(client).unwrap();
            feature(client);
        },
    );
}
