//! The text of a listing, as it comes, and the entries in it.

use std::borrow::Cow;
use std::collections::TryReserveError;

use thiserror::Error;

use super::charset::Charset;
use super::listing::{Entry, Format, Line, Now, Parser, decide, ebcdic, read_mlst};
use super::offsets::Offsets;

/// How much of a listing is looked at to find its format. A shorter one is looked at as a whole.
pub const SAMPLE: usize = 16_384;

/// There is no memory for the text of a listing, which may be as long as the server likes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no memory for the text of the listing")]
pub struct NoMemory;

impl From<TryReserveError> for NoMemory {
    fn from(_: TryReserveError) -> NoMemory {
        NoMemory
    }
}

/// The entries of a listing. Its text may still be coming.
pub struct Entries {
    text: Text,
    parser: Parse,
    now: Now,
    offsets: Offsets,
    /// The name of the one entry, where the server has told another, such as a whole path.
    only_name: Option<Vec<u8>>,
    /// There was no memory for a part of the text: what comes after it is of no use.
    is_broken: bool,
}

/// The text that was not read yet, as the caller's UTF-8.
struct Text {
    bytes: Vec<u8>,
    /// How many of them were read.
    read: usize,
    is_whole: bool,
    /// It came over a connection, and its last line has no end.
    is_cut: bool,
    charset: Charset,
    /// It came in EBCDIC, and is decoded.
    is_ebcdic: bool,
    /// Whether it did is known: the beginning was looked at, or the format was given.
    is_looked_at: bool,
    /// The beginning of a line, not decoded.
    partial: Vec<u8>,
    /// Whether all lines end with CR CR LF, once there was a line to tell.
    doubles_cr: Option<bool>,
}

/// How lines are read.
enum Parse {
    /// The format is not decided: too little of the text has come.
    NotYet,
    /// `None`: no format understands the listing.
    By(Option<Format>, Parser),
    /// It is the one line of a reply to MLST.
    Mlst,
}

impl Parse {
    fn by(format: Option<Format>, now: Now) -> Parse {
        Parse::By(format, Parser::new(format, now))
    }
}

impl Entries {
    /// The entries of a text that is to come. Without a format, the text decides.
    pub fn new(format: Option<Format>, charset: Charset, now: Now, offsets: Offsets) -> Entries {
        let text = Text {
            bytes: Vec::new(),
            read: 0,
            is_whole: false,
            is_cut: false,
            charset,
            is_ebcdic: false,
            is_looked_at: format.is_some(),
            partial: Vec::new(),
            doubles_cr: None,
        };
        let parser = format.map_or(Parse::NotYet, |format| Parse::by(Some(format), now));
        Entries { text, parser, now, offsets, only_name: None, is_broken: false }
    }

    /// No entries.
    pub fn empty() -> Entries {
        Entries::holding(Vec::new(), None, Now { seconds: 0, offset: None })
    }

    /// The entries of a text that is there as a whole.
    pub fn of(text: Vec<u8>, format: Option<Format>, now: Now) -> Result<Entries, NoMemory> {
        let mut entries = Entries::holding(text, format, now);
        entries.text.find_ebcdic()?;
        Ok(entries)
    }

    /// The one entry that a reply to MLST tells of, by its line.
    pub fn of_mlst(line: Vec<u8>, now: Now) -> Entries {
        Entries { parser: Parse::Mlst, ..Entries::holding(line, None, now) }
    }

    fn holding(bytes: Vec<u8>, format: Option<Format>, now: Now) -> Entries {
        let entries = Entries::new(format, Charset::Utf8, now, Offsets::default());
        let text = Text { bytes, is_whole: true, ..entries.text };
        Entries { text, ..entries }
    }

    /// More of the text has come.
    pub fn push(&mut self, text: Vec<u8>) -> Result<(), NoMemory> {
        self.unless_broken(|entries| {
            entries.text.push(text)?;
            if entries.has_sample() { entries.text.find_ebcdic() } else { Ok(()) }
        })
    }

    /// All of it has come.
    pub fn end(&mut self) -> Result<(), NoMemory> {
        self.unless_broken(|entries| {
            entries.text.end()?;
            entries.text.find_ebcdic()?;
            entries.text.is_cut = entries.text.bytes.last().is_some_and(|&byte| byte != b'\n');
            Ok(())
        })
    }

    /// The last line, if it has no end. The server may have stopped in the middle of it, and what follows would be missing.
    pub fn cut_line(&self) -> Option<&[u8]> {
        self.text.bytes.rsplit(|&byte| byte == b'\n').next().filter(|_| self.text.is_cut)
    }

    fn unless_broken(
        &mut self,
        step: impl FnOnce(&mut Entries) -> Result<(), NoMemory>,
    ) -> Result<(), NoMemory> {
        let outcome = if self.is_broken { Err(NoMemory) } else { step(self) };
        self.is_broken = outcome.is_err();
        outcome
    }

    /// The entries end early, for want of memory.
    pub fn require_unbroken(&self) -> Result<(), NoMemory> {
        if self.is_broken { Err(NoMemory) } else { Ok(()) }
    }

    /// The format of the lines, as far as the text has shown it.
    pub fn format(&mut self) -> Option<Format> {
        self.decide_format()?;
        match &self.parser {
            Parse::By(format, _) => *format,
            Parse::NotYet | Parse::Mlst => None,
        }
    }

    /// Whether no more text is to come.
    pub fn is_whole(&self) -> bool {
        self.text.is_whole
    }

    /// How many bytes of the text are held.
    pub fn held(&self) -> usize {
        self.text.bytes.len() + self.text.partial.len()
    }

    /// Whether enough has come to decide the format.
    pub fn has_sample(&self) -> bool {
        self.is_whole() || self.text.unread().len() >= SAMPLE
    }

    /// Whether the beginning shows a directory that is listed: its own entry, or the one of the directory above it. It does not if it
    /// may not be entered or listed: some servers leave out all that is in it then.
    pub fn shows_directory(&self) -> bool {
        let is_own = |line: &[u8]| {
            let line = line.trim_ascii_end();
            line.ends_with(b" .") || line.ends_with(b" ..") || has_fact_of_directory(line)
        };
        let lines = || self.text.sample().split(|&byte| byte == b'\n');
        lines().any(is_own) && !lines().any(is_closed)
    }

    /// Whether the beginning of what should be facts is something else: most of its lines are no facts. A few may be the
    /// rest of a name that has a line end in it.
    pub fn breaks_mlsd(&self) -> bool {
        let (mut sample, mut parser) = (self.text.sample(), Parser::new(Some(Format::Mlsd), self.now));
        let (mut facts, mut others) = (0, 0);
        while let Some((line, used)) = parser.next(sample, true) {
            let text = sample.get(..used).unwrap_or_default();
            match line {
                Line::Entry(entry) if entry.format.is_none() => others += 1,
                Line::Entry(_) => facts += 1,
                Line::Note => facts += usize::from(has_fact_of_directory(text)),
            }
            sample = sample.get(used..).unwrap_or_default();
        }
        others > facts
    }

    /// Sets what is known of the server's clock.
    pub fn set_offsets(&mut self, offsets: Offsets) {
        self.offsets = offsets;
    }

    /// Gives the one entry of the listing this name.
    pub fn set_only_name(&mut self, name: &[u8]) {
        self.only_name = Some(name.to_vec());
    }

    /// Whether the one entry is the path that was listed: it is no directory.
    pub fn is_of_one_path(&self) -> bool {
        self.only_name.is_some()
    }

    /// Begins again. Only a text that is held as a whole can be read twice.
    pub fn rewind(&mut self) {
        self.text.read = 0;
        if let Parse::By(format, _) = self.parser {
            self.parser = Parse::by(format, self.now);
        }
    }

    /// The next entry, if the text that has come holds a whole one.
    pub fn next_entry(&mut self) -> Option<Entry<'_>> {
        if self.is_broken {
            return None;
        }
        self.decide_format()?;
        let doubles_cr = self.text.doubles_cr();
        let Entries { text: Text { bytes, read, is_whole, is_cut, .. }, parser, offsets, only_name, .. } =
            self;
        let bytes: &[u8] = bytes;
        let mut entry = Entry::not_understood(b"");
        loop {
            let rest = bytes.get(*read..)?;
            let (is_entry, used) = match parser {
                Parse::By(_, parser) => parser.next_into(&mut entry, rest, *is_whole)?,
                Parse::Mlst => {
                    entry = read_mlst(rest)?;
                    (true, rest.len())
                }
                Parse::NotYet => return None,
            };
            *read += used;
            if !is_entry {
                continue;
            }
            entry.modified = entry.modified.map(|modified| offsets.apply(modified));
            entry.is_cut = *is_cut && *read == bytes.len();
            if doubles_cr {
                drop_cr(&mut entry);
                if matches!(&*entry.name, b"." | b"..") {
                    continue;
                }
            }
            if let Some(name) = only_name {
                entry.name = Cow::Borrowed(name);
                entry.is_cut = false;
            }
            return Some(entry);
        }
    }

    fn decide_format(&mut self) -> Option<()> {
        if let Parse::NotYet = self.parser {
            if !self.has_sample() {
                return None;
            }
            self.parser = Parse::by(decide(self.text.sample()), self.now);
        }
        Some(())
    }
}

/// Takes the CR from the end of what stood at the end of the line.
fn drop_cr<'a>(entry: &mut Entry<'a>) {
    let without_cr = |text: &mut &'a [u8]| *text = text.strip_suffix(b"\r").unwrap_or(text);
    match (&mut entry.link_target, &mut entry.name) {
        // Facts tell the target before the name.
        (Some(target), _) if entry.format != Some(Format::Mlsd) => without_cr(target),
        (_, Cow::Borrowed(name)) => without_cr(name),
        // What has escapes does not stand at the end.
        (_, Cow::Owned(_)) => {}
    }
    without_cr(&mut entry.raw);
}

impl Text {
    /// A server that sends a CR too many does so in each line. Elsewhere it is the end of a name.
    fn doubles_cr(&mut self) -> bool {
        if self.doubles_cr.is_none() {
            let mut lines = self.sample().split_inclusive(|&byte| byte == b'\n').peekable();
            if lines.peek().is_some_and(|first| first.ends_with(b"\n")) {
                self.doubles_cr = Some(lines.all(|line| line.ends_with(b"\r\r\n") || !line.ends_with(b"\n")));
            }
        }
        self.doubles_cr.unwrap_or_default()
    }

    fn unread(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }

    fn sample(&self) -> &[u8] {
        let unread = self.unread();
        match unread.get(..SAMPLE) {
            // Whole lines, if there are any.
            Some(sample) => {
                let end = sample.iter().rposition(|&byte| byte == b'\n').map_or(SAMPLE, |end| end + 1);
                sample.get(..end).unwrap_or(sample)
            }
            _ => unread,
        }
    }

    fn push(&mut self, text: Vec<u8>) -> Result<(), NoMemory> {
        self.bytes.drain(..self.read);
        self.read = 0;
        if self.charset == Charset::Utf8 {
            let text = if self.is_ebcdic { ebcdic::to_utf8(&text)? } else { text };
            if self.bytes.is_empty() {
                self.bytes = text;
                return Ok(());
            }
            return append(&mut self.bytes, &text);
        }
        append(&mut self.partial, &text)?;
        if !self.is_looked_at && self.partial.len() < SAMPLE || self.decodes_ebcdic()? {
            return Ok(());
        }
        let whole = self.partial.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let mut rest = Vec::new();
        append(&mut rest, self.partial.get(whole..).unwrap_or_default())?;
        self.partial.truncate(whole);
        let lines = std::mem::replace(&mut self.partial, rest);
        self.decode(&lines)
    }

    /// As [`find_ebcdic`](Self::find_ebcdic), before anything was decoded by the encoding that the user has set. Whatever that is, its
    /// text has spaces and ends of lines of ASCII.
    fn decodes_ebcdic(&mut self) -> Result<bool, NoMemory> {
        if std::mem::replace(&mut self.is_looked_at, true) {
            return Ok(false);
        }
        if !ebcdic::is_ebcdic(self.partial.get(..SAMPLE).unwrap_or(&self.partial)) {
            return Ok(false);
        }
        self.bytes = ebcdic::to_utf8(&self.partial)?;
        self.partial = Vec::new();
        (self.charset, self.is_ebcdic) = (Charset::Utf8, true);
        Ok(true)
    }

    /// Decodes what has come, if it is EBCDIC.
    fn find_ebcdic(&mut self) -> Result<(), NoMemory> {
        if self.is_looked_at {
            return Ok(());
        }
        self.is_looked_at = true;
        if self.charset == Charset::Utf8 && ebcdic::is_ebcdic(self.sample()) {
            self.bytes = ebcdic::to_utf8(self.unread())?;
            (self.is_ebcdic, self.read) = (true, 0);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), NoMemory> {
        if self.charset == Charset::Utf8 || !self.decodes_ebcdic()? {
            let last = std::mem::take(&mut self.partial);
            self.decode(&last)?;
        }
        self.is_whole = true;
        Ok(())
    }

    /// Line by line: what is wrong in one is no part of the next.
    fn decode(&mut self, lines: &[u8]) -> Result<(), NoMemory> {
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            append(&mut self.bytes, &self.charset.decode(line))?;
        }
        Ok(())
    }
}

fn append(text: &mut Vec<u8>, more: &[u8]) -> Result<(), NoMemory> {
    text.try_reserve(more.len())?;
    text.extend_from_slice(more);
    Ok(())
}

/// `type=cdir` or `type=pdir` (RFC 3659, section 7.5.1).
fn has_fact_of_directory(line: &[u8]) -> bool {
    let is_such =
        |fact: &[u8]| fact.eq_ignore_ascii_case(b"type=cdir") || fact.eq_ignore_ascii_case(b"type=pdir");
    line.split(|&byte| byte == b';').any(|fact| is_such(fact.trim_ascii()))
}

/// Whether the facts of the directory itself tell that it may not be entered or listed.
fn is_closed(line: &[u8]) -> bool {
    let has = |what: &[u8]| line.split(|&byte| byte == b';').any(|fact| fact.eq_ignore_ascii_case(what));
    let perm = line.split(|&byte| byte == b';').find_map(|fact| match fact.split_at_checked(5) {
        Some((key, perm)) if key.eq_ignore_ascii_case(b"perm=") => Some(perm),
        _ => None,
    });
    has(b"type=cdir") && perm.is_some_and(lets_nobody_in)
}

/// Whether permissions tell that a directory may not be entered or listed (RFC 3659, section 7.5.5).
pub fn lets_nobody_in(perm: &[u8]) -> bool {
    let has = |wanted: u8| perm.iter().any(|letter| letter.eq_ignore_ascii_case(&wanted));
    !(has(b'e') && has(b'l'))
}

#[cfg(test)]
mod tests;
