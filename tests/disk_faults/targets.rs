//! What has the name is no file, or changes during the transfer; names that are long; rights that are missing.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::real_disks::as_nobody;
use super::support::tools::skipped;
use super::*;

/// Does something when the server has begun to send or to take the file.
fn meanwhile(client: &mut Client, verb: &'static str, act: impl Fn() + Send + Sync + 'static) {
    client.audit_mut().hook = Some(Box::new(move |event, _, _| {
        if format!("{event:?}").contains(verb) {
            act();
        }
        true
    }));
}

fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

type Change = fn(&Path);

#[test]
fn a_target_that_becomes_something_else_meanwhile_stays_that() {
    // `None`: no number of the system's, but words.
    let changes: [(Change, Option<i32>); 4] = [
        (|path| fs::create_dir(path).unwrap(), Some(libc::EISDIR)),
        (make_fifo, None),
        (|path| symlink("/", path).unwrap(), Some(libc::EISDIR)),
        (|path| symlink("/dev/full", path).unwrap(), None),
    ];
    for resume in [false, true] {
        for (change, code) in changes {
            let (_site, mut client) = with_file();
            let place = Place::new();
            fs::write(&place.path, "old").unwrap();
            let path = place.path.clone();
            meanwhile(&mut client, "RETR", move || {
                fs::remove_file(&path).unwrap();
                change(&path);
            });
            let wanted = GetRequest { resume, ..place.wanted() };
            let error = get(&mut client, &wanted).unwrap_err();
            assert!(matches!(error, Error::File { .. }), "{error:?}");
            assert_eq!(error.os_error(), code, "{error}");
            assert!(client.describe(&error).contains("here"));
            client.audit_mut().hook = None;
            assert!(!fs::symlink_metadata(&place.path).unwrap().is_file());
            let left = place.names().len() - 1;
            assert_eq!(left, if resume { 2 } else { 0 }, "{:?}", place.names());
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn a_target_that_is_removed_or_replaced_by_a_file_meanwhile_is_the_new_file() {
    let changes: [Change; 2] = [
        |path| fs::remove_file(path).unwrap(),
        |path| {
            fs::remove_file(path).unwrap();
            fs::write(path, "of somebody else").unwrap();
        },
    ];
    for resume in [false, true] {
        for change in changes {
            let (_site, mut client) = with_file();
            let place = Place::new();
            fs::write(&place.path, "old").unwrap();
            let path = place.path.clone();
            meanwhile(&mut client, "RETR", move || change(&path));
            get(&mut client, &GetRequest { resume, ..place.wanted() }).unwrap();
            assert!(fs::read(&place.path).unwrap() == content());
            assert_eq!(place.names(), ["here"]);
        }
    }
}

#[test]
fn a_directory_that_is_removed_meanwhile_is_an_error() {
    for resume in [false, true] {
        let (_site, mut client) = with_file();
        let place = Place::new();
        let directory = place.directory.path().join("sub");
        fs::create_dir(&directory).unwrap();
        let gone = directory.clone();
        meanwhile(&mut client, "RETR", move || fs::remove_dir_all(&gone).unwrap());
        let error = get(&mut client, &GetRequest { resume, ..wanted(&directory.join("here")) }).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error:?}");
        assert!(client.describe(&error).contains("sub/here"), "{error}");
        client.audit_mut().hook = None;
        assert!(place.names().is_empty(), "{:?}", place.names());
        assert_in_step(&mut client);
        get(&mut client, &place.wanted()).unwrap();
    }
}

#[test]
fn a_name_may_be_as_long_as_the_system_lets_it() {
    for long in ["x".repeat(255), "\u{e9}".repeat(127)] {
        for (resume, in_place) in [(false, false), (true, false), (false, true)] {
            let (_site, mut client) = with_file();
            let place = Place::new();
            let path = place.directory.path().join(&long);
            get(&mut client, &GetRequest { resume, in_place, ..wanted(&path) }).unwrap();
            assert!(fs::read(&path).unwrap() == content());
            assert_eq!(place.names(), [long.as_str()]);
            let too_long = place.directory.path().join(long.clone() + "yz");
            let error = get(&mut client, &GetRequest { resume, in_place, ..wanted(&too_long) }).unwrap_err();
            assert_file_error(&client, &error, libc::ENAMETOOLONG, "yz");
            assert_eq!(place.names(), [long.as_str()]);
            assert_in_step(&mut client);
        }
    }
    let (_site, mut client) = with_file();
    let local = Path::new("/tmp").join("x".repeat(256));
    let error =
        put(&mut client, &PutRequest { local, remote: b"/g".to_vec(), ..PutRequest::default() }).unwrap_err();
    assert_file_error(&client, &error, libc::ENAMETOOLONG, "xxx");
}

#[test]
fn who_may_not_write_or_read_is_told_so_before_anything_is_sent() {
    let place = Place::new();
    fs::write(&place.path, "old").unwrap();
    for (path, mode) in [(place.path.as_path(), 0o600), (place.directory.path(), 0o755)] {
        fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }
    if as_nobody(|| fs::read(&place.path).is_ok()) {
        skipped::report("rights", "this user cannot become another one");
        return;
    }
    let (site, mut client) = with_file();
    site.heard();
    for (resume, in_place) in [(false, false), (true, false), (false, true)] {
        let wanted = GetRequest { resume, in_place, ..place.wanted() };
        let error = as_nobody(|| get(&mut client, &wanted)).unwrap_err();
        assert_file_error(&client, &error, libc::EACCES, "here");
    }
    let wanted = PutRequest { local: place.path.clone(), remote: b"/g".to_vec(), ..PutRequest::default() };
    let error = as_nobody(|| put(&mut client, &wanted)).unwrap_err();
    assert_file_error(&client, &error, libc::EACCES, "here");
    assert!(site.heard().is_empty(), "nothing is sent in vain");
    assert_eq!((place.names(), fs::read(&place.path).unwrap()), (vec!["here".into()], b"old".to_vec()));
    assert_in_step(&mut client);
}

#[test]
fn a_local_file_that_is_cut_grows_or_is_written_to_meanwhile_is_not_confirmed() {
    let changes: [Change; 3] = [
        |path| fs::File::options().write(true).open(path).unwrap().set_len(100).unwrap(),
        |path| fs::File::options().write(true).open(path).unwrap().set_len(2 * SIZE as u64).unwrap(),
        // The same size, and perhaps the same second.
        |path| fs::write(path, vec![7; SIZE]).unwrap(),
    ];
    for change in changes {
        let site = Site::start(Habits::default());
        site.put("f", b"old");
        let mut client = logged_in(&site);
        let place = Place::new();
        fs::write(&place.path, content()).unwrap();
        let path = place.path.clone();
        meanwhile(&mut client, "STOR", move || change(&path));
        let wanted = PutRequest {
            local: place.path.clone(),
            remote: b"/f".to_vec(),
            atomic: true,
            ..PutRequest::default()
        };
        let error = put(&mut client, &wanted).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error:?}");
        assert!(client.describe(&error).contains("here: it changed while it was read"), "{error}");
        assert_eq!(site.get("f").unwrap(), b"old");
    }
}

#[test]
fn a_local_file_that_is_replaced_meanwhile_is_sent_as_it_was() {
    let site = Site::start(Habits::default());
    let mut client = logged_in(&site);
    let place = Place::new();
    fs::write(&place.path, content()).unwrap();
    let (path, other) = (place.path.clone(), place.directory.path().join("other"));
    fs::write(&other, "other").unwrap();
    meanwhile(&mut client, "STOR", move || fs::rename(&other, &path).unwrap());
    let wanted = PutRequest { local: place.path.clone(), remote: b"/f".to_vec(), ..PutRequest::default() };
    let outcome = put(&mut client, &wanted);
    // A name that is taken away changes the file's status: whoever takes that for a change is on the safe side.
    match outcome {
        Ok(()) => assert!(site.get("f").unwrap() == content()),
        Err(error) => assert!(matches!(error, Error::File { .. }), "{error:?}"),
    }
}

#[test]
fn what_is_no_file_is_not_sent() {
    let site = Site::start(Habits::default());
    let mut client = logged_in(&site);
    site.heard();
    let place = Place::new();
    make_fifo(&place.path);
    let link = place.directory.path().join("link");
    symlink("nowhere", &link).unwrap();
    for (path, code, name) in [
        (place.directory.path().to_owned(), libc::EISDIR, "tmp"),
        (link, libc::ENOENT, "link"),
        (place.directory.path().join("none"), libc::ENOENT, "none"),
    ] {
        let wanted = PutRequest { local: path, remote: b"/f".to_vec(), ..PutRequest::default() };
        let error = put(&mut client, &wanted).unwrap_err();
        assert_file_error(&client, &error, code, name);
    }
    for (path, told) in
        [(place.path.clone(), "here: it is a FIFO"), ("/dev/null".into(), "null: it is a device")]
    {
        let wanted = PutRequest { local: path, remote: b"/f".to_vec(), ..PutRequest::default() };
        let error = put(&mut client, &wanted).unwrap_err();
        assert!(matches!(error, Error::File { .. }) && error.to_string().contains(told), "{error}");
    }
    assert!(site.heard().is_empty() && site.names().is_empty());
    assert_in_step(&mut client);
}
