//! The commands that no RFC has, or that servers take in different ways: each form that the library knows is sent as it is, and the disk
//! tells what came of it. Then the library does the same by whichever form it finds.

use std::os::unix::fs::PermissionsExt;
use std::time::{SystemTime, UNIX_EPOCH};

use ftpclient::protocol::hashes::Algorithm;
use ftpclient::protocol::modes::ModeWay;
use ftpclient::protocol::times::TimeWay;

use super::*;

/// 2020-01-15 12:30:00, and so in digits.
const WHEN: u64 = 1_579_091_400;
const DIGITS: &str = "20200115123000";

/// What was seen: the forms that set a time; those that set a mode; the commands that tell a hash; what RNTO does to a file that has the
/// name; what REST 2 and STOR make of eleven bytes; the reply to OPTS UTF8 ON.
const SEEN: &[(&str, [&str; 6])] = &[
    ("vsftpd", ["Mdtm", "Chmod", "", "replaces", "in place", "200"]),
    (
        "proftpd",
        [
            "Mfmt Mff UtimeBehind UtimeBefore",
            "Mff Chmod",
            "XCRC XMD5 MD5 XSHA XSHA1 XSHA256 XSHA512",
            "replaces",
            "in place",
            "200",
        ],
    ),
    ("pure-ftpd", ["Mfmt UtimeBehind UtimeBefore", "Chmod", "", "replaces", "cuts", "504"]),
    ("pyftpdlib", ["Mfmt", "Chmod", "", "replaces", "in place", "200"]),
    ("inetutils-ftpd", ["", "Chmod", "", "replaces", "in place", "501"]),
    ("ftpd-ssl", ["", "Chmod", "", "replaces", "in place", "500"]),
    ("globus-gridftp-server", ["Mfmt UtimeBefore", "Chmod", "", "replaces", "in place", "500"]),
    ("aioftp", ["", "", "", "550", "in place", "502"]),
    ("twisted", ["", "", "", "replaces", "502", "502"]),
    ("zope.server", ["", "", "", "replaces", "forgets", "500"]),
    ("copyparty", ["Mfmt", "", "", "550", "removes", "200"]),
    ("ftp-srv", ["", "Chmod", "", "replaces", "zeros", "200"]),
];

const HASHES: &[(&str, &str)] = &[
    ("XCRC", "3610a686"),
    ("XMD5", "5d41402abc4b2a76b9719d911017c592"),
    ("MD5", "5d41402abc4b2a76b9719d911017c592"),
    ("XSHA", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
    ("XSHA1", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
    ("XSHA256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
    ("XSHA512", "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca7"),
];

pub(super) fn verbs(subject: &Subject) {
    let mut client = subject.log_in();
    let seen = [
        times(subject, &mut client),
        modes(subject, &mut client),
        hashes(subject, &mut client),
        rename(subject, &mut client),
        rest(subject, &mut client),
        code(&raw(&mut client, "OPTS UTF8 ON")),
    ];
    eprintln!("{}: {}", subject.name, seen.join(" | "));
    let (_, expected) = SEEN.iter().find(|(name, _)| *name == subject.name).unwrap();
    assert_eq!(seen, *expected, "{}", subject.name);
    assert_in_step(&mut client, subject);
    quit(client);
    by_the_library(subject, expected);
}

/// The library finds a form that works, if there is one, and says so otherwise. A server that confirms and does nothing is found out.
fn by_the_library(subject: &Subject, expected: &[&str; 6]) {
    let mut client = subject.log_in();
    subject.put("f", b"hello");
    forget_time(subject);
    let set = client
        .run(async |client| client.set_modified(b"f", i64::try_from(WHEN).unwrap() * 1_000_000_000).await);
    assert_eq!(
        (set.is_ok(), has_time(subject)),
        (!expected[0].is_empty(), !expected[0].is_empty()),
        "{}",
        told(&set)
    );
    set_mode(subject, 0o666);
    let set = client.run(async |client| client.chmod(b"f", 0o640).await);
    assert_eq!(
        (set.is_ok(), mode(subject) == 0o640),
        (!expected[1].is_empty(), !expected[1].is_empty()),
        "{}",
        told(&set)
    );
    for algorithm in [Algorithm::Crc32, Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512]
    {
        let hash = client.run(async |client| client.hash(b"f", Some(algorithm)).await);
        let is_right =
            hash.as_ref().is_ok_and(|hash| HASHES.iter().any(|(_, right)| hash.starts_with(right)));
        assert_eq!((hash.is_ok(), is_right), (!expected[2].is_empty(), !expected[2].is_empty()), "{hash:?}");
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

/// What the server answers, also if it refuses.
fn raw(client: &mut Client, text: &str) -> String {
    send(client, &command(text))
}

fn send(client: &mut Client, command: &ftpclient::protocol::command::Command) -> String {
    match client.run(async |client| client.sendcmd(command).await) {
        Ok(reply) => reply.to_string(),
        Err(Error::Reply { reply, .. }) => reply.to_string(),
        Err(error) => panic!("{error}"),
    }
}

fn code(reply: &str) -> String {
    reply.chars().take(3).collect()
}

fn forget_time(subject: &Subject) {
    fs::File::open(subject.root.join("f")).unwrap().set_modified(SystemTime::now()).unwrap();
}

fn has_time(subject: &Subject) -> bool {
    let time = fs::metadata(subject.root.join("f")).unwrap().modified().unwrap();
    time.duration_since(UNIX_EPOCH).unwrap().as_secs() == WHEN
}

fn times(subject: &Subject, client: &mut Client) -> String {
    use TimeWay::*;
    subject.put("f", b"hello");
    let works = |way: &TimeWay| {
        forget_time(subject);
        send(client, &way.command(DIGITS, b"f").unwrap());
        has_time(subject)
    };
    let working: Vec<_> = [Mfmt, Mff, UtimeBehind, UtimeBefore, Mdtm].into_iter().filter(works).collect();
    working.iter().map(|way| format!("{way:?}")).collect::<Vec<_>>().join(" ")
}

fn set_mode(subject: &Subject, mode: u32) {
    fs::set_permissions(subject.root.join("f"), fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(subject: &Subject) -> u32 {
    fs::metadata(subject.root.join("f")).unwrap().permissions().mode() & 0o777
}

fn modes(subject: &Subject, client: &mut Client) -> String {
    let works = |way: &ModeWay| {
        set_mode(subject, 0o666);
        send(client, &way.command(0o640, b"f").unwrap());
        mode(subject) == 0o640
    };
    let working: Vec<_> = [ModeWay::Mff, ModeWay::Chmod].into_iter().filter(works).collect();
    working.iter().map(|way| format!("{way:?}")).collect::<Vec<_>>().join(" ")
}

fn hashes(subject: &Subject, client: &mut Client) -> String {
    subject.put("f", b"hello");
    let tells =
        |(verb, right): &&(&str, &str)| raw(client, &format!("{verb} f")).to_lowercase().contains(right);
    HASHES.iter().filter(tells).map(|(verb, _)| *verb).collect::<Vec<_>>().join(" ")
}

fn rename(subject: &Subject, client: &mut Client) -> String {
    subject.put("old", b"old");
    subject.put("new", b"new");
    assert_eq!(code(&raw(client, "RNFR new")), "350");
    let reply = raw(client, "RNTO old");
    let is_gone = !subject.root.join("new").exists();
    match (is_gone, &*subject.get("old")) {
        (true, b"new") => "replaces".into(),
        (false, b"old") => code(&reply),
        other => panic!("{other:?}: {reply}"),
    }
}

fn rest(subject: &Subject, client: &mut Client) -> String {
    subject.put("r", b"hello world");
    let mut data = &b"XY"[..];
    let mut source = move |buffer: &mut [u8]| {
        let count = data.len();
        buffer[..count].copy_from_slice(data);
        data = &[];
        Ok(count)
    };
    let stor = command("STOR r");
    let stored =
        client.run(async |client| client.storbinary(&stor, 0, Some(2), &mut source, &mut |_| Ok(())).await);
    let left = fs::read(subject.root.join("r"));
    match (stored, left.as_deref().unwrap_or(b"nothing")) {
        (Err(Error::Reply { reply, .. }), b"hello world") => code(&reply.to_string()),
        (Err(Error::Reply { .. }), b"nothing") => "removes".into(),
        (Ok(_), b"heXYo world") => "in place".into(),
        (Ok(_), b"heXY") => "cuts".into(),
        (Ok(_), b"\0\0XY") => "zeros".into(),
        (Ok(_), b"XY") => "forgets".into(),
        (stored, other) => panic!("{other:?}: {}", told(&stored.map(drop))),
    }
}
