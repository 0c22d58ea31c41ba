//! Whole files: what has the name is whole, and what was begun is continued.

use std::path::Path;
use std::time::UNIX_EPOCH;

use ftpclient::client::{GetRequest, PutRequest, Retries};

use super::*;

const SIZE: usize = 300_000;

fn names(place: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Begins a download that cannot end, because its target comes to be meanwhile, and leaves so much of it.
fn cut_off(client: &mut Client, wanted: &GetRequest, left: u64) {
    let target = wanted.local.clone();
    client.audit_mut().hook = Some(Box::new(move |event, _, _| {
        if format!("{event:?}").contains("RETR") {
            fs::write(&target, "of somebody else").unwrap();
        }
        true
    }));
    let unreplaced = GetRequest { no_replace: true, ..wanted.clone() };
    let error = client.run(async |client| client.get(&unreplaced).await).unwrap_err();
    client.audit_mut().hook = None;
    assert_eq!(error.os_error(), Some(libc::EEXIST), "{error}");
    assert_eq!(fs::read(&wanted.local).unwrap(), b"of somebody else");
    fs::remove_file(&wanted.local).unwrap();
    let part = wanted.local.with_file_name(".here.ftp-part");
    // A server that tells no size leaves nothing to continue.
    if let Ok(part) = fs::OpenOptions::new().write(true).open(part) {
        part.set_len(left).unwrap();
    }
}

pub(super) fn download(subject: &Subject) {
    subject.put("whole", &content(SIZE));
    let place = tempfile::tempdir().unwrap();
    let local = place.path().join("here");
    let mut client = subject.log_in();
    let wanted = GetRequest { remote: b"whole".to_vec(), local: local.clone(), ..GetRequest::default() };
    let get = |client: &mut Client, wanted: &GetRequest| {
        client.run(async |client| client.get(wanted).await).must();
        assert!(fs::read(&local).unwrap() == content(SIZE));
        assert_eq!(names(place.path()), ["here"]);
        client.last_report().unwrap()
    };
    get(&mut client, &wanted);
    fs::remove_file(&wanted.local).unwrap();
    let resumed = GetRequest { resume: true, ..wanted };
    let can_resume = ["REST", "SIZE"].iter().all(|what| limits::cannot(&subject.name, what).is_none());
    for left in [200_000, SIZE as u64] {
        cut_off(&mut client, &resumed, left);
        let report = get(&mut client, &resumed);
        assert_eq!(report.resumed, can_resume, "{report:?}");
        assert_eq!(report.offset, if can_resume { left - 65_536 } else { 0 });
        eprintln!("{}: {:?} from {}", subject.title(), report.verified, report.offset);
        fs::remove_file(&resumed.local).unwrap();
    }
    // The file has changed meanwhile, and perhaps nothing tells it but its bytes.
    cut_off(&mut client, &resumed, 200_000);
    let changed: Vec<u8> = content(SIZE).iter().map(|byte| byte ^ 1).collect();
    subject.put("whole", &changed);
    // Some servers end the session when a transfer is aborted.
    client.set_retries(Retries { count: 1, first_wait: Duration::from_millis(1) });
    client.run(async |client| client.get(&resumed).await).must();
    assert!(fs::read(&resumed.local).unwrap() == changed);
    assert_eq!(names(place.path()), ["here"]);
    let missing = GetRequest { remote: b"not there".to_vec(), ..resumed };
    assert!(client.run(async |client| client.get(&missing).await).is_err());
    assert!(fs::read(&missing.local).unwrap() == changed);
    if client.is_connected() {
        assert_in_step(&mut client, subject);
        quit(client);
    }
}

pub(super) fn upload(subject: &Subject) {
    let place = tempfile::tempdir().unwrap();
    let local = place.path().join("here");
    fs::write(&local, content(SIZE)).unwrap();
    let mut client = subject.log_in();
    // Some servers end the session when the transfer is aborted by which the part that is there is read again.
    client.set_retries(Retries { count: 1, first_wait: Duration::from_millis(1) });
    let wanted = PutRequest { local: local.clone(), remote: b"sent".to_vec(), ..PutRequest::default() };
    let put = |client: &mut Client, wanted: &PutRequest| {
        client.run(async |client| client.put(wanted).await).must();
        assert!(subject.get("sent") == content(SIZE));
        let names = names(&subject.root);
        assert!(!names.iter().any(|name| name.contains("ftp-part")), "{names:?}");
        client.last_report().unwrap()
    };
    let _ = fs::remove_file(subject.root.join("sent"));
    let report = put(&mut client, &wanted);
    eprintln!("{}: {:?}", subject.title(), report.verified);
    // Another one is there already.
    subject.put("sent", b"old");
    put(&mut client, &PutRequest { atomic: true, ..wanted.clone() });
    let resumed = PutRequest { resume: true, ..wanted.clone() };
    for part in [&content(SIZE)[..200_000], &vec![7; 200_000], &content(SIZE)] {
        subject.put("sent", part);
        let report = put(&mut client, &resumed);
        let (from, verified) = (report.offset, report.verified);
        eprintln!("{}: {} bytes are there: {verified:?} from {from}", subject.title(), part.len());
    }
    let unreplaced = PutRequest { no_replace: true, ..wanted };
    let error = client.run(async |client| client.put(&unreplaced).await).unwrap_err();
    assert!(matches!(error, Error::Exists(_)), "{error}");
    fs::remove_file(subject.root.join("sent")).unwrap();
    put(&mut client, &PutRequest { atomic: true, ..unreplaced.clone() });
    fs::remove_file(subject.root.join("sent")).unwrap();
    let hour = Duration::from_secs(1_700_000_000);
    fs::File::options().write(true).open(&local).unwrap().set_modified(UNIX_EPOCH + hour).unwrap();
    let kept = PutRequest { keep_time: true, ..unreplaced };
    match client.run(async |client| client.put(&kept).await) {
        Ok(()) => {
            let modified = fs::metadata(subject.root.join("sent")).unwrap().modified().unwrap();
            assert_eq!(modified, UNIX_EPOCH + hour);
        }
        Err(error) => {
            assert!(matches!(error, Error::Unsupported(_) | Error::Reply { .. }), "{error}");
            eprintln!("{}: no time is set: {error}", subject.title());
        }
    }
    fs::remove_file(subject.root.join("sent")).unwrap();
    if client.is_connected() {
        assert_in_step(&mut client, subject);
        quit(client);
    }
}
