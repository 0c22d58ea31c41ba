//! The settings of a user as OpenSSL wants them.

use std::io;
use std::sync::Arc;

use openssl::error::ErrorStack;
#[cfg(not(feature = "aws-lc"))]
use openssl::ssl::SslOptions;
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslMode, SslSession, SslSessionCacheMode, SslVerifyMode,
};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;

use super::callbacks::{Watchers, attach, watch_for_keys, watch_for_sessions};
use super::ciphers::set_ciphers;
use super::client_certificate::show;
use super::demand::Demand;
use super::failures::refused;
use super::group::offer_first;
use super::keylog::Keylog;
use super::name::ServerName;
use super::session::SessionSlot;
use super::stream::TlsStream;
use super::versions::set_versions;
use crate::net::transport::socket::Socket;
use crate::net::{KeylogFile, Reactor, TlsFailure, TlsSettings, TlsVersion, Verification};
use crate::printable::printable;

/// What all TLS connections with the same settings share. Cheap to clone.
#[derive(Clone)]
pub struct TlsContext {
    context: SslContext,
    verify: Verification,
    accept_common_name: bool,
    /// Instead of the host's.
    server_name: Option<String>,
    resume: bool,
    keylog: Option<Arc<KeylogFile>>,
    pins: Arc<[[u8; 32]]>,
    lowest_version: TlsVersion,
}

/// What the data connections of a session have from its control connection.
#[derive(Clone)]
pub struct Resumption {
    pub(super) context: TlsContext,
    host: String,
    session: SessionSlot,
    pub(super) group: Option<&'static str>,
}

impl TlsContext {
    /// # Errors
    /// [`TlsFailure`]: a certificate, a key or a list that cannot be used.
    pub fn new(settings: &TlsSettings) -> io::Result<TlsContext> {
        TlsContext::build(settings, Authorities::Load)
    }

    /// Whether a context can be made of the settings, without the time that it takes to load the system's authorities.
    ///
    /// # Errors
    /// As [`TlsContext::new`].
    pub fn check(settings: &TlsSettings) -> io::Result<()> {
        TlsContext::build(settings, Authorities::LoadOwnOnly).map(drop)
    }

    fn build(settings: &TlsSettings, authorities: Authorities) -> io::Result<TlsContext> {
        let mut context = SslContext::builder(SslMethod::tls_client())
            .map_err(|stack| refused("OpenSSL cannot start", &stack))?;
        prepare(&mut context);
        let lowest_version =
            set_versions(&mut context, settings).map_err(|stack| refused("the versions of TLS", &stack))?;
        set_ciphers(&mut context, settings)?;
        trust(&mut context, settings, authorities)?;
        if let Some(certificate) = &settings.client_certificate {
            show(&mut context, certificate)?;
        }
        if settings.keylog.is_some() {
            watch_for_keys(&mut context);
        }
        if let Some(name) = &settings.server_name {
            name_of(name)?;
        }
        Ok(TlsContext {
            context: context.build(),
            verify: settings.verify,
            accept_common_name: settings.accept_common_name,
            server_name: settings.server_name.clone(),
            resume: settings.resume,
            keylog: settings.keylog.clone(),
            pins: settings.pins.clone().into(),
            lowest_version,
        })
    }

    /// Makes a control connection to `host` of a connected socket; its handshake is still to be done.
    ///
    /// # Errors
    /// [`TlsFailure`]: the host cannot be a name.
    pub(in crate::net::transport) fn control(
        &self,
        socket: Arc<Socket>,
        reactor: &Reactor,
        host: &str,
    ) -> io::Result<TlsStream> {
        let (connection, resumption) = self.prepare(host)?;
        TlsStream::new(connection, socket, reactor, resumption, false)
    }

    pub(super) fn prepare(&self, host: &str) -> io::Result<(Connection, Resumption)> {
        let session = SessionSlot::default();
        let connection = self.connection_to(host, Some(session.clone()), false)?;
        let resumption = Resumption { context: self.clone(), host: host.to_owned(), session, group: None };
        Ok((connection, resumption))
    }

    fn connection_to(
        &self,
        host: &str,
        session: Option<SessionSlot>,
        may_resume: bool,
    ) -> io::Result<Connection> {
        let failed = |stack: ErrorStack| refused("OpenSSL cannot start", &stack);
        let text = self.server_name.as_deref().unwrap_or(host);
        let name = match self.verify {
            Verification::Host => Some(name_of(text)?),
            Verification::Authority | Verification::Nothing => ServerName::of(text),
        };
        let mut ssl = Ssl::new(&self.context).map_err(failed)?;
        if let Some(ServerName::Host(host)) = &name {
            ssl.set_hostname(host).map_err(failed)?;
        }
        let demand = |name| Demand::new(name, self.accept_common_name, may_resume);
        let demand = match self.verify {
            Verification::Host => Some(demand(name)),
            Verification::Authority => Some(demand(None)),
            Verification::Nothing => None,
        };
        if let Some(demand) = &demand {
            demand.tell(&mut ssl).map_err(failed)?;
        }
        let watchers = Watchers { demand, session, keylog: self.keylog.clone().map(Keylog::new) };
        attach(&mut ssl, watchers.clone()).map_err(failed)?;
        Ok(Connection { ssl, watchers })
    }

    /// The public keys of which the server must have one; none is any.
    pub(super) fn pins(&self) -> &[[u8; 32]] {
        &self.pins
    }

    pub(super) fn lowest_version(&self) -> TlsVersion {
        self.lowest_version
    }
}

/// A connection before it has a socket.
pub(super) struct Connection {
    pub(super) ssl: Ssl,
    pub(super) watchers: Watchers,
}

fn name_of(text: &str) -> io::Result<ServerName> {
    let failure = || {
        let shown = printable(text.as_bytes());
        TlsFailure::Protocol(format!(
            "no certificate can be for \"{shown}\": it is neither a host's name nor an address"
        ))
    };
    ServerName::of(text).ok_or_else(|| failure().into())
}

impl Resumption {
    /// Makes a data connection of a connected socket, which offers to resume the session of the control connection.
    ///
    /// # Errors
    /// As [`TlsContext::control`].
    pub(in crate::net::transport) fn data(
        &self,
        socket: Arc<Socket>,
        reactor: &Reactor,
    ) -> io::Result<TlsStream> {
        let session = self.session.get().filter(|_| self.context.resume);
        let mut connection = self.context.connection_to(&self.host, None, session.is_some())?;
        if let Some(group) = self.group {
            offer_first(&mut connection.ssl, group);
        }
        if let Some(session) = session {
            offer(&mut connection.ssl, &session);
        }
        TlsStream::new(connection, socket, reactor, self.clone(), true)
    }
}

/// A session that cannot be offered costs a full handshake, and the server may refuse that in its own words.
fn offer(ssl: &mut Ssl, session: &SslSession) {
    // SAFETY: the session was copied just now, and comes from a connection of the same context.
    #[allow(unsafe_code)]
    let offered = unsafe { ssl.set_session(session) };
    let _ = offered;
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Authorities {
    Load,
    LoadOwnOnly,
}

fn prepare(context: &mut SslContextBuilder) {
    // A write may be repeated from another address, and an idle connection holds no buffers.
    let mode = SslMode::ACCEPT_MOVING_WRITE_BUFFER | SslMode::ENABLE_PARTIAL_WRITE | SslMode::RELEASE_BUFFERS;
    context.set_mode(mode | SslMode::AUTO_RETRY);
    #[cfg(not(feature = "aws-lc"))]
    context.set_options(
        // Whether a missing close_notify matters is for the client to say, once it has the final reply.
        SslOptions::NO_RENEGOTIATION | SslOptions::NO_COMPRESSION | SslOptions::IGNORE_UNEXPECTED_EOF,
    );
    context.set_verify(SslVerifyMode::NONE);
    context.set_session_cache_mode(SslSessionCacheMode::CLIENT | SslSessionCacheMode::NO_INTERNAL);
    watch_for_sessions(context);
}

fn trust(
    context: &mut SslContextBuilder,
    settings: &TlsSettings,
    authorities: Authorities,
) -> io::Result<()> {
    let failed = |stack: ErrorStack| refused("the authorities to trust", &stack);
    let Some(pem) = &settings.authorities else {
        if settings.verify != Verification::Nothing && authorities == Authorities::Load {
            context.set_default_verify_paths().map_err(failed)?;
        }
        return Ok(());
    };
    let unusable = |text: &str| TlsFailure::Protocol(format!("the authorities to trust: {text}"));
    let certificates =
        X509::stack_from_pem(pem).map_err(|_| unusable("a PEM certificate in it is damaged"))?;
    if certificates.is_empty() {
        return Err(unusable("there is no PEM certificate in it").into());
    }
    let mut store = X509StoreBuilder::new().map_err(failed)?;
    for certificate in certificates {
        store.add_cert(certificate).map_err(failed)?;
    }
    context.set_cert_store(store.build());
    Ok(())
}
