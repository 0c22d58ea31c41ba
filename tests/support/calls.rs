//! What most tests do with a client, in the way in which clients are driven here, and what they check afterwards.

use std::net::SocketAddr;
use std::time::Duration;

use ftpclient::client::Client;
use ftpclient::error::{Error, Result};
use ftpclient::protocol::command::Command;

use super::drive::Drive;
use super::processor::Stopwatch;
use super::scripted::Session;

/// A client that is patient: a busy machine is no reason for a timeout.
pub fn client() -> Client {
    let mut client = Client::new().unwrap();
    client.set_timeout(Some(Duration::from_secs(10)));
    client
}

pub fn connect_to(client: &mut Client, address: SocketAddr) -> Result<()> {
    let host = address.ip().to_string();
    client.run(async |client| client.connect(&host, address.port()).await)
}

pub fn log_in(client: &mut Client) -> Result<()> {
    client.run(async |client| client.login("user", "secret", "").await)
}

pub fn command(text: &str) -> Command {
    Command::parse(text.as_bytes()).unwrap()
}

pub fn send(client: &mut Client, text: &str) -> Result<String> {
    client.run(async |client| client.sendcmd(&command(text)).await).map(|reply| reply.to_string())
}

pub fn pwd(client: &mut Client) -> Result<String> {
    let path = client.run(async |client| client.pwd().await)?;
    Ok(String::from_utf8(path).unwrap())
}

pub fn quit(client: &mut Client) {
    client.run(async |client| client.quit().await).unwrap();
}

/// Downloads with `text`, and returns what came before the end or the error.
pub fn retrieve(client: &mut Client, text: &str) -> (Vec<u8>, Result<()>) {
    let mut data = Vec::new();
    let mut sink = |block: &[u8]| {
        data.extend_from_slice(block);
        Ok(())
    };
    let outcome =
        client.run(async |client| client.retrbinary(&command(text), 0, None, &mut sink).await.map(drop));
    (data, outcome)
}

/// Uploads `data` with `text`.
pub fn store(client: &mut Client, text: &str, data: &[u8]) -> Result<()> {
    store_in_blocks(client, text, data, 0)
}

/// The same, in blocks of at most this many bytes; 0 is the library's choice.
pub fn store_in_blocks(client: &mut Client, text: &str, mut data: &[u8], block: usize) -> Result<()> {
    let mut source = |buffer: &mut [u8]| {
        let (now, later) = data.split_at(data.len().min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        data = later;
        Ok(now.len())
    };
    let command = command(text);
    client
        .run(async |client| client.storbinary(&command, block, None, &mut source, &mut |_| Ok(())).await)
        .map(drop)
}

/// The lines that come with `text`, as far as they have come.
pub fn lines(client: &mut Client, text: &str) -> (Vec<String>, Result<()>) {
    let mut lines = Vec::new();
    let mut sink = |line: &[u8]| {
        lines.push(String::from_utf8_lossy(line).into_owned());
        Ok(())
    };
    let outcome = client.run(async |client| client.retrlines(&command(text), &mut sink).await.map(drop));
    (lines, outcome)
}

/// The lines of a listing that comes whole.
pub fn lines_of(client: &mut Client, text: &str) -> Result<Vec<String>> {
    let (lines, outcome) = lines(client, text);
    outcome.map(|()| lines)
}

/// The one question whose answer tells whether the session is in step: [`expect_in_step`] is its other half.
#[track_caller]
pub fn assert_in_step(client: &mut Client) {
    assert_eq!(pwd(client).unwrap(), "/in/step");
}

#[track_caller]
pub fn expect_in_step(s: &mut Session) {
    s.expect("PWD");
    s.send("257 \"/in/step\" is here\r\n");
}

/// The session is closed, and says why.
#[track_caller]
pub fn assert_closed(client: &mut Client, because: &str) {
    assert!(!client.is_connected());
    let error = pwd(client).unwrap_err();
    assert!(matches!(error, Error::NotConnected(_)), "{error}");
    assert!(says(&error.to_string(), because), "{error}");
}

/// Whether a text has the expected one in it. A busy machine wakes a test late: a limit that has passed may be told as longer.
pub fn says(text: &str, expected: &str) -> bool {
    const WAITED: &str = "timed out after ";
    let split = |text: &str| {
        let (before, after) = text.split_once(WAITED)?;
        let (seconds, rest) = after.split_once(" s")?;
        Some((before.to_owned(), seconds.parse::<f64>().ok()?, rest.to_owned()))
    };
    match (split(text), split(expected)) {
        (Some((before, waited, rest)), Some((start, limit, end))) => {
            before.ends_with(&start) && waited >= limit && rest.starts_with(&end)
        }
        _ => text.contains(expected),
    }
}

/// Every error text is one line, says what it should, and tells no password.
#[track_caller]
pub fn assert_text(client: &Client, error: &Error, expected: &str) {
    let text = client.describe(error);
    assert!(says(&text, expected), "{expected:?} is not in {text:?}");
    assert!(!text.contains('\n') && !text.contains("secret"), "{text:?}");
}

#[track_caller]
pub fn assert_quick(since: &Stopwatch, limit: Duration) {
    // As long as it cannot be slow, the system is not asked.
    let is_slow = since.by_the_wall() >= limit && since.elapsed() >= limit;
    assert!(!is_slow, "it took {:?}, and {:?} by the wall", since.elapsed(), since.by_the_wall());
}

/// Bytes with every value and no period that divides a block size.
pub fn pattern(length: usize) -> Vec<u8> {
    let period: Vec<u8> = (0..251).collect();
    let mut pattern = period.repeat(length.div_ceil(251));
    pattern.truncate(length);
    pattern
}
