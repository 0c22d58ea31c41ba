//! How directories are listed on a server, and the facts that it is to tell.

use crate::client::connection::{Chooser, Learned};
use crate::client::metadata::entries::ListRequest;
use crate::client::metadata::entries::fetch::Way;
use crate::client::session::Session;
use crate::error::Result;
use crate::protocol::command::Command;

/// The facts that entries are made of.
const FACTS: &str = "type;size;modify;perm;unique;unix.mode;unix.owner;unix.ownername;unix.group;unix.groupname;\
                     unix.uid;unix.gid;unix.slink";

impl Session<'_> {
    /// How a directory is listed on this server.
    pub(super) async fn way_to_list(&mut self, wanted: &ListRequest) -> Result<Way> {
        if wanted.by_stat {
            return Ok(Way::Stat);
        }
        if wanted.by_list || self.connection.known.login.learned.mlsd_is_broken {
            return Ok(Way::List);
        }
        let features = self.features().await?;
        let has_mlsd = features.has("MLST") || features.has("MLSD");
        Ok(if has_mlsd { Way::Mlsd } else { Way::List })
    }

    /// Asks for all facts that entries are made of (RFC 3659, section 7.9), unless the server tells them by itself.
    pub(super) async fn choose_facts(&mut self) -> Result<()> {
        let Learned { facts: chosen, refuses_choice, .. } = self.connection.known.login.learned;
        if chosen == Chooser::Library || refuses_choice {
            return Ok(());
        }
        let features = self.features().await?;
        let offered = features.parameters("MLST").unwrap_or_default();
        let wanted = match facts_to_ask_for(offered) {
            Some(wanted) => wanted,
            // The server tells them by itself, but for another choice of the user's.
            None if chosen == Chooser::Server => return Ok(()),
            None => format!("{FACTS};"),
        };
        if chosen == Chooser::Server {
            let told =
                facts_told(offered).map(|facts| Command::with("OPTS", format!("MLST {facts}").as_bytes()));
            self.connection.known.login.learned.facts_of_the_server = told.transpose()?;
        }
        let choice = Command::with("OPTS", format!("MLST {wanted}").as_bytes())?;
        self.prefer_facts(&choice, Chooser::Library).await
    }
}

/// The facts that a server tells by itself, out of those that it offers. `None`: it does not say.
fn facts_told(offered: &[u8]) -> Option<String> {
    let offered = String::from_utf8_lossy(offered);
    let told: String = offered
        .split(';')
        .filter_map(|fact| fact.trim().strip_suffix('*'))
        .map(|fact| format!("{fact};"))
        .collect();
    (!told.is_empty()).then_some(told)
}

/// The facts to ask for, out of those that a server offers, as in `type*;size*;unix.mode;`: a star is at those that it tells
/// anyway. `None`: it tells all of them.
fn facts_to_ask_for(offered: &[u8]) -> Option<String> {
    let offered = String::from_utf8_lossy(offered);
    let facts = offered.split(';').map(str::trim).filter(|fact| !fact.is_empty());
    let known: Vec<(&str, bool)> = facts
        .map(|fact| fact.strip_suffix('*').map_or((fact, false), |fact| (fact, true)))
        .filter(|(fact, _)| FACTS.split(';').any(|known| known.eq_ignore_ascii_case(fact)))
        .collect();
    if known.iter().all(|(_, is_told)| *is_told) {
        return None;
    }
    Some(known.iter().map(|(fact, _)| format!("{fact};")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_tells_by_itself_is_known_by_its_stars() {
        for (offered, expected) in
            [("", None), ("type;size;", None), ("type*; size*;lang;modify*", Some("type;size;modify;"))]
        {
            assert_eq!(facts_told(offered.as_bytes()).as_deref(), expected, "{offered}");
        }
    }

    #[test]
    fn what_the_server_does_not_tell_by_itself_is_asked_for() {
        for (offered, expected) in [
            ("", None),
            ("type*;size*;modify*;", None),
            ("type*;size*;modify*;lang;media-type;", None),
            ("Type*;Size*;UNIX.mode;lang;", Some("Type;Size;UNIX.mode;")),
            ("type*;size*;modify", Some("type;size;modify;")),
        ] {
            assert_eq!(facts_to_ask_for(offered.as_bytes()).as_deref(), expected, "{offered}");
        }
    }
}
