//! What is removed by a path. Here it matters most that a path names one thing, and nothing more than it seems to.

use std::borrow::Cow;

use super::{System, brackets, is_in_qsys};
use crate::protocol::listing::{Entry, Format, Kind, name_with_version};

impl System {
    /// Whether a path ends with a name. Otherwise it may be a root, a step upwards, a pattern, or what many names begin with.
    pub fn names_one_thing(self, path: &[u8]) -> bool {
        let name = self.split(path).name;
        let has_any = |bytes: &[u8]| name.iter().any(|byte| bytes.contains(byte));
        // Servers on Windows may call themselves Unix.
        let behind_backslash = name.rsplit(|&byte| byte == b'\\').next().unwrap_or_default();
        if [&*name, behind_backslash].iter().any(|&part| matches!(part, b"" | b"." | b".." | b"/")) {
            return false;
        }
        match self {
            System::Windows => !name.ends_with(b":"),
            _ if self.has_slashes(path) => true,
            System::Mvs => !has_any(b"*%?") && !path.strip_suffix(b"'").unwrap_or(path).ends_with(b"."),
            System::Vms => brackets::names_one_thing(path, &name),
            System::Guardian => !has_any(b"*?$\\"),
            System::Zvm => !has_any(b"*%"),
            _ => true,
        }
    }

    /// Whether a path is below a directory, as far as the paths tell.
    pub fn is_below(self, path: &[u8], directory: &[u8]) -> bool {
        let mut path = Cow::Borrowed(path);
        loop {
            let Some(above) = self.split(&path).directory else { return false };
            if *above == *directory {
                return true;
            }
            if above.len() >= path.len() {
                return false;
            }
            path = Cow::Owned(above.into_owned());
        }
    }

    /// Whether something that no listing shows by its name may be removed as a directory, with all that is in it.
    ///
    /// On z/OS it is what names begin with, which is no directory. On Guardian the name of a file that is not there may also be that
    /// of a subvolume: only the volume before it tells which was meant.
    pub fn may_remove_unlisted(self, path: &[u8]) -> bool {
        match self {
            _ if self.has_slashes(path) => true,
            System::Mvs => false,
            System::Guardian => path.contains(&b'$'),
            _ => true,
        }
    }

    /// Whether what is shown as a directory may be a link to one.
    pub fn may_be_link(self, path: &[u8]) -> bool {
        self.has_slashes(path) && !(self == System::IbmI && is_in_qsys(path))
    }

    /// Whether a directory is gone as soon as nothing is in it. A subvolume is only a part of the names of files.
    pub fn is_gone_when_empty(self, directory: &[u8]) -> bool {
        self == System::Guardian && !self.has_slashes(directory)
    }

    /// The path of an entry as DELE takes it. On OpenVMS nothing is deleted without a version. (VSI OpenVMS DCL Dictionary, DELETE;
    /// FluentFTP's users report the same of FTP.)
    pub fn path_to_delete<'a>(self, path: &'a [u8], entry: &Entry<'_>) -> Cow<'a, [u8]> {
        let is_file_of_vms =
            self == System::Vms && entry.format == Some(Format::Vms) && entry.kind == Kind::File;
        let with_version = || {
            let name = name_with_version(entry.raw)?;
            self.join(&self.split(path).directory.unwrap_or_default(), &name, false)
        };
        let versioned = if is_file_of_vms { with_version() } else { None };
        versioned.map_or(Cow::Borrowed(path), Cow::Owned)
    }

    /// Whether CWD leads to any name as if it were a directory, so that only a listing tells whether there is one.
    pub fn takes_any_directory(self, path: &[u8]) -> bool {
        self == System::Mvs && !self.has_slashes(path)
    }

    /// The directory above one that cannot be made, which may have to be made before it.
    ///
    /// On z/OS and Guardian nothing has to be: there is nothing but names above. On z/VM, paths apart from those with slashes are taken
    /// apart as those of files.
    pub fn above_to_make(self, path: &[u8]) -> Option<Cow<'_, [u8]>> {
        if path.contains(&b'/') {
            return crate::protocol::path::parent(path).map(Cow::Borrowed);
        }
        if matches!(self, System::Mvs | System::Guardian | System::Zvm) {
            return None;
        }
        self.split(path).directory.filter(|above| self.names_one_thing(above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_not_removed() {
        for (system, paths) in [
            (System::Plain, &["", ".", "..", "a/..", "a/.", "/", "a\\..", "..\\..", "a\\."][..]),
            (System::Windows, &["C:", "C:\\", "\\", "a\\..", "C:\\.", "a\\b\\..\\", "C:/", "/C:"]),
            (System::Mvs, &["''", "'A.'", "A.", "'A.*'", "A*", "'A(*)'", "'A(X%)'", "/u/..", "/"]),
            (
                System::Vms,
                &[
                    "[]",
                    "[-]",
                    "[.-]",
                    "[A.-]",
                    "[A...]",
                    "[...]",
                    "[*]",
                    "[A.*]",
                    "D:",
                    "D:[000000]",
                    "[000000]",
                    "A.TXT;*",
                    "*.*;*",
                    "[A]%.TXT",
                    "[A.-.-]",
                    "<->",
                    "[A.B...]C.TXT",
                    "D:[A.][000000]",
                    "D:[A.][]",
                    "[A]",
                ],
            ),
            (System::Guardian, &["$V", "\\N.$V", "\\N", "$V.S.*", "$V.*", "F?"]),
            (System::IbmI, &["/", "/QSYS.LIB/.."]),
            (System::Zvm, &["*.*", "A.*", "A%.B", "ME.191/A.*"]),
        ] {
            for path in paths {
                // The directory `[A]` at the top of a device is one, with a device or without.
                let expected = *path == "[A]";
                assert_eq!(system.names_one_thing(path.as_bytes()), expected, "{system:?} {path}");
            }
        }
        for (system, path) in [
            (System::Plain, "a"),
            (System::Plain, "a\\b"),
            (System::Plain, "C:"),
            (System::Plain, "a/*"),
            (System::Windows, "C:\\a"),
            (System::Windows, "a\\b\\"),
            (System::Mvs, "'A.B'"),
            (System::Mvs, "A.B"),
            (System::Mvs, "'A.B(C)'"),
            (System::Mvs, "/u/a*"),
            (System::Vms, "[.A]"),
            (System::Vms, "D:[A.B]"),
            (System::Vms, "A.TXT"),
            (System::Vms, "A.TXT;2"),
            (System::Vms, "[X]a^.^.^.b^%.TXT;2"),
            (System::Vms, "[X]^-"),
            (System::Guardian, "$V.S"),
            (System::Guardian, "F"),
            (System::Zvm, "A.B"),
            (System::Zvm, "ME.191/A.B"),
            (System::Zvm, "POOL:ME.A.B"),
        ] {
            assert!(system.names_one_thing(path.as_bytes()), "{system:?} {path}");
        }
    }

    #[test]
    fn what_is_below_a_directory_is_known_by_its_path() {
        for (system, directory, below, apart) in [
            (System::Plain, "t", &["t/a", "t/a/b"][..], &["t", "ta", "u/a", "/t/a"][..]),
            (System::Windows, "C:\\t", &["C:\\t\\a", "C:\\t\\a\\b"], &["C:\\ta", "C:\\", "C:\\t"]),
            (System::Mvs, "'A.B'", &["'A.B(C)'"], &["'A.BC'", "'A.B'", "'A.C'", "'SYS1.A'", "''"]),
            (System::Mvs, "B", &["B(C)"], &["B", "B.C", "'A.B'"]),
            (System::Vms, "D:[A]", &["D:[A]X.TXT;1", "D:[A.B]", "D:[A.B]X"], &["D:[A]", "D:[AB]", "D:[B]X"]),
            (System::Vms, "[.A]", &["[.A]X.TXT", "[.A.B]"], &["[.AB]", "[.B]X", "X"]),
            (System::Guardian, "$V.S", &["$V.S.F"], &["$V.S", "$V.T.F", "F"]),
        ] {
            for path in below {
                assert!(system.is_below(path.as_bytes(), directory.as_bytes()), "{system:?} {path}");
            }
            for path in apart {
                assert!(!system.is_below(path.as_bytes(), directory.as_bytes()), "{system:?} {path}");
            }
        }
    }

    #[test]
    fn the_directory_above_is_made_where_it_has_to_be() {
        for (system, path, above) in [
            (System::Plain, "a", None),
            (System::Plain, "a/b", Some("a")),
            (System::Plain, "a\\b", None),
            (System::Windows, "C:\\a\\b", Some("C:\\a")),
            (System::Windows, "C:\\a", None),
            (System::Windows, "a\\b", Some("a")),
            (System::Vms, "D:[A.B.C]", Some("D:[A.B]")),
            (System::Vms, "D:[A]", None),
            (System::Vms, "[.A.B]", Some("[.A]")),
            (System::Vms, "[.A]", None),
            (System::Vms, "a/b", Some("a")),
            (System::Mvs, "'A.B.C'", None),
            (System::Mvs, "/u/a", Some("/u")),
            (System::Guardian, "$V.S", None),
            (System::IbmI, "/a/b", Some("/a")),
        ] {
            let found = system.above_to_make(path.as_bytes());
            assert_eq!(found.as_deref(), above.map(str::as_bytes), "{system:?} {path}");
        }
    }

    #[test]
    fn a_name_that_no_listing_shows_may_be_a_directory_or_only_a_part_of_names() {
        for (system, path, may_remove, is_gone, takes_any) in [
            (System::Plain, "a", true, false, false),
            (System::Windows, "C:\\a", true, false, false),
            (System::IbmI, "a", true, false, false),
            (System::Vms, "[.A]", true, false, false),
            (System::Mvs, "'A.B'", false, false, true),
            (System::Mvs, "/u/a", true, false, false),
            (System::Guardian, "$V.S", true, true, false),
            (System::Guardian, "S", false, true, false),
            (System::Guardian, "/G/v/s", true, false, false),
        ] {
            let path = path.as_bytes();
            let found = (
                system.may_remove_unlisted(path),
                system.is_gone_when_empty(path),
                system.takes_any_directory(path),
            );
            assert_eq!(found, (may_remove, is_gone, takes_any), "{system:?} {}", path.escape_ascii());
        }
    }

    #[test]
    fn only_paths_with_slashes_may_be_links_and_none_in_the_library_of_an_ibm_i() {
        for (system, path, may_be) in [
            (System::Plain, "/a", true),
            (System::IbmI, "/home/a", true),
            (System::IbmI, "/qsys.lib/x.lib", false),
            (System::Mvs, "'A.B'", false),
            (System::Mvs, "/u/me", true),
            (System::Vms, "[A]", false),
        ] {
            assert_eq!(system.may_be_link(path.as_bytes()), may_be, "{system:?} {path}");
        }
    }

    #[test]
    fn a_file_of_vms_is_deleted_with_its_version() {
        let (file, vms) = (Kind::File, Some(Format::Vms));
        for (system, path, format, kind, deleted) in [
            (System::Vms, "[X]A.TXT", vms, file, "[X]A.TXT;3"),
            (System::Vms, "A.TXT", vms, file, "A.TXT;3"),
            (System::Vms, "[X]A.TXT", vms, Kind::Directory, "[X]A.TXT"),
            (System::Vms, "[X]A.TXT", None, file, "[X]A.TXT"),
            (System::Vms, "x/A.TXT", Some(Format::Unix), file, "x/A.TXT"),
            (System::Plain, "x/A.TXT", vms, file, "x/A.TXT"),
        ] {
            let line = b"A.TXT;3   5/9   1-JAN-2024 10:00:00  [ME]  (RWED,RWED,,)";
            let entry = Entry { format, kind, ..Entry::not_understood(line) };
            let found = system.path_to_delete(path.as_bytes(), &entry);
            assert_eq!(String::from_utf8_lossy(&found), deleted, "{system:?} {path} {format:?} {kind:?}");
        }
    }
}
