//! TLS, step by step (RFC 4217).

use crate::client::Client;
#[allow(unused_imports, reason = "the documentation names it")]
use crate::error::Error;
use crate::error::Result;

impl Client {
    /// Secures the control connection: `AUTH TLS`, or what of `TLS-C` and `SSL` the server knows, and the handshake.
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses, which leaves the session in clear and as it was; [`Error::Certificate`] and
    /// [`Error::Tls`], which close it.
    pub async fn auth(&mut self) -> Result<()> {
        self.session()?.auth().await
    }

    /// Secures data connections: PBSZ 0, PROT P.
    ///
    /// # Errors
    /// [`Error::OutOfTurn`] before [`Client::auth`]; [`Error::Reply`] when the server refuses.
    pub async fn prot_p(&mut self) -> Result<()> {
        self.session()?.prot_p().await
    }

    /// Leaves data connections in clear: PROT C. A server that does not know the command, and was not told PROT P before, has them in
    /// clear anyhow (RFC 2228, section 3: the default level).
    ///
    /// # Errors
    /// [`Error::Reply`] when the server refuses.
    pub async fn prot_c(&mut self) -> Result<()> {
        self.session()?.prot_c().await
    }

    /// Goes on with the control connection in clear (CCC), for NAT boxes that have to read it. Data connections stay as they are.
    ///
    /// # Errors
    /// [`Error::OutOfTurn`] when it is in clear already; [`Error::Reply`] when the server refuses; [`Error::Tls`] and what else
    /// can happen to a connection, which close it.
    pub async fn ccc(&mut self) -> Result<()> {
        self.session()?.ccc().await
    }
}
