//! Verbs, the first words of commands, and all that this library knows of them. There is no other list of verbs.

/// A verb that something is known of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Verb {
    Abor,
    Acct,
    Adat,
    Appe,
    Auth,
    Ccc,
    Cdup,
    Cwd,
    Eprt,
    Epsv,
    Feat,
    Help,
    List,
    Mdtm,
    Mkd,
    Mlsd,
    Mlst,
    Mode,
    Nlst,
    Noop,
    Pass,
    Pasv,
    Pbsz,
    Port,
    Prot,
    Pwd,
    Quit,
    Rang,
    Rein,
    Rest,
    Retr,
    Rnto,
    Size,
    Smnt,
    Stat,
    Stor,
    Stou,
    Stru,
    Syst,
    Type,
    User,
    Xcup,
    Xcwd,
    Xmkd,
    Xpwd,
    /// None of these.
    Other,
}

/// What can be known of a verb.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Its argument is for the server only: messages and logs show stars.
    Secret,
    /// It tells the server who the user is.
    Login,
    /// It begins a new login or another level of protection: what was learned of the server before it ends.
    BeginsAnew,
    /// The library sends no command of its own before it. It belongs to a login, is the second of a pair, or needs no directory.
    NothingBefore,
    /// It changes neither a file nor what a later command means: with the wrong name it does no harm. Those of a login are
    /// harmless too.
    Harmless,
    /// It moves the session to another directory.
    Moves,
    /// Its reply 257 tells a path (RFC 959, section 4.2.1).
    AnsweredByPath,
    /// Its reply 221 or 220 ends what was, as the user wants.
    AnsweredByGoodbye,
    /// It agrees on the next data connection.
    AgreesOnData,
    /// A data connection that was agreed on, and not used yet, is none of its business.
    LeavesData,
    /// Data goes to the server.
    Sends,
    /// Data comes from the server.
    Receives,
    /// Its data is a file, which the representation type changes.
    File,
}

/// Where the data of a transfer goes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The client sends it.
    ToServer,
    /// The client receives it.
    FromServer,
}

/// Each verb, its name in upper case, and what is known of it.
const TABLE: [(Verb, &str, &[Fact]); 45] = {
    use Fact::*;
    [
        (Verb::Abor, "ABOR", &[NothingBefore]),
        (Verb::Acct, "ACCT", &[Login, Secret, NothingBefore, Harmless]),
        (Verb::Adat, "ADAT", &[NothingBefore]),
        (Verb::Appe, "APPE", &[Sends, File]),
        (Verb::Auth, "AUTH", &[BeginsAnew, NothingBefore]),
        (Verb::Ccc, "CCC", &[BeginsAnew, NothingBefore]),
        (Verb::Cdup, "CDUP", &[Moves, LeavesData]),
        (Verb::Cwd, "CWD", &[Moves, LeavesData]),
        (Verb::Eprt, "EPRT", &[AgreesOnData]),
        (Verb::Epsv, "EPSV", &[AgreesOnData]),
        (Verb::Feat, "FEAT", &[Harmless, LeavesData]),
        (Verb::Help, "HELP", &[Harmless]),
        (Verb::List, "LIST", &[Receives, Harmless]),
        (Verb::Mdtm, "MDTM", &[Harmless, LeavesData]),
        (Verb::Mkd, "MKD", &[AnsweredByPath]),
        (Verb::Mlsd, "MLSD", &[Receives, Harmless]),
        (Verb::Mlst, "MLST", &[Harmless, LeavesData]),
        (Verb::Mode, "MODE", &[]),
        (Verb::Nlst, "NLST", &[Receives, Harmless]),
        (Verb::Noop, "NOOP", &[NothingBefore, Harmless, LeavesData]),
        (Verb::Pass, "PASS", &[Login, Secret, NothingBefore, Harmless]),
        (Verb::Pasv, "PASV", &[AgreesOnData]),
        (Verb::Pbsz, "PBSZ", &[NothingBefore]),
        (Verb::Port, "PORT", &[AgreesOnData]),
        (Verb::Prot, "PROT", &[NothingBefore]),
        (Verb::Pwd, "PWD", &[AnsweredByPath, NothingBefore, Harmless, LeavesData]),
        (Verb::Quit, "QUIT", &[AnsweredByGoodbye, NothingBefore]),
        (Verb::Rang, "RANG", &[]),
        (Verb::Rein, "REIN", &[BeginsAnew, AnsweredByGoodbye, NothingBefore]),
        (Verb::Rest, "REST", &[]),
        (Verb::Retr, "RETR", &[Receives, File, Harmless]),
        (Verb::Rnto, "RNTO", &[NothingBefore]),
        (Verb::Size, "SIZE", &[Harmless, LeavesData]),
        (Verb::Smnt, "SMNT", &[Moves]),
        (Verb::Stat, "STAT", &[Harmless]),
        (Verb::Stor, "STOR", &[Sends, File]),
        (Verb::Stou, "STOU", &[Sends, File]),
        (Verb::Stru, "STRU", &[]),
        (Verb::Syst, "SYST", &[Harmless, LeavesData]),
        (Verb::Type, "TYPE", &[LeavesData]),
        (Verb::User, "USER", &[Login, BeginsAnew, NothingBefore, Harmless]),
        (Verb::Xcup, "XCUP", &[Moves, LeavesData]),
        (Verb::Xcwd, "XCWD", &[Moves, LeavesData]),
        (Verb::Xmkd, "XMKD", &[AnsweredByPath]),
        (Verb::Xpwd, "XPWD", &[AnsweredByPath, NothingBefore, Harmless, LeavesData]),
    ]
};

/// The names as numbers, in the order of the table: a transfer asks for verbs some fifty times.
const KEYS: [Option<u32>; TABLE.len()] = {
    let mut keys = [None; TABLE.len()];
    let mut at = 0;
    #[allow(clippy::indexing_slicing)] // at compile time
    while at < keys.len() {
        keys[at] = key(TABLE[at].1.as_bytes());
        at += 1;
    }
    keys
};

/// A word as a number that does not tell upper from lower case. There is no space in a word. One that is too long for a verb has
/// no number.
const fn key(word: &[u8]) -> Option<u32> {
    match *word {
        [a, b, c] => Some(u32::from_be_bytes([upper(a), upper(b), upper(c), b' '])),
        [a, b, c, d] => Some(u32::from_be_bytes([upper(a), upper(b), upper(c), upper(d)])),
        _ => None,
    }
}

const fn upper(byte: u8) -> u8 {
    byte.to_ascii_uppercase()
}

impl Verb {
    /// The first word of a command, in upper or lower case. Any white space ends it, because a server may see it that way.
    pub fn of(command: &[u8]) -> Verb {
        let mut words = command.trim_ascii_start().split(u8::is_ascii_whitespace);
        let Some(word) = key(words.next().unwrap_or_default()) else { return Verb::Other };
        let row = KEYS.iter().zip(&TABLE).find(|(key, _)| **key == Some(word));
        row.map_or(Verb::Other, |(_, (verb, ..))| *verb)
    }

    /// Whether this is known of it.
    pub fn is(self, fact: Fact) -> bool {
        TABLE.get(self as usize).is_some_and(|(_, _, facts)| facts.contains(&fact))
    }

    /// Where its data goes, if it moves any.
    pub fn direction(self) -> Option<Direction> {
        if self.is(Fact::Sends) {
            Some(Direction::ToServer)
        } else if self.is(Fact::Receives) {
            Some(Direction::FromServer)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_the_verb() {
        for (shown, command, verb) in [
            ("alone", "noop", Verb::Noop),
            ("with an argument", "Retr File", Verb::Retr),
            ("after spaces", "  stor x", Verb::Stor),
            ("before a tab", "pass\tx", Verb::Pass),
            ("a longer word", "PASSWORD x", Verb::Other),
            ("a shorter word", "PAS x", Verb::Other),
            ("a word that stands later", "SITE PASS x", Verb::Other),
            ("a space that is none", "PASS\u{a0}x", Verb::Other),
            ("nothing", "", Verb::Other),
            ("only spaces", " \t", Verb::Other),
            ("three letters and a zero byte", "\0PWD", Verb::Other),
        ] {
            assert_eq!(Verb::of(command.as_bytes()), verb, "{shown}");
        }
    }

    #[test]
    fn each_row_has_the_name_of_its_verb_and_each_fact_once() {
        for (at, (verb, name, facts)) in TABLE.iter().enumerate() {
            assert_eq!(format!("{verb:?}").to_uppercase(), *name);
            assert_eq!(Verb::of(name.as_bytes()), *verb, "{name} stands once");
            for (at, fact) in facts.iter().enumerate() {
                assert!(verb.is(*fact) && !facts[..at].contains(fact), "{name} {fact:?}");
            }
            assert_eq!(*verb as usize, at, "{name} is in the order of the alphabet");
        }
        assert_eq!(Verb::Other as usize, TABLE.len(), "each verb has a row");
    }

    /// By fact, to be compared with the RFCs.
    #[test]
    fn what_is_known() {
        use Fact::*;
        for (fact, verbs) in [
            (Secret, "ACCT PASS"),
            (Login, "ACCT PASS USER"),
            (BeginsAnew, "AUTH CCC REIN USER"),
            (NothingBefore, "ABOR ACCT ADAT AUTH CCC NOOP PASS PBSZ PROT PWD QUIT REIN RNTO USER XPWD"),
            (Harmless, "ACCT FEAT HELP LIST MDTM MLSD MLST NLST NOOP PASS PWD RETR SIZE STAT SYST USER XPWD"),
            (Moves, "CDUP CWD SMNT XCUP XCWD"),
            (AnsweredByPath, "MKD PWD XMKD XPWD"),
            (AnsweredByGoodbye, "QUIT REIN"),
            (AgreesOnData, "EPRT EPSV PASV PORT"),
            (LeavesData, "CDUP CWD FEAT MDTM MLST NOOP PWD SIZE SYST TYPE XCUP XCWD XPWD"),
            (Sends, "APPE STOR STOU"),
            (Receives, "LIST MLSD NLST RETR"),
            (File, "APPE RETR STOR STOU"),
        ] {
            let known = TABLE.iter().filter(|(verb, ..)| verb.is(fact)).map(|(_, name, _)| *name);
            assert_eq!(known.collect::<Vec<_>>().join(" "), verbs, "{fact:?}");
            assert!(!Verb::Other.is(fact));
        }
    }

    #[test]
    fn data_has_a_direction() {
        for (verb, direction) in [
            (Verb::Retr, Some(Direction::FromServer)),
            (Verb::Stou, Some(Direction::ToServer)),
            (Verb::Mlst, None),
            (Verb::Other, None),
        ] {
            assert_eq!(verb.direction(), direction, "{verb:?}");
        }
    }
}
