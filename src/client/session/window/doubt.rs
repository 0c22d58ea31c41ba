//! The step is found again after replies to many commands that cannot be told apart.

use crate::client::connection::{not_told_apart, too_many_replies};
use crate::client::session::Session;
use crate::client::session::window::on_its_way::Window;
use crate::client::session::window::{Answers, MOST_STRAYS};
use crate::error::{Error, Result};
use crate::phase::Phase;
use crate::protocol::codes::{NOT_IMPLEMENTED, NOT_RECOGNIZED, SYSTEM_TYPE};
use crate::protocol::command::Command;
use crate::protocol::dialogue::{Whose, is_goodbye};

impl Session<'_> {
    /// Nobody can tell any more whose the replies are that come: to what was sent and is not confirmed. Another fence would not help,
    /// for the reply that looks like its own may be that to the one before, said twice. But nothing is answered with 215 except SYST,
    /// whose reply ends all that is on its way. By then the number of replies tells more. If some were lost, the session is in step.
    /// If there is one too much, the server may say things twice again, and no reply of it can be trusted.
    pub(super) async fn find_the_step_of_window(
        &mut self,
        window: &mut Window,
        answers: &mut dyn Answers,
    ) -> Result<()> {
        self.connection.known.login.learned.loses_commands = true;
        window.give_up();
        let told = self.history.last_reply.clone();
        self.put(window, Whose::Fence, &Command::new("SYST")).await?;
        self.connection.dialogue.lose();
        let due = window.lengths.len();
        // All of the search together.
        let wait = self.wait(Phase::Reply);
        for count in 1..=due + MOST_STRAYS {
            let reply = self.next_in_window(window, wait, answers).await?;
            self.note(&reply);
            window.count(&reply);
            if is_goodbye(&reply, "SYST") {
                return Err(Error::Reply { what: "SYST".into(), reply });
            }
            if reply.code() == Some(SYSTEM_TYPE) {
                if window.answered > window.written {
                    let text = "the server has sent more replies than there were commands";
                    return Err(Error::Protocol(text.into()));
                }
                self.connection.dialogue.found();
                window.lengths.clear();
                self.history.last_reply = told;
                return Ok(());
            }
            if count >= due && matches!(reply.code(), Some(NOT_RECOGNIZED | NOT_IMPLEMENTED)) {
                // It seems to be SYST that the server does not know.
                return Err(not_told_apart());
            }
        }
        Err(too_many_replies())
    }
}
