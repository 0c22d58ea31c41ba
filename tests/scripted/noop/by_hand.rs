//! A transfer whose data the program moves, with NOOPs in between.

use super::*;

/// A transfer whose data the test moves: `start` until its first bytes, with a NOOP in between.
fn opened(late: usize, ends: impl FnOnce(&mut Session, Data) + Send + 'static) -> (Scripted, Client) {
    let server = Scripted::start(move |s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener: DataListener = s.passive();
        s.expect("RETR f");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        s.expect("NOOP");
        data.send("hello");
        ends(s, data);
        goes_on(s, late);
    });
    let client = client_of(&server, OFTEN);
    (server, client)
}

#[test]
fn a_transfer_by_hand_is_finished_or_aborted_with_noops_unanswered() {
    let (_server, mut client) = opened(1, |s, data| {
        data.close();
        s.send("226 done\r\n");
    });
    client
        .run(async |client| {
            let id = client.transfercmd(&command("RETR f"), None).await?;
            while client.transfer_read(id, &mut [0; 100]).await? > 0 {}
            client.transfer_finish(id).await
        })
        .unwrap();
    assert_its_own_reply(&mut client);

    let (_server, mut client) = opened(1, |s, data| {
        while s.line() != "ABOR" {}
        drop(data);
        s.send("426 stopped\r\n226 aborted\r\n");
    });
    client
        .run(async |client| {
            let id = client.transfercmd(&command("RETR f"), None).await?;
            client.transfer_read(id, &mut [0; 100]).await?;
            client.abort().await
        })
        .unwrap();
    assert_its_own_reply(&mut client);
}

/// Whether the final reply has come as well or not: the NOOP is settled when the transfer ends.
#[test]
fn a_refused_call_leaves_an_open_transfer_alone_while_a_noop_is_not_answered() {
    for is_confirmed in [false, true] {
        let server = Scripted::start(move |s| {
            let mut data = start_transfer(s, "RETR f");
            data.send("hel");
            s.expect("NOOP");
            if is_confirmed {
                s.send("226 done\r\n");
                // The client reads it while it waits for data.
                s.expect_taken();
            }
            data.send("lo");
            // There may be others until then.
            let mut late = 1;
            while s.line_or_end().unwrap() != "SITE go on" {
                late += 1;
            }
            data.send(" world");
            data.close();
            let noops = "200 noop\r\n".repeat(late);
            s.send(if is_confirmed {
                format!("{noops}211 site\r\n")
            } else {
                format!("226 done\r\n{noops}211 site\r\n")
            });
            goes_on(s, 0);
        });
        let mut client = client_of(&server, Duration::from_millis(150));
        client.set_type(Some(ftpclient::client::TransferType::Image));
        let retr = command("RETR f");
        let id = client.run(async |client| client.transfercmd(&retr, None).await).unwrap();
        let mut all = Vec::new();
        while all.len() < 5 {
            all.extend(read(&mut client, id));
        }
        client.set_noop_interval(None);
        let refused = |outcome: Result<()>, shown: &str| assert!(outcome.is_err(), "{shown}");
        refused(client.run(async |client| client.delete(b"").await), "an argument");
        refused(client.run(async |client| client.cwd(b"a\nb").await), "a line end");
        refused(pwd(&mut client).map(drop), "another command");
        refused(getresp(&mut client).map(drop), "a reply that nobody owes");
        refused(client.run(async |client| client.transfer_write(id, &b"x"[..]).await), "the wrong direction");
        client.audit_mut().hook = Some(Box::new(|_, _, _| false));
        refused(put(&mut client, "NOOP"), "the audit");
        client.audit_mut().hook = None;
        put(&mut client, "SITE go on").unwrap();
        loop {
            let block = read(&mut client, id);
            all.extend(&block);
            if block.is_empty() {
                break;
            }
        }
        assert_eq!(all, b"hello world", "confirmed: {is_confirmed}");
        client.run(async |client| client.transfer_finish(id).await).unwrap();
        assert_eq!(getresp(&mut client).unwrap(), "211 site");
        assert_its_own_reply(&mut client);
        client.close();
        server.finish();
    }
}

fn read(client: &mut Client, id: ftpclient::client::TransferId) -> Vec<u8> {
    let mut buffer = [0; 100];
    let count = client.run(async |client| client.transfer_read(id, &mut buffer[..]).await).unwrap();
    buffer[..count].to_vec()
}
