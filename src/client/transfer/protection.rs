//! Whether a server protects data, found out by a transfer where it does not say so.

use crate::client::connection::DataProtection;
use crate::client::session::Session;
use crate::client::transfer::body::DEFAULT_BLOCK;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::verb::Direction;

impl Session<'_> {
    /// Before data goes to a server of which it is not known whether it protects data: to one that does not, the first bytes of TLS
    /// would be the file. A listing tells.
    pub(crate) async fn find_out_protection(&mut self, direction: Option<Direction>) -> Result<()> {
        if self.connection.protection.data != DataProtection::Assumed
            || direction == Some(Direction::FromServer)
        {
            return Ok(());
        }
        let listing = async {
            Box::pin(self.begin(&Command::new("LIST"), None)).await?;
            self.receive(DEFAULT_BLOCK, &mut |_| Ok(())).await?;
            self.finish("received").await
        };
        match listing.await {
            Ok(_) | Err(Error::Tls(_) | Error::TlsLost(_) | Error::Reply { .. }) => {}
            Err(error) => return Err(error),
        }
        self.require_protection_known()
    }

    fn require_protection_known(&mut self) -> Result<()> {
        match self.connection.protection.data {
            DataProtection::Assumed => {
                let text = "whether the server protects data cannot be found out: it knows no PROT, and lists nothing";
                Err(Error::Tls(text.into()))
            }
            _ => self.require_protection_decided(),
        }
    }
}
