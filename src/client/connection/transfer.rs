//! A transfer, as far as it has got.

use crate::error::Error;
use crate::protocol::confirmation::Confirmation;
use crate::protocol::verb::Direction;

/// A transfer that the server was asked for: the one that is going on, or the last one.
#[derive(Default)]
pub(crate) struct Transfer {
    /// Tells it from all others of the client.
    pub id: u64,
    /// The command as messages show it.
    pub what: String,
    /// The server has said that it begins.
    pub has_begun: bool,
    /// The size that the server has announced for the data.
    pub announced: Option<u64>,
    /// The size of the whole file, where the client knows it.
    pub total: Option<u64>,
    /// Who moves its data.
    pub driver: Driver,
    /// How many bytes went over the data connection.
    pub bytes: u64,
    /// They are counted: the data of a copy goes elsewhere.
    pub is_counted: bool,
    /// Where the data goes, if the command tells that.
    pub direction: Option<Direction>,
    /// Data goes to the server: the end of the data connection is the end of the file, and must be a proper one.
    pub is_upload: bool,
    /// The offset that the server was told to start at.
    pub rest: u64,
    /// It starts somewhere else, and perhaps ends before the end of the file: the user has told the server so.
    pub has_unknown_offset: bool,
    /// The data goes over the network as it is in the file.
    pub is_image: bool,
    /// All data was read that the data connection had, or the end of what was to be sent was said; or the data goes elsewhere.
    pub has_ended: bool,
    /// The user has closed or taken its data connection.
    pub has_no_data_any_more: bool,
    /// The data ended as if somebody had cut the connection.
    pub is_cut_off: bool,
    /// The data connection ended before its TLS handshake: there never was any data.
    pub is_unsecured: bool,
    /// The server has taken part in the TLS handshake of its data connection.
    pub is_secured: bool,
    /// The server has confirmed it, and has not opened a data connection, or left one open without any data.
    pub is_without_data: bool,
    /// The server has named the address of the next transfer before the end of this one: it may have ended the data for it.
    pub is_disturbed: bool,
    /// What the server has said about its end, if that came before the end of its data.
    pub confirmation: Confirmation,
    /// How many bytes the last line of a listing has so far.
    pub line: usize,
    /// The name of the file that is received, or stored as a whole.
    pub file: Option<Vec<u8>>,
}

/// Who moves the data of a transfer.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Driver {
    /// Nobody: it is over, or there was none.
    #[default]
    Nobody,
    /// The call that is running. One that has failed, or was given up, leaves the transfer to be aborted.
    Call,
    /// The user, from one call to the next.
    User,
}

impl Transfer {
    /// The size that was announced is what has come. In ASCII type the two are not the same thing.
    pub(crate) fn has_all_that_was_announced(&self) -> bool {
        self.is_image && self.announced == Some(self.bytes)
    }

    /// All of the data has come that the server had announced, whether that counts from the beginning of the file or from where
    /// the data begins.
    pub(crate) fn is_as_announced(&self) -> bool {
        let is_received = self.has_ended && self.is_counted && !self.is_upload && self.is_image;
        let whole = self.bytes.saturating_add(self.rest);
        is_received && self.announced.is_some_and(|announced| announced == self.bytes || announced == whole)
    }

    /// Nothing was received, and nothing says that there is anything.
    pub(crate) fn may_be_empty(&self) -> bool {
        !self.is_upload && self.bytes == 0 && self.announced.unwrap_or_default() == 0
    }

    pub(crate) fn stopped(&self, value: i64) -> Error {
        Error::Callback { what: self.what.clone(), value }
    }

    /// The file is certainly not whole. Some servers announce all of it after REST, and others the rest. In ASCII type lines grow
    /// or shrink on their way, but do not vanish.
    pub(crate) fn is_shorter_than(&self, announced: u64) -> bool {
        let is_comparable = (self.is_image || self.bytes == 0) && !self.has_unknown_offset;
        !self.is_upload
            && self.file.is_some()
            && is_comparable
            && self.bytes.saturating_add(self.rest) < announced
    }

    /// The server certainly has the data connection. What was sent may still wait for it in the system.
    pub(crate) fn has_reached_the_server(&self) -> bool {
        self.is_secured || self.bytes > 0 && !self.is_upload
    }

    /// A file, of which nothing has come and nothing was announced. Nobody has seen its end.
    pub(crate) fn is_file_without_data(&self) -> bool {
        self.is_without_data && !self.is_upload && self.file.is_some() && self.announced.is_none()
    }

    /// Servers that open a data connection for an empty listing may close it without a word of TLS.
    pub(crate) fn is_empty_listing(&self) -> bool {
        self.is_unsecured && self.file.is_none() && self.bytes == 0
    }
}
