//! What is removed and made on systems whose paths have no slashes: each command that changes anything is one that the manuals know,
//! and names no more than was meant.

use ftpclient::client::PutRequest;

use super::systems::{Machine, guardian, ibm_i, vms, zos};
use super::*;

fn asked(server: &Scripted, verbs: &[&str]) -> Vec<String> {
    let received = String::from_utf8_lossy(&server.received()).into_owned();
    let is_such = |line: &&str| verbs.iter().any(|verb| line.starts_with(verb));
    received.lines().filter(is_such).map(|line| line.trim_end().to_owned()).collect()
}

/// What is sent to remove something, and what comes of it.
fn remove(machine: Machine, path: &str) -> (Vec<String>, Result<()>) {
    let homes = [machine.home.to_owned(), (machine.renames)(machine.home)];
    let server = machine.serve();
    let mut client = logged_in(&server);
    let outcome = client.run(async |client| client.remove_tree(path.as_bytes()).await);
    assert!(homes.contains(&pwd(&mut client).unwrap()), "in step, and where it was");
    (asked(&server, &["DELE", "RMD"]), outcome)
}

fn make(machine: Machine, path: &str) -> (Vec<String>, Result<()>) {
    let homes = [machine.home.to_owned(), (machine.renames)(machine.home)];
    let server = machine.serve();
    let mut client = logged_in(&server);
    let outcome = client.run(async |client| client.makedirs(path.as_bytes()).await);
    assert!(homes.contains(&pwd(&mut client).unwrap()), "in step, and where it was");
    (asked(&server, &["MKD"]), outcome)
}

/// What an upload asks and makes before it is refused: these servers take no files.
fn put_into_directories(machine: Machine, path: &str) -> Vec<String> {
    let server = machine.serve();
    let mut client = logged_in(&server);
    let local = tempfile::NamedTempFile::new().unwrap();
    let wanted = PutRequest {
        local: local.path().into(),
        remote: path.as_bytes().to_vec(),
        make_dirs: true,
        ..PutRequest::default()
    };
    let outcome = client.run(async |client| client.put(&wanted).await);
    assert!(matches!(outcome, Err(Error::Reply { .. })), "{outcome:?}");
    asked(&server, &["SYST", "MKD"])
}

/// Whoever has a path without such signs is not asked what the server runs on.
#[test]
fn the_directory_above_an_upload_is_the_systems() {
    for (machine, path, sent) in [
        (vms(), "[A.B]F.TXT", ["SYST", "MKD [A.B]"].as_slice()),
        (vms(), "a/b/f.txt", &["MKD a/b"]),
        (vms(), "F.TXT", &[]),
        (zos(), "LIB.CNTL(JOB1)", &["MKD LIB.CNTL"]),
        (zos(), "LIB.LOG", &[]),
    ] {
        assert_eq!(put_into_directories(machine, path), sent, "{path}");
    }
}

const DELETES: [&str; 0] = [];

#[test]
fn a_partitioned_data_set_is_removed_with_its_members() {
    let (sent, outcome) = remove(zos(), "'ME.LIB.CNTL'");
    outcome.unwrap();
    assert_eq!(sent, ["DELE 'ME.LIB.CNTL(JOB1)'", "DELE 'ME.LIB.CNTL(JOB2)'", "RMD 'ME.LIB.CNTL'"]);
    for (path, sent_expected) in [
        ("LIB.CNTL", ["DELE LIB.CNTL(JOB1)", "DELE LIB.CNTL(JOB2)", "RMD LIB.CNTL"].as_slice()),
        ("'ME.LIB.LOG'", &["DELE 'ME.LIB.LOG'"]),
        ("'ME.LIB.CNTL(JOB1)'", &["DELE 'ME.LIB.CNTL(JOB1)'"]),
    ] {
        let (sent, outcome) = remove(zos(), path);
        outcome.unwrap();
        assert_eq!(sent, sent_expected, "{path}");
    }
}

#[test]
fn what_names_of_data_sets_only_begin_with_is_not_removed() {
    for path in ["'ME.LIB'", "'ME'", "LIB"] {
        let (sent, outcome) = remove(zos(), path);
        assert!(matches!(outcome, Err(Error::Unsupported(_))), "{path}: {outcome:?}");
        assert_eq!(sent, DELETES, "{path}");
    }
    for path in ["'ME.LIB.'", "''", "'ME.LIB.CNTL.'", "LIB.", "'ME.*'", "'ME.LIB.CNTL(*)'"] {
        let (sent, outcome) = remove(zos(), path);
        assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{path}: {outcome:?}");
        assert_eq!(sent, DELETES, "{path}");
    }
    for path in ["'ME.NO'", "'ME.LIB.CNTL(NO)'", "NO"] {
        let (sent, outcome) = remove(zos(), path);
        assert!(matches!(outcome, Err(Error::NotFound(_))), "{path}: {outcome:?}");
        assert_eq!(sent, DELETES, "{path}");
    }
}

#[test]
fn a_name_that_leads_out_of_a_data_set_is_not_removed() {
    let mut machine = zos();
    machine.lists.insert(
        "'ME.LIB.CNTL'",
        " Name     VV.MM   Created       Changed      Size  Init   Mod   Id\n\
         'SYS1.A'  01.01 2018/09/07 2018/09/07 03:52    13    13     0 USER\n\
         A)(B      01.01 2018/09/07 2018/09/07 03:52    13    13     0 USER\n\
         JOB*      01.01 2018/09/07 2018/09/07 03:52    13    13     0 USER\n\
         JOB2      01.01 2018/09/07 2018/09/07 07:41    13    13     0 USER\n",
    );
    let (sent, outcome) = remove(machine, "'ME.LIB.CNTL'");
    assert_eq!(sent, ["DELE 'ME.LIB.CNTL(JOB2)'", "RMD 'ME.LIB.CNTL'"]);
    outcome.expect("it is gone in the end, with all that was in it");
}

/// OpenVMS deletes nothing without a version.
fn vms_with_versions() -> Machine {
    let changes = |verb: &str, path: &str| match verb {
        "DELE" if !path.contains(';') => "550 an explicit version number or wildcard is required",
        _ => "250 done",
    };
    Machine { changes, ..vms() }
}

#[test]
fn files_of_vms_are_removed_with_the_versions_that_are_listed() {
    for (path, expected) in [
        ("[.SUB]", ["DELE [.SUB]A.TXT;1", "RMD [.SUB]"].as_slice()),
        ("D:[ME.SUB]", &["DELE D:[ME.SUB]A.TXT;1", "RMD D:[ME.SUB]"]),
        ("README.TXT", &["DELE README.TXT;4", "DELE README.TXT;3"]),
        ("D:[ME]readme.txt", &["DELE D:[ME]README.TXT;4", "DELE D:[ME]README.TXT;3"]),
        ("README.TXT;3", &["DELE README.TXT;3"]),
    ] {
        let (sent, outcome) = remove(vms_with_versions(), path);
        outcome.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(sent, expected, "{path}");
    }
    for path in ["[-]", "[]", "[000000]", "D:", "D:[000000]", "[...]", "[ME...]", "*.*;*", "A.TXT;*", "[*]"] {
        let (sent, outcome) = remove(vms_with_versions(), path);
        assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{path}: {outcome:?}");
        assert_eq!(sent, DELETES, "{path}");
    }
}

#[test]
fn no_version_of_vms_is_removed_where_the_last_one_may_be_cut() {
    let mut machine = vms_with_versions();
    for text in machine.lists.values_mut() {
        if let Some(place) = text.rfind("README.TXT;3") {
            let end = place + text[place..].find('\n').unwrap();
            *text = &text[..end];
        }
    }
    let (sent, outcome) = remove(machine, "README.TXT");
    assert!(matches!(&outcome, Err(Error::Unsupported(text)) if text.contains("may be cut")), "{outcome:?}");
    assert_eq!(sent, DELETES);
}

#[test]
fn what_is_left_of_a_tree_of_vms_is_told_by_its_first_refusal() {
    let changes = |verb: &str, path: &str| match (verb, path) {
        ("DELE", "[.SUB]A.TXT;1") => "550 locked",
        ("RMD", _) => "550 not empty",
        _ => "250 done",
    };
    let (sent, outcome) = remove(Machine { changes, ..vms() }, "[.SUB]");
    assert_eq!(sent, ["DELE [.SUB]A.TXT;1", "RMD [.SUB]"]);
    assert_eq!(outcome.unwrap_err().to_string(), "DELE [.SUB]A.TXT;1: 550 locked");
}

#[test]
fn a_subvolume_is_removed_by_its_whole_name_only_and_is_gone_with_its_files() {
    let refuses_rmd = |verb: &str, _: &str| if verb == "RMD" { "502 what?" } else { "250 done" };
    let machine = Machine { changes: refuses_rmd, ..guardian() };
    let (sent, outcome) = remove(machine.clone(), "$DATA.ME");
    outcome.unwrap();
    assert_eq!(sent, ["DELE $DATA.ME.ALV", "DELE $DATA.ME.ALVO"]);
    let (sent, outcome) = remove(machine.clone(), "ALV");
    outcome.unwrap();
    assert_eq!(sent, ["DELE ALV"]);
    // A file of this name is not there, but a subvolume is.
    let (sent, outcome) = remove(machine.clone(), "ME");
    assert!(matches!(outcome, Err(Error::Unsupported(_))), "{outcome:?}");
    assert_eq!(sent, DELETES);
    for path in ["$DATA", "\\N.$DATA", "$DATA.ME.*"] {
        let (sent, outcome) = remove(machine.clone(), path);
        assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{path}: {outcome:?}");
        assert_eq!(sent, DELETES, "{path}");
    }
}

#[test]
fn a_library_of_ibm_i_is_removed_by_its_path() {
    let (sent, outcome) = remove(ibm_i(), "/QSYS.LIB/QGPL.LIB/SRC.FILE");
    outcome.unwrap();
    assert_eq!(sent, ["DELE /QSYS.LIB/QGPL.LIB/SRC.FILE/A.MBR", "RMD /QSYS.LIB/QGPL.LIB/SRC.FILE"]);
}

#[test]
fn the_directories_above_are_made_in_the_words_of_the_system() {
    // Each is refused until the one above it was made: a refusal is repeated once.
    let changes = |verb: &str, path: &str| match (verb, path) {
        ("MKD", "D:[ME.SUB]" | "[.SUB]") => "550 it is there",
        ("MKD", "D:[ME.SUB.A.B]" | "[.SUB.A.B]") => "550 no such directory",
        ("MKD", _) => "257 made",
        _ => "250 done",
    };
    let machine = Machine { changes, ..vms() };
    let (sent, outcome) = make(machine.clone(), "D:[ME.SUB.A.B]");
    assert_eq!(sent, ["MKD D:[ME.SUB.A.B]", "MKD D:[ME.SUB.A]", "MKD D:[ME.SUB.A.B]"]);
    assert!(outcome.is_err(), "the second refusal counts");
    let (sent, _) = make(machine.clone(), "[.SUB.A.B]");
    assert_eq!(sent, ["MKD [.SUB.A.B]", "MKD [.SUB.A]", "MKD [.SUB.A.B]"]);
    let (sent, outcome) = make(machine, "[.SUB]");
    assert_eq!(sent, ["MKD [.SUB]"]);
    outcome.expect("it is there");
}

#[test]
fn where_cwd_leads_anywhere_only_a_listing_tells_that_a_directory_is_there() {
    let changes = |verb: &str, _: &str| if verb == "MKD" { "550 refused" } else { "250 done" };
    for (path, is_there) in [
        ("'ME.LIB.CNTL'", true),
        ("LIB.CNTL", true),
        ("'ME.NEW'", false),
        ("'ME.LIB'", false),
        ("NEW", false),
    ] {
        let (sent, outcome) = make(Machine { changes, ..zos() }, path);
        assert_eq!(sent, [format!("MKD {path}")], "nothing is made that was not asked for");
        match outcome {
            Ok(()) => assert!(is_there, "{path}"),
            Err(Error::Reply { .. }) => assert!(!is_there, "{path}"),
            Err(error) => panic!("{path}: {error}"),
        }
    }
    let (_, outcome) = make(Machine { changes, ..zos() }, "'ME.LIB.LOG'");
    assert!(matches!(outcome, Err(Error::Exists(_))), "{outcome:?}");
    let (sent, outcome) = make(Machine { changes, ..guardian() }, "$DATA.NEW");
    assert_eq!(sent, ["MKD $DATA.NEW"]);
    outcome.expect("a subvolume is there as soon as it is named");
}
