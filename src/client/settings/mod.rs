//! What the user has set: how connections and transfers are made, in this session and the next.

mod active;
mod retries;
mod tls;

use std::time::Duration;

pub(crate) use active::ActiveMode;
pub use active::ActivePeer;
pub use retries::Retries;
pub(crate) use tls::Tls;
pub use tls::{DataEnd, TlsMode};

use crate::client::limits::Limits;
use crate::net::Keepalive;
use crate::protocol::charset::Charset;
use crate::protocol::reply::MAX_LINE;
use crate::protocol::system::System;
use crate::protocol::transfer_type::TransferType;

/// See the module.
#[derive(Clone)]
pub(crate) struct Settings {
    pub limits: Limits,
    /// The client opens data connections, and not the server.
    pub passive: bool,
    pub trust_pasv_address: bool,
    /// EPSV and EPRT are tried on IPv4 as well.
    pub extended: bool,
    /// After a transfer, the data connection of the next one is made.
    pub prearm: bool,
    /// It is asked for together with the transfer, where the server bears that.
    pub prearm_together: bool,
    pub active: ActiveMode,
    pub urgent_abort: bool,
    /// The type of files whose data the user moves; `None` is the one that is set.
    pub opened_type: Option<TransferType>,
    pub tls: Tls,
    pub max_line: usize,
    pub charset: Charset,
    /// OPTS UTF8 ON is sent where FEAT names UTF8.
    pub utf8: bool,
    /// What the server runs on; `None` is found out.
    pub system: Option<System>,
    pub origin: Option<Origin>,
    pub keepalive: Option<Keepalive>,
    /// How long a control connection may be silent while data moves.
    pub noop_interval: Option<Duration>,
    pub retries: Retries,
}

/// Where the user wants connections to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub host: String,
    pub port: u16,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            limits: Limits::default(),
            passive: true,
            trust_pasv_address: false,
            extended: false,
            prearm: false,
            prearm_together: false,
            active: ActiveMode::default(),
            urgent_abort: false,
            opened_type: Some(TransferType::Image),
            tls: Tls::default(),
            max_line: MAX_LINE,
            charset: Charset::default(),
            utf8: true,
            system: None,
            origin: None,
            keepalive: Some(Keepalive::default()),
            noop_interval: None,
            retries: Retries::default(),
        }
    }
}
