//! Whether what was received is all that there is.

use crate::client::connection::Transfer;
use crate::client::session::Session;
use crate::client::settings::DataEnd;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::size::parse_213;
use crate::protocol::transfer_type::TransferType;

impl Session<'_> {
    /// After the server has confirmed a transfer: its data must be whole as far as anybody can tell.
    ///
    /// In clear the end of a connection (FIN) is the server's word, and a file that is smaller than announced belies it. Over
    /// TLS only a close_notify is the server's: without it anybody may have cut the connection, and the size must be known.
    pub(crate) async fn require_whole(&mut self, transfer: &Transfer) -> Result<()> {
        if let Some(announced) = transfer.announced
            && transfer.has_ended
            && transfer.is_shorter_than(announced)
        {
            return Err(Error::Integrity(format!(
                "{}: the server announced {announced} bytes and sent {}",
                transfer.what, transfer.bytes
            )));
        }
        if !transfer.is_cut_off || self.settings.tls.data_end == DataEnd::Trusted {
            return Ok(());
        }
        let is_whole = self.settings.tls.data_end != DataEnd::Strict
            && (transfer.has_all_that_was_announced()
                || transfer.is_empty_listing()
                || self.size_is_right(transfer).await?);
        if is_whole {
            return Ok(());
        }
        Err(Error::Integrity(format!(
            "{}: the server confirmed it, but its data ended without a close_notify after {} bytes, as if somebody had cut it off \
             (ftp_set_tls_end() is for servers that never send one)",
            transfer.what, transfer.bytes
        )))
    }

    /// Asks the server for the size of the file that was received; false when it does not tell, or tells another one.
    async fn size_is_right(&mut self, transfer: &Transfer) -> Result<bool> {
        let Some(file) = transfer.file.as_ref().filter(|file| !file.is_empty()) else { return Ok(false) };
        if self.connection.transfer_type != Some(TransferType::Image) {
            return Ok(false);
        }
        let told = self.history.last_reply.clone();
        let answer = self.exchange(&Command::with("SIZE", file)?).await;
        self.history.last_reply = told;
        match answer {
            Ok(reply) => Ok(parse_213(&reply) == Some(transfer.rest + transfer.bytes)),
            Err(Error::Reply { .. } | Error::Denied(_)) if !self.connection.dialogue.is_lost() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
