//! A transfer that is stopped while NOOPs are not answered.

use super::*;

/// A download that is stopped in its middle, one NOOP or more being unanswered; `abort` plays the answer to ABOR.
fn stopped_download(abort: &'static str, late: usize) {
    let server = Scripted::start(move |s| {
        let mut data = start_transfer(s, "RETR f");
        s.expect("NOOP");
        data.send("hello");
        while s.line() != "ABOR" {}
        s.send(abort);
        goes_on(s, late);
    });
    let mut client = client_of(&server, OFTEN);
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_its_own_reply(&mut client);
}

#[test]
fn a_transfer_that_is_stopped_is_aborted_whichever_replies_come_and_when() {
    for (abort, late) in [
        ("426 stopped\r\n226 aborted\r\n", 0),
        ("426 stopped\r\n226 aborted\r\n", 1),
        ("426 stopped\r\n200 noop\r\n225 aborted\r\n", 0),
        ("200 noop\r\n426 stopped\r\n225 aborted\r\n", 0),
        ("500 what?\r\n426 stopped\r\n", 0),
        ("426 stopped\r\n500 what is ABOR?\r\n", 1),
        ("426 stopped\r\n", 1),
        ("226 done\r\n200 noop\r\n", 0),
        ("226 done\r\n200 noop\r\n225 nothing to abort\r\n", 0),
        ("200 noop\r\n226 aborted\r\n", 0),
    ] {
        stopped_download(abort, late);
    }
}

#[test]
fn a_final_reply_that_is_there_already_leaves_only_the_noops_to_settle() {
    let (has_stopped, wait) = mpsc::channel();
    let server = Scripted::start(move |s| {
        let mut data = start_transfer(s, "RETR f");
        s.expect("NOOP");
        data.send("hello");
        s.send("226 done\r\n");
        has_stopped.send(()).unwrap();
        goes_on(s, 1);
    });
    let mut client = client_of(&server, OFTEN);
    let retr = command("RETR f");
    let mut stop = move |_: &[u8]| {
        wait.recv().unwrap();
        Err(7)
    };
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut stop).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_its_own_reply(&mut client);
    assert!(!server.received().windows(4).any(|bytes| bytes == b"ABOR"));
}

#[test]
fn a_transfer_that_is_cancelled_or_times_out_is_aborted() {
    for cancels in [true, false] {
        let (outcome, replies) = until_played(|limit| {
            let mut client = client();
            let wake = Arc::clone(client.reactor().wake());
            let server = Scripted::start(move |s| {
                let _data = start_transfer(s, "RETR f");
                s.expect("NOOP");
                if cancels {
                    wake.cancel();
                }
                while s.line() != "ABOR" {}
                s.send("426 stopped\r\n200 noop\r\n226 aborted\r\n");
                goes_on(s, 0);
            });
            connect_to(&mut client, server.addr()).unwrap();
            log_in(&mut client).unwrap();
            client.set_noop_interval(Some(OFTEN));
            if !cancels {
                client.set_phase_timeout(Phase::Data, Some(limit));
            }
            let (_, outcome) = retrieve(&mut client, "RETR f");
            let replies = replies_to_its_own(&mut client);
            client.close();
            ([server], (outcome, replies))
        });
        match outcome {
            Err(Error::Cancelled(_)) => assert!(cancels),
            Err(Error::Timeout { .. }) => assert!(!cancels),
            other => panic!("{other:?}"),
        }
        assert_eq!(replies.unwrap(), OWN);
    }
}

#[test]
fn urgent_data_goes_behind_the_noops() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR f");
        s.expect("NOOP");
        data.send("hello");
        while !s.line_bytes().ends_with(b"ABOR") {}
        s.send("426 stopped\r\n226 aborted\r\n");
        goes_on(s, 1);
    });
    let mut client = client_of(&server, OFTEN);
    client.set_urgent_abort(true);
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut |_| Err(7)).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_its_own_reply(&mut client);
}
