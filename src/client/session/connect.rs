//! Opening a control connection: name, addresses, TCP.

use std::io;
use std::net::SocketAddr;

use crate::client::connection::{Connection, Sources};
use crate::client::env::Env;
use crate::client::limits::Wait;
use crate::client::session::Session;
use crate::client::settings::{Origin, Settings};
use crate::error::{Error, Result, reason};
use crate::net::{self, Failures, Reactor, connect_to_any};
use crate::phase::Phase;

/// How many addresses of a host are used. A name server can give thousands.
const MAX_ADDRESSES: usize = 100;

/// Opens a control connection. The time that is left is for the handshake of implicit TLS.
///
/// # Errors
/// No address, or none that answers.
pub(crate) async fn open(
    env: &mut Env,
    settings: &Settings,
    peer: &str,
    (host, port): (&str, u16),
) -> Result<(Connection, Wait)> {
    let mut wait = env.wait(&settings.limits, Phase::Connect);
    let addresses = resolve(&env.reactor, host, port, wait).await?;
    let sources = Sources::look_up(&env.reactor, settings.origin.as_ref(), wait).await?;
    let mut control = connect_to_any(&env.reactor, &addresses, &sources.addresses, wait.deadline)
        .await
        .map_err(|failures| no_address_answers(failures, wait))?;
    let failed = |source| Error::Io { what: "cannot prepare the control connection".into(), source };
    control.make_interactive(settings.keepalive).map_err(failed)?;
    let address = control.peer_addr().map_err(failed)?;
    wait.deadline.pause(|| env.log.state(format_args!("connected to {peer} ({address})")));
    Ok((Connection::new(control, address, host, sources, settings), wait))
}

impl Session<'_> {
    /// Where connections are to come from; none is the system's choice. Looked up once for a session, and when the user has chosen
    /// anew.
    pub(crate) async fn source_addresses(&mut self, wait: Wait) -> Result<Vec<SocketAddr>> {
        if self.connection.sources.origin != self.settings.origin {
            self.connection.sources =
                Sources::look_up(&self.env.reactor, self.settings.origin.as_ref(), wait).await?;
        }
        Ok(self.connection.sources.addresses.clone())
    }
}

impl Sources {
    async fn look_up(reactor: &Reactor, origin: Option<&Origin>, wait: Wait) -> Result<Sources> {
        let addresses = match origin {
            Some(Origin { host, port }) => resolve(reactor, host, *port, wait).await?,
            None => Vec::new(),
        };
        Ok(Sources { origin: origin.cloned(), addresses })
    }
}

async fn resolve(reactor: &Reactor, host: &str, port: u16, wait: Wait) -> Result<Vec<SocketAddr>> {
    let mut addresses = match wait.deadline.limit(reactor, net::resolve(reactor, host, port)).await {
        Ok(outcome) => outcome.map_err(Error::Resolve)?,
        Err(_) => return Err(wait.timed_out("the address of the host")),
    };
    if addresses.is_empty() {
        return Err(Error::Resolve(io::Error::other("the name has no address")));
    }
    addresses.truncate(MAX_ADDRESSES);
    Ok(addresses)
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
