//! Directories as entries.

use crate::client::Client;
use crate::client::metadata::{ListRequest, OpenedList};
use crate::client::transfer::TransferId;
#[allow(unused_imports, reason = "the documentation names it")]
use crate::error::Error;
use crate::error::Result;
use crate::protocol::entries::Entries;

impl Client {
    /// Lists a directory: by MLSD where the server has it, and otherwise by LIST. While a listing that is streamed has not ended, no
    /// other command can be sent.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it was found out that there is no such directory; [`Error::Reply`] when the server refuses to list
    /// one that is there; [`Error::Limit`] when it is too long to be held as a whole.
    pub async fn list(&mut self, wanted: &ListRequest) -> Result<OpenedList> {
        self.session()?.list(wanted).await
    }

    /// The next piece of the text of a listing that is streamed. `None` is its end, which the server has confirmed.
    ///
    /// # Errors
    /// As [`Client::transfer_read`] and [`Client::transfer_finish`].
    pub async fn more_of_list(&mut self, id: TransferId) -> Result<Option<Vec<u8>>> {
        self.session()?.more_of_list(id).await
    }

    /// The entry of a path; `None` is the working directory.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it was found out that nothing is there; [`Error::Reply`] when that could not be found out.
    pub async fn stat(&mut self, path: Option<&[u8]>) -> Result<Entries> {
        self.session()?.stat(path).await
    }

    /// Whether a file or directory is there.
    ///
    /// # Errors
    /// [`Error::Reply`] when it could not be found out.
    pub async fn exists(&mut self, path: &[u8]) -> Result<bool> {
        self.session()?.exists(path).await
    }
}
