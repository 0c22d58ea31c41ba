//! Whether what was received is all that there is.

use std::io;

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
        let known = if transfer.is_as_announced() { Verified::Announced } else { Verified::FinalReply };
        if transfer.is_disturbed && !transfer.has_all_that_was_announced() {
            return self.require_size_in_spite_of_next().await;
        }
        if !transfer.is_cut_off || self.settings.tls.data_end == DataEnd::Trusted {
            return Ok(known);
        }
        if self.settings.tls.data_end != DataEnd::Strict {
            if transfer.has_all_that_was_announced() || transfer.is_empty_listing() {
                return Ok(known);
            }
            if self.size_is_right().await? {
                return Ok(Verified::Size);
            }
        }
        let what = &self.connection.transfer.what;
        Err(Error::Integrity(format!(
            "{what}: the server confirmed it, but its data ended without a close_notify after {bytes} bytes, as if somebody had \
             cut it off (ftp_set_tls_end() is for servers that never send one)"
        )))
    }

    /// The server may have ended the data for the next data connection, which it was asked for with this transfer.
    async fn require_size_in_spite_of_next(&mut self) -> Result<Verified> {
        if self.size_is_right().await? {
            return Ok(Verified::Size);
        }
        let what = &self.connection.transfer.what;
        Err(Error::Integrity(format!(
            "{what}: the server named the next data connection before it had ended this transfer, and its size is not known \
             (ftp_set_prearm())"
        )))
    }

    /// The server has broken the data connection of an upload, and said that it has everything.
    pub(crate) async fn require_size_in_spite_of(&mut self, error: io::Error) -> Result<Verified> {
        if self.size_is_right().await? {
            return Ok(Verified::Size);
        }
        let (what, bytes) = (&self.connection.transfer.what, self.connection.transfer.bytes);
        Err(Error::Integrity(format!(
            "{what}: the server confirmed it, but broke the data connection ({error}), and does not tell that all {bytes} bytes have arrived"
        )))
    }

    /// Asks the server for the size of the file that was received or stored; false when it does not tell, or tells another one.
    async fn size_is_right(&mut self) -> Result<bool> {
        let transfer = &self.connection.transfer;
        let Some(file) = transfer.file.as_ref().filter(|file| !file.is_empty()) else { return Ok(false) };
        let expected = transfer.rest.saturating_add(transfer.bytes);
        let is_image = self.connection.known.login.transfer_type == Some(TransferType::Image);
        if !is_image || transfer.has_unknown_offset {
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
