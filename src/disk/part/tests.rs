use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::error::Error;

/// A file that comes to be at `path`, as if it were downloaded.
fn made(path: &Path, replace: Replace) -> Result<()> {
    let mut part = Part::create(path, replace)?;
    part.write(b"new")?;
    part.publish(None)
}

fn names(place: &TempDir) -> Vec<OsString> {
    let mut names: Vec<_> =
        fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

fn tempdir() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[track_caller]
fn assert_code<T>(outcome: Result<T>, code: i32) {
    match outcome {
        Err(error @ Error::File { .. }) => assert_eq!(error.os_error(), Some(code), "{error}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it went well"),
    }
}

#[track_caller]
fn assert_says<T>(outcome: Result<T>, words: &str) {
    match outcome {
        Err(error @ Error::File { .. }) => assert!(error.to_string().contains(words), "{error}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it went well"),
    }
}

#[test]
fn a_file_has_its_name_when_it_is_whole_and_not_before() {
    let place = tempdir();
    let path = place.path().join("f");
    let mut part = Part::create(&path, Replace::Yes).unwrap();
    part.write(b"wh").unwrap();
    part.write(b"ole").unwrap();
    assert!(!path.exists());
    assert_eq!(names(&place).len(), 1);
    assert!(names(&place)[0].to_str().unwrap().starts_with(".f."), "it tells what it is a part of");
    let mut end = [0; 3];
    part.read_at(&mut end, 2).unwrap();
    assert_eq!(&end, b"ole");
    part.publish(None).unwrap();
    drop(part);
    assert_eq!(names(&place), ["f"]);
    assert_eq!(fs::read(&path).unwrap(), b"whole");
}

#[test]
fn what_does_not_become_whole_leaves_nothing() {
    let place = tempdir();
    let path = place.path().join("f");
    fs::write(&path, "old").unwrap();
    let mut part = Part::create(&path, Replace::Yes).unwrap();
    part.write(b"half").unwrap();
    drop(part);
    assert_eq!(names(&place), ["f"]);
    assert_eq!(fs::read(&path).unwrap(), b"old");
}

#[test]
fn two_that_are_made_at_once_do_not_meet() {
    let place = tempdir();
    let path = place.path().join("f");
    let mut parts = [(); 2].map(|()| Part::create(&path, Replace::Yes).unwrap());
    parts[0].write(b"one").unwrap();
    parts[1].write(b"another").unwrap();
    for (part, content) in parts.iter_mut().zip(["one", "another"]) {
        part.publish(None).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn what_is_there_is_replaced_or_not() {
    let place = tempdir();
    let path = place.path().join("f");
    made(&path, Replace::No).unwrap();
    assert_code(made(&path, Replace::No), libc::EEXIST);
    fs::write(&path, "old").unwrap();
    made(&path, Replace::Yes).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    // Somebody makes it meanwhile.
    fs::remove_file(&path).unwrap();
    let mut part = Part::create(&path, Replace::No).unwrap();
    fs::write(&path, "of somebody else").unwrap();
    assert_code(part.publish(None), libc::EEXIST);
    drop(part);
    assert_eq!(fs::read(&path).unwrap(), b"of somebody else");
    assert_eq!(names(&place), ["f"]);
}

#[test]
fn a_target_that_is_no_file_stays_what_it_is() {
    let place = tempdir();
    let at = |name: &str| place.path().join(name);
    fs::create_dir(at("directory")).unwrap();
    assert!(Command::new("mkfifo").arg(at("fifo")).status().unwrap().success());
    for (link, target) in [("to directory", "directory"), ("to fifo", "fifo"), ("to device", "/dev/null")] {
        symlink(target, at(link)).unwrap();
    }
    let before = names(&place);
    for name in ["directory", "to directory"] {
        assert_code(made(&at(name), Replace::Yes), libc::EISDIR);
    }
    for name in ["fifo", "to fifo", "to device"] {
        assert_says(made(&at(name), Replace::Yes), "FTP_IN_PLACE");
    }
    assert_says(made(Path::new("/dev/null"), Replace::Yes), "FTP_IN_PLACE");
    assert_eq!(names(&place), before);
    assert!(fs::symlink_metadata(at("to device")).unwrap().is_symlink());
    // It becomes one meanwhile.
    type Change = fn(&Path);
    let changes: [(Change, &str); 2] = [
        (|path| fs::create_dir(path).unwrap(), "directory"),
        (|path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()), "FTP_IN_PLACE"),
    ];
    for (at_once, (change, words)) in changes.into_iter().enumerate() {
        let path = at(&format!("later {at_once}"));
        let mut part = Part::create(&path, Replace::Yes).unwrap();
        change(&path);
        assert_says(part.publish(None), words);
        drop(part);
        assert_eq!(names(&place).len(), before.len() + at_once + 1);
    }
}

#[test]
fn a_link_to_a_file_is_replaced_and_what_it_leads_to_is_not() {
    let place = tempdir();
    let (target, link, dangling) =
        (place.path().join("target"), place.path().join("link"), place.path().join("dangling"));
    fs::write(&target, "old").unwrap();
    symlink(&target, &link).unwrap();
    symlink(place.path().join("nowhere"), &dangling).unwrap();
    for path in [&link, &dangling] {
        made(path, Replace::Yes).unwrap();
        assert!(fs::symlink_metadata(path).unwrap().is_file());
        assert_eq!(fs::read(path).unwrap(), b"new");
    }
    assert_eq!(fs::read(&target).unwrap(), b"old");
    assert_eq!(names(&place), ["dangling", "link", "target"]);
}

#[test]
fn a_target_that_is_removed_or_replaced_meanwhile_does_no_harm() {
    let place = tempdir();
    let path = place.path().join("f");
    fs::write(&path, "old").unwrap();
    let mut part = Part::create(&path, Replace::Yes).unwrap();
    part.write(b"new").unwrap();
    fs::remove_file(&path).unwrap();
    part.publish(None).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    let mut part = Part::create(&path, Replace::Yes).unwrap();
    part.write(b"newer").unwrap();
    fs::write(&path, "of somebody else").unwrap();
    part.publish(None).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"newer");
    assert_eq!(names(&place), ["f"]);
}

#[test]
fn a_temporary_file_that_is_removed_or_replaced_meanwhile_is_an_error() {
    for replaces in [false, true] {
        let place = tempdir();
        let path = place.path().join("f");
        let mut part = Part::create(&path, Replace::Yes).unwrap();
        part.write(b"new").unwrap();
        let temporary = place.path().join(&names(&place)[0]);
        fs::remove_file(&temporary).unwrap();
        if replaces {
            fs::write(&temporary, "of somebody else").unwrap();
        }
        assert_says(part.publish(None), "removed or replaced");
        drop(part);
        assert!(!path.exists());
        assert_eq!(names(&place).len(), usize::from(replaces), "what is another's stays");
    }
}

#[test]
fn a_directory_that_is_moved_takes_the_file_with_it() {
    let place = tempdir();
    let (here, there) = (place.path().join("here"), place.path().join("there"));
    fs::create_dir(&here).unwrap();
    let mut part = Part::create(&here.join("f"), Replace::Yes).unwrap();
    part.write(b"new").unwrap();
    fs::rename(&here, &there).unwrap();
    symlink("/", &here).unwrap();
    part.publish(None).unwrap();
    assert_eq!(fs::read(there.join("f")).unwrap(), b"new");
}

#[test]
fn a_name_of_255_bytes_has_a_part() {
    for begin in [Part::create, Part::find] {
        let place = tempdir();
        let path = place.path().join("x".repeat(255));
        let mut part = begin(&path, Replace::No).unwrap();
        part.begin_anew(Some(b"note")).unwrap();
        part.write(b"new").unwrap();
        part.publish(None).unwrap();
        drop(part);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(&place).len(), 1);
        assert_code(begin(&place.path().join("x".repeat(256)), Replace::Yes), libc::ENAMETOOLONG);
    }
}

#[test]
fn a_directory_that_is_not_there_or_takes_nothing_is_an_error() {
    let place = tempdir();
    assert_code(made(&place.path().join("none/f"), Replace::Yes), libc::ENOENT);
    fs::write(place.path().join("file"), "").unwrap();
    assert_code(made(&place.path().join("file/f"), Replace::Yes), libc::ENOTDIR);
    assert_code(made(Path::new("/proc/f"), Replace::Yes), libc::ENOENT);
    assert_code(made(place.path(), Replace::Yes), libc::EISDIR);
    assert_code(made(Path::new(""), Replace::Yes), libc::ENOENT);
}

#[test]
fn who_replaces_a_file_that_is_his_alone_gives_it_to_nobody() {
    let place = tempdir();
    let path = place.path().join("f");
    for mode in [0o600, 0o664, 0o640, 0o777] {
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let mut part = Part::create(&path, Replace::Yes).unwrap();
        let temporary = names(&place).into_iter().find(|name| name != "f").unwrap();
        assert_eq!(fs::metadata(place.path().join(temporary)).unwrap().mode() & 0o777, mode);
        part.publish(None).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, mode);
    }
}

#[test]
fn a_part_that_is_kept_is_found_with_its_note() {
    let place = tempdir();
    let path = place.path().join("f");
    let mut part = Part::find(&path, Replace::Yes).unwrap();
    assert!(part.is_empty() && part.note().is_empty());
    part.begin_anew(Some(b"of this")).unwrap();
    part.write(b"ha").unwrap();
    let error = Part::find(&path, Replace::Yes).unwrap_err();
    assert_eq!(error.os_error(), Some(libc::EWOULDBLOCK));
    assert!(error.to_string().contains("cannot write what another download is writing: "), "{error}");
    drop(part);
    assert_eq!(names(&place), [".f.ftp-part", ".f.ftp-part-of"]);

    let mut part = Part::find(&path, Replace::Yes).unwrap();
    assert_eq!((part.len(), &part.note()[..]), (2, &b"of this"[..]));
    part.write(b"lf").unwrap();
    drop(part);

    // Of another: it is begun anew, and its old note is gone before its first byte.
    let mut part = Part::find(&path, Replace::Yes).unwrap();
    part.begin_anew(Some(b"of that")).unwrap();
    assert_eq!((part.len(), &part.note()[..]), (0, &b"of that"[..]));
    part.write(b"that").unwrap();
    part.publish(None).unwrap();
    drop(part);
    assert_eq!(names(&place), ["f"]);
    assert_eq!(fs::read(&path).unwrap(), b"that");
}

#[test]
fn a_part_of_which_there_is_nothing_or_that_cannot_be_continued_is_not_kept() {
    let place = tempdir();
    let path = place.path().join("f");
    let mut part = Part::find(&path, Replace::Yes).unwrap();
    part.begin_anew(Some(b"of this")).unwrap();
    drop(part);
    assert!(names(&place).is_empty());
    let mut part = Part::find(&path, Replace::Yes).unwrap();
    part.begin_anew(None).unwrap();
    part.write(b"half").unwrap();
    drop(part);
    assert!(names(&place).is_empty());
    // Who only looks leaves what was there.
    let mut part = Part::find(&path, Replace::Yes).unwrap();
    part.begin_anew(Some(b"of this")).unwrap();
    part.write(b"half").unwrap();
    drop(part);
    drop(Part::find(&path, Replace::Yes).unwrap());
    assert_eq!(names(&place).len(), 2);
}

#[test]
fn what_somebody_else_has_put_at_the_name_of_a_part_is_not_written() {
    let place = tempdir();
    let (path, part) = (place.path().join("f"), place.path().join(".f.ftp-part"));
    let victim = place.path().join("victim");
    fs::write(&victim, "keep").unwrap();
    symlink(&victim, &part).unwrap();
    assert_code(Part::find(&path, Replace::Yes), libc::ELOOP);
    fs::remove_file(&part).unwrap();
    assert!(Command::new("mkfifo").arg(&part).status().unwrap().success());
    assert_says(Part::find(&path, Replace::Yes), "something else");
    fs::remove_file(&part).unwrap();
    // A note that is a link is not followed either.
    symlink(&victim, place.path().join(".f.ftp-part-of")).unwrap();
    let mut part = Part::find(&path, Replace::Yes).unwrap();
    assert!(part.note().is_empty());
    part.begin_anew(Some(b"note")).unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"keep");
}

#[test]
fn an_error_names_the_file_that_was_refused() {
    let place = tempdir();
    let path = place.path().join("f");
    let says = |outcome: Result<()>, name: &str, reason: &str| {
        let error = outcome.unwrap_err().to_string();
        let file = format!("cannot write {}: ", place.path().join(name).display());
        assert!(error.starts_with(&file) && error.contains(reason), "{error:?} does not begin with {file:?}");
    };
    let begun = |note: Option<&[u8]>| {
        let mut part = Part::find(&path, Replace::Yes)?;
        part.begin_anew(note)
    };
    for name in [".f.ftp-part", ".f.ftp-part-of"] {
        let other = place.path().join(name);
        fs::create_dir(&other).unwrap();
        says(begun(Some(b"of this")), name, "irectory");
        says(begun(None), name, "irectory");
        fs::remove_dir(&other).unwrap();
    }
    fs::create_dir(place.path().join(".f.ftp-part-of")).unwrap();
    let mut part = Part::find(&path, Replace::Yes).unwrap();
    part.write(b"ha").unwrap();
    says(part.vouch(2, Some(b"of this")), ".f.ftp-part-of", "irectory");
    drop(part);
    fs::remove_file(place.path().join(".f.ftp-part")).unwrap();
    symlink("f", place.path().join(".f.ftp-part")).unwrap();
    says(begun(None), ".f.ftp-part", "ymbolic link");
    fs::remove_file(place.path().join(".f.ftp-part")).unwrap();
    assert!(Command::new("mkfifo").arg(place.path().join(".f.ftp-part")).status().unwrap().success());
    says(begun(None), ".f.ftp-part", "something else has this name");
    // The target is in its own way.
    fs::create_dir(&path).unwrap();
    says(begun(None), "f", "irectory");
    says(made(&path, Replace::Yes), "f", "irectory");
}

/// Needs the right to mount, as the tests of the servers do.
#[test]
fn a_disk_that_is_full_is_an_error_of_its_own() {
    let place = tempdir();
    let mount = |arguments: &[&str]| Command::new("mount").args(arguments).arg(place.path()).output();
    if !mount(&["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).is_ok_and(|done| done.status.success()) {
        eprintln!("SKIPPED: nothing can be mounted here");
        return;
    }
    let path = place.path().join("f");
    let full = (|| -> Result<()> {
        let mut part = Part::create(&path, Replace::Yes)?;
        (0..64).try_for_each(|_| part.write(&[7; 4096]))
    })();
    let left = names(&place);
    let read_only = mount(&["-o", "remount,ro"]).map(|_| made(&path, Replace::Yes));
    assert!(Command::new("umount").arg(place.path()).status().unwrap().success());
    assert_code(full, libc::ENOSPC);
    assert!(left.is_empty(), "{left:?}");
    assert_code(read_only.unwrap(), libc::EROFS);
}

#[test]
fn a_copy_in_a_forked_child_neither_removes_nor_holds_a_part() {
    let place = tempdir();
    let path = place.path().join("f");
    let mut part = Part::find(&path, Replace::Yes).unwrap();
    part.begin_anew(Some(b"of this")).unwrap();
    part.write(b"ha").unwrap();
    // As fork(2) leaves it: another process has a copy, whose descriptor has the same lock.
    let mut copy = Part::create(&place.path().join("other"), Replace::Yes).unwrap();
    copy.file = part.file.try_clone().unwrap();
    copy.process = part.process.wrapping_add(1);
    let theirs = copy.file.try_clone().unwrap();
    drop(copy);
    assert_eq!(Part::find(&path, Replace::Yes).unwrap_err().os_error(), Some(libc::EWOULDBLOCK));
    assert_eq!(names(&place).len(), 3, "{:?}", names(&place));
    drop(part);
    assert_eq!(Part::find(&path, Replace::Yes).unwrap().len(), 2);
    drop(theirs);
}

#[test]
fn what_was_written_anywhere_is_kept_as_far_as_it_is_vouched_for() {
    let place = tempdir();
    let path = place.path().join("f");
    let mut part = Part::find(&path, Replace::Yes).unwrap();
    part.begin_anew(None).unwrap();
    part.write_at(b"whole", 0).unwrap();
    part.write_at(b"far", 100).unwrap();
    part.vouch(5, Some(b"of f")).unwrap();
    drop(part);
    let mut part = Part::find(&path, Replace::Yes).unwrap();
    assert_eq!(part.len(), 103, "nothing was cut off yet");
    assert_eq!((part.note(), part.len()), (b"of f".to_vec(), 5));
    part.begin_anew(None).unwrap();
    part.write_at(b"new", 0).unwrap();
    drop(part);
    assert!(names(&place).is_empty(), "{:?}", names(&place));
}

#[test]
fn a_note_that_vouches_for_more_than_there_is_or_for_no_number_is_not_believed() {
    let place = tempdir();
    let path = place.path().join("f");
    for (says, expected) in
        [(&b"of f\x009"[..], (&b"of f"[..], 5)), (b"of f\0x", (b"", 5)), (b"of f\0", (b"", 5))]
    {
        let mut part = Part::find(&path, Replace::Yes).unwrap();
        part.begin_anew(Some(says)).unwrap();
        part.write(b"whole").unwrap();
        drop(part);
        let mut part = Part::find(&path, Replace::Yes).unwrap();
        assert_eq!((part.note(), part.len()), (expected.0.to_vec(), expected.1));
    }
}
