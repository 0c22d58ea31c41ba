//! What an upload has left under its temporary name if the call ends in the middle of it.

use crate::client::files::put::Upload;
use crate::client::limits::ABORT_TIME;
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::dialogue::is_goodbye;
use crate::protocol::reply::Class;

impl Session<'_> {
    /// The server is about to make the file. Whoever cancels the call ends it at any point, and nobody comes by here again. After RNTO
    /// the name is gone, and so it does no harm to delete it. While another file is aside, nothing is deleted.
    pub(super) fn note_left_over(&mut self, upload: &Upload<'_>) -> Result<()> {
        let is_wanted = !upload.wanted.atomic || upload.can_be_continued() || upload.aside.is_some();
        self.connection.known.left_over =
            if is_wanted { None } else { Some(Box::new(self.about("DELE", &upload.name)?)) };
        Ok(())
    }

    /// After [`Session::settle`]: the temporary file of the call that has ended is deleted. The session is in step then, or an error says
    /// that it is not.
    pub(crate) async fn remove_left_over(&mut self) -> Result<()> {
        let Some(command) = self.connection.known.left_over.take() else { return Ok(()) };
        if self.env.audit.command(&command).is_err() {
            return Ok(());
        }
        let wait = self.wait_at_most(Phase::Reply, ABORT_TIME);
        let told = self.history.last_reply.clone();
        let reactor = self.env.reactor.clone();
        let deleted = reactor.unless_left(async {
            self.take_unsolicited().await?;
            self.send_as_is(&command, wait).await?;
            self.next_reply(wait).await
        });
        let left = || Error::NotConnected("the user has not waited for it to be in step".into());
        let reply = deleted.await.unwrap_or_else(|| Err(left()))?;
        let is_final = !matches!(reply.class(), Some(Class::Preliminary | Class::Intermediate) | None);
        if is_goodbye(&reply, "DELE") || !is_final {
            return Err(Error::Reply { what: command.shown().into_owned(), reply });
        }
        // Whatever it says: nothing more can be done about it.
        self.connection.dialogue.regain();
        self.history.last_reply = told;
        Ok(())
    }
}
