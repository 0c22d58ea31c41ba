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
        // A server that may fill with zeros gets a little first, which is compared: that is a transfer of its own.
        (PART, false, vec![(PART, TRIAL, Some(SIZE)), (PART + TRIAL, SIZE - PART - TRIAL, Some(SIZE))]),
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
        assert!(*has_ended && (*all == SIZE || dies), "{told:?}");
    }
}
