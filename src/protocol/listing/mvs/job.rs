//! Jobs, as the server lists them once it was told `SITE FILETYPE=JES`. A job is fetched by its number.

use super::super::words::Words;

pub(super) struct Job<'a> {
    pub(super) id: &'a [u8],
    pub(super) owner: Option<&'a [u8]>,
}

/// `HISCONVT JOB17459 MIAOCX   OUTPUT A        RC=0000 6 spool files`. The older level of the interface has no owners.
pub(super) fn read<'a>(words: &Words<'a>) -> Option<Job<'a>> {
    let id = words.get(1).filter(|id| is_id(id))?;
    let is_status = |at: usize| {
        let is = |status: &&[u8]| words.get(at).is_some_and(|word| word.eq_ignore_ascii_case(status));
        [&b"INPUT"[..], b"ACTIVE", b"OUTPUT", b"HELD"].iter().any(is)
    };
    if is_status(3) {
        // "++++++++" stands for an owner that is not shown.
        return Some(Job { id, owner: words.get(2).filter(|owner| !owner.starts_with(b"+")) });
    }
    is_status(2).then_some(Job { id, owner: None })
}

/// `JOB03192`, `TSU02913`, `STC00964`, and `J0003192` where numbers have more digits.
fn is_id(word: &[u8]) -> bool {
    const LENGTH: usize = 8;
    let digits =
        [&b"JOB"[..], b"TSU", b"STC", b"J", b"T", b"S"].iter().find_map(|start| word.strip_prefix(*start));
    word.len() == LENGTH && digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

/// The steps and the files of one job. They have numbers and no names, and a sum is below them.
pub(super) fn is_detail(line: &[u8], words: &Words<'_>) -> bool {
    let is_sum = words.get(1).is_some_and(|word| word.eq_ignore_ascii_case(b"spool"));
    line.starts_with(b" ") || is_sum && words.get(0).is_some_and(|word| word.iter().all(u8::is_ascii_digit))
}
