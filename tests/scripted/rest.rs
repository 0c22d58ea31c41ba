//! The offset of REST belongs to one transfer, and to no later one.

use super::*;

/// The script of a download with an offset, up to the answer to REST.
fn restarted(s: &mut Session) {
    s.login();
    s.expect("TYPE I");
    s.send("200 ok\r\n");
    let _listener = s.passive();
    s.expect("REST 40");
    s.send("350 from there\r\n");
}

fn take_back(s: &mut Session) {
    s.expect("REST 0");
    s.send("350 from the start\r\n");
    expect_in_step(s);
}

fn download(client: &mut Client) -> Result<()> {
    let retr = command("RETR f");
    client.run(async |client| client.retrbinary(&retr, 0, Some(40), &mut |_| Ok(())).await).map(drop)
}

#[test]
fn an_offset_whose_transfer_is_denied_is_taken_back() {
    let server = Scripted::start(|s| {
        restarted(s);
        take_back(s);
    });
    let mut client = logged_in(&server);
    client.audit_mut().hook = Some(Box::new(
        |event, _, _| !matches!(event, ftpclient::client::AuditEvent::SendCommand(text) if text.starts_with("RETR")),
    ));
    assert!(matches!(download(&mut client), Err(Error::Denied(_))));
    assert_eq!(client.last_reply().unwrap().text(), b"350 from there");
    assert_in_step(&mut client);
}

#[test]
fn an_offset_whose_transfer_is_cancelled_before_it_begins_is_taken_back() {
    let server = Scripted::start(|s| {
        restarted(s);
        take_back(s);
    });
    let mut client = logged_in(&server);
    let wake = std::sync::Arc::clone(client.reactor().wake());
    client.log_mut().sink = Some(Box::new(move |_, text| {
        if text.starts_with(b"350 from there") {
            wake.cancel();
        }
    }));
    assert!(matches!(download(&mut client), Err(Error::Cancelled(_))));
    assert_in_step(&mut client);
}

#[test]
fn an_offset_whose_transfer_is_refused_is_taken_back() {
    for reply in ["550 no such file\r\n", "425 no data connection\r\n"] {
        let server = Scripted::start(move |s| {
            restarted(s);
            s.expect("RETR f");
            s.send(reply);
            take_back(s);
        });
        let mut client = logged_in(&server);
        let error = download(&mut client).unwrap_err();
        assert_text(&client, &error, reply.trim_end());
        assert_eq!(client.last_reply().unwrap().text(), reply.trim_end().as_bytes());
        assert_in_step(&mut client);
    }
}

#[test]
fn an_offset_whose_answer_cannot_be_read_is_taken_back() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let _listener = s.passive();
        s.expect("REST 40");
        s.send("what?\r\n");
        expect_in_step(s);
        take_back(s);
    });
    let mut client = logged_in(&server);
    assert!(matches!(download(&mut client), Err(Error::Protocol(_))));
    assert_in_step(&mut client);
}

#[test]
fn what_is_there_already_is_no_answer_to_taking_it_back() {
    let server = Scripted::start(|s| {
        restarted(s);
        s.expect("RETR f");
        s.send_at_once("550 no such file\r\n226 whatever that was\r\n");
        take_back(s);
    });
    let mut client = logged_in(&server);
    assert!(matches!(download(&mut client), Err(Error::Reply { .. })));
    assert_in_step(&mut client);
}

#[test]
fn a_server_that_does_not_take_it_back_is_left() {
    let server = Scripted::start(|s| {
        restarted(s);
        s.expect("RETR f");
        s.send("550 no such file\r\n");
        s.expect("REST 0");
        s.send("501 not so\r\n");
        s.expect_eof();
    });
    let mut client = logged_in(&server);
    assert!(matches!(download(&mut client), Err(Error::Reply { .. })));
    assert_closed(&mut client, "550 no such file");
}

#[test]
fn an_offset_that_a_transfer_has_used_is_not_touched() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("REST 40");
        s.send("350 from there\r\n");
        s.expect("RETR f");
        s.send("150 go\r\n");
        listener.accept().send("rest");
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    download(&mut client).unwrap();
    assert_in_step(&mut client);
}
