//! What is known of the last transfer.

use ftpclient::client::{Report, TransferType, Verified};

use super::*;

#[track_caller]
fn report(client: &Client) -> Report {
    client.last_report().unwrap()
}

#[track_caller]
fn assert_report(
    client: &Client,
    bytes: Option<u64>,
    offset: u64,
    announced: Option<u64>,
    verified: Verified,
) {
    let report = report(client);
    let told = (report.bytes, report.offset, report.announced, report.verified);
    assert_eq!(told, (bytes, offset, announced, verified));
    assert_eq!((report.attempts, report.resumed), (1, false));
    assert!(report.ended.is_some());
}

/// A download that begins at `rest`; the server announces this, sends "hello" and ends with that.
fn downloaded(rest: Option<u64>, announced: &'static str, end: &'static str) -> (Client, Result<()>) {
    let server = Scripted::start(move |s| {
        s.login();
        let listener = binary_passive(s);
        if let Some(rest) = rest {
            s.expect(format!("REST {rest}"));
            s.send("350 go on\r\n");
        }
        s.expect("RETR f");
        s.send(format!("150 go{announced}\r\n"));
        let mut data = listener.accept();
        data.send("hello");
        data.close();
        s.send(format!("{end}\r\n"));
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    assert_eq!(client.last_report(), None);
    let mut sink = |_: &[u8]| Ok(());
    let retr = command("RETR f");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, rest, &mut sink).await.map(drop));
    assert_in_step(&mut client);
    (client, outcome)
}

#[test]
fn a_download_tells_what_came_and_how_it_is_known_to_be_whole() {
    use Verified::{Announced, FinalReply, Nothing};
    for (rest, announced, size, end, verified) in [
        (None, "", None, "226 done", FinalReply),
        (None, " (5 bytes)", Some(5), "226 done", Announced),
        (None, " (3 bytes)", Some(3), "226 done", FinalReply),
        (None, " (9 bytes)", Some(9), "226 done", Nothing),
        (None, " (5 bytes)", Some(5), "451 disk error", Nothing),
        (Some(0), " (5 bytes)", Some(5), "226 done", Announced),
        (Some(4), " (5 bytes)", Some(5), "226 done", Announced),
        (Some(4), " (9 bytes)", Some(9), "226 done", Announced),
        (Some(4), " (8 bytes)", Some(8), "226 done", FinalReply),
    ] {
        let (client, outcome) = downloaded(rest, announced, end);
        assert_eq!(outcome.is_ok(), verified != Nothing, "{announced} {end}: {outcome:?}");
        assert_report(&client, Some(5), rest.unwrap_or_default(), size, verified);
    }
}

#[test]
fn a_report_is_that_of_the_last_transfer_whatever_comes_after_it() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "STOR f");
        data.read_to_end();
        std::thread::sleep(Duration::from_millis(60));
        s.send("226 stored\r\n");
        s.expect("NOOP");
        s.send("500 what?\r\n");
        let _listener = s.passive();
        s.expect("RETR g");
        s.send("550 no such file\r\n");
    });
    let mut client = logged_in(&server);
    store(&mut client, "STOR f", b"hello!").unwrap();
    assert_report(&client, Some(6), 0, None, Verified::FinalReply);
    let before = report(&client);
    assert!(before.took() >= Duration::from_millis(60), "{before:?}");
    assert!(send(&mut client, "NOOP").is_err());
    assert_eq!(report(&client), before);
    retrieve(&mut client, "RETR g").1.unwrap_err();
    assert_report(&client, Some(0), 0, None, Verified::Nothing);
    let refused = report(&client);
    assert!(refused.began >= before.ended.unwrap());
    client.close();
    assert_eq!(report(&client), refused);
}

#[test]
fn an_open_transfer_is_reported_on_as_far_as_it_is() {
    let (_server, mut client, id) = opened::opened(|s, mut data| {
        data.send("hello");
        data.close();
        s.send("226 done\r\n");
    });
    assert_report(&client, Some(0), 0, Some(5), Verified::Nothing);
    assert_eq!(opened::read_all(&mut client, id), b"hello");
    assert_report(&client, Some(5), 0, Some(5), Verified::Nothing);
    opened::finish(&mut client, id).unwrap();
    assert_report(&client, Some(5), 0, Some(5), Verified::Announced);
    let before = report(&client);
    assert_in_step(&mut client);
    assert_eq!(report(&client), before);
}

#[test]
fn a_transfer_that_is_aborted_or_given_up_has_ended_then() {
    for aborts in [true, false] {
        let (_server, mut client, id) = opened::opened(|s, mut data| {
            data.send("hel");
            s.expect("ABOR");
            s.send("426 stopped\r\n226 aborted\r\n");
        });
        let mut buffer = [0; 100];
        client.run(async |client| client.transfer_read(id, &mut buffer).await).unwrap();
        if aborts {
            client.run(async |client| client.abort().await).unwrap();
        } else {
            client.transfer_forget(id);
        }
        assert_in_step(&mut client);
        assert_report(&client, Some(3), 0, Some(5), Verified::Nothing);
        let before = report(&client);
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(report(&client), before, "it ends once");
    }
}

#[test]
fn of_a_copy_each_side_knows_that_its_server_has_confirmed_it() {
    fn side(s: &mut Session) {
        s.login();
        s.expect("TYPE I");
        s.send("200 ok\r\n");
    }
    let source = Scripted::start(|s| {
        side(s);
        s.expect("PASV");
        s.send("227 (192,0,2,1,4,1)\r\n");
        s.expect("RETR from");
        s.send("150 go (10000 bytes)\r\n226 sent\r\n");
    });
    let target = Scripted::start(|s| {
        side(s);
        s.expect("PORT 127,0,0,1,4,1");
        s.send("200 ok\r\n");
        s.expect("STOR to");
        s.send("150 go\r\n226 stored\r\n");
    });
    let (mut from, mut to) = (logged_in(&source), logged_in(&target));
    let (near, far) = (from.reactor().clone(), to.reactor().clone());
    run(&near, near.joined(&far, from.copy_to(&mut to, b"from", b"to", TransferType::Image))).unwrap();
    assert_report(&from, None, 0, Some(10000), Verified::FinalReply);
    assert_report(&to, None, 0, None, Verified::FinalReply);
}

#[test]
fn a_listing_is_a_transfer_as_well() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("NLST");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        data.send("a\r\nb\r\n");
        data.close();
        s.send("226 done\r\n");
    });
    let mut client = logged_in(&server);
    lines(&mut client, "NLST").1.unwrap();
    assert_report(&client, Some(6), 0, None, Verified::FinalReply);
}
