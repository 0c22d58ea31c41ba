//! Directories as entries: what is there, what is not, and what is no directory.

use std::os::unix::fs::PermissionsExt;

use ftpclient::client::ListRequest;
use ftpclient::protocol::listing::Kind;

use super::*;

/// By the best command, by LIST, and over the control connection.
fn ways(path: &str) -> [ListRequest; 3] {
    let path = (!path.is_empty()).then(|| path.as_bytes().to_vec());
    let best = ListRequest { path, ..ListRequest::default() };
    let (plain, stat) =
        (ListRequest { by_list: true, ..best.clone() }, ListRequest { by_stat: true, ..best.clone() });
    [best, plain, stat]
}

/// Names and sizes.
fn list(client: &mut Client, wanted: &ListRequest) -> Result<Vec<(String, Kind, Option<u64>)>> {
    let mut entries = client.run(async |client| client.list(wanted).await)?.entries;
    let mut all = Vec::new();
    while let Some(entry) = entries.next_entry() {
        all.push((String::from_utf8_lossy(&entry.name).into_owned(), entry.kind, entry.size));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(all)
}

fn prepare(subject: &Subject) {
    for directory in ["entries", "entries/empty", "entries/full", "entries/full/below", "entries/-a [x]"] {
        subject.mkdir(directory);
    }
    subject.put("entries/full/a file", &content(12_345));
    subject.put("entries/-a [x]/inside", b"x");
}

pub(super) fn entries(subject: &Subject) {
    prepare(subject);
    let mut client = subject.log_in();
    for wanted in ways("entries/full") {
        let outcome = list(&mut client, &wanted);
        let outcome =
            if wanted.by_stat { subject.allow("STAT of a directory", outcome) } else { Some(outcome.must()) };
        let Some(all) = outcome else { continue };
        let names: Vec<&str> = all.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["a file", "below"], "{wanted:?}");
        assert_eq!((all[0].1, all[0].2, all[1].1), (Kind::File, Some(12_345), Kind::Directory), "{wanted:?}");
    }
    for wanted in &ways("entries/-a [x]")[..2] {
        let all = list(&mut client, wanted).must();
        assert!(matches!(all.as_slice(), [(name, Kind::File, Some(1))] if name == "inside"), "{all:?}");
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

pub(super) fn found_out(subject: &Subject) {
    prepare(subject);
    let mut client = subject.log_in();
    // Whether STAT lists at all has been seen.
    let ways = |path| {
        ways(path).into_iter().filter(|way| !way.by_stat || subject.cannot("STAT of a directory").is_none())
    };
    for wanted in ways("entries/empty") {
        assert_eq!(list(&mut client, &wanted).must(), [], "{wanted:?}");
    }
    for path in ["entries/none", "none/at/all"] {
        for wanted in ways(path) {
            let outcome = list(&mut client, &wanted);
            assert!(matches!(outcome, Err(Error::NotFound(_))), "{wanted:?}: {outcome:?}");
        }
        let outcome = client.run(async |client| client.stat(Some(path.as_bytes())).await).map(drop);
        assert!(matches!(outcome, Err(Error::NotFound(_))), "{path}: {outcome:?}");
        assert!(!client.run(async |client| client.exists(path.as_bytes()).await).must());
    }
    for wanted in ways("entries/full/a file") {
        let all = list(&mut client, &wanted).must();
        assert_eq!(all, [("a file".to_owned(), Kind::File, Some(12_345))], "{wanted:?}");
    }
    for (path, kind) in
        [("entries/full/a file", Kind::File), ("entries/empty", Kind::Directory), ("", Kind::Directory)]
    {
        let path = (!path.is_empty()).then_some(path.as_bytes());
        let mut entries = client.run(async |client| client.stat(path).await).must();
        assert_eq!(entries.next_entry().unwrap().kind, kind, "{path:?}");
        if let Some(path) = path {
            assert!(client.run(async |client| client.exists(path).await).must());
        }
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

/// A server that runs as root reads them all.
pub(super) fn what_may_not_be_read(subject: &Subject) {
    for (name, mode) in [("closed", 0), ("entered", 0o111), ("named", 0o444)] {
        let directory = format!("entries/{name}");
        subject.mkdir("entries");
        subject.mkdir(&directory);
        subject.put(&format!("{directory}/f"), b"x");
        fs::set_permissions(subject.root.join(&directory), fs::Permissions::from_mode(mode)).unwrap();
        let mut client = subject.log_in();
        for wanted in &ways(&directory)[..2] {
            match client.run(async |client| client.list(wanted).await) {
                Err(error) => assert!(!matches!(error, Error::NotFound(_)), "{wanted:?}: {error}"),
                Ok(mut list) => {
                    let entry = list.entries.next_entry().unwrap_or_else(|| panic!("{wanted:?}: empty"));
                    // Servers on `ls` send its message.
                    assert!(&*entry.name == b"f" || entry.format.is_none(), "{wanted:?}: {entry:?}");
                }
            }
        }
        assert_in_step(&mut client, subject);
        quit(client);
        fs::set_permissions(subject.root.join(&directory), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

pub(super) fn stop_a_stream(subject: &Subject) {
    subject.mkdir("many");
    for number in 0..2000 {
        let name = format!("many/a file with a rather long name and the number {number}");
        if !subject.root.join(&name).exists() {
            subject.put(&name, b"");
        }
    }
    let mut client = subject.log_in();
    let wanted = ListRequest { path: Some(b"many".to_vec()), streamed: true, ..ListRequest::default() };
    let mut opened = client.run(async |client| client.list(&wanted).await).must();
    let id = opened.rest.unwrap();
    let mut count = 0;
    loop {
        while opened.entries.next_entry().is_some() {
            count += 1;
        }
        match client.run(async |client| client.more_of_list(id).await).must() {
            Some(text) => opened.entries.push(text).unwrap(),
            None if opened.entries.is_whole() => break,
            None => {
                opened.entries.end().unwrap();
                while opened.entries.next_entry().is_some() {
                    count += 1;
                }
                break;
            }
        }
    }
    assert_eq!(count, 2000);
    assert_in_step(&mut client, subject);

    client.set_urgent_abort(subject.wants_urgent_data());
    let opened = client.run(async |client| client.list(&wanted).await).must();
    client.transfer_forget(opened.rest.unwrap());
    let start = Instant::now();
    client.run(async |_| Ok(())).must();
    if !client.is_connected() && subject.may_leave_abor_unanswered("stop a stream of entries") {
        // All of an abort has 5 s: not before.
        assert!(start.elapsed() >= Duration::from_secs(5), "{:?}", start.elapsed());
        let outcome = client.run(async |client| client.pwd().await);
        assert!(matches!(outcome, Err(Error::NotConnected(_))), "{outcome:?}");
        client = subject.log_in();
    }
    assert_in_step_after_a_stop(&mut client, subject);
    quit(client);
}
