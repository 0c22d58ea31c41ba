//! The client driven by hand, as an event loop would: no turn may block, whatever the server does.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use super::*;
use support::processor::OwnTime;

const STALL: Duration = Duration::from_millis(150);
/// Far below the server's stalls, far above what a turn needs on a slow machine.
const LONGEST_TURN: Duration = Duration::from_millis(100);

/// How many turns are too early for each thing that the server does.
const MANY: usize = 100;

/// A session in which the server stalls before everything it does.
fn stalling_session(s: &mut Session, stall: impl Fn()) {
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
        let time = OwnTime::begin();
        let outcome = reactor.turn(call.as_mut());
        longest = longest.max(time.elapsed());
        turns += 1;
        match outcome {
            Poll::Ready(output) => return (output, longest, turns),
            Poll::Pending => between(),
        }
    }
}

#[test]
fn no_turn_waits_for_the_server() {
    let server = Scripted::start(|s| stalling_session(s, || thread::sleep(STALL)));
    let mut client = client();
    let reactor = client.reactor().clone();
    let call = pin!(client.perform(async |client| session(client, server.addr()).await));
    let (outcome, longest, _) = drive(&reactor, call, || reactor.wait());
    assert_eq!(outcome.unwrap(), ["one", "two"]);
    assert!(longest < LONGEST_TURN, "a turn took {longest:?}");
}

#[test]
fn turns_that_come_too_early_do_no_harm() {
    // Each stall lasts for many turns, however few a busy machine allows in its time.
    let taken = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&taken);
    let server = Scripted::start(move |s| {
        stalling_session(s, || {
            thread::sleep(STALL);
            let (time, many) = (OwnTime::begin(), seen.load(Ordering::Relaxed) + MANY);
            while seen.load(Ordering::Relaxed) < many && !time.is_more_than(Duration::from_secs(20)) {
                thread::sleep(Duration::from_millis(1));
            }
        });
    });
    let mut client = client();
    let reactor = client.reactor().clone();
    let call = pin!(client.perform(async |client| session(client, server.addr()).await));
    let (outcome, longest, turns) = drive(&reactor, call, || {
        taken.fetch_add(1, Ordering::Relaxed);
        thread::sleep(Duration::from_micros(50));
    });
    assert_eq!(outcome.unwrap(), ["one", "two"]);
    assert!(longest < LONGEST_TURN, "a turn took {longest:?}");
    assert!(turns > 10 * MANY, "only {turns} turns");
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

/// Each turn is later than the limit, which is that of the server as well: on a busy machine it may have to be longer.
#[test]
fn a_loop_that_comes_late_finds_what_is_ready() {
    const SIZE: usize = 8 << 20;
    // Late enough for the client to wait, early enough for the reply to be there when it comes back.
    let pause = || thread::sleep(Duration::from_millis(30));
    let script = move |s: &mut Session| {
        let dialogue = |s: &mut Session, line: &str, reply: &str| {
            s.expect(line);
            pause();
            s.send(reply);
        };
        pause();
        s.send("220 ready\r\n");
        dialogue(s, "USER user", "331 x\r\n");
        dialogue(s, "PASS secret", "230 x\r\n");
        dialogue(s, "TYPE I", "200 x\r\n");
        let listener = s.passive();
        dialogue(s, "STOR f", "150 x\r\n");
        assert_eq!(listener.accept().read_to_end().len(), SIZE);
        pause();
        s.send("226 done\r\n");
        dialogue(s, "PWD", "257 \"/in/step\"\r\n");
    };
    let (outcome, turns) = until_played(|limit| {
        let server = Scripted::start(script);
        let mut client = Client::new().unwrap();
        client.set_timeout(Some(limit));
        let reactor = client.reactor().clone();
        let address = server.addr();
        let session = async |client: &mut Client| {
            client.connect(&address.ip().to_string(), address.port()).await?;
            client.login("user", "secret", "").await?;
            let mut left = SIZE;
            let mut source = |buffer: &mut [u8]| {
                let count = left.min(buffer.len());
                left -= count;
                Ok(count)
            };
            client.storbinary(&command("STOR f"), 0, None, &mut source, &mut |_| Ok(())).await?;
            client.pwd().await
        };
        let mut call = pin!(client.perform(session));
        let mut turns = 0;
        let outcome = loop {
            match reactor.turn(call.as_mut()) {
                Poll::Ready(outcome) => break outcome,
                Poll::Pending => thread::sleep(limit * 3 / 2),
            }
            turns += 1;
        };
        ([server], (outcome, turns))
    });
    assert_eq!(outcome.unwrap(), b"/in/step");
    assert!(turns >= 7, "{turns} turns");
}
