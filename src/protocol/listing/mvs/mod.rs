//! MVS, OS/390 and z/OS: data sets, members of them, load modules, and jobs.
//!
//! ```text
//! Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
//! F1DBAR 3390   2016/12/19  3   19  FB      80  3120  PO  CB12V51.CNTL
//! ```
//!
//! - Sizes are in tracks or lines, or those of a program in memory. So nobody knows how many bytes a file has.
//! - The date of a data set is that of its last use. Only members tell when they were changed.
//! - Names in apostrophes are whole, and a command needs the apostrophes, too. Other names go on behind the working directory's.

mod data_set;
mod job;
mod member;

use super::entry::{Entry, Format, Kind};
use super::families::{Input, Reading, State};
use super::words::Words;

/// What the lines are about. Members without statistics and the details of jobs are known by it only.
#[derive(Debug, Default)]
pub(super) enum Memory {
    #[default]
    Nothing,
    DataSets,
    Members,
    Jobs,
    /// One job, behind the line that ends what is told of it as a whole.
    Job,
}

pub(super) fn read<'a>(state: &mut State, input: Input<'a>) -> Reading<'a> {
    let line = input.line;
    let words = Words::new(line);
    if let Some(about) = heading(&words) {
        state.mvs = about;
        return Reading::Note;
    }
    if let Some((name, kind)) = data_set::read(line, &words) {
        state.mvs = Memory::DataSets;
        let mut entry = Entry::new(Format::Mvs, name, line);
        entry.kind = kind;
        return Reading::Entry(entry);
    }
    if let Some((name, stamp)) = member::read(&words, matches!(state.mvs, Memory::Members)) {
        state.mvs = Memory::Members;
        let mut entry = Entry::new(Format::Mvs, name, line);
        entry.kind = Kind::File;
        entry.modified = stamp.and_then(|stamp| stamp.modified(state.now));
        return Reading::Entry(entry);
    }
    if let Some(job) = job::read(&words) {
        state.mvs = Memory::Jobs;
        let mut entry = Entry::new(Format::Mvs, job.id, line);
        entry.kind = Kind::File;
        entry.owner = job.owner;
        return Reading::Entry(entry);
    }
    match state.mvs {
        Memory::Jobs if line.trim_ascii() == b"--------" => {
            state.mvs = Memory::Job;
            Reading::Note
        }
        Memory::Job if job::is_detail(line, &words) => Reading::Note,
        _ => Reading::NotMine,
    }
}

/// What the lines below a heading are about.
fn heading(words: &Words<'_>) -> Option<Memory> {
    let has = |wanted: &[u8]| (1..words.count()).any(|at| words.get(at) == Some(wanted));
    match words.get(0)? {
        b"Volume" if has(b"Dsname") => Some(Memory::DataSets),
        b"Name" if has(b"VV.MM") || has(b"TTR") => Some(Memory::Members),
        b"JOBNAME" if has(b"JOBID") => Some(Memory::Jobs),
        b"No" if words.get(1) == Some(b"jobs") && words.get(2) == Some(b"found") => Some(Memory::Jobs),
        _ => None,
    }
}
