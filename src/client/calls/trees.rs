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

    /// Finds what a pattern matches, in the order of the bytes of the paths.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the pattern names nothing; [`Error::Limit`] when it means too much, or finds too much; those
    /// of [`Client::list`].
    pub async fn glob(&mut self, wanted: &GlobRequest) -> Result<Vec<Match>> {
        self.session()?.glob(wanted).await
    }
}
