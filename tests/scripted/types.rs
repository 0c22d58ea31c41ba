//! The type of transfers whose data the user moves: what the user wants counts, not what a listing has left behind.

use ftpclient::client::TransferType;

use super::*;

/// Each command that the server is to hear, and its reply; a transfer command comes after PASV.
fn transfers(s: &mut Session, heard: &[&'static str]) {
    for text in heard {
        let verb = text.split(' ').next().unwrap();
        if !["RETR", "STOR", "APPE", "STOU", "LIST"].contains(&verb) {
            s.expect(text);
            s.send("200 ok\r\n");
            continue;
        }
        let listener = s.passive();
        s.expect(text);
        s.send("150 go\r\n");
        listener.accept();
        s.send("226 done\r\n");
    }
}

fn hears(heard: &[&'static str]) -> Scripted {
    let heard = heard.to_vec();
    Scripted::start(move |s| {
        s.login();
        transfers(s, &heard);
        expect_in_step(s);
    })
}

fn transfer(client: &mut Client, text: &str) {
    client
        .run(async |client| {
            let id = client.transfercmd(&command(text), None).await?;
            client.transfer_finish(id).await
        })
        .unwrap();
}

fn list(client: &mut Client) {
    client.run(async |client| client.dir(None, &mut |_| Ok(())).await).unwrap();
}

#[test]
fn a_command_of_ones_own_leaves_the_type_in_doubt_unless_it_changes_nothing() {
    let server = hears(&["TYPE I", "RETR f", "HELP x", "SIZE f", "RETR f", "SITE x", "TYPE I", "RETR f"]);
    let mut client = logged_in(&server);
    transfer(&mut client, "RETR f");
    for text in ["HELP x", "SIZE f"] {
        client.run(async |client| client.voidcmd(&command(text)).await).unwrap();
    }
    transfer(&mut client, "RETR f");
    client.run(async |client| client.voidcmd(&command("SITE x")).await).unwrap();
    transfer(&mut client, "RETR f");
    assert_in_step(&mut client);
}

/// A server that knows no TYPE has one type only. One that may have taken a TYPE before is not such a server.
#[test]
fn a_server_that_may_have_taken_a_type_has_more_than_one() {
    for (first, reply) in [("TYPE A", "what?\r\n200 fine\r\n"), ("TYPE E", "504 not this one\r\n")] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect(first);
            s.send(reply);
            if reply.starts_with("what") {
                s.expect("PWD");
                s.send("257 \"/\"\r\n");
            }
            s.expect("TYPE I");
            s.send("502 no such command\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        client.run(async |client| client.voidcmd(&command(first)).await).unwrap_err();
        let outcome =
            client.run(async |client| client.retrbinary(&command("RETR f"), 0, None, &mut |_| Ok(())).await);
        assert!(matches!(outcome, Err(Error::Reply { .. })), "{outcome:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn only_a_type_that_the_server_has_taken_is_the_users() {
    for (text, reply) in [("SITE x", "200 ok\r\n"), ("TYPE E", "504 not here\r\n")] {
        let server = Scripted::start(move |s| {
            s.login();
            s.expect(text);
            s.send(reply);
            let listener = binary_passive(s);
            s.expect("RETR f");
            s.send("150 go\r\n");
            listener.accept().close();
            s.send("226 done\r\n");
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        let _ = send(&mut client, text);
        let id = client.run(async |client| client.transfercmd(&command("RETR f"), None).await).unwrap();
        client.run(async |client| client.transfer_finish(id).await).unwrap();
        assert_in_step(&mut client);
    }
}

#[test]
fn files_are_moved_in_image_type_whatever_a_listing_has_left() {
    let server = hears(&["TYPE I", "RETR a", "STOR b", "TYPE A", "LIST", "TYPE I", "APPE c", "STOU", "LIST"]);
    let mut client = logged_in(&server);
    transfer(&mut client, "RETR a");
    transfer(&mut client, "STOR b");
    list(&mut client);
    transfer(&mut client, "APPE c");
    transfer(&mut client, "STOU");
    // Lines are lines in any type.
    transfer(&mut client, "LIST");
    assert_in_step(&mut client);
}

#[test]
fn the_type_can_be_ascii_or_left_as_it_is() {
    let server =
        hears(&["TYPE A", "RETR a", "LIST", "RETR b", "TYPE I", "RETR c", "TYPE A", "LIST", "RETR d"]);
    let mut client = logged_in(&server);
    client.set_type(Some(TransferType::Ascii));
    transfer(&mut client, "RETR a");
    list(&mut client);
    transfer(&mut client, "RETR b");
    client.set_type(Some(TransferType::Image));
    transfer(&mut client, "RETR c");
    client.set_type(None);
    list(&mut client);
    transfer(&mut client, "RETR d");
    assert_in_step(&mut client);
}

#[test]
fn what_was_asked_for_last_counts() {
    let heard = [
        "TYPE E", "TYPE E", "RETR a", "type a", "RETR b", "LIST", "RETR c", "TYPE I", "TYPE A", "LIST",
        "TYPE I", "RETR d", "TYPE A", "LIST", "RETR e",
    ];
    let server = hears(&heard);
    let mut client = logged_in(&server);
    // A type that the library has no name for is sent each time: nothing tells whether it is set.
    send(&mut client, "TYPE E").unwrap();
    transfer(&mut client, "RETR a");
    send(&mut client, "type a").unwrap();
    transfer(&mut client, "RETR b");
    list(&mut client);
    transfer(&mut client, "RETR c");
    send(&mut client, "TYPE I").unwrap();
    list(&mut client);
    transfer(&mut client, "RETR d");
    client.set_type(Some(TransferType::Ascii));
    list(&mut client);
    transfer(&mut client, "RETR e");
    assert_in_step(&mut client);
}

#[test]
fn a_wish_ends_with_the_login() {
    let server = Scripted::start(|s| {
        s.login();
        transfers(s, &["TYPE A", "RETR a"]);
        s.expect("USER user");
        s.send("331 password\r\n");
        s.expect("PASS secret");
        s.send("230 welcome\r\n");
        transfers(s, &["TYPE I", "RETR b"]);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    send(&mut client, "TYPE A").unwrap();
    transfer(&mut client, "RETR a");
    client.run(async |client| client.login("user", "secret", "").await).unwrap();
    transfer(&mut client, "RETR b");
    assert_in_step(&mut client);
}

#[test]
fn nothing_is_sent_for_a_transfer_that_cannot_begin() {
    let server = hears(&[]);
    let mut client = logged_in(&server);
    client.set_charset(ftpclient::protocol::charset::Charset::Latin1);
    let outcome = client.run(async |client| client.transfercmd(&command("RETR \u{20ac}"), None).await);
    assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn a_call_that_is_refused_before_anything_is_sent_leaves_the_type_known() {
    let server = hears(&["TYPE I", "RETR a", "RETR b", "RETR c"]);
    let mut client = logged_in(&server);
    let retr = command("RETR a");
    let id = client.run(async |client| client.transfercmd(&retr, None).await).unwrap();
    let refused = client.run(async |client| client.dir(None, &mut |_| Ok(())).await);
    assert!(matches!(refused, Err(Error::OutOfTurn(_))), "{refused:?}");
    client.run(async |client| client.transfer_finish(id).await).unwrap();
    transfer(&mut client, "RETR b");
    client.audit_mut().hook = Some(Box::new(|_, _, _| false));
    let refused = client.run(async |client| client.dir(None, &mut |_| Ok(())).await);
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    client.audit_mut().hook = None;
    transfer(&mut client, "RETR c");
    assert_in_step(&mut client);
}
