//! What the commands of the user's own words come to: the state that is told, and what is done next.

use ftpclient::client::SessionState;

use super::reconnect::{Exchange, plays};
use super::*;

/// A way in which a user sends commands and takes their replies.
type Way = fn(&mut Client, &[Exchange]);

fn one_by_one(client: &mut Client, exchanges: &[Exchange]) {
    for (text, _) in exchanges {
        // Some are refused.
        let _ = send(client, text);
    }
}

fn by_hand(client: &mut Client, exchanges: &[Exchange]) {
    for (text, _) in exchanges {
        put(client, text).unwrap();
        assert_eq!(client.state(), SessionState::ReplyOwed);
        let _ = getresp(client);
    }
}

fn all_at_once(client: &mut Client, exchanges: &[Exchange]) {
    for (text, _) in exchanges {
        put(client, text).unwrap();
    }
    for _ in exchanges {
        assert_eq!(client.state(), SessionState::ReplyOwed);
        let _ = getresp(client);
    }
}

const WAYS: [(&str, Way); 3] = [("sendcmd", one_by_one), ("putcmd", by_hand), ("pipelined", all_at_once)];

const IN: [Exchange; 2] = [("USER joe", "331 password?"), ("PASS pw", "230 welcome")];

#[test]
fn the_state_is_what_the_replies_have_made_of_it() {
    use SessionState::{Connected, LoggedIn};
    let after = |exchanges: &[Exchange]| [&IN[..], exchanges].concat();
    for (shown, exchanges, state) in [
        ("half a login", IN[..1].to_vec(), Connected),
        ("a login", IN.to_vec(), LoggedIn),
        ("one without a password", vec![("USER joe", "230 welcome")], LoggedIn),
        ("one with an account", vec![IN[0], ("PASS pw", "332 account?"), ("ACCT a", "230 in")], LoggedIn),
        ("one that lacks it", vec![IN[0], ("PASS pw", "332 account?")], Connected),
        ("one that was refused", vec![IN[0], ("PASS pw", "530 no")], Connected),
        ("one in small letters", vec![("user joe", "331 x"), ("pass pw", "202 x")], LoggedIn),
        ("another user who was refused at once", after(&[("USER x", "530 no")]), LoggedIn),
        ("half of another login", after(&[("USER x", "331 password?")]), Connected),
        ("REIN", after(&[("REIN", "220 who?")]), Connected),
        ("REIN that is refused", after(&[("REIN", "502 what?")]), LoggedIn),
        ("QUIT", after(&[("QUIT", "221 bye")]), Connected),
        ("QUIT that is refused", after(&[("QUIT", "500 stay")]), LoggedIn),
        ("NOOP", after(&[("NOOP", "200 ok")]), LoggedIn),
    ] {
        for (way, send) in WAYS {
            let dialogue = exchanges.clone();
            let server = Scripted::start(move |s| {
                s.send("220 ready\r\n");
                plays(s, &dialogue);
            });
            let mut client = connected(&server);
            send(&mut client, &exchanges);
            assert_eq!(client.state(), state, "{shown}, {way}");
        }
    }
}

#[test]
fn a_login_that_is_announced_is_followed_to_its_end() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("REIN");
        s.send("120 in a moment\r\n");
        s.send("220 ready again\r\n");
        plays(s, &[("USER joe", "150 looking"), ("NOOP", "230 in\r\n200 ok")]);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    send(&mut client, "REIN").unwrap();
    assert_eq!(client.state(), SessionState::ReplyOwed);
    getresp(&mut client).unwrap();
    assert_eq!(client.state(), SessionState::Connected);
    send(&mut client, "USER joe").unwrap();
    put(&mut client, "NOOP").unwrap();
    getresp(&mut client).unwrap();
    getresp(&mut client).unwrap();
    assert_eq!(client.state(), SessionState::LoggedIn);
    assert_in_step(&mut client);
}

#[test]
fn a_reply_that_was_given_up_tells_nothing() {
    for text in ["USER other", "PASS pw", "REIN"] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect(text);
            expect_search(s, "");
            s.hold();
        });
        let mut client = logged_in(&server);
        put(&mut client, text).unwrap();
        resync(&mut client).unwrap();
        assert_eq!(client.state(), SessionState::Connected, "{text}");
        client.close();
        let error = reconnect::reconnect(&mut client).unwrap_err();
        assert_text(&client, &error, "who is logged in is not known");
    }
}

/// Whether a download sends TYPE after these commands, in a session that has the type of files.
#[test]
fn the_type_is_known_by_the_replies() {
    for (shown, exchanges, asks) in [
        ("another type", vec![("TYPE A", "200 ok")], true),
        ("the same type", vec![("type i", "200 ok")], false),
        ("one that is refused", vec![("TYPE A", "504 no")], true),
        ("one and another", vec![("TYPE A", "200 ok"), ("TYPE I", "200 ok")], false),
        ("one that SITE may have changed", vec![("TYPE I", "200 ok"), ("SITE X", "200 ok")], true),
        ("another login", vec![("USER joe", "331 x"), ("PASS x", "230 x")], true),
        ("REIN", vec![("REIN", "220 x")], true),
        ("what changes nothing", vec![("NOOP", "200 ok")], false),
    ] {
        for (way, send) in WAYS {
            let dialogue = exchanges.clone();
            let server = Scripted::start(move |s| {
                s.login();
                plays(s, &[("TYPE I", "200 ok")]);
                plays(s, &dialogue);
                if asks {
                    plays(s, &[("TYPE I", "200 ok")]);
                }
                let listener = s.passive();
                s.expect("RETR f");
                s.send("150 go\r\n");
                listener.accept().send("data");
                s.send("226 done\r\n");
                expect_in_step(s);
            });
            let mut client = logged_in(&server);
            one_by_one(&mut client, &[("TYPE I", "")]);
            send(&mut client, &exchanges);
            let (data, outcome) = retrieve(&mut client, "RETR f");
            outcome.unwrap_or_else(|error| panic!("{shown}, {way}: {error}"));
            assert_eq!(data, b"data", "{shown}, {way}");
            assert_in_step(&mut client);
        }
    }
}

/// Both sides would wait for data until the time is over, and a file that is stored would be empty.
#[test]
fn a_command_that_moves_no_data_or_moves_it_the_other_way_is_refused_before_anything_is_sent() {
    const NONE: &str = "the command moves no data";
    const SENDS: &str = "the command sends data, and the call receives it";
    const RECEIVES: &str = "the command receives data, and the call sends it";
    play(
        |_| {},
        |client| {
            let refused = |text: &str, reason: &str, outcome: Result<()>| {
                let error = outcome.unwrap_err();
                assert_eq!(error.to_string(), format!("{text}: {reason}"));
                assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
            };
            for text in [
                "NOOP", "pwd", "TYPE A", "STAT f", "MLST f", "SIZE f", "CWD d", "FEAT", "PASV", "QUIT",
                "REST 5",
            ] {
                refused(text, NONE, retrieve(client, text).1);
                refused(text, NONE, store(client, text, b"x"));
                refused(text, NONE, lines(client, text).1);
                refused(text, NONE, opened(client, text));
            }
            for text in ["STOR f", "stor f", "APPE f", "STOU"] {
                refused(text, SENDS, retrieve(client, text).1);
                refused(text, SENDS, lines(client, text).1);
            }
            for text in ["RETR f", "list", "NLST d", "MLSD"] {
                refused(text, RECEIVES, store(client, text, b"x"));
            }
        },
    );
}

fn opened(client: &mut Client, text: &str) -> Result<()> {
    client.run(async |client| client.transfercmd(&command(text), None).await.map(drop))
}

/// Servers have verbs of their own.
#[test]
fn a_command_that_nobody_knows_may_move_data() {
    let script = |s: &mut Session| {
        let listener = binary_passive(s);
        s.expect("XFETCH f");
        s.send("150 here\r\n");
        listener.accept().send("data");
        s.send("226 done\r\n");
    };
    play(script, |client| {
        let (data, outcome) = retrieve(client, "XFETCH f");
        outcome.unwrap();
        assert_eq!(data, b"data");
    });
}
