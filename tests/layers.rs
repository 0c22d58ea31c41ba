//! Each layer names only those under it. The compiler does not mind a circle; readers do.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

/// The folders and files of `src`, each with those above it, which it must not name.
const LAYERS: [(&str, &[&str]); 14] = [
    (
        "protocol",
        &["crate::net", "crate::error", "crate::phase", "crate::printable", "crate::client", "crate::capi"],
    ),
    ("net", &["crate::client", "crate::capi"]),
    ("disk", &["crate::protocol", "crate::net", "crate::client", "crate::capi"]),
    ("error", &["crate::client", "crate::capi"]),
    ("client/connection", &["crate::client::history", "crate::client::session", "crate::client::transfer"]),
    ("client/history", &["crate::client::session", "crate::client::transfer", "crate::client::metadata"]),
    ("client/settings", &["crate::client::connection", "crate::client::history", "crate::client::session"]),
    ("client/session", &["crate::client::transfer", "crate::client::metadata", "crate::client::calls"]),
    ("client/transfer", &["crate::client::metadata", "crate::client::files", "crate::client::calls"]),
    ("client/metadata", &["crate::client::files", "crate::client::calls"]),
    ("client/files", &["crate::client::mirror", "crate::client::calls"]),
    ("client/mirror", &["crate::client::calls"]),
    ("client/pool", &["crate::client::calls", "crate::client::mirror", "crate::client::session"]),
    ("client", &["crate::capi"]),
];

/// Below `client/mod.rs` and `client/calls` nothing knows the whole client.
const PARTS_OF_THE_CLIENT: [&str; 9] =
    ["connection", "history", "settings", "session", "transfer", "metadata", "files", "mirror", "pool"];

fn source() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

/// Calls `check` with the path of each Rust file under a folder, and with its code: no comments.
fn each_file(folder: &Path, check: &mut dyn FnMut(&Path, &str)) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            each_file(&path, check);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            check(&path, &code.join("\n"));
        }
    }
}

#[test]
fn no_layer_names_one_above_it() {
    let mut wrong = Vec::new();
    let mut files = 0;
    for (folder, above) in LAYERS {
        each_file(&source().join(folder), &mut |path, code| {
            files += 1;
            wrong.extend(
                above.iter().filter(|name| code.contains(**name)).map(|name| (path.to_owned(), *name)),
            );
        });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(files > 50, "{files} files are not all");
}

#[test]
fn no_part_of_the_client_names_the_client() {
    for part in PARTS_OF_THE_CLIENT {
        each_file(&source().join("client").join(part), &mut |path, code| {
            let is_named =
                code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "Client");
            assert!(!is_named, "{} names Client", path.display());
        });
    }
}
