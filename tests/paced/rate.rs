//! The limit holds within 5 % over each 5 s, whatever it is, and nothing else is late for it.

use ftpclient::error::Error;
use ftpclient::net::simulation::sleep;

use super::*;

/// In each 5 s from the first byte on, about as many bytes have moved as the limit allows, and never more.
#[track_caller]
fn assert_rate(moves: &Moves, rate: u64, shown: &str) {
    let (first, last) = (moves[0].0, moves.last().unwrap().0);
    let expected = rate as f64 * 5.0;
    let mut windows = 0;
    let mut from = first;
    while last.duration_since(from) >= 5 * SECOND {
        let is_inside = |moved: &Instant| (from..from + 5 * SECOND).contains(moved);
        let bytes: usize = moves.iter().filter(|(at, _)| is_inside(at)).map(|(_, bytes)| bytes).sum();
        let share = bytes as f64 / expected;
        assert!((0.95..=1.05).contains(&share), "{shown}: {bytes} bytes in 5 s, {share:.3} of the limit");
        windows += 1;
        from += Duration::from_millis(137);
    }
    assert!(windows > 10, "{shown}: {windows}");
}

const RATES: [u64; 5] = [50, 1024, 10_000, 100_000, 2_000_000];

#[test]
fn a_download_is_as_fast_as_it_may_be() {
    for rate in RATES {
        let size = rate as usize * 8;
        let (_world, _, mut client) = world(size);
        // Far shorter than the whole takes.
        client.set_timeout(Some(SECOND));
        limit(&mut client, rate, 0);
        let (moves, outcome) = download(&mut client);
        outcome.unwrap();
        assert_eq!(total(&moves), size);
        assert_rate(&moves, rate, &format!("{rate} bytes a second"));
    }
}

#[test]
fn an_upload_is_as_fast_as_it_may_be_as_the_server_sees_it() {
    for rate in RATES {
        let size = rate as usize * 8;
        let (_world, served, mut client) = world(0);
        client.set_timeout(Some(SECOND));
        limit(&mut client, 0, rate);
        upload(&mut client, size).unwrap();
        let moves = served.received();
        assert_eq!(total(&moves), size);
        assert_rate(&moves, rate, &format!("{rate} bytes a second"));
    }
}

#[test]
fn a_limit_is_that_of_all_transfers_together() {
    let (_world, served, mut client) = world(2000);
    limit(&mut client, 10_000, 1000);
    let began = clock::now();
    for _ in 0..20 {
        download(&mut client).1.unwrap();
    }
    let took = clock::since(began).as_secs_f64();
    assert!((3.8..6.0).contains(&took), "40000 bytes took {took} s");
    let began = clock::now();
    for _ in 0..10 {
        upload(&mut client, 500).unwrap();
    }
    let took = clock::since(began).as_secs_f64();
    assert!((4.4..6.0).contains(&took), "5000 bytes took {took} s");
    assert_eq!(total(&served.received()), 5000);
}

#[test]
fn what_a_server_did_not_send_in_time_is_not_made_up_for_by_a_burst() {
    let (_world, served, mut client) = world(20_000);
    served.stalls(5000, 10 * SECOND);
    limit(&mut client, 1000, 0);
    let (moves, outcome) = download(&mut client);
    outcome.unwrap();
    let most = |from: Instant| -> usize {
        moves.iter().filter(|(at, _)| (from..from + SECOND).contains(at)).map(|(_, bytes)| bytes).sum()
    };
    for (at, _) in &moves {
        assert!(most(*at) <= 1100, "{} bytes in a second", most(*at));
    }
}

#[test]
fn without_a_limit_nothing_waits() {
    let (_world, _, mut client) = world(10_000_000);
    limit(&mut client, 1000, 1000);
    limit(&mut client, 0, 0);
    let (moves, outcome) = download(&mut client);
    outcome.unwrap();
    assert_eq!(total(&moves), 10_000_000);
    assert!(moves.last().unwrap().0 - moves[0].0 < 30 * SECOND);
}

#[test]
fn noops_go_on_in_the_pauses() {
    for is_upload in [true, false] {
        let (_world, served, mut client) = world(200_000);
        client.set_noop_interval(Some(10 * SECOND));
        client.set_timeout(Some(5 * SECOND));
        limit(&mut client, 1000, 1000);
        let outcome = if is_upload { upload(&mut client, 200_000) } else { download(&mut client).1 };
        outcome.unwrap();
        // What fits into the connection is sent at once, and the server confirms it: then it is not asked any more.
        let expected = if is_upload { 18..=20 } else { 11..=20 };
        let noops = served.heard("NOOP");
        assert!(expected.contains(&noops), "{noops}");
    }
}

#[test]
fn a_cancel_in_a_pause_is_at_once() {
    let (world, _, mut client) = world(1_000_000);
    limit(&mut client, 1, 0);
    let began = clock::now();
    let wake = client.reactor().wake().clone();
    world.spawn(async move {
        sleep(Duration::from_millis(5500)).await;
        wake.cancel();
    });
    let (moves, outcome) = download(&mut client);
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    // With the time that ABOR takes.
    let took = clock::since(began);
    assert!(took < 6 * SECOND, "{took:?}");
    assert!((4..=7).contains(&total(&moves)), "{}", total(&moves));
}

#[test]
fn a_server_that_sends_nothing_is_still_found_out() {
    let (_world, served, mut client) = world(5000);
    served.stalls(2000, 10_000 * SECOND);
    limit(&mut client, 1000, 0);
    client.set_timeout(Some(7 * SECOND));
    let began = clock::now();
    let (moves, outcome) = download(&mut client);
    assert!(matches!(outcome, Err(Error::Timeout { .. })), "{outcome:?}");
    assert_eq!(total(&moves), 2000);
    let took = clock::since(began).as_secs_f64();
    assert!((8.5..15.0).contains(&took), "{took} s");
}
