//! Trees of directories, and patterns of paths.

use crate::client::Client;
use crate::client::metadata::{GlobRequest, Match, Visitor, WalkRequest};
#[allow(unused_imports, reason = "the documentation names it")]
use crate::error::Error;
use crate::error::Result;

impl Client {
    /// Shows all that is below a directory, and not the directory itself.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such directory; [`Error::Callback`] when `visit` stopped the walk; [`Error::Limit`] when
    /// the tree is too deep, or too much of it would be held; those of [`Client::list`].
    pub async fn walk(&mut self, wanted: &WalkRequest, visit: Visitor<'_>) -> Result<()> {
        self.session()?.walk(wanted, visit).await
    }

    /// Makes a directory, and those above it that are missing. It is no error if it is there already.
    ///
    /// # Errors
    /// [`Error::Exists`] when something else is there; [`Error::Reply`] when the server refuses.
    pub async fn makedirs(&mut self, path: &[u8]) -> Result<()> {
        self.session()?.makedirs(path).await
    }

    /// Removes a directory with all that is in it, or a file, or a link and not what is behind it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing is there; the first one when something could not be removed, once all else is gone; those of
    /// [`Client::walk`].
    pub async fn remove_tree(&mut self, path: &[u8]) -> Result<()> {
        self.session()?.remove_tree(path).await
    }

    /// Finds what a pattern matches, in the order of the bytes of the paths.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the pattern names nothing; [`Error::Limit`] when it means too much, or finds too much; those
    /// of [`Client::list`].
    pub async fn glob(&mut self, wanted: &GlobRequest) -> Result<Vec<Match>> {
        self.session()?.glob(wanted).await
    }
}
