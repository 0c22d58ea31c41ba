//! The manual pages that `cmake/man_pages.py` makes of the header: one for each function, which man shows without a warning.

#![allow(clippy::unwrap_used)]

#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tools::{installed, run};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Makes the pages in this directory.
fn make(directory: &Path) {
    run(Command::new("python3")
        .arg("cmake/man_pages.py")
        .args(["include/ftpclient.h", env!("CARGO_PKG_VERSION")])
        .arg(directory)
        .current_dir(root()));
}

#[test]
fn each_function_has_a_page() {
    if !installed("the manual pages", &["python3"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let exports = fs::read_to_string(root().join("abi/exports.txt")).unwrap();
    let mut expected: Vec<String> = exports.lines().map(|name| format!("{name}.3")).collect();
    expected.push("ftpclient.3".to_owned());
    expected.sort();
    let files = fs::read_dir(folder.path()).unwrap();
    let mut found: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, expected);
    for name in expected {
        let page = fs::read_to_string(folder.path().join(&name)).unwrap();
        assert!(page.contains(".SH DESCRIPTION\n") && page.contains(".SH SYNOPSIS\n"), "{name}: {page}");
    }
}

#[test]
fn man_shows_them_without_a_warning() {
    if !installed("the manual pages", &["python3", "man"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let mut pages: Vec<PathBuf> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    pages.sort();
    let mut man = Command::new("man");
    man.args(["--warnings=w", "-l", "-Tutf8"]).args(&pages).env("LC_ALL", "C.UTF-8").env("MANPAGER", "cat");
    let output = man.env("MANWIDTH", "100").output().unwrap();
    let warnings = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && warnings.is_empty(), "{warnings}");
    let shown = String::from_utf8_lossy(&output.stdout);
    // Of a page: a parameter, what is returned, and Python's name. What is bold has more characters than one sees.
    for text in ["the path on the server.", "the target is the whole file.", "ftplib: connect."] {
        assert!(shown.contains(text), "no page has {text:?}");
    }
}
