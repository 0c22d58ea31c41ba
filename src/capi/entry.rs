//! One entry of a directory, as C reads it.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null;

use crate::protocol::listing::{Entry, Format, Kind, Modified, Precision, Zone};

/// The server does not tell what it is.
pub const FTP_ENTRY_UNKNOWN: i32 = 0;
/// A file.
pub const FTP_ENTRY_FILE: i32 = 1;
/// A directory.
pub const FTP_ENTRY_DIRECTORY: i32 = 2;
/// A symbolic link, to whatever.
pub const FTP_ENTRY_LINK: i32 = 3;
/// Something else, such as a device, a pipe or a socket.
pub const FTP_ENTRY_OTHER: i32 = 4;

/// For ftp_list_parse(): the library finds out the format.
pub const FTP_FORMAT_ANY: i32 = -1;
/// The library does not understand the line.
pub const FTP_FORMAT_NONE: i32 = 0;
/// Facts (RFC 3659): MLSD, MLST, or what SIZE, MDTM and CWD tell.
pub const FTP_FORMAT_MLSD: i32 = 1;
/// The format of "ls -l", in all its varieties.
pub const FTP_FORMAT_UNIX: i32 = 2;
/// The format of "dir" of DOS and Windows: IIS, Windows CE and many others.
pub const FTP_FORMAT_DOS: i32 = 3;
/// EPLF, easily parsed list format: anonftpd and publicfile.
pub const FTP_FORMAT_EPLF: i32 = 4;
/// OpenVMS.
pub const FTP_FORMAT_VMS: i32 = 5;
/// MVS and z/OS: data sets, members and jobs.
pub const FTP_FORMAT_MVS: i32 = 6;
/// IBM i, formerly OS/400.
pub const FTP_FORMAT_IBM_I: i32 = 7;
/// z/VM.
pub const FTP_FORMAT_ZVM: i32 = 8;
/// Guardian, of HP NonStop.
pub const FTP_FORMAT_GUARDIAN: i32 = 9;
/// Novell NetWare.
pub const FTP_FORMAT_NETWARE: i32 = 10;
/// NetPresenz for classic Mac OS.
pub const FTP_FORMAT_MACOS: i32 = 11;
/// OS/2.
pub const FTP_FORMAT_OS2: i32 = 12;
/// Modes and times as numbers, as some programs for Unix write them.
pub const FTP_FORMAT_NUMERIC: i32 = 13;
/// VShell.
pub const FTP_FORMAT_VSHELL: i32 = 14;
/// wfFtp of Nortel's routers.
pub const FTP_FORMAT_WFFTP: i32 = 15;
/// VxWorks.
pub const FTP_FORMAT_VXWORKS: i32 = 16;
/// Connect:Enterprise of Sterling Commerce.
pub const FTP_FORMAT_CONNECT_ENTERPRISE: i32 = 17;
/// Microware OS-9.
pub const FTP_FORMAT_OS9: i32 = 18;
/// MPE/iX, of the HP 3000.
pub const FTP_FORMAT_MPE: i32 = 19;
/// VOS, of Stratus.
pub const FTP_FORMAT_VOS: i32 = 20;
/// Chameleon and SuperTCP, on Windows.
pub const FTP_FORMAT_CHAMELEON: i32 = 21;
/// ClearPath MCP, of Unisys.
pub const FTP_FORMAT_CLEARPATH: i32 = 22;

/// The server does not tell the time.
pub const FTP_TIME_NONE: i32 = 0;
/// The day is known. The time is 0:00 of that day.
pub const FTP_TIME_DAY: i32 = 1;
/// The time is known to the minute.
pub const FTP_TIME_MINUTE: i32 = 2;
/// The time is known to the second.
pub const FTP_TIME_SECOND: i32 = 3;
/// The time has a fraction of a second.
pub const FTP_TIME_SUBSECOND: i32 = 4;

/// The time is UTC.
pub const FTP_ZONE_UTC: i32 = 0;
/// The time is that of the server's clock, whose zone is not known.
pub const FTP_ZONE_SERVER: i32 = 1;

/// A time that is not known.
pub const FTP_NO_TIME: i64 = -0x7fff_ffff_ffff_ffff - 1;

/// The name must not become a local path as it is: it is "", "." or "..", or it contains "/", a NUL
/// or another control character, also one of U+0080 to U+009F. On systems with a backslash between
/// directories, that counts, too.
pub const FTP_ENTRY_UNSAFE_NAME: i32 = 1;

/// The entry is a directory that could not be listed, so what is in it is missing. See ftp_walk()
/// and ftp_glob().
pub const FTP_ENTRY_NOT_LISTED: i32 = 2;

/// The listing ended within the line of this entry. The name may be cut, and entries behind it may
/// be missing. Some servers leave out the last line end of LIST, so all may be well.
pub const FTP_ENTRY_CUT: i32 = 4;

/// One entry of a directory.
///
/// What the server does not tell is unknown, and so is what it does not tell for certain. Strings
/// end with NUL. Later versions of the library append fields: programs must not copy the struct.
#[repr(C)]
pub struct ftp_entry {
    /// The name, without directories. With FTP_FORMAT_NONE it is the whole line.
    pub name: *const c_char,
    /// The length in bytes without the NUL behind it. It is more than strlen(name) if the name
    /// contains a NUL.
    pub name_len: usize,
    /// FTP_ENTRY_FILE or one of its neighbours.
    pub r#type: c_int,
    /// FTP_FORMAT_MLSD or one of its neighbours. With FTP_FORMAT_NONE only name and raw are set.
    pub format: c_int,
    /// The size in bytes, or -1.
    pub size: i64,
    /// When it was changed, in nanoseconds since 1970-01-01, or FTP_NO_TIME.
    pub modified: i64,
    /// How exact that is: FTP_TIME_NONE or one of its neighbours.
    pub modified_precision: c_int,
    /// FTP_ZONE_UTC or FTP_ZONE_SERVER.
    pub modified_zone: c_int,
    /// The bits 07777 of the mode, or -1.
    pub mode: c_int,
    /// FTP_ENTRY_UNSAFE_NAME and its neighbours, added up, or 0.
    pub flags: c_int,
    /// The owner, or NULL.
    pub owner: *const c_char,
    /// The group, or NULL.
    pub group: *const c_char,
    /// Where a link leads, or NULL.
    pub link_target: *const c_char,
    /// What may be done with it, in the letters of RFC 3659, section 7.5.5, or NULL.
    pub perm: *const c_char,
    /// What identifies it, whatever its name is (RFC 3659, section 7.5.2), or NULL.
    pub unique: *const c_char,
    /// The line, as the server sent it. NULL if there was none.
    pub raw: *const c_char,
    /// Its length in bytes.
    pub raw_len: usize,
}

/// An entry for C, and the memory of its texts.
pub(crate) struct ShownEntry {
    entry: ftp_entry,
    texts: Vec<u8>,
}

// SAFETY: the pointers lead to the texts, which move with them.
unsafe impl Send for ShownEntry {}

impl Default for ShownEntry {
    fn default() -> ShownEntry {
        ShownEntry { entry: NOTHING, texts: Vec::new() }
    }
}

const NOTHING: ftp_entry = ftp_entry {
    name: null(),
    name_len: 0,
    r#type: FTP_ENTRY_UNKNOWN,
    format: FTP_FORMAT_NONE,
    size: -1,
    modified: FTP_NO_TIME,
    modified_precision: FTP_TIME_NONE,
    modified_zone: FTP_ZONE_UTC,
    mode: -1,
    flags: 0,
    owner: null(),
    group: null(),
    link_target: null(),
    perm: null(),
    unique: null(),
    raw: null(),
    raw_len: 0,
};

impl ShownEntry {
    /// Shows an entry, in the memory of the one before it.
    pub(crate) fn show(&mut self, entry: &Entry<'_>) -> *const ftp_entry {
        self.show_as(&entry.name, entry, 0)
    }

    /// [`ShownEntry::show`] under another name, and with more flags.
    pub(crate) fn show_as(&mut self, name: &[u8], entry: &Entry<'_>, flags: c_int) -> *const ftp_entry {
        let texts = self.within_line(name, entry).unwrap_or_else(|| self.one_by_one(name, entry));
        let [name_shown, owner, group, link_target, perm, unique, raw] = texts;
        let (modified, modified_precision, modified_zone) = time_of(entry.modified);
        self.entry = ftp_entry {
            name: name_shown,
            name_len: name.len(),
            r#type: type_of(entry.kind),
            format: number_of(entry.format),
            size: entry.size.and_then(|size| i64::try_from(size).ok()).unwrap_or(-1),
            modified,
            modified_precision,
            modified_zone,
            mode: entry.mode.map_or(-1, c_int::from),
            flags: flags
                | if entry.is_unsafe_name() { FTP_ENTRY_UNSAFE_NAME } else { 0 }
                | if entry.is_cut { FTP_ENTRY_CUT } else { 0 },
            owner,
            group,
            link_target,
            perm,
            unique,
            raw,
            raw_len: entry.raw.len(),
        };
        &raw const self.entry
    }

    /// Keeps the line, and behind it the line once more, in which a NUL stands behind each text. This is faster than a copy of each.
    ///
    /// Returns `None` if one of the texts is outside the line, contains a NUL, or overlaps another text. It also returns `None` for a
    /// line longer than [`USUAL_LINE`], because two copies of it would take too much memory.
    fn within_line(&mut self, name: &[u8], entry: &Entry<'_>) -> Option<Shown> {
        let length = Some(entry.raw.len()).filter(|length| *length <= USUAL_LINE)?;
        // From here on the memory stays where it is.
        let mut free = self.room(2 * (length + 1));
        let raw = free.keep(entry.raw);
        let line = free.put(entry.raw);
        let mut shown = [null(); TEXTS];
        let texts = texts_of(name, entry);
        for (text, shown) in texts.iter().zip(&mut shown) {
            let Some(text) = text else { continue };
            let start = text.as_ptr().addr().wrapping_sub(entry.raw.as_ptr().addr());
            let end = start.checked_add(text.len()).filter(|&end| end <= length)?;
            *line.get_mut(end)? = 0;
            *shown = line.get(start..)?.as_ptr().cast();
        }
        for (text, shown) in texts.iter().zip(shown) {
            // SAFETY: it is a place in the copy of the line, whose last byte is NUL.
            if text.is_some_and(|text| unsafe { CStr::from_ptr(shown) }.count_bytes() != text.len()) {
                return None;
            }
        }
        let [name, owner, group, link_target, perm, unique] = shown;
        Some([name, owner, group, link_target, perm, unique, raw])
    }

    fn one_by_one(&mut self, name: &[u8], entry: &Entry<'_>) -> Shown {
        let [_, optional @ ..] = texts_of(name, entry);
        let length = |text: Option<&[u8]>| text.map_or(0, |text| text.len() + 1);
        let room =
            optional.iter().fold(name.len() + 1 + entry.raw.len() + 1, |sum, text| sum + length(*text));
        let mut free = self.room(room);
        let name = free.keep(name);
        let [owner, group, link_target, perm, unique] = optional.map(|text| free.keep_text(text));
        [name, owner, group, link_target, perm, unique, free.keep(entry.raw)]
    }

    fn room(&mut self, size: usize) -> Free<'_> {
        if self.texts.len() < size {
            self.texts.resize(size, 0);
        }
        Free(&mut self.texts)
    }
}

/// Nearly all lines have no more bytes.
const USUAL_LINE: usize = 1024;

/// The texts of an entry besides its line.
const TEXTS: usize = 6;

/// Name, owner, group, target, `perm`, `unique`, and the line.
type Shown = [*const c_char; TEXTS + 1];

fn texts_of<'a>(name: &'a [u8], entry: &Entry<'a>) -> [Option<&'a [u8]>; TEXTS] {
    [Some(name), entry.owner, entry.group, entry.link_target, entry.perm, entry.unique]
}

/// Memory for texts, as much as they need.
struct Free<'a>(&'a mut [u8]);

impl<'a> Free<'a> {
    /// Keeps bytes with a NUL behind them.
    fn keep(&mut self, bytes: &[u8]) -> *const c_char {
        self.put(bytes).as_ptr().cast()
    }

    /// [`Free::keep`] for a string that C gets without its length: a NUL in it is shown as `?`.
    fn keep_text(&mut self, text: Option<&[u8]>) -> *const c_char {
        let Some(text) = text else { return null() };
        let kept = self.put(text);
        if text.contains(&0) {
            kept.iter_mut().take(text.len()).filter(|byte| **byte == 0).for_each(|byte| *byte = b'?');
        }
        kept.as_ptr().cast()
    }

    /// The bytes and the NUL, where they are kept. Nothing, if there were less memory than was counted.
    fn put(&mut self, bytes: &[u8]) -> &'a mut [u8] {
        let free = std::mem::take(&mut self.0);
        let Some((place, free)) = free.split_at_mut_checked(bytes.len() + 1) else { return &mut [] };
        self.0 = free;
        if let Some((nul, text)) = place.split_last_mut() {
            text.copy_from_slice(bytes);
            *nul = 0;
        }
        place
    }
}

/// The number of what it is.
pub(crate) fn type_of(kind: Kind) -> c_int {
    match kind {
        Kind::Unknown => FTP_ENTRY_UNKNOWN,
        Kind::File => FTP_ENTRY_FILE,
        Kind::Directory => FTP_ENTRY_DIRECTORY,
        Kind::Link => FTP_ENTRY_LINK,
        Kind::Other => FTP_ENTRY_OTHER,
    }
}

/// Each format and its number.
const FORMATS: [(Format, c_int); 22] = [
    (Format::Mlsd, FTP_FORMAT_MLSD),
    (Format::Unix, FTP_FORMAT_UNIX),
    (Format::Dos, FTP_FORMAT_DOS),
    (Format::Eplf, FTP_FORMAT_EPLF),
    (Format::Vms, FTP_FORMAT_VMS),
    (Format::Mvs, FTP_FORMAT_MVS),
    (Format::IbmI, FTP_FORMAT_IBM_I),
    (Format::Zvm, FTP_FORMAT_ZVM),
    (Format::Guardian, FTP_FORMAT_GUARDIAN),
    (Format::NetWare, FTP_FORMAT_NETWARE),
    (Format::MacOs, FTP_FORMAT_MACOS),
    (Format::Os2, FTP_FORMAT_OS2),
    (Format::Numeric, FTP_FORMAT_NUMERIC),
    (Format::VShell, FTP_FORMAT_VSHELL),
    (Format::WfFtp, FTP_FORMAT_WFFTP),
    (Format::VxWorks, FTP_FORMAT_VXWORKS),
    (Format::ConnectEnterprise, FTP_FORMAT_CONNECT_ENTERPRISE),
    (Format::Os9, FTP_FORMAT_OS9),
    (Format::Mpe, FTP_FORMAT_MPE),
    (Format::Vos, FTP_FORMAT_VOS),
    (Format::Chameleon, FTP_FORMAT_CHAMELEON),
    (Format::ClearPath, FTP_FORMAT_CLEARPATH),
];

/// The number of a format.
fn number_of(format: Option<Format>) -> c_int {
    let Some(format) = format else { return FTP_FORMAT_NONE };
    let row = FORMATS.iter().find(|(known, _)| *known == format);
    row.map_or(FTP_FORMAT_NONE, |(_, number)| *number)
}

/// The format of a number.
pub(crate) fn format_of(number: c_int) -> Option<Format> {
    FORMATS.iter().find(|(_, known)| *known == number).map(|(format, _)| *format)
}

fn time_of(modified: Option<Modified>) -> (i64, c_int, c_int) {
    let Some(Modified { nanoseconds, precision, zone }) = modified else {
        return (FTP_NO_TIME, FTP_TIME_NONE, FTP_ZONE_UTC);
    };
    let precision = match precision {
        Precision::Day => FTP_TIME_DAY,
        Precision::Minute => FTP_TIME_MINUTE,
        Precision::Second => FTP_TIME_SECOND,
        Precision::Subsecond => FTP_TIME_SUBSECOND,
    };
    let zone = match zone {
        Zone::Utc => FTP_ZONE_UTC,
        Zone::Server => FTP_ZONE_SERVER,
    };
    (nanoseconds, precision, zone)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What C reads at a pointer.
    fn text_at(text: *const c_char) -> Option<Vec<u8>> {
        // SAFETY: it is one of an entry that is shown.
        (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes().to_vec())
    }

    fn bytes_at(text: *const c_char, length: usize) -> Vec<u8> {
        // SAFETY: as above, and a NUL stands behind so many bytes.
        let bytes = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), length + 1) };
        assert_eq!(bytes[length], 0);
        bytes[..length].to_vec()
    }

    proptest! {
        /// Wherever the texts are: apart, one behind the other, one in the other, or elsewhere.
        #[test]
        fn all_texts_are_shown_as_they_are(
            raw in proptest::collection::vec(prop_oneof![Just(0_u8), 1..=255_u8, b'a'..=b'z', b'a'..=b'z'], 0..40),
            other in proptest::collection::vec(any::<u8>(), 0..10),
            places in proptest::array::uniform6(any::<(Option<(usize, usize)>, bool)>()),
        ) {
            let place = |(place, is_elsewhere): (Option<(usize, usize)>, bool)| {
                let from = if is_elsewhere && other.len() > 7 { &other } else { &raw };
                let (one, two) = place?;
                let (one, two) = (one % (from.len() + 1), two % (from.len() + 1));
                from.get(one.min(two)..one.max(two))
            };
            let [name, owner, group, link_target, perm, unique] = places.map(place);
            let name = name.unwrap_or_default();
            let entry = Entry { owner, group, link_target, perm, unique, ..Entry::not_understood(&raw) };
            let mut shown = ShownEntry::default();
            for _ in 0..2 {
                // SAFETY: it is the entry that is shown.
                let c = unsafe { &*shown.show_as(name, &entry, 0) };
                prop_assert_eq!(bytes_at(c.name, c.name_len), name);
                prop_assert_eq!(bytes_at(c.raw, c.raw_len), &raw[..]);
                let texts = [(c.owner, owner), (c.group, group), (c.link_target, link_target), (c.perm, perm), (c.unique, unique)];
                for (shown, text) in texts {
                    let text = text.map(|text| text.iter().map(|&byte| if byte == 0 { b'?' } else { byte }).collect());
                    prop_assert_eq!(text_at(shown), text);
                }
            }
        }
    }
}
