//! Listings, downloads and uploads that go well.

use std::io::{Read, Seek, SeekFrom, Write};
use std::num::NonZeroU64;
use std::os::fd::AsFd;

use ftpclient::client::TransferType;
use ftpclient::protocol::facts::Entry;

use super::*;

pub(super) fn list(subject: &Subject) {
    subject.put("a file.txt", b"x");
    let mut client = subject.log_in();
    let listing = lines(&mut client, "LIST").must();
    assert!(listing.iter().any(|line| line.contains("a file.txt")), "{listing:?}");
    assert_in_step(&mut client, subject);
    quit(client);
}

pub(super) fn list_names(subject: &Subject) {
    subject.put("a file.txt", b"x");
    let mut client = subject.log_in();
    if let Some(names) = subject.allow("NLST", lines(&mut client, "NLST")) {
        assert!(names.iter().any(|name| name.ends_with("a file.txt")), "{names:?}");
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

pub(super) fn binary_up_and_down(subject: &Subject) {
    let mut client = subject.log_in();
    for length in [subject.large(), 1, 0] {
        let data = content(length);
        store(&mut client, "STOR binary", &data).must();
        assert!(subject.get("binary") == data, "{length} bytes up");
        assert!(retrieve(&mut client, "RETR binary", None).must() == data, "{length} bytes down");
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

/// Each transfer over a connection that was made before it, with commands in between that leave it alone. No file is another, or short.
pub(super) fn made_ahead(subject: &Subject) {
    let mut client = subject.log_in();
    if !subject.passive {
        let refused = client.run(async |client| client.prearm().await);
        assert!(matches!(refused, Err(Error::Unsupported(_))), "{refused:?}");
        return quit(client);
    }
    let count = Arc::new(AtomicUsize::new(0));
    count_ports(&mut client, &count);
    for again in [false, true] {
        client.set_prearm(again);
        for length in [300_000, 1, 0, 70_000] {
            let data = content(length);
            client.run(async |client| client.prearm().await).must();
            store(&mut client, "STOR ahead", &data).must();
            assert!(subject.get("ahead") == data, "{length} bytes up");
            client.run(async |client| client.prearm().await).must();
            client.run(async |client| client.pwd().await).must();
            let before = count.load(Ordering::SeqCst);
            assert!(retrieve(&mut client, "RETR ahead", None).must() == data, "{length} bytes down");
            let asked = count.load(Ordering::SeqCst) - before;
            assert_eq!(asked, usize::from(again), "the connection was there already");
            lines(&mut client, "LIST").must();
        }
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

/// Many files, with the next address asked for in the flight of each, where the server is known to bear it. No file is another, or short.
pub(super) fn made_ahead_together(subject: &Subject) {
    let mut client = subject.log_in();
    let lengths = [300_000, 1, 0, 70_000];
    for length in lengths {
        store(&mut client, &format!("STOR together{length}"), &content(length)).must();
    }
    client.set_prearm_together();
    let count = Arc::new(AtomicUsize::new(0));
    count_ports_behind_retr(&mut client, &count);
    for length in lengths.into_iter().cycle().take(40) {
        let name = format!("RETR together{length}");
        assert!(retrieve(&mut client, &name, None).must() == content(length), "{length} bytes down");
        if length == 0 {
            assert!(retrieve(&mut client, "RETR nowhere", None).is_err(), "there is no such file");
        }
        if length == 1 {
            lines(&mut client, "LIST").must();
        }
    }
    let is_known = subject.name.contains("vsftpd") && subject.passive;
    assert_eq!(count.load(Ordering::SeqCst) > 40, is_known, "{count:?} times");
    let retr = command("RETR together300000");
    for _ in 0..5 {
        let mut stop = |_: &[u8]| Err(1);
        let stopped = client.run(async |client| client.retrbinary(&retr, 0, None, &mut stop).await);
        assert!(stopped.is_err(), "it was stopped");
        if client.is_connected() {
            assert!(retrieve(&mut client, "RETR together70000", None).must() == content(70_000));
        } else {
            client = subject.log_in();
            client.set_prearm_together();
        }
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

fn count_ports(client: &mut Client, count: &Arc<AtomicUsize>) {
    let count = Arc::clone(count);
    client.log_mut().sink = Some(Box::new(move |kind, text| {
        if kind == LogKind::Command && (text.starts_with(b"PASV") || text.starts_with(b"EPSV")) {
            count.fetch_add(1, Ordering::SeqCst);
        }
    }));
}

/// Counts how often an address is asked for right behind RETR, with no reply between them.
fn count_ports_behind_retr(client: &mut Client, count: &Arc<AtomicUsize>) {
    let (count, mut is_behind) = (Arc::clone(count), false);
    client.log_mut().sink = Some(Box::new(move |kind, text| {
        if is_behind && (text.starts_with(b"PASV") || text.starts_with(b"EPSV")) {
            count.fetch_add(1, Ordering::SeqCst);
        }
        is_behind = kind == LogKind::Command && text.starts_with(b"RETR");
    }));
}

pub(super) fn memory_and_descriptors(subject: &Subject) {
    let mut client = subject.log_in();
    for length in [300_000, 0] {
        let data = content(length);
        client.run(async |client| client.put_data(b"memory", &data).await).must();
        assert!(subject.get("memory") == data, "{length} bytes up");
        let mut got = Vec::new();
        client.run(async |client| client.get_data(b"memory", length, &mut got).await).must();
        assert!(got == data, "{length} bytes down");
        let mut file = tempfile::tempfile().unwrap();
        let (stor, retr) = (command("STOR descriptor"), command("RETR descriptor"));
        file.write_all(&data).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        client.run(async |client| client.storfd(&stor, file.as_fd(), None).await).must();
        assert!(subject.get("descriptor") == data, "{length} bytes up");
        client.run(async |client| client.retrfd(&retr, file.as_fd(), None).await).must();
        got.clear();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_end(&mut got).unwrap();
        assert!(got == [&data[..], &data].concat(), "{length} bytes down");
    }
    let error = client.run(async |client| client.get_data(b"text.html", 0, &mut Vec::new()).await);
    assert!(error.is_err(), "there is no such file");
    assert_in_step(&mut client, subject);
    quit(client);
}

/// The limit holds for what goes over the network, and no server is put out by it.
pub(super) fn slowly_up_and_down(subject: &Subject) {
    const RATE: u64 = 200_000;
    let mut client = subject.log_in();
    client.set_rate_limit(NonZeroU64::new(RATE), NonZeroU64::new(RATE));
    let data = content(100_000);
    let start = Instant::now();
    client.run(async |client| client.put_data(b"slow", &data).await).must();
    assert!(start.elapsed() >= Duration::from_millis(400), "it went up in {:?}", start.elapsed());
    assert!(subject.get("slow") == data);
    let (start, mut got) = (Instant::now(), Vec::new());
    client.run(async |client| client.get_data(b"slow", 100_000, &mut got).await).must();
    assert!(start.elapsed() >= Duration::from_millis(400), "it came down in {:?}", start.elapsed());
    assert!(got == data);
    assert_in_step(&mut client, subject);
    quit(client);
}

pub(super) fn text_up_and_down(subject: &Subject) {
    let mut client = subject.log_in();
    let mut text = Some("one\ntwo\r\nthree caf\u{e9}");
    let mut source = |buffer: &mut [u8]| {
        let bytes = text.take().unwrap_or("").as_bytes();
        buffer[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    };
    let stor = command("STOR text");
    let outcome = client.run(async |client| client.storlines(&stor, &mut source, &mut |_| Ok(())).await);
    if subject.allow("STOR in ASCII type", outcome).is_none() {
        subject.put("text", "one\ntwo\nthree caf\u{e9}".as_bytes());
    }
    if let Some(got) = subject.allow("RETR in ASCII type", lines(&mut client, "RETR text")) {
        assert_eq!(got, ["one", "two", "three caf\u{e9}"]);
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

pub(super) fn size_and_delete(subject: &Subject) {
    subject.put("to delete", &content(12_345));
    let mut client = subject.log_in();
    // After a listing the type is ASCII, in which servers refuse SIZE.
    lines(&mut client, "LIST").must();
    if let Some(size) = subject.allow("SIZE", client.run(async |client| client.size(b"to delete").await)) {
        assert_eq!(size, Some(12_345));
    }
    client.run(async |client| client.delete(b"to delete").await).must();
    assert!(!subject.root.join("to delete").exists());
    assert!(client.run(async |client| client.delete(b"to delete").await).is_err());
    assert_in_step(&mut client, subject);
    quit(client);
}

pub(super) fn download_from_an_offset(subject: &Subject) {
    let data = content(100_000);
    subject.put("resumed", &data);
    let mut client = subject.log_in();
    if let Some(end) = subject.allow("REST", retrieve(&mut client, "RETR resumed", Some(99_000))) {
        assert!(end == data[99_000..]);
        assert!(retrieve(&mut client, "RETR resumed", Some(0)).must() == data);
    }
    assert!(retrieve(&mut client, "RETR resumed", None).must() == data);
    assert_in_step(&mut client, subject);
    quit(client);
}

/// MLSD where the server knows it; a refusal that leaves the session in step where it does not.
pub(super) fn facts(subject: &Subject) {
    subject.put("a file.txt", b"hello");
    let mut client = subject.log_in();
    let mut sizes = Vec::new();
    let mut sink = |entry: &Entry<'_>| {
        if entry.name == b"a file.txt" {
            sizes.extend(entry.facts.iter().filter(|(key, _)| key == b"size").map(|(_, size)| size.to_vec()));
        }
        Ok(())
    };
    let outcome = client.run(async |client| client.mlsd(None, b"", &mut sink).await);
    if subject.allow("MLSD", outcome).is_some() {
        assert_eq!(sizes, [b"5"]);
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

pub(super) fn transfers_by_hand(subject: &Subject) {
    let data = content(100_000);
    let mut client = subject.log_in();
    client.run(async |client| client.voidcmd(&command("TYPE I")).await).must();
    client
        .run(async |client| {
            let id = client.transfercmd(&command("STOR by hand"), None).await?;
            for block in data.chunks(30_000) {
                client.transfer_write(id, block).await?;
            }
            client.transfer_finish(id).await
        })
        .must();
    assert!(subject.get("by hand") == data);
    let mut received = Vec::new();
    client
        .run(async |client| {
            let id = client.transfercmd(&command("RETR by hand"), None).await?;
            let mut buffer = [0; 10_000];
            loop {
                match client.transfer_read(id, &mut buffer).await? {
                    0 => return client.transfer_finish(id).await,
                    count => received.extend_from_slice(&buffer[..count]),
                }
            }
        })
        .must();
    assert!(received == data);
    assert_in_step(&mut client, subject);
    quit(client);
}

/// Both sessions are on one server, which is asked to send to itself.
pub(super) fn copy_between_sessions(subject: &Subject) {
    subject.put("copied from", &content(10_000));
    let _ = fs::remove_file(subject.root.join("copied to"));
    let (mut source, mut target) = (subject.log_in(), subject.log_in());
    let (near, far) = (source.reactor().clone(), target.reactor().clone());
    let copy = source.copy_to(&mut target, b"copied from", b"copied to", TransferType::Image);
    let outcome = run(&near, near.joined(&far, copy));
    assert_in_step(&mut source, subject);
    assert_in_step(&mut target, subject);
    if subject.allow(subject.active_command(), outcome).is_some() {
        assert!(subject.get("copied to") == content(10_000));
    }
    quit(source);
    quit(target);
}

pub(super) fn many_transfers(subject: &Subject) {
    let data = content(4096);
    let mut client = subject.log_in();
    for _ in 0..20 {
        store(&mut client, "STOR small", &data).must();
        assert!(retrieve(&mut client, "RETR small", None).must() == data);
        lines(&mut client, "LIST").must();
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

/// ProFTPD holds its 226 back for 10 s unless the client closes the data connection first.
pub(super) fn final_reply_is_prompt(subject: &Subject) {
    subject.put("small", b"hello");
    let mut client = subject.log_in();
    let start = Instant::now();
    for _ in 0..3 {
        assert_eq!(retrieve(&mut client, "RETR small", None).must(), b"hello");
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    quit(client);
}
