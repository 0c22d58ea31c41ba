//! Logging in, directories, single commands.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::*;

pub(super) fn log_in(subject: &Subject) {
    let mut client = subject.connect();
    assert!(client.welcome().unwrap().starts_with("220"));
    let refused = client.run(async |client| client.login(&subject.user, "wrong", "").await);
    let Err(Error::Reply { reply, .. }) = refused else { panic!("{refused:?}") };
    assert!(reply.starts_with("530"), "{reply}");
    drop(client);
    let mut client = subject.log_in();
    assert_eq!(pwd(&mut client), subject.login_dir);
    quit(client);
}

pub(super) fn directories(subject: &Subject) {
    subject.mkdir("sub dir");
    let mut client = subject.log_in();
    client.run(async |client| client.cwd(b"sub dir").await).must();
    let inside = pwd(&mut client);
    assert!(inside.ends_with("/sub dir"), "{inside}");
    client.run(async |client| client.cwd(b"..").await).must();
    assert_in_step(&mut client, subject);
    quit(client);
}

pub(super) fn rename_make_and_remove(subject: &Subject) {
    subject.put("old name", b"x");
    let _ = fs::remove_file(subject.root.join("new name"));
    let mut client = subject.log_in();
    client.run(async |client| client.rename(b"old name", b"new name").await).must();
    assert_eq!(subject.get("new name"), b"x");
    assert!(client.run(async |client| client.rename(b"missing", b"x").await).is_err());
    let path = client.run(async |client| client.mkd(b"made").await).must();
    let reply = client.last_reply().unwrap();
    match subject.cannot("name what MKD made") {
        None => assert!(path.ends_with(b"made"), "{reply}"),
        Some(seen) => assert!(path.is_empty() && reply.starts_with(seen), "{reply}"),
    }
    assert!(subject.root.join("made").is_dir());
    client.run(async |client| client.rmd(b"made").await).must();
    assert!(!subject.root.join("made").exists());
    let missing = client.run(async |client| client.rmd(b"made").await);
    match subject.cannot("refuse to remove what is not there") {
        None => assert!(missing.is_err()),
        Some(seen) => {
            missing.must();
            assert_eq!(client.last_reply().unwrap().to_string(), seen);
        }
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

/// A server that reads Telnet commands takes the name that is not doubled for another one: then `bad` would be lost.
pub(super) fn names_with_0xff(subject: &Subject) {
    let name = b"\xff\xfe bad";
    let on_disk = subject.root.join(OsStr::from_bytes(name));
    let _ = fs::remove_file(&on_disk);
    let _ = fs::remove_dir(subject.root.join(OsStr::from_bytes(b"\xff\xfe dir")));
    subject.put("bad", b"precious");
    let mut client = subject.log_in();
    let made = client.run(async |client| client.mkd(b"\xff\xfe dir").await);
    let renamed = client.run(async |client| client.rename(b"bad", name).await);
    if subject.takes_any_byte() {
        made.must();
        renamed.must();
        assert_eq!(fs::read(&on_disk).unwrap(), b"precious");
        client.run(async |client| client.cwd(b"\xff\xfe dir").await).must();
        let inside = client.run(async |client| client.pwd().await).unwrap();
        assert!(inside.ends_with(b"/\xff\xfe dir"), "{}", inside.escape_ascii());
        client.run(async |client| client.cwd(b"..").await).unwrap();
        client.run(async |client| client.rmd(b"\xff\xfe dir").await).unwrap();
        subject.put("bad", b"still here");
        client.run(async |client| client.delete(name).await).unwrap();
        assert!(!on_disk.exists());
        assert_eq!(subject.get("bad"), b"still here");
    } else {
        assert!(!on_disk.exists());
        if renamed.is_err() {
            assert_eq!(subject.get("bad"), b"precious");
        }
        subject.put("bad", b"still here");
        let deleted = client.run(async |client| client.delete(name).await);
        assert_eq!(subject.get("bad"), b"still here");
        if subject.drops_0xff() {
            for refused in [made.map(drop), renamed, deleted] {
                assert!(matches!(refused, Err(Error::Unsupported(_))), "{}", told(&refused));
            }
        }
    }
    if client.is_connected() {
        assert_in_step(&mut client, subject);
        quit(client);
    }
}

pub(super) fn one_by_one(subject: &Subject) {
    let mut client = subject.log_in();
    client
        .run(async |client| {
            client.putcmd(&command("PWD")).await?;
            client.putcmd(&command("TYPE I")).await?;
            assert!(client.voidresp().await?.starts_with("257"));
            client.voidresp().await
        })
        .must();
    assert_in_step(&mut client, subject);
    quit(client);
}

pub(super) fn refusals(subject: &Subject) {
    let mut client = subject.log_in();
    for _ in 0..3 {
        let missing = retrieve(&mut client, "RETR no/such/file", None);
        assert!(matches!(missing, Err(Error::Reply { .. })), "{missing:?}");
        assert_in_step(&mut client, subject);
        assert!(store(&mut client, "STOR no/such/directory/file", b"x").is_err());
        assert_in_step(&mut client, subject);
        // Some servers list nothing here and call it a success.
        let _ = lines(&mut client, "LIST no-such-directory");
        assert_in_step(&mut client, subject);
        assert!(client.run(async |client| client.cwd(b"no/such/directory").await).is_err());
        assert_in_step(&mut client, subject);
        let unknown = client.run(async |client| client.sendcmd(&command("XYZZY")).await);
        assert!(matches!(unknown, Err(Error::Reply { .. })), "{unknown:?}");
    }
    quit(client);
}

/// By a server that cannot connect to the client: each transfer fails with its reply and leaves the session in step.
pub(super) fn transfers_are_refused(subject: &Subject) {
    subject.put("small", b"hello");
    let mut client = subject.log_in();
    for _ in 0..2 {
        for outcome in [
            retrieve(&mut client, "RETR small", None).map(drop),
            store(&mut client, "STOR refused", b"x"),
            lines(&mut client, "LIST").map(drop),
        ] {
            assert!(subject.allow(subject.active_command(), outcome).is_none());
        }
        assert_in_step(&mut client, subject);
    }
    assert!(!subject.root.join("refused").exists());
    // The session itself is fine: with a data connection that it knows, it transfers.
    client.set_passive(true);
    assert_eq!(retrieve(&mut client, "RETR small", None).must(), b"hello");
    quit(client);
}

pub(super) fn abort_without_a_transfer(subject: &Subject) {
    let mut client = subject.log_in();
    for _ in 0..2 {
        if let Some(reply) = subject.allow("ABOR", client.run(async |client| client.abort().await)) {
            assert!(reply.starts_with("22"), "{reply}");
        }
        assert_in_step(&mut client, subject);
    }
    quit(client);
}
