//! Files that grow, and files that the server names.

use crate::client::metadata::named;
use crate::client::session::Session;
use crate::client::transfer::Source;
use crate::error::Result;
use crate::protocol::command::Command;
use crate::protocol::path::as_named;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::unique::name_in;

impl Session<'_> {
    /// Adds to the end of a file, which is made if it is not there (APPE).
    pub(crate) async fn append(&mut self, path: &[u8], source: Source<'_>) -> Result<()> {
        let command = named("APPE", &as_named(path))?;
        self.storbinary(&command, 0, None, source, &mut |_| Ok(())).await.map(drop)
    }

    /// Stores a file by a name that the server makes (STOU). The name, if the server tells it.
    pub(crate) async fn store_unique(&mut self, source: Source<'_>) -> Result<Option<Vec<u8>>> {
        let last = self.storbinary(&Command::new("STOU"), 0, None, source, &mut |_| Ok(())).await?;
        let is_preliminary = |reply: &&Reply| reply.class() == Some(Class::Preliminary);
        let replies = self.history.record.replies.iter().filter(is_preliminary).chain([&last]);
        Ok(name_in(replies).map(<[u8]>::to_vec))
    }
}
