//! Disks that are full, read-only or limited, mounted for one thread alone. They need the right to mount.

#![allow(unsafe_code)]

use std::ffi::CString;
use std::ptr::null;
use std::thread;

use super::support::tools::skipped;
use super::*;

fn mount(place: &Path, flags: libc::c_ulong, options: &str) -> bool {
    let [place, options] = [place.to_str().unwrap(), options].map(|text| CString::new(text).unwrap());
    // SAFETY: the texts end with a NUL.
    unsafe {
        libc::mount(c"tmpfs".as_ptr(), place.as_ptr(), c"tmpfs".as_ptr(), flags, options.as_ptr().cast()) == 0
    }
}

/// Runs something in a thread that has a disk of its own, which nobody else sees and which ends with it.
fn with_disk(options: &str, run: impl FnOnce(&Path) + Send) {
    let place = tempfile::tempdir().unwrap();
    let is_done = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // SAFETY: takes no pointers that are not of texts with a NUL.
            let is_alone = unsafe {
                libc::unshare(libc::CLONE_NEWNS) == 0
                    && libc::mount(null(), c"/".as_ptr(), null(), libc::MS_REC | libc::MS_PRIVATE, null())
                        == 0
            };
            if !(is_alone && mount(place.path(), 0, options)) {
                return false;
            }
            run(place.path());
            true
        });
        thread.join().unwrap()
    });
    if !is_done {
        skipped::report(options, "no disk of this kind can be mounted here");
    }
}

fn require_full(disk: &Path, code: i32) {
    for (resume, in_place) in [(false, false), (true, false), (false, true)] {
        let (_site, mut client) = with_file();
        let path = disk.join("here");
        let wanted = GetRequest { resume, in_place, ..wanted(&path) };
        let error = get(&mut client, &wanted).unwrap_err();
        assert_file_error(&client, &error, code, "here");
        let expected: &[&str] = if resume { &[".here.ftp-part", ".here.ftp-part-of"] } else { &[] };
        assert_eq!(names(disk), expected);
        assert_in_step(&mut client);
        // Another place takes it.
        let place = Place::new();
        get(&mut client, &place.wanted()).unwrap();
        assert!(fs::read(&place.path).unwrap() == content());
        for name in names(disk) {
            fs::remove_file(disk.join(name)).unwrap();
        }
    }
    // What was there stays.
    let (_site, mut client) = with_file();
    let path = disk.join("here");
    fs::write(&path, "old").unwrap();
    let error = get(&mut client, &wanted(&path)).unwrap_err();
    assert_file_error(&client, &error, code, "here");
    assert_eq!((names(disk), fs::read(&path).unwrap()), (vec!["here".into()], b"old".to_vec()));
    assert_in_step(&mut client);
}

#[test]
fn a_disk_that_is_full() {
    with_disk("size=96k", |disk| require_full(disk, libc::ENOSPC));
}

#[test]
fn a_part_on_a_full_disk_is_continued_when_there_is_room() {
    with_disk("size=160k", |disk| {
        let (_site, mut client) = with_file();
        let path = disk.join("here");
        let wanted = GetRequest { resume: true, ..wanted(&path) };
        let error = get(&mut client, &wanted).unwrap_err();
        assert_file_error(&client, &error, libc::ENOSPC, "here");
        assert!(mount(disk, libc::MS_REMOUNT, "size=4m"));
        get(&mut client, &wanted).unwrap();
        assert!(fs::read(&path).unwrap() == content());
        assert!(client.last_report().unwrap().resumed);
        assert_eq!(names(disk), ["here"]);
    });
}

#[test]
fn a_mirror_to_a_disk_that_is_full_tries_no_larger_file() {
    // Also where parts are kept: they leave their room to others.
    with_disk("size=96k", |disk| require_others_on_a_full_disk(disk, false));
    with_disk("size=96k", |disk| require_others_on_a_full_disk(disk, true));
}

fn require_others_on_a_full_disk(disk: &Path, resume: bool) {
    let (site, mut client) = with_file();
    for (name, size) in [("a", 10), ("g", content().len()), ("h", content().len() - 1), ("z", 10)] {
        site.put(name, &content()[..size]);
    }
    let (remote, local) = (b"/".to_vec(), disk.join("in"));
    let wanted = MirrorRequest { remote, local, resume, ..MirrorRequest::default() };
    let mut full = 0;
    let mut action = |action: &MirrorAction<'_>| {
        full += usize::from(action.outcome.is_err_and(|error| error.os_error() == Some(libc::ENOSPC)));
        Ok(())
    };
    let outcome = client.run(async |client| client.mirror_get(&wanted, None, &mut action).await);
    assert!(matches!(outcome, Err(Error::Partial(_))), "{outcome:?}");
    let tried: Vec<_> = site.heard().into_iter().filter(|line| line.starts_with("RETR")).collect();
    assert_eq!(tried, ["RETR /a", "RETR /f", "RETR /h", "RETR /z"]);
    assert_eq!((full, names(&disk.join("in"))), (3, vec!["a".into(), "z".into()]));
    assert_in_step(&mut client);
}

#[test]
fn a_disk_that_is_read_only() {
    with_disk("size=1m", |disk| {
        let path = disk.join("here");
        fs::write(&path, "old").unwrap();
        assert!(mount(disk, libc::MS_REMOUNT | libc::MS_RDONLY, "size=1m"));
        for (resume, in_place) in [(false, false), (true, false), (false, true)] {
            let (site, mut client) = with_file();
            let wanted = GetRequest { resume, in_place, ..wanted(&path) };
            let error = get(&mut client, &wanted).unwrap_err();
            assert_file_error(&client, &error, libc::EROFS, "here");
            assert_eq!((names(disk), fs::read(&path).unwrap()), (vec!["here".into()], b"old".to_vec()));
            assert!(site.heard().is_empty(), "nothing is asked for in vain");
            assert_in_step(&mut client);
        }
    });
}

const NOBODY: u32 = 65534;

/// Files are used with the rights of nobody, on this thread alone.
pub fn as_nobody<T>(run: impl FnOnce() -> T) -> T {
    let set = |user: u32| {
        // SAFETY: takes no pointers.
        unsafe { libc::syscall(libc::SYS_setfsuid, user) };
    };
    set(NOBODY);
    let outcome = run();
    set(0);
    outcome
}
