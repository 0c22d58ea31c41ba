//! What the server runs on, as far as it is known.

use crate::client::session::Session;
use crate::protocol::reply::Reply;
use crate::protocol::system::System;

impl Session<'_> {
    /// The system whose paths the server has. It is taken for one with slashes until something else is known.
    pub(crate) fn system(&self) -> System {
        let known = self.told_system().unwrap_or_default();
        if known == System::Plain && self.settings.system.is_none() {
            self.connection.known.login.learned.listed_system.unwrap_or_default()
        } else {
            known
        }
    }

    /// What the user has set, or the server has told by itself or by SYST.
    pub(crate) fn told_system(&self) -> Option<System> {
        let greeting = || self.history.welcome.as_ref().map(Reply::text);
        let learned = &self.connection.known.login.learned;
        self.settings.system.or(learned.system).or_else(|| greeting().and_then(System::of_greeting))
    }
}
