//! What is told of whole files while they go over the network: their size, and where a transfer has begun.

use std::fs;
use std::sync::{Arc, Mutex};

use ftpclient::client::{GetRequest, PutRequest, Retries};
use support::site::{Habits, Site, write_older};

use super::*;

const SIZE: u64 = 200_000;
const PART: u64 = 150_000;

/// Where a transfer was when it had ended: offset, bytes, and the size of the file.
type End = (u64, u64, Option<u64>);

/// Keeps what is told when transfers in this direction have ended.
fn listen(client: &mut Client, is_upload: bool) -> Arc<Mutex<Vec<End>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = told.clone();
    client.set_progress(Some(Box::new(move |progress| {
        if progress.has_ended && progress.is_upload == is_upload {
            kept.lock().unwrap().push((progress.offset, progress.bytes, progress.total));
        }
        Ok(())
    })));
    told
}

/// What is sent first where REST may not be heeded.
const TRIAL: u64 = 32 * 1024;

#[test]
fn an_upload_is_measured_by_the_file_here() {
    let content = pattern(SIZE as usize);
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("here");
    write_older(&local, &content);
    for (held, knows_appe, expected) in [
        (0, true, vec![(0, SIZE, Some(SIZE))]),
        (PART, true, vec![(PART, SIZE - PART, Some(SIZE))]),
        // A server that may fill with zeros gets a little first, which is compared: that is a transfer of its own, and not the last.
        (PART, false, vec![(PART + TRIAL, SIZE - PART - TRIAL, Some(SIZE))]),
        // All is there: that was compared, and nothing was sent.
        (SIZE, true, vec![(SIZE, 0, Some(SIZE))]),
    ] {
        let site = Site::start(Habits { knows_appe, ..Habits::default() });
        site.put("f", &content[..held as usize]);
        let mut client = logged_in(&site.server);
        let told = listen(&mut client, true);
        let wanted = PutRequest {
            local: local.clone(),
            remote: b"/f".to_vec(),
            resume: true,
            ..PutRequest::default()
        };
        client.run(async |client| client.put(&wanted).await).unwrap();
        assert!(site.get("f").unwrap() == content);
        assert_eq!(*told.lock().unwrap(), expected);
    }
}

#[test]
fn a_listing_is_no_file() {
    let server = Scripted::start(|s| {
        s.login();
        for command in ["LIST", "NLST x", "RETR LIST"] {
            let listener = if command == "LIST" { binary_passive(s) } else { s.passive() };
            s.expect(command);
            s.send("150 go\r\n");
            let mut data = listener.accept();
            data.send("hello\r\n");
            data.close();
            s.send("226 done\r\n");
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = told.clone();
    client.set_progress(Some(Box::new(move |progress| {
        kept.lock().unwrap().push(progress.is_listing);
        Ok(())
    })));
    for (line, is_listing) in [("LIST", true), ("NLST x", true), ("RETR LIST", false)] {
        retrieve(&mut client, line).1.unwrap();
        assert_eq!(told.lock().unwrap().pop(), Some(is_listing), "{line}");
    }
    assert_in_step(&mut client);
}

#[test]
fn a_download_that_goes_on_is_measured_by_what_size_tells() {
    let site = Site::start(Habits { announces: false, ..Habits::default() });
    site.put("f", &pattern(SIZE as usize));
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("here");
    let wanted =
        GetRequest { local: local.clone(), remote: b"/f".to_vec(), resume: true, ..GetRequest::default() };

    let mut client = logged_in(&site.server);
    // In the middle of the data.
    site.die_at(10);
    client.run(async |client| client.get(&wanted).await).unwrap_err();
    assert!(site.has_died());

    let mut client = logged_in(&site.server);
    let told = listen(&mut client, false);
    client.run(async |client| client.get(&wanted).await).unwrap();
    assert!(fs::read(&local).unwrap() == pattern(SIZE as usize));
    let (offset, bytes, total) = told.lock().unwrap()[0];
    assert!(offset > 0, "it did not go on");
    assert_eq!((offset + bytes, total), (SIZE, Some(SIZE)));
}

/// Whoever draws a bar wants the name that was asked for, also while the bytes of an earlier call are compared.
#[test]
fn an_upload_with_a_temporary_name_is_told_by_its_final_name() {
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("here");
    fs::write(&local, pattern(SIZE as usize)).unwrap();
    for (resume, dies) in [(false, false), (true, false), (true, true)] {
        let site = Site::start(Habits::default());
        let mut client = logged_in(&site.server);
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = told.clone();
        client.set_progress(Some(Box::new(move |progress| {
            kept.lock().unwrap().push((progress.name.to_vec(), progress.all.bytes, progress.has_ended));
            Ok(())
        })));
        if dies {
            client.set_retries(Retries { count: 2, first_wait: Duration::from_millis(1) });
            site.die_at(5);
        }
        let wanted = PutRequest {
            local: local.clone(),
            remote: b"/f".to_vec(),
            atomic: true,
            resume,
            ..PutRequest::default()
        };
        client.run(async |client| client.put(&wanted).await).unwrap();
        assert_eq!(site.has_died(), dies);
        let told = std::mem::take(&mut *told.lock().unwrap());
        assert!(told.iter().all(|(name, ..)| name == b"/f"), "{told:?}");
        let (_, all, has_ended) = told.last().unwrap();
        assert!(*has_ended && *all == SIZE, "{told:?}");
    }
}

/// Each call of the callback, in short: whether it is the last one, and the sum of all files.
fn listen_to_all(client: &mut Client) -> Arc<Mutex<Vec<(bool, u64)>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = told.clone();
    client.set_progress(Some(Box::new(move |progress| {
        kept.lock().unwrap().push((progress.has_ended, progress.all.bytes));
        Ok(())
    })));
    told
}

fn ends(told: &Mutex<Vec<(bool, u64)>>) -> Vec<u64> {
    told.lock().unwrap().iter().filter(|(has_ended, _)| *has_ended).map(|(_, all)| *all).collect()
}

/// The server has confirmed each of these transfers.
#[test]
fn a_file_that_is_not_whole_has_no_end() {
    let wrong = Habits { features: &["XMD5"], hashes: wrong_hash, ..Habits::default() };
    let small = Habits { keeps_at_most: 1000, ..Habits::default() };
    let refuses = Habits { refuses: &[("RNTO", "553 no")], ..Habits::default() };
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("here");
    fs::write(&local, pattern(SIZE as usize)).unwrap();
    let plain = PutRequest { local: local.clone(), remote: b"/f".to_vec(), ..PutRequest::default() };
    for (habits, wanted) in [
        (wrong.clone(), PutRequest { verify: true, ..plain.clone() }),
        (small, plain.clone()),
        (refuses, PutRequest { atomic: true, ..plain.clone() }),
        (
            Habits { rnto_does_nothing: true, ..Habits::default() },
            PutRequest { atomic: true, ..plain.clone() },
        ),
    ] {
        let site = Site::start(habits);
        let mut client = logged_in(&site.server);
        let told = listen_to_all(&mut client);
        client.run(async |client| client.put(&wanted).await).unwrap_err();
        assert_eq!(ends(&told), [], "{wanted:?}");
        // The next file begins at nothing.
        site.change(|habits| *habits = Habits::default());
        client.run(async |client| client.put(&plain).await).unwrap();
        assert_eq!(ends(&told), [SIZE]);
    }

    let site = Site::start(wrong);
    site.put("f", &pattern(SIZE as usize));
    let mut client = logged_in(&site.server);
    let told = listen_to_all(&mut client);
    let wanted = GetRequest {
        local: directory.path().join("there"),
        remote: b"/f".to_vec(),
        verify: true,
        ..GetRequest::default()
    };
    client.run(async |client| client.get(&wanted).await).unwrap_err();
    assert_eq!(ends(&told), []);
    assert_eq!(retrieve(&mut client, "RETR f").0.len(), SIZE as usize);
    assert_eq!(ends(&told), [SIZE], "a transfer that is no call for a file ends as it did");
}

fn wrong_hash(verb: &str, _: &[u8]) -> Option<String> {
    (verb == "XMD5").then(|| "ab".repeat(16))
}

/// Whatever the server loses of the first attempts: bytes that are sent again are not more of the file.
#[test]
fn what_is_tried_again_ends_once_and_counts_once() {
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("here");
    write_older(&local, &pattern(SIZE as usize));
    for (atomic, resume, dies_at) in
        [false, true].into_iter().flat_map(|flag| (0..14).map(move |at| (flag, at % 2 == 0, at)))
    {
        let site = Site::start(Habits::default());
        let mut client = logged_in(&site.server);
        client.set_retries(Retries { count: 3, first_wait: Duration::from_millis(1) });
        let told = listen_to_all(&mut client);
        site.die_at(dies_at);
        let put = PutRequest {
            local: local.clone(),
            remote: b"/f".to_vec(),
            atomic,
            resume,
            ..PutRequest::default()
        };
        client.run(async |client| client.put(&put).await).unwrap();
        assert_eq!(ends(&told), [SIZE], "{put:?} {dies_at}");
        assert!(told.lock().unwrap().iter().all(|(_, all)| *all <= SIZE));
        told.lock().unwrap().clear();

        site.live();
        site.die_at(dies_at);
        let get = GetRequest {
            local: directory.path().join("there"),
            remote: b"/f".to_vec(),
            resume,
            ..GetRequest::default()
        };
        client.begin_call("ftp_get");
        client.run(async |client| client.get(&get).await).unwrap();
        assert_eq!(ends(&told), [SIZE], "{get:?} {dies_at}");
        assert!(told.lock().unwrap().iter().all(|(_, all)| *all <= SIZE));
    }
}

#[test]
fn an_empty_file_has_an_end_too() {
    let site = Site::start(Habits::default());
    site.put("f", b"");
    let mut client = logged_in(&site.server);
    let told = listen_to_all(&mut client);
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("here");
    let get = GetRequest { local: local.clone(), remote: b"/f".to_vec(), ..GetRequest::default() };
    client.run(async |client| client.get(&get).await).unwrap();
    let put = PutRequest { local, remote: b"/g".to_vec(), ..PutRequest::default() };
    client.run(async |client| client.put(&put).await).unwrap();
    assert_eq!(ends(&told), [0, 0]);
}
