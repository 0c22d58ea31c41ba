//! Hosts with several addresses: what is left of the attempts when one has won, or all are given up.

use std::fs;
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
    let wait_for_both = move |mut then: Box<dyn FnMut() + Send>| {
        thread::spawn(move || {
            let start = Instant::now();
            while ports.map(attempts_at) != [1, 1] {
                assert_quick(start, Duration::from_secs(20));
                thread::sleep(Duration::from_millis(5));
            }
            then();
        })
    };
    let dead = holes.each_ref().map(|hole| hole.addr());
    let patient = Deadline::after(Some(Duration::from_secs(20)));

    // One wins.
    let reactor = Reactor::new().unwrap();
    let addresses = [dead[0], dead[1], good.addr()];
    let stream = reactor.block_on(connect_to_any(&reactor, &addresses, &[], patient)).unwrap();
    assert_eq!(stream.peer_addr().unwrap(), good.addr());
    assert_eq!(running(), [0, 0]);

    // None does in time.
    let other = wait_for_both(Box::new(|| ()));
    let deadline = Deadline::after(Some(Duration::from_secs(2)));
    let failures = reactor.block_on(connect_to_any(&reactor, &dead, &[], deadline)).unwrap_err();
    other.join().unwrap();
    assert_eq!(failures.iter().map(|(address, _)| *address).collect::<Vec<_>>(), dead);
    assert_eq!(running(), [0, 0]);

    // The call is cancelled.
    let wake = reactor.wake().clone();
    let other = wait_for_both(Box::new(move || wake.cancel()));
    let attempt = reactor.unless_cancelled(connect_to_any(&reactor, &dead, &[], patient));
    assert!(reactor.block_on(attempt).is_none());
    other.join().unwrap();
    assert_eq!(running(), [0, 0]);
}
