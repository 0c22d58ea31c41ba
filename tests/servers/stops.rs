//! Transfers that end early.

use std::sync::mpsc;
use std::thread;

use super::*;

/// Large enough to be in the middle of its transfer when it is stopped.
const LARGE: usize = 32 << 20;

/// It stays for the next scenario.
pub(super) fn put_large(subject: &Subject) {
    let is_there = fs::metadata(subject.root.join("large")).is_ok_and(|file| file.len() == LARGE as u64);
    if !is_there {
        subject.put("large", &content(LARGE));
    }
}

pub(super) fn stop_a_download(subject: &Subject) {
    put_large(subject);
    subject.put("small", b"hello");
    let mut client = subject.log_in();
    for stop_after in [1, 5_000_000] {
        let start = Instant::now();
        let mut received = 0;
        let mut sink = |block: &[u8]| {
            received += block.len();
            if received >= stop_after { Err(9) } else { Ok(()) }
        };
        let retr = command("RETR large");
        let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut sink).await);
        assert!(matches!(outcome, Err(Error::Callback { value: 9, .. })), "{}", told(&outcome));
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_in_step_after_a_stop(&mut client, subject);
        assert_eq!(retrieve(&mut client, "RETR small", None).must(), b"hello");
    }
    quit(client);
}

pub(super) fn stop_an_upload(subject: &Subject) {
    subject.put("small", b"hello");
    let mut client = subject.log_in();
    for blocks in [0, 1, 50] {
        let mut left = blocks;
        let mut source = |buffer: &mut [u8]| {
            left -= 1;
            if left < 0 { Err(-9) } else { Ok(buffer.len()) }
        };
        let stor = command("STOR partial");
        let outcome =
            client.run(async |client| client.storbinary(&stor, 0, None, &mut source, &mut |_| Ok(())).await);
        assert!(matches!(outcome, Err(Error::Callback { value: -9, .. })), "{}", told(&outcome));
        assert_in_step_after_a_stop(&mut client, subject);
        assert_eq!(retrieve(&mut client, "RETR small", None).must(), b"hello");
    }
    quit(client);
}

pub(super) fn stop_a_listing(subject: &Subject) {
    subject.put("a file.txt", b"x");
    let mut client = subject.log_in();
    for text in ["LIST", "NLST"] {
        if subject.cannot(text).is_some() {
            continue;
        }
        let outcome = client.run(async |client| client.retrlines(&command(text), &mut |_| Err(1)).await);
        assert!(matches!(outcome, Err(Error::Callback { value: 1, .. })), "{}", told(&outcome));
        assert_in_step_after_a_stop(&mut client, subject);
    }
    quit(client);
}

pub(super) fn cancel_a_download(subject: &Subject) {
    put_large(subject);
    let mut client = subject.log_in();
    let wake = Arc::clone(client.reactor().wake());
    let (started, wait) = mpsc::channel();
    let other = thread::spawn(move || {
        if wait.recv().is_ok() {
            wake.cancel();
        }
    });
    let mut started = Some(started);
    let mut sink = |_: &[u8]| {
        if let Some(started) = started.take() {
            started.send(()).unwrap();
        }
        thread::sleep(Duration::from_millis(2));
        Ok(())
    };
    let retr = command("RETR large");
    let outcome = client.run(async |client| client.retrbinary(&retr, 0, None, &mut sink).await);
    // A transfer that never began has sent nothing.
    drop(started);
    other.join().unwrap();
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{}", told(&outcome));
    assert_in_step_after_a_stop(&mut client, subject);
    quit(client);
}

pub(super) fn abort_an_open_transfer(subject: &Subject) {
    put_large(subject);
    let mut client = subject.log_in();
    client.set_urgent_abort(subject.wants_urgent_data());
    client
        .run(async |client| {
            let id = client.transfercmd(&command("RETR large"), None).await?;
            client.transfer_read(id, &mut [0; 1000]).await
        })
        .must();
    let outcome = client.run(async |client| client.abort().await);
    if client.is_connected() || !subject.may_end_at_a_stop() {
        outcome.must();
    }
    assert_in_step_after_a_stop(&mut client, subject);
    quit(client);
}
