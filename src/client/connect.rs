//! Opening a session: name, TCP connection, greeting.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::connection::{Connection, accept};
use super::limits::Wait;
use super::reconnect::Memory;
use super::{Client, Phase, TlsMode};
use crate::error::{Error, Result, reason};
use crate::net::{self, Failures, connect_to_any};
use crate::protocol::codes::{LOGGED_IN, LOGGED_IN_BY_SECURITY, READY_SOON};
use crate::protocol::command::Command;
use crate::protocol::dialogue::is_goodbye;
use crate::protocol::reply::{Class, Reply};

/// How many addresses of a host are used. A name server can give thousands.
const MAX_ADDRESSES: usize = 100;
/// How long a greeting may take that a 1yz reply may have announced.
const SECOND_GREETING_TIME: Duration = Duration::from_secs(1);

/// How many replies that only announce another one are skipped.
pub(super) const MAX_SKIPPED: usize = 100;

impl Client {
    /// Connects to a server and waits for its greeting. A connection that is open is closed first.
    ///
    /// The first address of the host that answers is used. All share the time for connecting; the greeting has its own.
    ///
    /// # Errors
    /// [`Error::Resolve`], [`Error::Io`], [`Error::Timeout`], [`Error::Eof`]; [`Error::Reply`] when the server refuses
    /// (421, 530 …); [`Error::Protocol`] and [`Error::Limit`] when it is no FTP server. There is no connection then.
    pub async fn connect(&mut self, host: &str, port: u16) -> Result<()> {
        let host = bare_host(host)?;
        self.end_because("it was closed to connect again");
        (self.memory, self.to_restore) = (Memory::of(Some((host.to_owned(), port))), None);
        self.connect_to(host, port).await
    }

    /// As [`Client::connect`], with what is known of the last session kept.
    pub(super) async fn connect_to(&mut self, host: &str, port: u16) -> Result<()> {
        self.peer = host_and_port(host, port);
        (self.welcome, self.last_reply) = (None, None);
        self.record.is_about("");
        self.closed_because = "connecting failed".into();
        self.audit_connect(host, port)?;
        let outcome = self.open_session(host, port).await;
        if let Err(error) = &outcome {
            self.close_because(&format!("connecting failed ({error})"));
        }
        outcome
    }

    async fn open_session(&mut self, host: &str, port: u16) -> Result<()> {
        let mut wait = self.limits.wait(Phase::Connect);
        let addresses = self.resolve(host, port, wait).await?;
        if let Some(source) = &mut self.source {
            source.addresses.clear();
        }
        let sources = self.source_addresses(wait).await?;
        let control = connect_to_any(&self.reactor, &addresses, &sources, wait.deadline)
            .await
            .map_err(|failures| no_address_answers(failures, wait))?;
        let what = || "cannot prepare the control connection".to_owned();
        control.make_interactive(self.keepalive).map_err(|source| Error::Io { what: what(), source })?;
        let peer = control.peer_addr().map_err(|source| Error::Io { what: what(), source })?;
        wait.deadline.pause(|| self.log.state(format_args!("connected to {} ({peer})", self.peer)));
        self.connection = Some(Connection::new(control, peer, host, self.max_line, self.charset));
        if self.tls.mode == TlsMode::Implicit {
            self.start_tls(wait).await?;
        }
        self.greet().await
    }

    /// Where connections are to come from; none is the system's choice. Looked up once for a session, and when the user has chosen
    /// anew.
    pub(super) async fn source_addresses(&mut self, wait: Wait) -> Result<Vec<SocketAddr>> {
        let Some(source) = &self.source else { return Ok(Vec::new()) };
        if !source.addresses.is_empty() {
            return Ok(source.addresses.clone());
        }
        let (host, port) = (source.host.clone(), source.port);
        let addresses = self.resolve(&host, port, wait).await?;
        if let Some(source) = &mut self.source {
            source.addresses.clone_from(&addresses);
        }
        Ok(addresses)
    }

    async fn resolve(&self, host: &str, port: u16, wait: Wait) -> Result<Vec<SocketAddr>> {
        let mut addresses =
            match wait.deadline.limit(&self.reactor, net::resolve(&self.reactor, host, port)).await {
                Ok(outcome) => outcome.map_err(Error::Resolve)?,
                Err(_) => return Err(wait.timed_out("the address of the host")),
            };
        if addresses.is_empty() {
            return Err(Error::Resolve(io::Error::other("the name has no address")));
        }
        addresses.truncate(MAX_ADDRESSES);
        Ok(addresses)
    }

    /// Waits for the greeting. Any reply of class 1yz to 3yz will do, as for ftplib, but 120 announces another, and any other 1yz
    /// reply may, within the same time.
    async fn greet(&mut self) -> Result<()> {
        let mut wait = self.limits.wait(Phase::Greeting);
        for _ in 0..MAX_SKIPPED {
            let greeting = match self.arriving_reply(wait, |_| ()).await {
                Ok(greeting) => greeting,
                Err(error) => return Err(self.with_hint(error)),
            };
            wait.deadline.pause(|| self.note(&greeting));
            let is_goodbye = greeting.class() == Some(Class::Completion) && is_goodbye(&greeting, "");
            if greeting.code() == Some(READY_SOON) {
                continue;
            }
            if greeting.class().is_none() {
                let error =
                    Error::Protocol(format!("this is no FTP server: it sent {:?}", greeting.excerpt()));
                return Err(with_protocol_hint(error, greeting.text()));
            }
            if is_goodbye {
                return Err(Error::Reply { what: "connecting".into(), reply: greeting });
            }
            let mut greeting = refused(greeting)?;
            if greeting.class() == Some(Class::Preliminary)
                && let Some(second) = self.second_greeting(wait).await?
            {
                greeting = refused(second)?;
            }
            self.connection()?.dialogue.found();
            self.log.welcome(&greeting);
            self.memory.is_greeted_as_user =
                matches!(greeting.code(), Some(LOGGED_IN | LOGGED_IN_BY_SECURITY));
            self.welcome = Some(greeting);
            return Ok(());
        }
        Err(Error::Limit(format!("the server sent {MAX_SKIPPED} times {READY_SOON} instead of a greeting")))
    }

    /// The greeting that follows a 1yz reply, if one does: it must not be taken for the reply to the first command.
    async fn second_greeting(&mut self, wait: Wait) -> Result<Option<Reply>> {
        match self.next_reply(wait.at_most(SECOND_GREETING_TIME)).await {
            Ok(second) => Ok(Some(second)),
            // In all the time that a greeting has it may still be under way.
            Err(Error::Timeout { .. }) if !wait.deadline.has_passed() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Says more about a greeting that did not come.
    fn with_hint(&mut self, error: Error) -> Error {
        let received = self.connection.as_ref().map(|open| open.partial_reply().to_vec()).unwrap_or_default();
        match error {
            Error::Timeout { what, phase, after, .. } if received.is_empty() => {
                let done = "the port is open but silent: is it an FTP server, or one that expects TLS first?";
                Error::Timeout { what, phase, done: done.into(), after }
            }
            other => with_protocol_hint(other, &received),
        }
    }
}

/// Names the protocol that the other side seems to speak.
fn with_protocol_hint(error: Error, received: &[u8]) -> Error {
    let hint = match received {
        [b'S', b'S', b'H', b'-', ..] => "it is an SSH server; SFTP is another protocol than FTP",
        [b'H', b'T', b'T', b'P', b'/', ..] => "it is an HTTP server",
        [0x15 | 0x16, 3, ..] => "it speaks TLS: implicit FTPS is meant for it",
        _ => return error,
    };
    match error {
        Error::Protocol(text) => Error::Protocol(format!("{text} ({hint})")),
        _ => Error::Protocol(format!("this is no FTP server: {hint}")),
    }
}

fn refused(greeting: Reply) -> Result<Reply> {
    accept(greeting, &Command::new("connecting"))
}

/// A host as it can be resolved: without the brackets that an IPv6 address has in a URL.
pub(super) fn bare_host(host: &str) -> Result<&str> {
    let bare = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    if bare.is_empty() || bare.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(Error::InvalidArgument(
            "the host is empty or holds white space or control characters".into(),
        ));
    }
    Ok(bare)
}

fn host_and_port(host: &str, port: u16) -> String {
    match host.parse::<IpAddr>() {
        Ok(address) => SocketAddr::new(address, port).to_string(),
        Err(_) => format!("{host}:{port}"),
    }
}

/// One error for all addresses. If none refused within the time, it is a timeout.
fn no_address_answers(mut failures: Failures, wait: Wait) -> Error {
    let is_timeout =
        |error: &io::Error| error.raw_os_error().is_none() && error.kind() == io::ErrorKind::TimedOut;
    let addresses: Vec<String> = failures.iter().map(|(address, _)| address.ip().to_string()).collect();
    if failures.iter().all(|(_, error)| is_timeout(error)) {
        return wait.timed_out(format_args!("a connection to {}", addresses.join(" or ")));
    }
    let told: Vec<String> =
        failures.iter().map(|(address, error)| format!("{}: {}", address.ip(), reason(error))).collect();
    failures.retain(|(_, error)| !is_timeout(error));
    let what = match told.as_slice() {
        [_] => format!("cannot connect to {}", addresses.concat()),
        _ => format!("cannot connect ({}); the last", told.join("; ")),
    };
    let source = failures.pop().map_or_else(|| io::ErrorKind::TimedOut.into(), |(_, error)| error);
    Error::Io { what, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::limits::Limits;

    #[test]
    fn an_address_in_brackets_is_an_address() {
        assert_eq!(bare_host("[::1]").unwrap(), "::1");
        assert_eq!(host_and_port("::1", 21), "[::1]:21");
        assert_eq!(host_and_port("ftp.example.org", 2121), "ftp.example.org:2121");
    }

    #[test]
    fn a_host_that_cannot_be_one_is_refused() {
        for host in ["", "[]", "a b", "a\nb", "a\0b"] {
            assert!(matches!(bare_host(host), Err(Error::InvalidArgument(_))), "{host:?}");
        }
    }

    #[test]
    fn every_address_is_named_when_none_answers() {
        let refused = || io::Error::from_raw_os_error(libc::ECONNREFUSED);
        let failures =
            vec![("[::1]:21".parse().unwrap(), refused()), ("127.0.0.1:21".parse().unwrap(), refused())];
        let error = no_address_answers(failures, Limits::default().wait(Phase::Connect));
        assert_eq!(error.os_error(), Some(libc::ECONNREFUSED));
        let text = error.to_string();
        assert!(
            text.contains("::1: connection refused") && text.contains("127.0.0.1: connection refused"),
            "{text}"
        );
    }
}
