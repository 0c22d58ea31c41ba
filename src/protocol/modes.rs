//! The commands that set the mode of a file. No RFC has one.

use super::command::{Command, CommandError};
use super::features::Features;
use super::path::as_named;

/// The highest mode: permissions, and the three bits before them.
pub const MAX_MODE: u16 = 0o7777;

/// A way to set the mode of a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ModeWay {
    /// `MFF UNIX.mode=0644; path` (draft-somers-ftp-mfxx).
    Mff,
    /// `SITE CHMOD 644 path`.
    Chmod,
}

impl ModeWay {
    /// The ways in the order in which they are tried: MFF only where the server has named it.
    pub fn in_order(features: &Features) -> Vec<ModeWay> {
        [ModeWay::Mff, ModeWay::Chmod]
            .into_iter()
            .filter(|way| way.is_named(features) || *way != ModeWay::Mff)
            .collect()
    }

    /// Whether the server has named it in its reply to FEAT.
    pub fn is_named(self, features: &Features) -> bool {
        let name: &[u8] = match self {
            ModeWay::Mff => b"MFF UNIX.mode",
            ModeWay::Chmod => b"SITE CHMOD",
        };
        features.told_of(name).is_some()
    }

    /// The command that sets a mode.
    ///
    /// # Errors
    /// Those of a command.
    pub fn command(self, mode: u16, path: &[u8]) -> Result<Command, CommandError> {
        let path = &*as_named(path);
        match self {
            ModeWay::Mff => {
                Command::with("MFF", &[format!("UNIX.mode={mode:04o}; ").as_bytes(), path].concat())
            }
            ModeWay::Chmod => {
                Command::with("SITE", &[format!("CHMOD {mode:03o} ").as_bytes(), path].concat())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::reply::Reply;

    #[test]
    fn mff_is_used_where_it_is_named() {
        use ModeWay::*;
        for (lines, ways) in [
            ("", vec![Chmod]),
            (" MFF modify;UNIX.group;UNIX.mode;", vec![Mff, Chmod]),
            (" MFF modify;", vec![Chmod]),
            (" SITE CHMOD", vec![Chmod]),
        ] {
            let features = Features::parse(&Reply::from_text(format!("211-x\n{lines}\n211 x")));
            assert_eq!(ModeWay::in_order(&features), ways, "{lines}");
            assert_eq!(Chmod.is_named(&features), lines.contains("CHMOD"));
        }
    }

    #[test]
    fn a_mode_is_written_in_octal() {
        for (way, mode, command) in [
            (ModeWay::Mff, 0o644, "MFF UNIX.mode=0644; a b"),
            (ModeWay::Mff, 0o4755, "MFF UNIX.mode=4755; a b"),
            (ModeWay::Chmod, 0o644, "SITE CHMOD 644 a b"),
            (ModeWay::Chmod, 0o7, "SITE CHMOD 007 a b"),
            (ModeWay::Chmod, 0, "SITE CHMOD 000 a b"),
            (ModeWay::Chmod, MAX_MODE, "SITE CHMOD 7777 a b"),
        ] {
            assert_eq!(way.command(mode, b"a b").unwrap().text(), command.as_bytes());
        }
        assert_eq!(ModeWay::Chmod.command(0o600, b"-x").unwrap().text(), b"SITE CHMOD 600 ./-x");
        assert!(ModeWay::Chmod.command(0o600, b"a\rb").is_err());
    }
}
