//! The phases of a call, which time limits are set for.

use std::fmt;

/// What a call waits for. Each has its own limit.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// A TCP connection to the server, control or data, with the name's resolution and the handshake of implicit TLS.
    Connect,
    /// The greeting, and the one that a 120 announces.
    Greeting,
    /// The reply to a command; that the server takes the command; the TLS handshake after AUTH.
    Reply,
    /// The next data, or that the server takes it; the TLS handshake of a data connection.
    Data,
    /// Active mode: the server's data connection.
    Accept,
    /// The reply that confirms a transfer.
    Final,
    /// The whole call, with the caller's callbacks.
    Total,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Connect => "connect",
            Phase::Greeting => "greeting",
            Phase::Reply => "reply",
            Phase::Data => "data",
            Phase::Accept => "accept",
            Phase::Final => "final",
            Phase::Total => "total",
        })
    }
}
