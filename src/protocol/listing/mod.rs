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
pub(in crate::protocol) use vms::name::{unescape, with_version as name_with_version};

use families::{Found, Input, State};
use lines::{Beyond, Ends};

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
    /// How the lines end, once that had to be known.
    ends: Option<Ends>,
}

impl Parser {
    /// `format`: what [`decide`] has found. Without one, no line is understood.
    pub fn new(format: Option<Format>, now: Now) -> Self {
        Parser { format, state: State { is_decided: true, ..State::new(now) }, ends: None }
    }

    /// The line at the head of `text`, and how many bytes it takes. Some formats have entries of several lines.
    ///
    /// `is_whole`: no more text follows. None: there is no whole line here, or an entry that goes on behind the end of `text`.
    pub fn next<'a>(&mut self, text: &'a [u8], is_whole: bool) -> Option<(Line<'a>, usize)> {
        let mut entry = Entry::not_understood(b"");
        let (is_entry, used) = self.next_into(&mut entry, text, is_whole)?;
        Some((if is_entry { Line::Entry(entry) } else { Line::Note }, used))
    }

    /// [`Parser::next`], with the entry in the place of another one. The answer is whether the line is an entry, and how many bytes
    /// it takes.
    pub fn next_into<'a>(
        &mut self,
        entry: &mut Entry<'a>,
        text: &'a [u8],
        is_whole: bool,
    ) -> Option<(bool, usize)> {
        let (line, used) = lines::first(text, is_whole)?;
        if line.trim_ascii().is_empty() {
            return Some((false, used));
        }
        let input = Input { text, line, used, is_whole };
        let found = match self.format {
            Some(format) => families::read(format, &mut self.state, input, entry),
            None => Found::NotMine,
        };
        match found {
            Found::Entry if lines::ends_with_lf_alone(text, used) => {
                let used = self.beyond_lf(entry, input)?;
                Some((true, used))
            }
            Found::Entry => Some((true, used)),
            Found::Joined(used) => Some((true, used)),
            Found::Note => Some((false, used)),
            Found::NotMine => {
                *entry = Entry::not_understood(line);
                Some((true, used))
            }
            Found::NeedsMore => None,
        }
    }

    /// The entry of a line that has ended with LF alone, and how many bytes it takes. Where lines end with CRLF, its name goes on.
    ///
    /// Only the systems of these formats let a name have a LF in it.
    fn beyond_lf<'a>(&mut self, entry: &mut Entry<'a>, input: Input<'a>) -> Option<usize> {
        let Some(format @ (Format::Mlsd | Format::Unix)) = self.format else { return Some(input.used) };
        if self.ends.is_none() {
            self.ends = lines::ends(input.text, input.is_whole);
        }
        if self.ends? == Ends::Lf {
            return Some(input.used);
        }
        match lines::beyond_lf(input.text, input.used, input.is_whole) {
            Beyond::Line(line, used) => {
                let longer = Input { line, used, ..input };
                match families::read(format, &mut self.state, longer, entry) {
                    Found::Entry => Some(used),
                    _ => {
                        families::read(format, &mut self.state, input, entry);
                        Some(input.used)
                    }
                }
            }
            Beyond::Nothing => Some(input.used),
            Beyond::NotYet => None,
        }
    }
}

#[cfg(test)]
mod read_back;
#[cfg(test)]
mod strict;
#[cfg(test)]
mod tests;
