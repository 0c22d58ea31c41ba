//! Whether what was received is all that there is.

use crate::client::history::Verified;
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
    ///
    /// # Errors
    /// What contradicts it. Otherwise, how much is known.
    pub(crate) async fn require_whole(&mut self) -> Result<Verified> {
        let transfer = &self.connection.transfer;
        let (what, bytes) = (&transfer.what, transfer.bytes);
        if let Some(announced) = transfer.announced
            && transfer.has_ended
            && transfer.is_shorter_than(announced)
        {
            return Err(Error::Integrity(format!(
                "{what}: the server announced {announced} bytes and sent {bytes}"
            )));
        }
        let has_all = transfer.has_all_that_was_announced();
        let (tls_end, mut may_ask) = (self.settings.tls.data_end, true);
        let doubt = if self.connection.data.is_broken {
            "broke the data connection, and does not tell that all has arrived"
        } else if transfer.is_disturbed && !has_all {
            // It may have ended the data for the next data connection, which it was asked for with this transfer.
            "named the next data connection before it had ended this transfer, and its size is not known (ftp_set_prearm())"
        } else if transfer.is_file_without_data() {
            "there was no data connection, and the file is not known to be empty"
        } else if !transfer.is_cut_off
            || tls_end == DataEnd::Trusted
            || tls_end != DataEnd::Strict && (has_all || transfer.is_empty_listing())
        {
            let is_as_announced = transfer.is_as_announced();
            return Ok(if is_as_announced { Verified::Announced } else { Verified::FinalReply });
        } else {
            may_ask = tls_end != DataEnd::Strict;
            "its data ended without a close_notify, as if somebody had cut it off (ftp_set_tls_end() is for servers that never send one)"
        };
        if may_ask && self.size_is_right().await? {
            return Ok(Verified::Size);
        }
        let what = &self.connection.transfer.what;
        Err(Error::Integrity(format!("{what}: the server confirmed it after {bytes} bytes, but {doubt}")))
    }

    /// Asks the server for the size of the file that was received or stored; false when it does not tell, or tells another one.
    async fn size_is_right(&mut self) -> Result<bool> {
        let transfer = &self.connection.transfer;
        let Some(file) = transfer.file.as_ref().filter(|file| !file.is_empty()) else { return Ok(false) };
        let expected = transfer.rest.saturating_add(transfer.bytes);
        let is_image = self.connection.known.login.transfer_type == Some(TransferType::Image);
        // Line ends make no difference where there are none.
        let is_comparable = is_image || expected == 0;
        if !is_comparable || transfer.has_unknown_offset {
            return Ok(false);
        }
        let told = self.history.last_reply.clone();
        let answer = self.exchange(&Command::with("SIZE", file)?).await;
        self.history.last_reply = told;
        match answer {
            Ok(reply) => Ok(parse_213(&reply) == Some(expected)),
            Err(Error::Reply { .. } | Error::Denied(_)) if !self.connection.dialogue.is_lost() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
