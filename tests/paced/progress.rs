//! Who is told how far a transfer has got.

use std::sync::{Arc, Mutex};

use ftpclient::error::Error;

use super::*;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    at: Instant,
    name: String,
    bytes: u64,
    total: Option<u64>,
    rate: u64,
    left: Option<Duration>,
    is_upload: bool,
    has_ended: bool,
}

/// Sets a callback that keeps what it is told, and stops the transfer at this call.
fn listen(client: &mut Client, stop_at: usize) -> Arc<Mutex<Vec<Told>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = told.clone();
    client.set_progress(Some(Box::new(move |progress| {
        let mut kept = kept.lock().unwrap();
        kept.push(Told {
            at: clock::now(),
            name: String::from_utf8(progress.name.to_vec()).unwrap(),
            bytes: progress.bytes,
            total: progress.total,
            rate: progress.rate,
            left: progress.left,
            is_upload: progress.is_upload,
            has_ended: progress.has_ended,
        });
        if kept.len() == stop_at { Err(7) } else { Ok(()) }
    })));
    told
}

#[track_caller]
fn assert_times(told: &[Told]) {
    for pair in told.windows(2).filter(|pair| !pair[1].has_ended) {
        let between = pair[1].at - pair[0].at;
        assert!(between >= Duration::from_millis(100), "{between:?}");
        assert!(between <= Duration::from_millis(160), "{between:?}");
        assert!(pair[0].bytes <= pair[1].bytes);
    }
    assert_eq!(told.iter().filter(|told| told.has_ended).count(), 1);
    assert!(told.last().unwrap().has_ended);
}

#[test]
fn a_slow_download_is_told_of_ten_times_a_second_with_its_rate_and_the_time_left() {
    let (_world, _, mut client) = world(100_000);
    limit(&mut client, 10_000, 0);
    let told = listen(&mut client, 0);
    download(&mut client).1.unwrap();
    let told = told.lock().unwrap().clone();
    assert!((70..=101).contains(&told.len()), "{}", told.len());
    assert_times(&told);
    for told in &told {
        assert_eq!((told.name.as_str(), told.total, told.is_upload), ("dir/file", Some(100_000), false));
    }
    for told in told.iter().filter(|told| told.bytes > 20_000 && !told.has_ended) {
        assert!((9000..=11_000).contains(&told.rate), "{told:?}");
        let left = (100_000 - told.bytes).div_ceil(told.rate);
        assert_eq!(told.left, Some(Duration::from_secs(left)), "{told:?}");
    }
    let last = told.last().unwrap();
    assert_eq!((last.bytes, last.left), (100_000, Some(Duration::ZERO)));
}

#[test]
fn a_quick_transfer_is_told_of_once_at_its_end() {
    let (_world, _, mut client) = world(1000);
    let told = listen(&mut client, 0);
    download(&mut client).1.unwrap();
    upload(&mut client, 500).unwrap();
    let told = told.lock().unwrap().clone();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!((told[0].bytes, told[0].is_upload, told[0].has_ended), (1000, false, true));
    assert_eq!((told[1].bytes, told[1].is_upload, told[1].has_ended), (500, true, true));
}

#[test]
fn it_is_told_also_while_nothing_moves_and_while_the_server_takes_its_time_to_confirm() {
    let (_world, served, mut client) = world(1000);
    served.stalls(400, 5 * SECOND);
    served.confirms_after(4 * SECOND);
    let told = listen(&mut client, 0);
    download(&mut client).1.unwrap();
    let told = told.lock().unwrap().clone();
    assert!((60..=91).contains(&told.len()), "{}", told.len());
    assert_times(&told);
    let stalled: Vec<&Told> = told.iter().filter(|told| told.bytes == 400).collect();
    assert!((35..=51).contains(&stalled.len()), "{}", stalled.len());
    // Its rate is that of the last seconds.
    let last = stalled.last().unwrap();
    assert_eq!((last.rate, last.left), (0, None));
}

#[test]
fn the_size_of_an_upload_is_not_known_to_who_gives_it_piece_by_piece() {
    let (_world, _, mut client) = world(0);
    limit(&mut client, 0, 1000);
    let told = listen(&mut client, 0);
    upload(&mut client, 2000).unwrap();
    let told = told.lock().unwrap().clone();
    assert_times(&told);
    assert!(told.iter().all(|told| told.total.is_none() && told.is_upload));
    assert!(told.iter().filter(|told| !told.has_ended).all(|told| told.left.is_none()));
}

#[test]
fn a_callback_stops_the_transfer_and_leaves_the_session_in_step() {
    for stall in [true, false] {
        let (_world, served, mut client) = world(100_000);
        if stall {
            served.stalls(400, 1000 * SECOND);
        } else {
            limit(&mut client, 1000, 0);
        }
        let told = listen(&mut client, 3);
        let outcome = download(&mut client).1;
        assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
        assert_eq!(told.lock().unwrap().len(), 3);
        client.set_progress(None);
        client.block_on(async |client| client.pwd().await).unwrap();
    }
}

#[test]
fn what_a_callback_returns_at_the_end_stops_nothing() {
    let (_world, _, mut client) = world(1000);
    let told = listen(&mut client, 1);
    download(&mut client).1.unwrap();
    assert!(told.lock().unwrap()[0].has_ended);
}

#[test]
fn a_stop_while_the_server_takes_its_time_to_confirm_closes_the_connection() {
    let (_world, served, mut client) = world(1000);
    served.confirms_after(50 * SECOND);
    listen(&mut client, 10);
    let began = clock::now();
    let outcome = download(&mut client).1;
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert!(clock::since(began) < 3 * SECOND);
    assert!(!client.is_connected());
}

#[test]
fn it_is_told_also_of_a_transfer_step_by_step() {
    let (_world, _, mut client) = world(5000);
    limit(&mut client, 1000, 0);
    let told = listen(&mut client, 0);
    let retr = Command::parse(b"RETR dir/file").unwrap();
    let id = client.block_on(async |client| client.transfercmd(&retr, None).await).unwrap();
    let mut room = [0; 1000];
    while client.block_on(async |client| client.transfer_read(id, &mut room).await).unwrap() > 0 {}
    client.block_on(async |client| client.transfer_finish(id).await).unwrap();
    let told = told.lock().unwrap().clone();
    assert!((30..=51).contains(&told.len()), "{}", told.len());
    assert_times(&told);
}
