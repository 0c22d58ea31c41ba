//! Active mode: where the client listens, and who may connect.

use std::net::IpAddr;
use std::ops::RangeInclusive;

/// Where the client listens in active mode, what it tells the server, and who may connect. An address to listen at or to tell
/// counts for connections of its own family.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActiveMode {
    /// Where to listen; by default at the address that the control connection comes from.
    pub bind: Option<IpAddr>,
    /// What to tell the server; by default where the client listens.
    pub external: Option<IpAddr>,
    /// The ports to listen at; by default any.
    pub ports: Option<RangeInclusive<u16>>,
    pub peer: ActivePeer,
}

/// Who may open a data connection in active mode.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum ActivePeer {
    /// The host that the control connection goes to.
    #[default]
    Server,
    /// This one as well.
    Also(IpAddr),
    /// Whoever comes first.
    Anybody,
}
