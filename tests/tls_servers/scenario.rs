//! What is done on each server: a login, a listing, transfers in both directions, stops, and more commands after them.

use ftpclient::client::{Client, DataTls};
use ftpclient::error::{Error, Result};
use ftpclient::protocol::command::Command;

use super::support::calls::{pattern, store};
use super::support::drive::Drive;
use super::{Resumes, Subject};

/// Large enough to be in the middle of its transfer when it is stopped.
const LARGE: usize = 16 << 20;

pub(super) fn everything(subject: &Subject, passive: bool, tls_version: &str) -> DataTls {
    let mut client = subject.client();
    client.set_passive(passive);
    subject.log_in(&mut client);
    let info = client.tls_info().unwrap();
    assert_eq!(info.version, if tls_version == "1.3" { 0x0304 } else { 0x0303 });
    assert_eq!(client.server_certificate().unwrap().subject, "CN=localhost");

    transfers(&mut client, subject);
    stops(&mut client, subject);
    refusals(&mut client);
    assert_in_step(&mut client);

    let counted = client.data_tls().unwrap().clone();
    let expected = match subject.resumes {
        Resumes::All => counted.connections,
        Resumes::None => 0,
    };
    assert!(counted.connections >= 17, "{counted:?}");
    assert_eq!(counted.resumed, expected, "{}: {counted:?}", subject.name);
    client.run(async |client| client.quit().await).unwrap();
    counted
}

fn transfers(client: &mut Client, subject: &Subject) {
    subject.daemon.put("there", b"was here before");
    assert!(lines(client, "LIST").unwrap().iter().any(|line| line.ends_with(" there")));
    assert_eq!(retrieve(client, "RETR there", usize::MAX).unwrap(), b"was here before");
    for number in 0..10 {
        let content = pattern(number * 10_007);
        store(client, &format!("STOR up{number}"), &content).unwrap();
        assert_eq!(subject.daemon.get(format!("up{number}")), content, "upload {number}");
    }
    store(client, "STOR empty", b"").unwrap();
    assert_eq!(subject.daemon.get("empty"), b"");
    assert_eq!(retrieve(client, "RETR empty", usize::MAX).unwrap(), b"");
    let large = pattern(LARGE);
    store(client, "STOR large", &large).unwrap();
    assert!(subject.daemon.get("large") == large);
    assert!(retrieve(client, "RETR large", usize::MAX).unwrap() == large);
    assert_in_step(client);
}

/// Stopped by a callback, in both directions.
fn stops(client: &mut Client, subject: &Subject) {
    for stop_after in [1, 2_000_000] {
        let stopped = retrieve(client, "RETR large", stop_after);
        assert!(matches!(stopped, Err(Error::Callback { .. })), "{}: {stopped:?}", subject.name);
        assert_in_step(client);
    }
    for blocks in [0, 1, 50] {
        let mut left = blocks;
        let mut source = |buffer: &mut [u8]| {
            left -= 1;
            if left < 0 { Err(-9) } else { Ok(buffer.len()) }
        };
        let stor = Command::parse(b"STOR partial").unwrap();
        let outcome =
            client.run(async |client| client.storbinary(&stor, 0, None, &mut source, &mut |_| Ok(())).await);
        assert!(matches!(outcome, Err(Error::Callback { .. })), "{}: {outcome:?}", subject.name);
        assert_in_step(client);
    }
    assert_eq!(retrieve(client, "RETR there", usize::MAX).unwrap(), b"was here before");
}

fn refusals(client: &mut Client) {
    for _ in 0..2 {
        let missing = retrieve(client, "RETR no/such/file", usize::MAX);
        assert!(matches!(missing, Err(Error::Reply { .. })), "{missing:?}");
        assert_in_step(client);
        assert!(store(client, "STOR no/such/directory/file", b"x").is_err());
        assert_in_step(client);
    }
}

pub(super) fn assert_in_step(client: &mut Client) {
    for _ in 0..2 {
        assert_eq!(client.run(async |client| client.pwd().await).unwrap(), b"/");
    }
}

pub(super) fn retrieve(client: &mut Client, text: &str, stop_after: usize) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    let mut sink = |block: &[u8]| {
        data.extend_from_slice(block);
        if data.len() >= stop_after { Err(9) } else { Ok(()) }
    };
    let command = Command::parse(text.as_bytes()).unwrap();
    client.run(async |client| client.retrbinary(&command, 0, None, &mut sink).await)?;
    Ok(data)
}

fn lines(client: &mut Client, text: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut sink = |line: &[u8]| {
        lines.push(String::from_utf8_lossy(line).into_owned());
        Ok(())
    };
    let command = Command::parse(text.as_bytes()).unwrap();
    client.run(async |client| client.retrlines(&command, &mut sink).await)?;
    Ok(lines)
}
