//! Logging in, directories, single commands.

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
    client.run(async |client| client.cwd(b"sub dir").await).unwrap();
    let inside = pwd(&mut client);
    assert!(inside.ends_with("/sub dir"), "{inside}");
    client.run(async |client| client.cwd(b"..").await).unwrap();
    assert_in_step(&mut client, subject);
    quit(client);
}

pub(super) fn rename_make_and_remove(subject: &Subject) {
    subject.put("old name", b"x");
    for leftover in ["new name", "made/inner"] {
        let _ = fs::remove_file(subject.root.join(leftover));
    }
    let mut client = subject.log_in();
    client.run(async |client| client.rename(b"old name", b"new name").await).unwrap();
    assert_eq!(subject.get("new name"), b"x");
    assert!(client.run(async |client| client.rename(b"missing", b"x").await).is_err());
    let path = client.run(async |client| client.mkd(b"made").await).unwrap();
    // libunftp does not quote the name in its reply, which makes it none.
    let named = if subject.name == "libunftp" { path.is_empty() } else { path.ends_with(b"made") };
    assert!(named, "{:?}", String::from_utf8_lossy(&path));
    assert!(subject.root.join("made").is_dir());
    client.run(async |client| client.rmd(b"made").await).unwrap();
    assert!(!subject.root.join("made").exists());
    assert!(client.run(async |client| client.rmd(b"made").await).is_err());
    assert_in_step(&mut client, subject);
    quit(client);
}

pub(super) fn one_by_one(subject: &Subject) {
    let mut client = subject.log_in();
    client
        .run(async |client| {
            client.putcmd(&command("NOOP")).await?;
            client.putcmd(&command("TYPE I")).await?;
            client.voidresp().await?;
            client.voidresp().await
        })
        .unwrap();
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

/// By a server that knows no EPRT: each transfer fails with its reply and leaves the session in step.
pub(super) fn transfers_are_refused(subject: &Subject) {
    subject.put("small", b"hello");
    let mut client = subject.log_in();
    for _ in 0..2 {
        for outcome in [
            retrieve(&mut client, "RETR small", None).map(drop),
            store(&mut client, "STOR refused", b"x"),
            lines(&mut client, "LIST").map(drop),
        ] {
            let Err(Error::Reply { reply, .. }) = outcome else { panic!("{outcome:?}") };
            assert!(reply.starts_with("50"), "{reply}");
        }
        assert_in_step(&mut client, subject);
    }
    assert!(!subject.root.join("refused").exists());
    // The session itself is fine: with a data connection that it knows, it transfers.
    client.set_passive(true);
    assert_eq!(retrieve(&mut client, "RETR small", None).unwrap(), b"hello");
    quit(client);
}

pub(super) fn abort_without_a_transfer(subject: &Subject) {
    let mut client = subject.log_in();
    for _ in 0..2 {
        let reply = client.run(async |client| client.abort().await).unwrap();
        assert!(reply.starts_with("22"), "{reply}");
        assert_in_step(&mut client, subject);
    }
    quit(client);
}
