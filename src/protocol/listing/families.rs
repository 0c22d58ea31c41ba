//! What a family is: how it gets a line, and what it may make of it. And the table of all families.

use super::entry::{Entry, Format};
use super::time::Now;
use super::{
    chameleon, clearpath, connect_enterprise, dos, eplf, guardian, ibm_i, lines, macos, mlsd, mpe, mvs,
    netware, numeric, os2, os9, unix, vms, vos, vshell, vxworks, wf_ftp, zvm,
};

/// What is remembered from line to line.
#[derive(Debug)]
pub(super) struct State {
    pub(super) now: Now,
    /// The format is known. Until then, a family takes no line that would be one of its own only because of its neighbours.
    pub(super) is_decided: bool,
    pub(super) dos: dos::Memory,
    pub(super) ibm_i: ibm_i::Memory,
    pub(super) mlsd: mlsd::Memory,
    pub(super) mvs: mvs::Memory,
    pub(super) unix: unix::Memory,
    pub(super) vms: vms::Memory,
}

impl State {
    pub(super) fn new(now: Now) -> Self {
        State {
            now,
            is_decided: false,
            dos: dos::Memory::default(),
            ibm_i: ibm_i::Memory::default(),
            mlsd: mlsd::Memory::default(),
            mvs: mvs::Memory::default(),
            unix: unix::Memory::default(),
            vms: vms::Memory::default(),
        }
    }
}

/// Lines that are looked at before the first one is read, where one line may tell what all have in common.
const LOOK_AHEAD: usize = 100;

/// A line, which is not empty, and what comes behind it.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    /// All text, from the line on.
    pub(super) text: &'a [u8],
    /// Without its end.
    pub(super) line: &'a [u8],
    /// How much of `text` the line takes, with its end.
    pub(super) used: usize,
    /// No more than `text` follows.
    pub(super) is_whole: bool,
}

/// Whether there is a line behind one.
pub(super) enum Behind<'a> {
    /// The line, and how much of `text` this and that take.
    Line(&'a [u8], usize),
    End,
    /// It has not come yet.
    NotYet,
}

impl<'a> Input<'a> {
    pub(super) fn behind(&self) -> Behind<'a> {
        let rest = self.text.get(self.used..).unwrap_or(b"");
        match lines::first(rest, self.is_whole) {
            Some((line, used)) => Behind::Line(line, self.used + used),
            None if self.is_whole => Behind::End,
            None => Behind::NotYet,
        }
    }

    /// This line and those behind it, [`LOOK_AHEAD`] at most. None: they have not come yet.
    pub(super) fn ahead(&self) -> Option<impl Iterator<Item = &'a [u8]>> {
        let ends = self.text.iter().filter(|&&byte| byte == b'\n').take(LOOK_AHEAD).count();
        let lines = self.text.split(|&byte| byte == b'\n').take(LOOK_AHEAD);
        (self.is_whole || ends == LOOK_AHEAD)
            .then(|| lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)))
    }

    /// The lines in the first `used` bytes, without the last line end.
    pub(super) fn raw(&self, used: usize) -> &'a [u8] {
        let raw = self.text.get(..used).unwrap_or(self.text);
        match raw.strip_suffix(b"\n") {
            Some(raw) => raw.strip_suffix(b"\r").unwrap_or(raw),
            None => raw,
        }
    }
}

/// What a family makes of a line.
pub(super) enum Reading<'a> {
    Entry(Entry<'a>),
    /// The entry of this line and those behind it, and how much of `text` they take.
    Joined(Entry<'a>, usize),
    /// It is of this format, and names nothing.
    Note,
    /// It is not of this format.
    NotMine,
    /// The entry goes on in a line that has not come yet.
    NeedsMore,
}

/// All formats that are read, those with the strictest lines first: where several understand the same lines, the first one counts.
pub(super) const FORMATS: &[Format] = &[
    Format::Mlsd,
    Format::Eplf,
    Format::Vms,
    Format::Mvs,
    Format::IbmI,
    Format::Zvm,
    Format::Guardian,
    Format::Mpe,
    Format::Vos,
    Format::ClearPath,
    Format::MacOs,
    Format::Unix,
    Format::Dos,
    Format::NetWare,
    Format::ConnectEnterprise,
    Format::Os9,
    Format::Numeric,
    Format::VShell,
    Format::VxWorks,
    Format::WfFtp,
    Format::Os2,
    Format::Chameleon,
];

/// What a line is. An entry of it is where the caller wants it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Entry,
    /// The entry of this line and those behind it, and how much of `text` they take.
    Joined(usize),
    Note,
    NotMine,
    NeedsMore,
}

/// Lets a family read a line. Where it finds an entry, it is in `entry`; otherwise `entry` is good for nothing.
///
/// The directory itself and its parent are no entries, whatever lists them. Nor is anything without a name.
pub(super) fn read<'a>(format: Format, state: &mut State, input: Input<'a>, entry: &mut Entry<'a>) -> Found {
    // Nearly all lines are of these. To move an entry costs about as much as to read one.
    let found = match format {
        Format::Mlsd => mlsd::read(state, input, entry),
        Format::Unix => unix::read(state, input, entry),
        _ => match read_rare(format, state, input) {
            Reading::Entry(read) | Reading::Joined(read, _) if read.name.is_empty() => Found::NotMine,
            Reading::Entry(read) => {
                *entry = read;
                Found::Entry
            }
            Reading::Joined(read, used) => {
                *entry = read;
                Found::Joined(used)
            }
            Reading::Note => Found::Note,
            Reading::NotMine => Found::NotMine,
            Reading::NeedsMore => Found::NeedsMore,
        },
    };
    let is_own = found == Found::Entry && matches!(&*entry.name, b"." | b"..");
    if is_own { Found::Note } else { found }
}

fn read_rare<'a>(format: Format, state: &mut State, input: Input<'a>) -> Reading<'a> {
    match format {
        Format::Mlsd | Format::Unix => Reading::NotMine,
        Format::Dos => dos::read(state, input),
        Format::Eplf => eplf::read(state, input),
        Format::Vms => vms::read(state, input),
        Format::Mvs => mvs::read(state, input),
        Format::IbmI => ibm_i::read(state, input),
        Format::Zvm => zvm::read(state, input),
        Format::Guardian => guardian::read(state, input),
        Format::NetWare => netware::read(state, input),
        Format::MacOs => macos::read(state, input),
        Format::Os2 => os2::read(state, input),
        Format::Numeric => numeric::read(state, input),
        Format::VShell => vshell::read(state, input),
        Format::VxWorks => vxworks::read(state, input),
        Format::WfFtp => wf_ftp::read(state, input),
        Format::ConnectEnterprise => connect_enterprise::read(state, input),
        Format::Os9 => os9::read(state, input),
        Format::Mpe => mpe::read(input),
        Format::Vos => vos::read(state, input),
        Format::Chameleon => chameleon::read(state, input),
        Format::ClearPath => clearpath::read(input),
    }
}
