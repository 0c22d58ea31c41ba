//! `docs/ftplib.md` keeps its word: its Python and its C say the same to a server, print the same and leave the same files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../support/mod.rs"]
mod support;

mod document;
mod programs;
mod recorder;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use document::Pair;
use support::c_programs::root;
use support::tools::{installed, run};

fn document() -> String {
    fs::read_to_string(root().join("docs/ftplib.md")).unwrap()
}

#[test]
fn the_python_and_the_c_of_each_pair_do_the_same() {
    let (preludes, pairs) = document::examples(&document(), "From Python to C");
    assert!(pairs.len() > 50, "only {} pairs were found", pairs.len());
    let program = programs::compile_all("guide", &preludes, &pairs);
    let python = installed("the comparison of the guide with Python", &["python3"]);
    let mut failures = String::new();
    for (number, pair) in pairs.iter().enumerate() {
        let ours = programs::run_c(&program, number);
        if !ours.succeeded {
            failures += &format!("{}\nfailed: {ours:#?}\n\n", pair.c);
        } else if python {
            let pythons = programs::run_python(pair);
            if ours != pythons {
                failures += &format!("{}\n{}\ndiffer: {pythons:#?}\n{ours:#?}\n\n", pair.python, pair.c);
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// What it does is shown on real servers by the tests of FTPS: here is no server with a certificate.
#[test]
fn the_c_of_ftps_compiles() {
    let (_, pairs) = document::examples(&document(), "FTPS");
    assert!(pairs.len() > 10, "only {} pairs were found", pairs.len());
    let variables = "static struct ftp_tls_info details = { .struct_size = sizeof details };\n\
                     static const char *pem = \"\";\n\
                     void use(void);\nvoid use(void) { (void)details; (void)pem; }\n";
    programs::compile_all("guide-ftps", &[variables.to_owned()], &pairs);
}

#[test]
fn the_document_names_the_functions_of_the_library_and_no_others() {
    let text = document();
    let calls = text.split('(').filter_map(|before| {
        let word = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        word.starts_with("ftp_").then_some(word)
    });
    let exports = fs::read_to_string(root().join("abi/exports.txt")).unwrap();
    assert_eq!(calls.collect::<BTreeSet<_>>(), exports.lines().collect::<BTreeSet<_>>());
}

#[test]
fn the_document_names_all_that_is_public_in_ftplib() {
    if !installed("the comparison of the guide with ftplib's names", &["python3"]) {
        return;
    }
    let program = "import ftplib\n\
                   for owner in ftplib.FTP, ftplib.FTP(), ftplib.FTP_TLS:\n\
                   \x20   print(*(name for name in dir(owner) if name[0] != '_'))\n\
                   print('parse150 parse227 parse229 parse257 print_line ftpcp test')\n\
                   print('error_reply error_temp error_perm error_proto all_errors')";
    let names = run(Command::new("python3").args(["-c", program]));
    let text = document();
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let missing: Vec<&str> = names.split_whitespace().filter(|name| !words.contains(name)).collect();
    assert!(names.contains("retrbinary") && missing.is_empty(), "{missing:?}");
}

#[test]
fn pairs_are_found() {
    let text = "## Other\n```c\nint no;\n```\n## From Python to C\n```c\nint prelude;\n```\n\
                | Python | C |\n|---|---|\n| `a; b` | `c;` |\n\n| exception | status |\n|---|---|\n| `x` | `y` |\n\
                ```python\np\n```\ntext\n```c\nq\nr\n```\n## Last\n```c\nint no;\n```\n";
    let (preludes, pairs) = document::examples(text, "From Python to C");
    assert_eq!(preludes, ["int prelude;\n"]);
    assert_eq!(
        pairs,
        [
            Pair { line: 11, python: "a; b".into(), c: "c;".into() },
            Pair { line: 21, python: "p\n".into(), c: "q\nr\n".into() }
        ]
    );
}
