//! Where a session stands: the working directory, and how it is found again.
//!
//! A path that the server has told is known. After a change that is relative to where the session was, the next command is
//! preceded by PWD: a way may lead elsewhere later, and only where it has led counts. Several steps down in a row are one name,
//! and asked for once.

use crate::error::Result;
use crate::printable::{find, printable};
use crate::protocol::command::Command;
use crate::protocol::path::parse_257;
use crate::protocol::reply::{Class, Reply};
use crate::protocol::verb::{Fact, Verb};

/// How many steps down in a row are remembered before the server is asked where they have led.
const MAX_STEPS: usize = 64;

/// The working directory, as far as it is known.
#[derive(Clone)]
pub(crate) struct Place {
    base: Base,
    /// The command by which the server reads the path and the steps as they are meant. `None`: it does so by itself.
    naming: Option<Command>,
    /// The relative changes since; where they have led is not known.
    steps: Vec<Command>,
    /// What PWD said where that cannot be sent back.
    told: Option<Vec<u8>>,
    /// PWD was asked here; asking again would tell no more.
    was_asked: bool,
    /// The directory may have another name since PWD was asked, or be gone.
    is_changed: bool,
}

#[derive(Clone)]
enum Base {
    /// Where the login leads.
    Home,
    /// An absolute path: the user's words, or what PWD has told.
    Path { way: Command, told: Option<Vec<u8>>, is_home: bool },
    /// Nobody knows.
    Unknown,
}

/// Where a command moves the session.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Move {
    /// To a path from the root.
    Absolute,
    /// To a name in or under the directory.
    Down,
    /// To the directory above, perhaps by way of others.
    Up,
    /// Nowhere: `CWD .`.
    Stay,
    /// Nobody knows where.
    Somewhere,
}

impl Move {
    fn of(command: &Command) -> Option<Move> {
        let path = command.argument();
        match command.verb() {
            Verb::Cdup | Verb::Xcup => Some(Move::Up),
            Verb::Smnt => Some(Move::Somewhere),
            Verb::Cwd | Verb::Xcwd if path.starts_with(b"/") => Some(Move::Absolute),
            Verb::Cwd | Verb::Xcwd if path == b"." => Some(Move::Stay),
            Verb::Cwd | Verb::Xcwd => {
                let goes_up = path.split(|byte| matches!(byte, b'/' | b'\\')).any(|part| part == b"..");
                Some(if goes_up { Move::Up } else { Move::Down })
            }
            _ => None,
        }
    }
}

/// Whether a command can give the working directory another name, or remove it: RNTO, RMD, and whatever SITE does.
fn may_rename_a_directory(command: &Command) -> bool {
    match command.verb() {
        Verb::Rnto => true,
        Verb::Other => !command.text().to_ascii_uppercase().starts_with(b"DELE "),
        _ => false,
    }
}

impl Place {
    /// Where the login leads.
    pub(crate) fn home() -> Place {
        Place::from(Base::Home)
    }

    /// Where the path of a URL leads from there (RFC 1738, section 3.2.2: a CWD for each part).
    pub(crate) fn of_url(parts: &[impl AsRef<[u8]>]) -> Result<Place> {
        let step = |part: &[u8]| match part {
            b".." => Ok(Command::new("CDUP")),
            part => Command::with("CWD", part),
        };
        let steps = parts.iter().map(AsRef::as_ref).filter(|part| !part.is_empty()).map(step);
        Ok(Place { steps: steps.collect::<Result<_, _>>()?, ..Place::home() })
    }

    fn from(base: Base) -> Place {
        Place { base, naming: None, steps: Vec::new(), told: None, was_asked: false, is_changed: false }
    }

    /// Nobody knows where.
    pub(crate) fn lose(&mut self) {
        *self = Place::from(Base::Unknown);
    }

    /// A command was answered. `naming` is the command that has changed what paths mean.
    pub(crate) fn follow(&mut self, command: &Command, reply: &Reply, naming: Option<&Command>) {
        let is_done = reply.class() == Some(Class::Completion);
        if matches!(command.verb(), Verb::Pwd | Verb::Xpwd) {
            (self.was_asked, self.is_changed) = (true, false);
            if is_done {
                self.stand_at(reply, naming);
            }
        } else if is_done && let Some(moved) = Move::of(command) {
            self.go(moved, command, naming);
        } else if is_done && may_rename_a_directory(command) {
            self.is_changed = true;
        }
    }

    fn go(&mut self, moved: Move, command: &Command, naming: Option<&Command>) {
        if matches!(self.base, Base::Home) && self.steps.is_empty() {
            self.naming = naming.cloned();
        }
        let is_of_another_naming = self.naming.as_ref() != naming;
        match moved {
            Move::Stay => return,
            Move::Absolute => {
                let base = Base::Path { way: command.clone(), told: None, is_home: false };
                *self = Place { naming: naming.cloned(), ..Place::from(base) };
            }
            // No reconnection could bring back both.
            Move::Down | Move::Up if is_of_another_naming => self.lose(),
            Move::Somewhere => self.lose(),
            Move::Down if self.steps.len() < MAX_STEPS && !self.has_gone_up() => {
                self.steps.push(command.clone());
            }
            Move::Up if self.is_known() => self.steps.push(command.clone()),
            // The way up from a place that is not known for sure leads anywhere.
            Move::Down | Move::Up => self.lose(),
        }
        (self.told, self.was_asked) = (None, false);
    }

    fn stand_at(&mut self, reply: &Reply, naming: Option<&Command>) {
        let path = parse_257(reply).unwrap_or_default();
        match way_to(&path) {
            Some(way) => {
                let is_home = self.steps.is_empty() && self.is_home();
                self.base = Base::Path { way, told: Some(path), is_home };
                self.naming = naming.cloned();
                self.steps.clear();
                self.told = None;
            }
            None if self.naming.as_ref() != naming => {}
            None => self.told = Some(path).filter(|path| !path.is_empty()),
        }
    }

    /// The command to send before the way back.
    pub(crate) fn naming(&self) -> Option<&Command> {
        self.naming.as_ref()
    }

    fn has_gone_up(&self) -> bool {
        self.steps.first().is_some_and(|step| Move::of(step) == Some(Move::Up))
    }

    /// It is home, or a path that the server has told.
    fn is_known(&self) -> bool {
        self.steps.is_empty() && matches!(self.base, Base::Home | Base::Path { told: Some(_), .. })
    }

    /// Whether the server must be asked where it is before this command is sent.
    pub(crate) fn is_to_be_asked_before(&self, command: &Command) -> bool {
        if self.was_asked || command.verb().is(Fact::NothingBefore) {
            return false;
        }
        let is_lost = matches!(self.base, Base::Unknown);
        match Move::of(command) {
            Some(Move::Absolute | Move::Somewhere) => false,
            Some(Move::Down | Move::Stay) => is_lost || self.has_gone_up() || self.steps.len() >= MAX_STEPS,
            Some(Move::Up) => !self.is_known(),
            None => is_lost || !self.steps.is_empty(),
        }
    }

    /// Whether it can be found again.
    pub(crate) fn can_be_found(&self) -> bool {
        !matches!(self.base, Base::Unknown)
    }

    /// What PWD tells here, if it has told that and nothing may have changed it.
    pub(crate) fn told(&self) -> Option<&[u8]> {
        match &self.base {
            _ if self.is_changed => None,
            Base::Path { told, .. } if self.steps.is_empty() => self.told.as_deref().or(told.as_deref()),
            _ => self.told.as_deref(),
        }
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.was_asked && !self.is_changed
    }

    /// PWD was asked here: asking again would tell no more.
    pub(crate) fn note_asked(&mut self) {
        (self.was_asked, self.is_changed) = (true, false);
    }

    /// The absolute path to begin with on the way back, and what PWD must tell there.
    pub(crate) fn base(&self) -> Option<(&Command, Option<&[u8]>)> {
        match &self.base {
            Base::Path { way, told, .. } => Some((way, told.as_deref())),
            Base::Home | Base::Unknown => None,
        }
    }

    /// Whether the path to begin with is where the login leads.
    pub(crate) fn is_home(&self) -> bool {
        matches!(self.base, Base::Home | Base::Path { is_home: true, .. })
    }

    /// The command that leads there from anywhere, if one does while `naming` has changed what paths mean.
    pub(crate) fn way(&self, naming: Option<&Command>) -> Option<Command> {
        match &self.base {
            Base::Path { way, .. } if self.steps.is_empty() && self.naming.as_ref() == naming => {
                Some(way.clone())
            }
            Base::Path { .. } | Base::Home | Base::Unknown => None,
        }
    }

    /// The relative changes after that, and what PWD must tell at their end.
    pub(crate) fn steps(&self) -> (&[Command], Option<&[u8]>) {
        (&self.steps, self.told.as_deref())
    }

    /// For messages.
    pub(crate) fn name(&self) -> String {
        let base = match &self.base {
            Base::Path { way, .. } => Some(way.argument()),
            Base::Home | Base::Unknown => None,
        };
        let steps = self.steps.iter().map(|step| match step.argument() {
            b"" => &b".."[..],
            name => name,
        });
        let parts: Vec<&[u8]> = base.into_iter().chain(steps).collect();
        let mut name = printable(&parts.join(&b'/'));
        if let Some(at) = find(&name, "//") {
            name.remove(at);
        }
        name
    }
}

/// The command that leads to a path of the server's, if it is one that can be sent as it came.
fn way_to(path: &[u8]) -> Option<Command> {
    let is_mangled = path.windows(3).any(|bytes| bytes == "\u{fffd}".as_bytes());
    let has_control = path.iter().any(u8::is_ascii_control);
    if path.is_empty() || is_mangled || has_control { None } else { Command::with("CWD", path).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(place: &mut Place, dialogue: &str) {
        let mut naming = None;
        for exchange in dialogue.split(',').filter(|exchange| !exchange.is_empty()) {
            let (command, reply) = exchange.split_once('|').unwrap();
            let command = Command::parse(command.as_bytes()).unwrap();
            place.follow(&command, &Reply::from_text(reply), naming.as_ref());
            if command.text().starts_with(b"SITE") {
                naming = Some(command);
            }
        }
    }

    fn after(dialogue: &str) -> Place {
        let mut place = Place::home();
        follow(&mut place, dialogue);
        place
    }

    /// The commands that lead back, or `?`; `=` where PWD is compared.
    fn way(place: &Place) -> String {
        let mut way = match &place.base {
            Base::Home => vec![],
            Base::Unknown => return "?".into(),
            Base::Path { way, told, .. } => {
                let text = String::from_utf8_lossy(way.text()).into_owned();
                if told.is_some() { vec![text, "=".into()] } else { vec![text] }
            }
        };
        way.extend(place.steps.iter().map(|step| String::from_utf8_lossy(step.text()).into_owned()));
        way.extend(place.told.iter().map(|_| "=".into()));
        way.join(",")
    }

    #[test]
    fn only_where_the_session_stands_counts() {
        for (shown, dialogue, expected) in [
            ("nothing has happened", "", ""),
            ("steps down add up", "CWD a|250,cwd b c|200", "CWD a,cwd b c"),
            ("to stay is no step", "CWD a|250,CWD .|250", "CWD a"),
            ("an absolute one stands alone", "CWD a|250,XCWD /b|250", "XCWD /b"),
            ("and steps down follow it", "CWD /b|250,CWD c|250", "CWD /b,CWD c"),
            ("what was refused does not count", "CWD a|250,CWD /b|550,CDUP|500", "CWD a"),
            ("PWD tells the whole", "CWD a|250,PWD|257 \"/x/a\"", "CWD /x/a,="),
            ("also at home", "PWD|257 \"/x\"", "CWD /x,="),
            ("or not", "CWD a|250,PWD|257 is where you are", "CWD a"),
            ("or is refused", "CWD a|250,PWD|550 \"/x/a\"", "CWD a"),
            ("or is not in this encoding", "CWD a|250,PWD|257 \"/x/\u{fffd}\"", "CWD a,="),
            ("or cannot be sent", "CWD a|250,PWD|257 \"/x/\u{1b}[2J\"", "CWD a,="),
            ("nor with a DEL", "CWD a|250,PWD|257 \"/x/\u{7f}\"", "CWD a,="),
            ("a step down from what cannot be sent", "CWD a|250,PWD|257 \"/\u{3}\",CWD b|250", "CWD a,CWD b"),
            ("MKD goes nowhere", "CWD a|250,MKD b|257 \"/a/b\"", "CWD a"),
            ("up from home", "CDUP|250", "CDUP"),
            ("up from a path that is known", "CWD a|250,PWD|257 \"/a\",CDUP|250", "CWD /a,=,CDUP"),
            ("by name as well", "CWD a|250,PWD|257 \"/a\",CWD ../b|250", "CWD /a,=,CWD ../b"),
            ("up from a name", "CWD a|250,CDUP|250", "?"),
            ("up from an absolute path that may be a link", "CWD /a|250,CDUP|250", "?"),
            ("down after up", "CDUP|250,CWD a|250", "?"),
            ("up twice", "CDUP|250,XCUP|250", "?"),
            ("a mount", "CWD /a|250,SMNT x|250", "?"),
            ("an absolute path ends the doubt", "CDUP|250,XCUP|250,CWD /a|250", "CWD /a"),
            ("PWD does", "CDUP|250,XCUP|250,PWD|257 \"/a\"", "CWD /a,="),
            ("a step does not", "CDUP|250,XCUP|250,CWD a|250", "?"),
        ] {
            assert_eq!(way(&after(dialogue)), expected, "{shown}");
        }
    }

    #[test]
    fn a_way_is_good_while_paths_mean_the_same() {
        let naming = Command::parse(b"SITE NAMEFMT 1").unwrap();
        for (shown, dialogue, expected, before, since) in [
            ("told before it", "PWD|257 \"QGPL\",SITE NAMEFMT 1|200", "CWD QGPL,=", true, false),
            ("told again", "PWD|257 \"QGPL\",SITE NAMEFMT 1|200,PWD|257 \"/Q\"", "CWD /Q,=", false, true),
            ("told after it", "SITE NAMEFMT 1|200,PWD|257 \"/Q\"", "CWD /Q,=", false, true),
            ("an absolute path", "SITE NAMEFMT 1|200,CWD /Q|250", "CWD /Q", false, true),
            ("home, and a step", "SITE NAMEFMT 1|200,CWD Q|250", "CWD Q", false, true),
            ("steps before it and after", "CWD A|250,SITE NAMEFMT 1|200,CWD Q|250", "?", false, false),
            ("a step from what was told", "PWD|257 \"A\",SITE NAMEFMT 1|200,CWD Q|250", "?", false, false),
        ] {
            let place = after(dialogue);
            assert_eq!(way(&place), expected, "{shown}");
            assert_eq!(place.naming().is_some(), since, "{shown}");
            assert_eq!(place.way(None).is_some(), before, "{shown}");
            let is_way = since && place.steps().0.is_empty();
            assert_eq!(place.way(Some(&naming)).is_some(), is_way, "{shown}");
        }
    }

    #[test]
    fn the_server_is_asked_once_and_only_where_it_must_be() {
        for (dialogue, command, expected) in [
            ("", "DELE f", false),
            ("", "CDUP", false),
            ("CWD a|250", "DELE f", true),
            ("CWD a|250", "RNFR f", true),
            ("CWD a|250", "RNTO g", false),
            ("CWD a|250", "PWD", false),
            ("CWD a|250", "NOOP", false),
            ("CWD a|250", "QUIT", false),
            ("CWD a|250", "CWD b", false),
            ("CWD a|250", "CWD /b", false),
            ("CWD a|250", "CWD ..", true),
            ("CWD a|250", "CWD b\\..", true),
            ("CWD a|250", "CWD b/../c", true),
            ("CWD a|250", "CWD ..b", false),
            ("CWD a|250,PWD|257 \"/a\"", "CDUP", false),
            ("CWD a|250,PWD|502", "DELE f", false),
            ("CWD a|250,PWD|257 /a", "CDUP", false),
            ("CWD /a|250", "DELE f", false),
            ("CWD /a|250", "CWD b", false),
            ("CWD /a|250", "CDUP", true),
            ("CDUP|250", "DELE f", true),
            ("CDUP|250", "CWD a", true),
            ("CDUP|250", "CDUP", true),
            ("SMNT x|250", "CWD a", true),
            ("SMNT x|250", "DELE f", true),
            ("SMNT x|250", "CWD /a", false),
        ] {
            let command = Command::parse(command.as_bytes()).unwrap();
            assert_eq!(after(dialogue).is_to_be_asked_before(&command), expected, "{dialogue}: {command:?}");
        }
    }

    #[test]
    fn a_long_way_down_is_asked_for_before_it_is_lost() {
        let mut place = Place::home();
        for _ in 0..MAX_STEPS {
            assert!(!place.is_to_be_asked_before(&Command::parse(b"CWD a").unwrap()));
            follow(&mut place, "CWD a|250");
        }
        assert!(place.is_to_be_asked_before(&Command::parse(b"CWD a").unwrap()));
        follow(&mut place, "CWD a|250");
        assert!(!place.can_be_found());
    }

    #[test]
    fn a_place_has_a_name_for_messages() {
        for (dialogue, expected) in [
            ("", ""),
            ("CWD a|250,CWD b c|250", "a/b c"),
            ("CWD /a\u{1b}|250,CWD b|250", "/a?/b"),
            ("PWD|257 \"/\",CWD b|250", "/b"),
            ("PWD|257 \"/a\",CDUP|250", "/a/.."),
        ] {
            assert_eq!(after(dialogue).name(), expected);
        }
    }
}
