//! Hosts with several addresses: what is left of the attempts when one has won, or all are given up.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ftpclient::net::{Deadline, Reactor, connect_to_any};

use super::support::dead_ends::never_connecting;
use super::*;

/// How many sockets of this process are on their way to be connected to `port`: SYN_SENT in /proc/net/tcp.
fn attempts_at(port: u16) -> usize {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let is_attempt = |line: &&str| {
        let mut fields = line.split_whitespace().skip(2);
        fields.next().is_some_and(|remote| remote.ends_with(&format!(":{port:04X}")))
            && fields.next() == Some("02")
    };
    table.lines().filter(is_attempt).count()
}

#[test]
fn attempts_end_with_a_winner_a_timeout_and_a_cancel() {
    let holes = [never_connecting(), never_connecting()];
    let good = support::dead_ends::never_greeting();
    let ports = holes.each_ref().map(|hole| hole.addr().port());
    let running = || ports.map(attempts_at);
    let dead = holes.each_ref().map(|hole| hole.addr());
    let patient = || Deadline::after(Some(Duration::from_secs(20)));

    // One wins.
    let reactor = Reactor::new().unwrap();
    let addresses = [dead[0], dead[1], good.addr()];
    let stream = reactor.block_on(connect_to_any(&reactor, &addresses, &[], patient())).unwrap();
    assert_eq!(stream.peer_addr().unwrap(), good.addr());
    assert_eq!(running(), [0, 0]);

    // None does in time. A busy machine needs longer to see both.
    let were_seen = [2, 6, 18].into_iter().any(|seconds| {
        let is_over = Arc::new(AtomicBool::new(false));
        let other = thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || loop {
                match ports.map(attempts_at) {
                    [1, 1] => return true,
                    _ if is_over.load(Ordering::Relaxed) => return false,
                    _ => thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        let deadline = Deadline::after(Some(Duration::from_secs(seconds)));
        let failures = reactor.block_on(connect_to_any(&reactor, &dead, &[], deadline)).unwrap_err();
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(failures.iter().map(|(address, _)| *address).collect::<Vec<_>>(), dead);
        assert_eq!(running(), [0, 0]);
        other.join().unwrap()
    });
    assert!(were_seen);

    // The call is cancelled.
    let wake = reactor.wake().clone();
    let other = thread::spawn(move || {
        let start = Stopwatch::start();
        while ports.map(attempts_at) != [1, 1] {
            assert_quick(&start, Duration::from_secs(20));
            thread::sleep(Duration::from_millis(5));
        }
        wake.cancel();
    });
    let attempt = reactor.unless_cancelled(connect_to_any(&reactor, &dead, &[], patient()));
    assert!(reactor.block_on(attempt).is_none());
    other.join().unwrap();
    assert_eq!(running(), [0, 0]);
}
