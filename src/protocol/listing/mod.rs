//! Listings of directories: text of any server in, entries out.
//!
//! A *family* is one format in all its varieties, and one file. [`decide`] finds the format of a listing, and a [`Parser`] reads the
//! entries of a listing in that format. Nothing here allocates memory for an entry, except where a name has escapes in it.
//!
//! A line that the family does not understand becomes an entry without a format, whose name is the whole line. So no line is lost,
//! and none is half right. For the same reason a field is None wherever it is not certain.

mod chameleon;
mod clearpath;
mod connect_enterprise;
mod dates;
mod decide;
mod dos;
pub mod ebcdic;
mod entry;
mod eplf;
mod families;
mod guardian;
mod ibm_i;
mod lines;
mod macos;
mod mlsd;
mod months;
mod mpe;
mod mvs;
mod netware;
mod numbers;
mod numeric;
mod os2;
mod os9;
mod time;
mod unix;
mod vms;
mod vos;
mod vshell;
mod vxworks;
mod wf_ftp;
mod words;
mod zvm;

pub use decide::decide;
pub use entry::{Entry, Format, Kind};
pub use mlsd::read_mlst;
pub use time::{Modified, Now, Precision, Zone, digits_of};

use families::{Input, Reading, State};

/// What a line of a listing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// It names something.
    Entry(Entry<'a>),
    /// It names nothing: a heading, a sum, an empty line, or the directory itself or its parent.
    Note,
}

/// Reads the entries of a listing in one format.
#[derive(Debug)]
pub struct Parser {
    format: Option<Format>,
    state: State,
}

impl Parser {
    /// `format`: what [`decide`] has found. Without one, no line is understood.
    pub fn new(format: Option<Format>, now: Now) -> Self {
        Parser { format, state: State { is_decided: true, ..State::new(now) } }
    }

    /// The line at the head of `text`, and how many bytes it takes. Some formats have entries of several lines.
    ///
    /// `is_whole`: no more text follows. None: there is no whole line here, or an entry that goes on behind the end of `text`.
    #[inline]
    pub fn next<'a>(&mut self, text: &'a [u8], is_whole: bool) -> Option<(Line<'a>, usize)> {
        let (line, used) = lines::first(text, is_whole)?;
        if line.trim_ascii().is_empty() {
            return Some((Line::Note, used));
        }
        let input = Input { text, line, used, is_whole };
        match self.format.map_or(Reading::NotMine, |format| families::read(format, &mut self.state, input)) {
            Reading::Entry(entry) => Some((Line::Entry(entry), used)),
            Reading::Joined(entry, used) => Some((Line::Entry(entry), used)),
            Reading::Note => Some((Line::Note, used)),
            Reading::NotMine => Some((Line::Entry(Entry::not_understood(line)), used)),
            Reading::NeedsMore => None,
        }
    }
}

#[cfg(test)]
mod read_back;
#[cfg(test)]
mod strict;
#[cfg(test)]
mod tests;
