//! A few servers tell the end of an aborted transfer once more, whenever they notice it: never is that word the reply to what came after.

use super::opened::{finish, read_all};
use super::*;

const LATE: [&str; 3] = ["226 late\r\n", "225 late\r\n", "426 late\r\n"];

/// When the word comes, in the course of the next transfer.
const MOMENTS: [&str; 4] = ["before 150", "behind 150", "between the data", "before the end"];

/// A download that is aborted, from the login on.
fn aborted(s: &mut Session) {
    let mut data = start_transfer(s, "RETR f");
    data.send("hello");
    s.expect("ABOR");
    data.expect_reset();
    s.send("426 stopped\r\n226 aborted\r\n");
}

fn abort(client: &mut Client) {
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
}

/// Says the word, if now is the moment, and if the client may not yet have what is sent behind it.
fn say(s: &mut Session, now: &str, (moment, late): (&str, &str)) {
    if now == moment {
        s.send(late);
        s.expect_taken();
    }
}

/// One transfer behind an ABOR, with the word in it. It ends by `last`.
fn transfer(s: &mut Session, command: &str, is_passive: bool, word: (&str, &str), last: &str) {
    enum End {
        Client(support::scripted::ClientPort),
        Server(DataListener),
    }
    let end = if is_passive { End::Server(s.passive()) } else { End::Client(s.active()) };
    s.expect(command);
    say(s, "before 150", word);
    s.send("150 go\r\n");
    say(s, "behind 150", word);
    let mut data = match end {
        End::Client(port) => port.connect(),
        End::Server(listener) => listener.accept(),
    };
    if command.starts_with("STOR") {
        data.read_at_least(1);
        say(s, "between the data", word);
        data.read_to_end();
    } else {
        data.send("hel");
        say(s, "between the data", word);
        data.send("lo");
        data.close();
    }
    say(s, "before the end", word);
    s.send(last);
}

#[test]
fn a_late_word_is_not_the_end_of_the_next_transfer() {
    for is_passive in [true, false] {
        for command in ["STOR f", "RETR f"] {
            for moment in MOMENTS {
                for late in LATE {
                    for last in ["226 done\r\n", "250 done\r\n", "426 broken\r\n", "552 full\r\n"] {
                        behind_an_abort(is_passive, command, (moment, late), last);
                    }
                }
            }
        }
    }
}

#[track_caller]
fn behind_an_abort(
    is_passive: bool,
    command: &'static str,
    word: (&'static str, &'static str),
    last: &'static str,
) {
    let server = Scripted::start(move |s| {
        aborted(s);
        transfer(s, command, is_passive, word, last);
        while let Ok(line) = s.hear() {
            assert_eq!(line, "PWD");
            s.send("257 \"/in/step\"\r\n");
        }
    });
    let mut client = logged_in(&server);
    abort(&mut client);
    client.set_passive(is_passive);
    let (data, outcome) = if command.starts_with("STOR") {
        (b"hello".to_vec(), store(&mut client, command, &vec![b'x'; 100_000]))
    } else {
        retrieve(&mut client, command)
    };
    let case = format!("{command} {is_passive} {word:?} {last:?}: {outcome:?}");
    if last.starts_with('2') {
        outcome.unwrap_or_else(|_| panic!("{case}"));
        assert_eq!(data, b"hello", "{case}");
        assert_eq!(client.last_reply().unwrap().to_string(), last.trim_end(), "{case}");
    } else {
        assert!(
            matches!(&outcome, Err(Error::Reply { reply, .. }) if reply.to_string() == last.trim_end()),
            "{case}"
        );
    }
    assert_eq!(pwd(&mut client).unwrap_or_else(|error| panic!("{case}, {error}")), "/in/step", "{case}");
    drop(client);
    server.finish();
}

/// Plays what follows an ABOR.
fn play_behind_an_abort(script: impl FnOnce(&mut Session) + Send + 'static, calls: impl FnOnce(&mut Client)) {
    let server = Scripted::start(|s| {
        aborted(s);
        script(s);
    });
    let mut client = logged_in(&server);
    abort(&mut client);
    calls(&mut client);
    drop(client);
    server.finish();
}

#[test]
fn one_transfer_asks_and_the_next_one_does_not() {
    play_behind_an_abort(
        |s| {
            for asks in [true, false] {
                transfer(s, "RETR f", true, ("", ""), "226 done\r\n");
                if asks {
                    expect_search(s, "");
                }
            }
            s.expect_eof();
        },
        |client| {
            for _ in 0..2 {
                let (data, outcome) = retrieve(client, "RETR f");
                outcome.unwrap();
                assert_eq!(data, b"hello");
                assert_eq!(client.last_reply().unwrap().to_string(), "226 done");
            }
        },
    );
}

/// Nobody knows whether the file is whole.
#[test]
fn a_server_that_dies_behind_what_may_be_a_late_word_has_confirmed_nothing() {
    for command in ["STOR f", "RETR f"] {
        play_behind_an_abort(
            move |s| {
                transfer(s, command, true, ("", ""), "226 late\r\n");
                s.expect("PWD");
            },
            |client| {
                let outcome = if command == "STOR f" {
                    store(client, command, b"xx")
                } else {
                    retrieve(client, command).1
                };
                assert!(matches!(outcome, Err(Error::Eof(_))), "{outcome:?}");
                assert!(!client.is_connected());
            },
        );
    }
}

/// An upload that the server says it has before all was sent is whole only if it says that once more.
#[test]
fn an_early_word_alone_confirms_no_upload() {
    for (last, is_whole) in [("226 done\r\n", true), ("", false)] {
        play_behind_an_abort(
            move |s| {
                let listener = s.passive();
                s.expect("STOR f");
                s.send("150 go\r\n");
                let mut data = listener.accept();
                data.read_at_least(1);
                s.send("226 late\r\n");
                s.expect_taken();
                data.read_to_end();
                s.send(last);
                while let Ok(line) = s.hear() {
                    assert_eq!(line, "PWD");
                    s.send("257 \"/in/step\"\r\n");
                }
            },
            |client| {
                let outcome = store(client, "STOR f", &vec![b'x'; 20_000_000]);
                match is_whole {
                    true => outcome.unwrap(),
                    false => assert!(matches!(outcome, Err(Error::Integrity(_))), "{outcome:?}"),
                }
                assert_in_step(client);
            },
        );
    }
}

/// Where the program reads, no PWD can tell: what seems to be the end is the end.
#[test]
fn nothing_is_asked_while_the_program_reads_replies() {
    play_behind_an_abort(
        |s| {
            let listener = s.passive();
            s.expect("RETR f");
            s.send("150 go\r\n");
            let mut data = listener.accept();
            s.send("226 done\r\n");
            s.expect_taken();
            data.send("hello");
            data.close();
            s.expect("NOOP");
            s.send("200 ok\r\n");
            expect_in_step(s);
            s.expect_eof();
        },
        |client| {
            let id = client.run(async |client| client.transfercmd(&command("RETR f"), None).await).unwrap();
            assert_eq!(read_all(client, id), b"hello");
            put(client, "NOOP").unwrap();
            assert_eq!(finish(client, id).unwrap(), "226 done");
            assert_eq!(getresp(client).unwrap(), "200 ok");
            assert_in_step(client);
        },
    );
}

#[test]
fn where_nothing_was_aborted_nothing_is_asked() {
    play(
        |s| {
            answers(s, "ABOR", "226 nothing to abort\r\n");
            let listener = binary_passive(s);
            s.expect("STOR f");
            s.send("150 go\r\n");
            listener.accept().read_to_end();
            s.send("226 done\r\n");
        },
        |client| {
            client.run(async |client| client.abort().await).unwrap();
            store(client, "STOR f", b"hello").unwrap();
        },
    );
}
