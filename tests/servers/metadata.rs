//! Times, modes, hashes, unique names, and trees that are made and removed: by whichever command the server has.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::UNIX_EPOCH;

use ftpclient::client::{GetRequest, PutRequest, Verified};
use ftpclient::protocol::hashes::Algorithm;

use super::trees::HIDE_LINKS;
use super::*;

const SECOND: i64 = 1_000_000_000;
/// 2020-01-15 12:30:00.
const WHEN: i64 = 1_579_091_400 * SECOND;

pub(super) fn all(subject: &Subject) {
    times_and_modes(subject);
    hashes(subject);
    append_and_store_unique(subject);
    make_and_remove_trees(subject);
}

/// The time of a file on the disk, to the second.
fn time_on_disk(subject: &Subject, name: &str) -> i64 {
    let modified = fs::metadata(subject.root.join(name)).unwrap().modified().unwrap();
    i64::try_from(modified.duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap() * SECOND
}

fn times_and_modes(subject: &Subject) {
    subject.put("a file", b"hello");
    let mut client = subject.log_in();
    let told = client.run(async |client| client.modified(b"a file").await);
    if let Some(told) = subject.allow("the time of a file", told) {
        assert_eq!(told.map(|time| time / SECOND * SECOND), Some(time_on_disk(subject, "a file")));
    }
    for _ in 0..2 {
        let set = client.run(async |client| client.set_modified(b"a file", WHEN).await);
        if subject.allow("set the time of a file", set).is_some() {
            assert_eq!(time_on_disk(subject, "a file"), WHEN);
        }
    }
    for mode in [0o640, 0o600] {
        let set = client.run(async |client| client.chmod(b"a file", mode).await);
        if subject.allow("set the mode of a file", set).is_some() {
            let on_disk = fs::metadata(subject.root.join("a file")).unwrap().permissions().mode();
            assert_eq!(on_disk & 0o777, u32::from(mode));
        }
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

fn hashes(subject: &Subject) {
    subject.put("a file", b"hello");
    let mut client = subject.log_in();
    for (what, algorithm, expected) in [
        ("MD5 of a file", Algorithm::Md5, "5d41402abc4b2a76b9719d911017c592"),
        ("CRC32 of a file", Algorithm::Crc32, "3610a686"),
        ("SHA-1 of a file", Algorithm::Sha1, "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
    ] {
        let told = client.run(async |client| client.hash(b"a file", Some(algorithm)).await);
        if let Some(told) = subject.allow(what, told) {
            assert_eq!(told, expected);
        }
    }
    verified(subject, &mut client);
    assert_in_step(&mut client, subject);
    quit(client);
}

/// Whole files whose hash is compared, both ways.
fn verified(subject: &Subject, client: &mut Client) {
    let here = tempfile::tempdir().unwrap();
    let (local, remote) = (here.path().join("here"), b"verified".to_vec());
    fs::write(&local, "verified bytes").unwrap();
    let put =
        PutRequest { local: local.clone(), remote: remote.clone(), verify: true, ..PutRequest::default() };
    let outcome = client.run(async |client| client.put(&put).await);
    if subject.allow("compare hashes", outcome).is_none() {
        return;
    }
    assert_eq!(client.last_report().unwrap().verified, Verified::Hash);
    assert_eq!(subject.get("verified"), b"verified bytes");
    let get = GetRequest { local: local.clone(), remote, verify: true, ..GetRequest::default() };
    client.run(async |client| client.get(&get).await).must();
    assert_eq!(client.last_report().unwrap().verified, Verified::Hash);
    assert_eq!(fs::read(&local).unwrap(), b"verified bytes");
}

fn append_and_store_unique(subject: &Subject) {
    subject.mkdir("unique");
    subject.put("grows", b"one");
    let mut client = subject.log_in();
    let source = |data: &'static [u8]| {
        let mut data = data;
        move |buffer: &mut [u8]| {
            let (now, later) = data.split_at(data.len().min(buffer.len()));
            buffer[..now.len()].copy_from_slice(now);
            data = later;
            Ok(now.len())
        }
    };
    client.run(async |client| client.append(b"grows", &mut source(b" two")).await).must();
    assert_eq!(subject.get("grows"), b"one two");
    client.run(async |client| client.cwd(b"unique").await).must();
    let stored = client.run(async |client| client.store_unique(&mut source(b"unique")).await);
    if let Some(name) = subject.allow("STOU", stored) {
        let names: Vec<PathBuf> =
            fs::read_dir(subject.root.join("unique")).unwrap().map(|entry| entry.unwrap().path()).collect();
        let [path] = names.as_slice() else { panic!("{names:?}") };
        assert_eq!(fs::read(path).unwrap(), b"unique");
        let told = name.map(|name| String::from_utf8(name).unwrap());
        let told = told.as_deref().map(|name| name.rsplit('/').next().unwrap());
        match subject.cannot("name what STOU made") {
            None => assert_eq!(told, path.file_name().unwrap().to_str()),
            Some(seen) => assert!(told.is_none() && client.last_reply().unwrap().starts_with(seen)),
        }
        fs::remove_file(path).unwrap();
    }
    client.run(async |client| client.cwd(b"..").await).must();
    assert_in_step(&mut client, subject);
    quit(client);
}

fn make_and_remove_trees(subject: &Subject) {
    let _ = fs::remove_dir_all(subject.root.join("made"));
    let mut client = subject.log_in();
    for _ in 0..2 {
        client.run(async |client| client.makedirs(b"made/a b/c").await).must();
        assert!(subject.root.join("made/a b/c").is_dir());
    }
    subject.put("made/a b/file", b"x");
    subject.put("made/.hidden", b"x");
    subject.put("precious", b"kept");
    subject.mkdir("kept");
    subject.put("kept/in it", b"kept");
    for path in ["made/a b/file", "made/a b/file/below"] {
        let outcome = client.run(async |client| client.makedirs(path.as_bytes()).await);
        assert!(matches!(outcome, Err(Error::Exists(_))), "{path}: {}", told(&outcome));
    }
    if !HIDE_LINKS.contains(&&*subject.name) {
        symlink("../kept", subject.root.join("made/directory link")).unwrap();
        symlink("../precious", subject.root.join("made/link")).unwrap();
    }
    client.run(async |client| client.remove_tree(b"made/a b").await).must();
    assert!(!subject.root.join("made/a b").exists());
    let outcome = client.run(async |client| client.remove_tree(b"made").await);
    if subject.allow("delete a link to a directory", outcome).is_some() {
        assert!(!subject.root.join("made").exists());
    }
    assert_eq!(subject.get("kept/in it"), b"kept");
    assert_eq!(subject.get("precious"), b"kept");
    let none = client.run(async |client| client.remove_tree(b"no such tree").await);
    assert!(matches!(none, Err(Error::NotFound(_))), "{}", told(&none));
    assert_in_step(&mut client, subject);
    quit(client);
}
