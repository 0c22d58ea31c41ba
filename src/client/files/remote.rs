//! What the server tells of a file.

use crate::client::session::Session;
use crate::error::Result;

impl Session<'_> {
    /// The size of a file; `None` where the server does not tell one. It may be that there is no such file.
    pub(super) async fn size_if_told(&mut self, path: &[u8]) -> Result<Option<u64>> {
        let command = self.about("SIZE", path)?;
        let told = self.history.last_reply.clone();
        let size = self.size(&command).await;
        let size = self.unless_refused(size).await?.flatten();
        self.history.last_reply = told;
        Ok(size)
    }

    /// What tells a file from all others, and from what it was before: a text of several lines. `None`: the size is not known, so
    /// nothing tells.
    pub(super) async fn identity(&mut self, path: &[u8]) -> Result<Option<(Vec<u8>, u64)>> {
        let Some(size) = self.size_if_told(path).await? else { return Ok(None) };
        let told = self.history.last_reply.clone();
        let modified = self.modified_if_told(path).await?;
        let directory = if path.starts_with(b"/") {
            None
        } else {
            let directory = self.pwd().await;
            self.unless_refused(directory).await?
        };
        self.history.last_reply = told;
        let modified = modified.map(|when| when.to_string()).unwrap_or_default();
        let user = self.history.memory.logins.wanted().map_or(&b""[..], |login| login.user.argument());
        let size_text = size.to_string();
        let lines: [&[u8]; 6] = [
            self.history.peer.as_bytes(),
            user,
            directory.as_deref().unwrap_or_default(),
            path,
            size_text.as_bytes(),
            modified.as_bytes(),
        ];
        Ok(Some((lines.join(&b'\n'), size)))
    }

    /// When a file was changed; `None` where the server does not tell.
    pub(crate) async fn modified_if_told(&mut self, path: &[u8]) -> Result<Option<i64>> {
        let told = self.history.last_reply.clone();
        let modified = self.modified(path).await;
        let modified = self.unless_refused(modified).await?.flatten();
        self.history.last_reply = told;
        Ok(modified)
    }
}
