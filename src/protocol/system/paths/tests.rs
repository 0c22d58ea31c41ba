use super::*;

#[test]
fn each_system_joins_paths_in_its_own_way() {
    for (system, directory, name, is_directory, path) in [
        (System::Plain, "", "a", false, Some("a")),
        (System::Plain, "/", "a", false, Some("/a")),
        (System::Plain, "/x", "a b", true, Some("/x/a b")),
        (System::Plain, "x/", "a", true, Some("x/a")),
        (System::Plain, "/x", "/etc", false, Some("/x//etc")),
        (System::Plain, "", "/etc", false, Some(".//etc")),
        (System::Windows, "/x", "a", false, Some("/x/a")),
        (System::IbmI, "/QSYS.LIB/X.LIB", "A.FILE", false, Some("/QSYS.LIB/X.LIB/A.FILE")),
        (System::IbmI, "/DRV", "/DRV/A.PDF", false, Some("/DRV/A.PDF")),
        (System::Mvs, "", "A.B", false, Some("A.B")),
        (System::Mvs, "'X.'", "A.B", false, Some("'X.A.B'")),
        (System::Mvs, "'X.PDS'", "MEMBER", false, Some("'X.PDS(MEMBER)'")),
        (System::Mvs, "PDS", "MEMBER", false, Some("PDS(MEMBER)")),
        (System::Mvs, "X.", "A", false, Some("X.A")),
        (System::Mvs, "''", "SYS1.A", false, Some("'SYS1.A'")),
        (System::Mvs, "'X.'", "'SYS1.A'", false, Some("'SYS1.A'")),
        (System::Mvs, "/u/me", "a", false, Some("/u/me/a")),
        (System::Mvs, "'X.A'", "*", false, None),
        (System::Mvs, "'X.A'", "B)(C", false, None),
        (System::Mvs, "'X.'", "'SYS1.A(B)'", false, None),
        (System::Mvs, "'X.'", "A'", false, None),
        (System::Vms, "", "A.TXT", false, Some("A.TXT")),
        (System::Vms, "", "A", true, Some("[.A]")),
        (System::Vms, "D:[X]", "A.TXT;2", false, Some("D:[X]A.TXT;2")),
        (System::Vms, "D:[X]", "A", true, Some("D:[X.A]")),
        (System::Vms, "D:[000000]", "A", true, Some("D:[A]")),
        (System::Vms, "D:", "A", true, Some("D:[A]")),
        (System::Vms, "D:", "A.TXT", false, Some("D:A.TXT")),
        (System::Vms, "[X]", "a b.tar.gz;2", false, Some("[X]a^_b^.tar.gz;2")),
        (System::Vms, "[X]", "a;b", false, Some("[X]a^;b")),
        (System::Vms, "[X]", "a.b", true, Some("[X.a^.b]")),
        (System::Vms, "X", "A", false, None),
        (System::Vms, "", "OTHER:A", false, None),
        (System::Vms, "", "[OTHER]A", false, Some("^[OTHER^]A")),
        (System::Guardian, "\\N.$V.S", "A", false, Some("\\N.$V.S.A")),
        (System::Guardian, "", "A", false, Some("A")),
        (System::Guardian, "", "OTHER.A", false, None),
        (System::Zvm, "", "A.B", false, Some("A.B")),
        (System::Zvm, "ME.191", "A.B", false, Some("ME.191/A.B")),
        (System::Zvm, "ME.191", "A", true, None),
        (System::Zvm, "ME.191", "A", false, None),
        (System::Zvm, "ME.191", "A.B.C", false, None),
        (System::Zvm, "ME.191", "../B", false, None),
        (System::Zvm, "ME.191", ".B", false, None),
        (System::Zvm, "SUB", "A.B", false, None),
        (System::Zvm, "POOL:ME.", "SUB", true, Some("POOL:ME.SUB")),
        (System::Zvm, "POOL:ME.SUB", "LOWER", true, Some("POOL:ME.SUB.LOWER")),
        (System::Zvm, "POOL:ME.SUB", "", true, None),
        (System::Zvm, "POOL:ME.SUB", "A.B", true, None),
        (System::Zvm, "POOL:ME.SUB", "OTHER:A.B", false, None),
        (System::Zvm, "/../VMBFS:X:Y/", "a", false, Some("/../VMBFS:X:Y/a")),
    ] {
        let joined = system.join(directory.as_bytes(), name.as_bytes(), is_directory);
        assert_eq!(joined.as_deref(), path.map(str::as_bytes), "{system:?} {directory} {name}");
    }
}

/// The directory and the name of a path are those of which it is made.
#[test]
fn what_was_joined_comes_apart_again() {
    for (system, directory, name, is_directory, path) in [
        (System::Plain, "", "a", false, "a"),
        (System::Plain, "/", "a", false, "/a"),
        (System::Plain, "/x/y", "a b", true, "/x/y/a b"),
        (System::Plain, "C:\\x", "a", false, "C:\\x/a"),
        (System::Windows, "/x", "a", false, "/x/a"),
        (System::Windows, "C:\\", "a", false, "C:\\a"),
        (System::Windows, "C:\\x", "a", true, "C:\\x\\a"),
        (System::Windows, "\\", "a", true, "\\a"),
        (System::IbmI, "/QSYS.LIB/X.LIB", "A.FILE", false, "/QSYS.LIB/X.LIB/A.FILE"),
        (System::Mvs, "", "A.B", false, "A.B"),
        (System::Mvs, "'X.Y.'", "A", false, "'X.Y.A'"),
        (System::Mvs, "'X.Y'", "A", false, "'X.Y(A)'"),
        (System::Mvs, "''", "X", false, "'X'"),
        (System::Mvs, "X.Y", "A", false, "X.Y(A)"),
        (System::Mvs, "/u/me", "a", false, "/u/me/a"),
        (System::Vms, "", "A.TXT", false, "A.TXT"),
        (System::Vms, "", "A", true, "[.A]"),
        (System::Vms, "[.A]", "B", true, "[.A.B]"),
        (System::Vms, "D:[X]", "A.TXT;2", false, "D:[X]A.TXT;2"),
        (System::Vms, "D:[X]", "A", true, "D:[X.A]"),
        (System::Vms, "D:[000000]", "A", true, "D:[A]"),
        (System::Vms, "D:", "A.TXT", false, "D:A.TXT"),
        (System::Vms, "[X]", "a b.tar.gz;2", false, "[X]a^_b^.tar.gz;2"),
        (System::Vms, "[X]", "a.b", true, "[X.a^.b]"),
        (System::Vms, "[X]", "[a]", false, "[X]^[a^]"),
        (System::Vms, "/d/x", "a", false, "/d/x/a"),
        (System::Guardian, "\\N.$V.S", "A", false, "\\N.$V.S.A"),
        (System::Guardian, "S", "A", false, "S.A"),
        (System::Guardian, "", "A", false, "A"),
        (System::Guardian, "/G/v/s", "a", false, "/G/v/s/a"),
        (System::Zvm, "", "A.B", false, "A.B"),
        (System::Zvm, "ME.191", "A.B", false, "ME.191/A.B"),
        (System::Zvm, "POOL:ME.", "A.B", false, "POOL:ME.A.B"),
        (System::Zvm, "POOL:ME.SUB", "A.B", false, "POOL:ME.SUB.A.B"),
    ] {
        let joined = system.join(directory.as_bytes(), name.as_bytes(), is_directory).unwrap();
        assert_eq!(String::from_utf8_lossy(&joined), path, "{system:?}");
        let parts = system.split(path.as_bytes());
        let apart = parts.directory.unwrap_or_default();
        assert_eq!(String::from_utf8_lossy(&apart), directory, "{system:?} {path}");
        assert_eq!(String::from_utf8_lossy(&parts.name), name, "{system:?} {path}");
    }
}

#[test]
fn a_path_that_is_the_top_of_something_is_in_no_directory() {
    for (system, path, directory, name) in [
        (System::Vms, "D:[A]", "D:[000000]", "A"),
        (System::Vms, "[A]", "[000000]", "A"),
        (System::Vms, "D:", "", "D:"),
        (System::Vms, "D:[.A]", "D:[]", "A"),
        (System::Vms, "[-]", "", "[-]"),
        (System::Vms, "D:[000000]", "", "D:[000000]"),
        (System::Mvs, "'X.Y.'", "'X.'", "Y"),
        (System::Mvs, "''", "''", ""),
        (System::Guardian, "$V", "", "$V"),
        (System::Guardian, ".F", "", ".F"),
        (System::Zvm, "ME.191", "", "ME.191"),
        (System::Zvm, "POOL:ME.", "", "POOL:ME."),
        (System::Zvm, "POOL:ME.SUB", "", "POOL:ME.SUB"),
        (System::Zvm, "POOL:", "", "POOL:"),
        (System::Zvm, ".", "", "."),
        (System::Mvs, "A()", "", "A()"),
        (System::Mvs, "(B)", "", "(B)"),
        (System::Windows, "C:\\", "", "C:\\"),
    ] {
        let parts = system.split(path.as_bytes());
        let apart = parts.directory.unwrap_or_default();
        let shown = (String::from_utf8_lossy(&apart), String::from_utf8_lossy(&parts.name));
        assert_eq!(shown, (directory.into(), name.into()), "{system:?} {path}");
    }
}

/// No directory is not one without a name: the way up ends there.
#[test]
fn a_path_below_the_working_directory_is_in_none() {
    for (system, path) in
        [(System::Plain, "a"), (System::Vms, "[.A]"), (System::Vms, "A.TXT"), (System::Guardian, "F")]
    {
        assert_eq!(system.split(path.as_bytes()).directory, None, "{system:?} {path}");
    }
}

#[test]
fn a_command_names_a_path_with_slashes_so_that_it_is_no_option() {
    for (system, path, named) in [
        (System::Plain, "-a", "./-a"),
        (System::Plain, "~a/b", "./~a/b"),
        (System::Plain, "a", "a"),
        (System::IbmI, " a", "./ a"),
        (System::Mvs, "'-A'", "'-A'"),
        (System::Mvs, "-A", "-A"),
        (System::Vms, "-A.TXT", "-A.TXT"),
        (System::Guardian, "~A", "~A"),
    ] {
        assert_eq!(system.as_named(path.as_bytes()), named.as_bytes(), "{system:?} {path}");
    }
}

#[test]
fn a_path_on_windows_that_has_a_slash_comes_apart_at_slashes() {
    let parts = System::Windows.split(b"x/a\\b");
    assert_eq!((parts.directory.as_deref(), &*parts.name), (Some(&b"x"[..]), &b"a\\b"[..]));
}

/// By LIST, and by CWD.
#[test]
fn what_a_path_leads_to_is_told_by_few_systems() {
    for (system, path, lists, is_there) in [
        (System::Plain, "a", true, true),
        (System::Windows, "C:\\a", true, true),
        (System::IbmI, "/a", false, true),
        (System::Zvm, "A.B", false, true),
        (System::Vms, "[.A]", false, true),
        (System::Vms, "/a", true, true),
        (System::Mvs, "'A.B'", false, false),
        (System::Mvs, "/u/a", true, true),
        (System::Guardian, "$V.S", false, false),
        (System::Guardian, "/G/v/s", true, true),
    ] {
        let path = path.as_bytes();
        let found = (system.lists_by_path(path), system.has_only_directories_that_are_there(path));
        assert_eq!(found, (lists, is_there), "{system:?} {}", path.escape_ascii());
    }
}

#[test]
fn an_entry_tells_of_a_path() {
    let entry = |name: &'static str, raw: &'static str| Entry {
        name: Cow::Borrowed(name.as_bytes()),
        ..Entry::not_understood(raw.as_bytes())
    };
    for (system, path, name, raw, expected) in [
        (System::Plain, "x/a", "a", "", true),
        (System::Plain, "x/a", "A", "", false),
        (System::Windows, "x/a", "A", "", true),
        (System::Mvs, "'X.a'", "A", "", true),
        (System::Mvs, "'X.A'", "'X.A'", "", true),
        (System::Mvs, "/u/a", "A", "", false),
        (System::Mvs, "/u/a", "/u/a", "", false),
        (System::Vms, "[X]A.TXT;2", "A.TXT", "A.TXT;2   5", true),
        (System::Vms, "[X]a.txt;2", "A.TXT", "A.TXT;22   5", false),
        (System::Vms, "A.DIR", "A", "A.DIR;1   1", true),
        (System::Vms, "[X]A", "A.TXT", "A.TXT;1   1", false),
    ] {
        let told = system.is_told_by(path.as_bytes(), &entry(name, raw));
        assert_eq!(told, expected, "{system:?} {path} {name}");
    }
    let below = |path: &str, name| System::Mvs.is_beginning_of(path.as_bytes(), &entry(name, ""));
    assert!(below("'X.A'", "A.B") && !below("'X.A'", "AB.C") && !below("'X.A'", "A"));
}
