//! Floods during a transfer: on either connection, and by strangers.

use ftpclient::client::TransferType;

use super::*;

#[test]
fn empty_lines_while_data_is_waited_for() {
    ends(
        ALL,
        |s| {
            s.login();
            let _data = start_transfer(s, "RETR f");
            s.flood_until_closed("\r\n");
        },
        logged_in,
        retrieve,
    );
}

#[test]
fn preliminary_replies_while_data_is_waited_for() {
    ends(
        ALL,
        |s| {
            s.login();
            let _data = start_transfer(s, "RETR f");
            s.flood_until_closed("150 still going\r\n");
        },
        logged_in,
        retrieve,
    );
}

#[test]
fn empty_lines_while_data_is_sent() {
    ends(
        ALL,
        |s| {
            s.login();
            let _data = start_transfer(s, "STOR f");
            s.flood_until_closed("\r\n");
        },
        logged_in,
        store,
    );
}

#[test]
fn empty_lines_instead_of_the_preliminary_reply() {
    ends(
        ALL,
        |s| {
            s.login();
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            let _listener = s.passive();
            s.expect("RETR f");
            s.flood_until_closed("\r\n");
        },
        logged_in,
        retrieve,
    );
}

#[test]
fn empty_lines_instead_of_the_final_reply() {
    ends(
        ALL,
        |s| {
            s.login();
            start_transfer(s, "RETR f").close();
            s.flood_until_closed("\r\n");
        },
        logged_in,
        retrieve,
    );
}

#[test]
fn preliminary_replies_instead_of_the_final_one() {
    ends(
        ALL,
        |s| {
            s.login();
            start_transfer(s, "STOR f").read_to_end();
            s.flood_until_closed("150 still going\r\n");
        },
        logged_in,
        store_little,
    );
}

#[test]
fn data_without_end() {
    ends(
        &[End::Total, End::Cancel],
        |s| {
            s.login();
            start_transfer(s, "RETR f").send_until_closed();
            takes_abort(s);
        },
        logged_in,
        retrieve,
    );
}

#[test]
fn empty_lines_to_the_end_of_a_transfer_that_is_aborted() {
    ends(
        &[End::Total, End::Cancel],
        |s| {
            s.login();
            let _data = start_transfer(s, "RETR f");
            s.expect("ABOR");
            s.flood_until_closed("\r\n");
        },
        logged_in,
        retrieve,
    );
}

/// The script of a listing in lines, until its data can flow.
fn start_listing(s: &mut Session, command: &str) -> Data {
    s.expect("TYPE A");
    s.send("200 ok\r\n");
    let listener = s.passive();
    s.expect(command);
    s.send("150 go\r\n");
    listener.accept()
}

#[test]
fn short_lines_without_end() {
    for flood in [
        |s: &mut Session| {
            s.login();
            start_listing(s, "MLSD").flood_until_closed(b"a=b; f\n");
            takes_abort(s);
        },
        |s: &mut Session| {
            s.login();
            start_listing(s, "MLSD").flood_until_closed(b"\n");
            takes_abort(s);
        },
    ] {
        let call = async |client: &mut Client| client.mlsd(None, b"", &mut |_| Ok(())).await.map(drop);
        ends(&[End::Total, End::Cancel], flood, logged_in, call);
    }
}

#[test]
fn a_cancel_in_a_callback_counts_before_the_next_line() {
    let server = Scripted::start(|s| {
        s.login();
        start_listing(s, "LIST").flood_until_closed(b"a\n");
        takes_abort(s);
    });
    let mut client = logged_in(&server);
    let reactor = client.reactor().clone();
    let mut lines = 0;
    let mut sink = |_: &[u8]| {
        lines += 1;
        reactor.wake().cancel();
        Ok(())
    };
    let outcome = client.block_on(async |client| client.retrlines(&command("LIST"), &mut sink).await);
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    assert_eq!(lines, 1);
}

/// An active client waits for the server; what comes is not the server.
#[test]
fn strangers_at_the_data_port() {
    let strangers = |s: &mut Session| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let port = s.active();
        s.expect("RETR f");
        s.send("150 go\r\n");
        port.flood_from("127.0.0.9".parse().unwrap());
        takes_abort(s);
    };
    let active = |server: &Scripted| {
        let mut client = logged_in(server);
        client.set_passive(false);
        client
    };
    ends(ALL, strangers, active, retrieve);
}

/// A copy between two servers: either may be the one that floods.
#[test]
fn empty_lines_during_a_copy_between_servers() {
    fn floods_after(commands: &[(&str, &str)], s: &mut Session) {
        s.login();
        for (command, reply) in commands {
            s.expect(command);
            s.send(reply);
        }
        s.flood_until_closed("\r\n");
    }
    fn takes_all(s: &mut Session) {
        s.login();
        while let Some(line) = s.line_or_end() {
            s.send(match line.split(' ').next() {
                Some("PASV") => "227 (127,0,0,1,4,1)\r\n",
                Some("ABOR") => "426 stopped\r\n226 aborted\r\n",
                Some("PWD") => "257 \"/\"\r\n",
                Some("RETR" | "STOR") => "150 go\r\n",
                _ => "200 ok\r\n",
            });
        }
    }
    let floods: [[fn(&mut Session); 2]; 4] = [
        [|s| floods_after(&[("TYPE I", "200 ok\r\n")], s), takes_all],
        [|s| floods_after(&[("TYPE I", "200 ok\r\n"), ("PASV", "227 (127,0,0,1,4,1)\r\n")], s), takes_all],
        [takes_all, |s| floods_after(&[("TYPE I", "200 ok\r\n")], s)],
        [takes_all, |s| floods_after(&[("TYPE I", "200 ok\r\n"), ("PORT 127,0,0,1,4,1", "200 ok\r\n")], s)],
    ];
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for servers in floods {
        flooded(servers, |[near, far], limit| {
            let (mut source, mut target) = (logged_in(near), logged_in(far));
            source.set_phase_timeout(Phase::Total, Some(limit));
            let reactors = (source.reactor().clone(), target.reactor().clone());
            let watch = Stopwatch::start();
            let copy = source.copy_to(&mut target, b"from", b"to", TransferType::Image);
            let (outcome, longest_turn) = drive(&reactors.0, reactors.0.joined(&reactors.1, copy));
            let took = watch.elapsed();
            assert!(outcome.is_err());
            assert!(took < limit + GRACE, "{took:?}");
            assert!(longest_turn < LONGEST_TURN, "{longest_turn:?}");
        });
    }
}

#[test]
fn preliminary_replies_to_abor() {
    ends(
        &[End::Total, End::Cancel],
        |s| {
            s.login();
            let _data = start_transfer(s, "RETR f");
            s.expect("ABOR");
            s.flood_until_closed("150 still going\r\n");
        },
        logged_in,
        retrieve,
    );
}

/// One reply to ABOR only: then PWD is asked.
#[test]
fn replies_before_that_to_pwd() {
    ends(
        &[End::Total, End::Cancel],
        |s| {
            s.login();
            let _data = start_transfer(s, "RETR f");
            s.expect("ABOR");
            s.send("226 stopped\r\n");
            s.expect("PWD");
            s.flood_until_closed("200 and on\r\n");
        },
        logged_in,
        retrieve,
    );
}
