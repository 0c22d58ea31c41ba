//! What a server can do, and what its listings are like, as far as that was found out since the login.

use std::sync::Arc;

use crate::client::connection::ways::Ways;
use crate::protocol::command::Command;
use crate::protocol::features::Features;
use crate::protocol::hashes::HashWay;
use crate::protocol::modes::ModeWay;
use crate::protocol::offsets::Offsets;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::system::{System, changes_listings};
use crate::protocol::times::TimeWay;
use crate::protocol::verb::Verb;

/// See the module.
#[derive(Default)]
pub(crate) struct Learned {
    /// What FEAT has told, once it was asked for.
    pub features: Option<Arc<Features>>,
    /// OPTS UTF8 ON was sent, whatever came of it.
    pub was_asked_for_utf8: bool,
    /// MLSD is named, and does not work.
    pub mlsd_is_broken: bool,
    /// MLSD has shown a link as one, which servers that hide links there never do; or LIST cannot tell more.
    pub tells_links_by_mlsd: bool,
    /// MLST is named, and does not work.
    pub mlst_is_broken: bool,
    /// Who has chosen the facts of MLSD and MLST.
    pub facts: Chooser,
    /// What chooses those that the server has told before the library chose.
    pub facts_of_the_server: Option<Command>,
    /// It lets nobody choose.
    pub refuses_choice: bool,
    /// Whether LIST knows the option -a, once that was tried.
    pub knows_hidden: Option<bool>,
    /// MDTM is not known.
    pub lacks_mdtm: bool,
    /// How it sets times.
    pub times: Ways<TimeWay>,
    /// It was seen to set no times in any way.
    pub sets_no_times: bool,
    /// How it sets modes.
    pub modes: Ways<ModeWay>,
    /// How it tells hashes.
    pub hashes: Ways<HashWay>,
    /// The algorithm of HASH that was chosen last, by whomever. `None`: the one that FEAT marks.
    pub chosen_hash: Option<Vec<u8>>,
    /// How far the server's clock is from UTC.
    pub offsets: Offsets,
    /// What the server says that it runs on, once SYST was asked.
    pub system: Option<System>,
    /// What it runs on as a listing has shown it.
    pub listed_system: Option<System>,
    /// The system whose commands were sent.
    pub prepared_system: Option<System>,
    /// It loses commands that are sent before others are answered, or answers them out of order.
    pub loses_commands: bool,
    /// The program, or the library, has chosen how the server lists.
    pub has_chosen_listings: bool,
}

/// Who has chosen which facts there are.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Chooser {
    #[default]
    Server,
    Library,
    User,
}

impl Learned {
    /// Which facts were chosen, and nothing else that was known.
    pub(crate) fn keep_choice_of(&mut self, before: Learned) {
        self.facts = before.facts;
        self.facts_of_the_server = before.facts_of_the_server;
        self.refuses_choice = before.refuses_choice;
    }

    /// The reply to a command will never be read.
    pub(crate) fn follow_unread(&mut self, command: &Command) {
        if command.chooses_facts() {
            self.facts = Chooser::User;
        } else if let Some(chosen) = command.chosen_hash() {
            self.chosen_hash = Some(chosen.to_vec());
        } else if changes_listings(command.text()) {
            self.has_chosen_listings = true;
        }
    }

    /// A command was answered.
    pub(crate) fn follow(&mut self, command: &Command, reply: &Reply) {
        if reply.class() != Some(Class::Completion) {
            return;
        }
        if command.verb() == Verb::Syst {
            let text = reply.text().get(4..).unwrap_or_default();
            self.system = Some(System::of_syst(text).unwrap_or_default());
        } else if changes_listings(command.text()) {
            self.has_chosen_listings = true;
        } else if command.verb() == Verb::Feat {
            self.features = Some(Arc::new(Features::parse(reply)));
        } else if command.chooses_facts() {
            // Until the library says that it was its own.
            (self.facts, self.refuses_choice) = (Chooser::User, false);
        } else if let Some(chosen) = command.chosen_hash() {
            self.chosen_hash = Some(chosen.to_vec());
        }
    }
}
