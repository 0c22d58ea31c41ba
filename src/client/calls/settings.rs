//! What the user can set.

use std::net::IpAddr;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::client::Client;
use crate::client::audit::Audit;
use crate::client::host::bare_host;
use crate::client::log::Log;
use crate::client::progress::ProgressHook;
use crate::client::rate::{Rate, Rates};
use crate::client::settings::{ActivePeer, DataEnd, Origin, TlsMode};
use crate::error::{Error, Result};
use crate::net::{Keepalive, TlsSettings};
use crate::phase::Phase;
use crate::protocol::charset::Charset;
use crate::protocol::system::System;
use crate::protocol::transfer_type::TransferType;

impl Client {
    /// The limit of each phase that waits for the server, which is all but [`Phase::Total`]. `None` is no limit.
    pub fn set_timeout(&mut self, limit: Option<Duration>) {
        self.settings.limits.set_waits(limit);
    }

    /// The limit of one phase. `None` is no limit.
    pub fn set_phase_timeout(&mut self, phase: Phase, limit: Option<Duration>) {
        self.settings.limits.set(phase, limit);
    }

    /// Whether the client opens data connections (PASV, EPSV) or the server does (PORT, EPRT).
    pub fn set_passive(&mut self, passive: bool) {
        self.settings.passive = passive;
        self.disarm();
    }

    /// Whether the address in a 227 reply is used, and not that of the server.
    pub fn set_trust_pasv_address(&mut self, trust: bool) {
        self.settings.trust_pasv_address = trust;
        self.disarm();
    }

    /// Whether OPTS UTF8 ON is sent once in a login, where FEAT is asked for and names UTF8, and names are in UTF-8 here.
    pub fn set_utf8(&mut self, utf8: bool) {
        self.settings.utf8 = utf8;
    }

    /// Whether EPSV and EPRT are tried on IPv4, with PASV and PORT to fall back on. What the server refuses is not tried again in
    /// the session.
    pub fn set_extended(&mut self, extended: bool) {
        self.settings.extended = extended;
        self.disarm();
    }

    /// Where the client listens in active mode, and which address it tells the server. `None` is the address that the
    /// control connection comes from. Each counts for connections of its own family.
    pub fn set_active_address(&mut self, bind: Option<IpAddr>, external: Option<IpAddr>) {
        (self.settings.active.bind, self.settings.active.external) = (bind, external);
    }

    /// Who may open data connections in active mode, from the next one on.
    pub fn set_active_peer(&mut self, peer: ActivePeer) {
        self.settings.active.peer = peer;
    }

    /// The ports at which the client listens in active mode. `None` is any.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for an empty range, or one that starts at 0.
    pub fn set_active_ports(&mut self, ports: Option<RangeInclusive<u16>>) -> Result<()> {
        if ports.as_ref().is_some_and(|ports| *ports.start() == 0 || ports.is_empty()) {
            return Err(Error::InvalidArgument(
                "the ports must be 1 to 65535, the first not after the last".into(),
            ));
        }
        self.settings.active.ports = ports;
        Ok(())
    }

    /// Whether ABOR is announced by urgent data, which servers of the BSD line wait for and others choke on.
    pub fn set_urgent_abort(&mut self, urgent: bool) {
        self.settings.urgent_abort = urgent;
    }

    /// The longest line of a reply or of a text, in bytes, line end included.
    pub fn set_max_line(&mut self, max_line: usize) {
        self.settings.max_line = max_line;
        if let Some(connection) = &mut self.connection {
            connection.replies.set_max_line(max_line);
        }
    }

    /// The encoding of names and text from here on.
    pub fn set_charset(&mut self, charset: Charset) {
        self.settings.charset = charset;
        if let Some(connection) = &mut self.connection {
            connection.replies.set_charset(charset);
        }
    }

    /// What the server runs on, as far as its paths and its listings go. `None` is found out.
    pub fn set_system(&mut self, system: Option<System>) {
        self.settings.system = system;
    }

    /// Where connections come from, those for data in passive mode too: a host of this machine, and a port. A data connection for
    /// which the port cannot be had comes from any. `None` is the system's choice. It counts from the next connection on.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the host cannot be one.
    pub fn set_source(&mut self, source: Option<(&str, u16)>) -> Result<()> {
        self.settings.origin = match source {
            Some((host, port)) => Some(Origin { host: bare_host(host)?.to_owned(), port }),
            None => None,
        };
        self.disarm();
        Ok(())
    }

    /// Whether a call that ends a transfer makes the data connection of the next one as well.
    pub fn set_prearm(&mut self, on: bool) {
        (self.settings.prearm, self.settings.prearm_together) = (on, false);
        if !on {
            self.disarm();
        }
    }

    /// Whether that address is asked for in the flight of the command of a download, on servers that are known to bear it. This turns
    /// [`Client::set_prearm`] on, which turns it off.
    pub fn set_prearm_together(&mut self) {
        (self.settings.prearm, self.settings.prearm_together) = (true, true);
    }

    /// A data connection that was made ahead is not what the user wants any more.
    fn disarm(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.armed.clear();
        }
    }

    /// Whether and how the system probes idle control connections, the open one included. `None` is not at all.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for what no system can do; [`Error::Io`] when this one cannot.
    pub fn set_keepalive(&mut self, keepalive: Option<Keepalive>) -> Result<()> {
        // What Linux allows; it counts whole seconds.
        const TIMES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(32_767);
        const PROBES: RangeInclusive<u32> = 1..=127;
        if let Some(Keepalive { idle, interval, probes }) = keepalive
            && !(TIMES.contains(&idle) && TIMES.contains(&interval) && PROBES.contains(&probes))
        {
            let text = "keepalive needs times of at most 32767 s, and 1 to 127 probes";
            return Err(Error::InvalidArgument(text.into()));
        }
        if let Some(connection) = &self.connection {
            let what = || "cannot set the keepalive of the control connection".to_owned();
            connection
                .control
                .set_keepalive(keepalive)
                .map_err(|source| Error::Io { what: what(), source })?;
        }
        self.settings.keepalive = keepalive;
        Ok(())
    }

    /// After how long a silence of the control connection a NOOP is sent while a transfer moves data. `None`, the default, is
    /// never.
    pub fn set_noop_interval(&mut self, interval: Option<Duration>) {
        self.settings.noop_interval = interval;
    }

    /// The function that is asked before anything is done.
    pub fn audit_mut(&mut self) -> &mut Audit {
        self.env.audit.take_back();
        &mut self.env.audit
    }

    /// Where commands and replies are recorded.
    pub fn log_mut(&mut self) -> &mut Log {
        self.env.log.take_back();
        &mut self.env.log
    }

    /// The function that is told how far transfers have got.
    pub fn set_progress(&mut self, hook: Option<ProgressHook>) {
        self.env.progress.set(hook);
    }

    /// How many bytes a second may move, over all transfers: what is received, and what is sent. `None` is no limit.
    pub fn set_rate_limit(&mut self, receive: Option<NonZeroU64>, send: Option<NonZeroU64>) {
        self.disarm();
        self.env.rates = Rates { receive: Rate::new(receive), send: Rate::new(send) };
    }

    /// The type of files that [`Client::transfercmd`] moves; `None` is the one that is set. A TYPE command that the user sends
    /// goes before it, for as long as the login lasts.
    pub fn set_type(&mut self, kind: Option<TransferType>) {
        self.settings.opened_type = kind;
        self.history.memory.asked_type = None;
    }

    /// Whether and how sessions are secured, from the next connection on.
    ///
    /// # Errors
    /// [`Error::Unsupported`] in a build without TLS.
    pub fn set_tls(&mut self, mode: TlsMode) -> Result<()> {
        if mode != TlsMode::Off {
            self.update_tls(|_| ())?;
        }
        self.settings.tls.mode = mode;
        Ok(())
    }

    /// What a data connection that ends without a close_notify means when the server confirms the transfer.
    pub fn set_data_end(&mut self, data_end: DataEnd) {
        self.settings.tls.data_end = data_end;
    }

    /// Changes the settings of the TLS connections to come; those that cannot be used change nothing.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a certificate, key or list that cannot be used; [`Error::Unsupported`] in a build
    /// without TLS.
    pub fn update_tls(&mut self, change: impl FnOnce(&mut TlsSettings)) -> Result<()> {
        self.settings.tls.update(change)
    }
}
