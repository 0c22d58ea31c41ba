//! The client driven by hand, as an event loop would: no turn may block, whatever the server does.

use std::pin::{Pin, pin};
use std::task::Poll;
use std::thread;

use super::*;

const STALL: Duration = Duration::from_millis(150);
/// Far below the server's stalls, far above what a turn needs on a busy machine.
const LONGEST_TURN: Duration = Duration::from_millis(100);

/// A session in which the server stalls before everything it does.
fn stalling_session(s: &mut Session) {
    let stall = || thread::sleep(STALL);
    let dialogue = |s: &mut Session, line: &str, reply: &str| {
        s.expect(line);
        stall();
        s.send_split(reply, 4, Duration::from_millis(2));
    };
    stall();
    s.send("220 ready\r\n");
    dialogue(s, "USER user", "331 x\r\n");
    dialogue(s, "PASS secret", "230 x\r\n");
    dialogue(s, "TYPE A", "200 x\r\n");
    let listener = s.passive();
    dialogue(s, "LIST", "150 x\r\n");
    stall();
    listener.accept().send_split("one\r\ntwo\r\n", 1, Duration::from_millis(2));
    stall();
    s.send("226 x\r\n");
    dialogue(s, "TYPE I", "200 x\r\n");
    let listener = s.passive();
    dialogue(s, "STOR f", "150 x\r\n");
    let mut data = listener.accept();
    stall();
    assert_eq!(data.read_to_end().len(), 4 << 20);
    stall();
    s.send("226 x\r\n");
    dialogue(s, "QUIT", "221 x\r\n");
    s.expect_eof();
}

async fn session(client: &mut Client, address: SocketAddr) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    client.connect(&address.ip().to_string(), address.port()).await?;
    client.login("user", "secret", "").await?;
    let mut sink = |line: &[u8]| {
        lines.push(String::from_utf8_lossy(line).into_owned());
        Ok(())
    };
    client.retrlines(&command("LIST"), &mut sink).await?;
    let mut blocks = 64;
    let mut source = |buffer: &mut [u8]| {
        blocks -= 1;
        Ok(if blocks < 0 { 0 } else { buffer.len() })
    };
    client.storbinary(&command("STOR f"), 65536, None, &mut source, &mut |_| Ok(())).await?;
    client.quit().await?;
    Ok(lines)
}

/// Polls `call` to its end; `between` is what the loop does after each turn. Returns the longest turn and their number.
fn drive<F: Future>(
    reactor: &ftpclient::net::Reactor,
    mut call: Pin<&mut F>,
    mut between: impl FnMut(),
) -> (F::Output, Duration, usize) {
    let (mut longest, mut turns) = (Duration::ZERO, 0);
    loop {
        let start = Instant::now();
        let outcome = reactor.turn(call.as_mut());
        longest = longest.max(start.elapsed());
        turns += 1;
        match outcome {
            Poll::Ready(output) => return (output, longest, turns),
            Poll::Pending => between(),
        }
    }
}

#[test]
fn no_turn_waits_for_the_server() {
    let server = Scripted::start(stalling_session);
    let mut client = client();
    let reactor = client.reactor().clone();
    let call = pin!(client.perform(async |client| session(client, server.addr()).await));
    let (outcome, longest, _) = drive(&reactor, call, || reactor.wait());
    assert_eq!(outcome.unwrap(), ["one", "two"]);
    assert!(longest < LONGEST_TURN, "a turn took {longest:?}");
}

#[test]
fn turns_that_come_too_early_do_no_harm() {
    let server = Scripted::start(stalling_session);
    let mut client = client();
    let reactor = client.reactor().clone();
    let call = pin!(client.perform(async |client| session(client, server.addr()).await));
    let (outcome, longest, turns) = drive(&reactor, call, || thread::sleep(Duration::from_micros(50)));
    assert_eq!(outcome.unwrap(), ["one", "two"]);
    assert!(longest < LONGEST_TURN, "a turn took {longest:?}");
    assert!(turns > 1000, "only {turns} turns");
}

#[test]
fn no_turn_waits_for_a_name_or_a_connection() {
    let silent = support::dead_ends::never_connecting();
    for host in ["localhost", "127.0.0.1"] {
        let mut client = client();
        client.set_timeout(Some(SHORT));
        let reactor = client.reactor().clone();
        let port = silent.addr().port();
        let call = pin!(client.perform(async |client| client.connect(host, port).await));
        let (outcome, longest, _) = drive(&reactor, call, || reactor.wait());
        assert!(outcome.is_err());
        assert!(longest < LONGEST_TURN, "a turn took {longest:?}");
    }
}
