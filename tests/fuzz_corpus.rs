//! Replays the fuzz targets' corpus, so that every `cargo test` checks what fuzzing once found.

#![allow(clippy::unwrap_used)]

#[path = "../fuzz/checks/mod.rs"]
mod checks;
#[cfg(simulation)]
#[path = "../fuzz/checks/session.rs"]
mod session;

#[cfg(simulation)]
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

type Check = fn(&[u8]);

const TARGETS: &[(&str, Check)] = &[
    ("address", checks::address::check),
    ("charset", checks::charset::check),
    ("command", checks::command::check),
    ("dialogue", checks::dialogue::check),
    ("facts", checks::facts::check),
    ("glob", checks::glob::check),
    ("lines_in", checks::lines_in::check),
    ("lines_out", checks::lines_out::check),
    ("path", checks::path::check),
    ("pin", checks::pin::check),
    ("reply", checks::reply::check),
    #[cfg(simulation)]
    ("session", session::check),
    ("size", checks::size::check),
    ("url", checks::url::check),
];

#[test]
fn every_seed_passes_its_check() {
    for (target, check) in TARGETS {
        let seeds: Vec<PathBuf> = entries(&format!("corpus/{target}"));
        assert!(seeds.len() >= 10, "{target} has a corpus");
        for seed in seeds {
            let data = fs::read(&seed).unwrap();
            println!("{}", seed.display());
            check(&data);
        }
    }
}

// Without the simulation there is one less.
#[cfg(simulation)]
#[test]
fn every_fuzz_target_is_replayed() {
    let replayed: BTreeSet<String> = TARGETS.iter().map(|(target, _)| target.to_string()).collect();
    assert_eq!(names("fuzz_targets"), replayed);
    assert_eq!(names("corpus"), replayed);
}

/// The names of the entries of a directory of the fuzz crate, without extension.
#[cfg(simulation)]
fn names(directory: &str) -> BTreeSet<String> {
    entries(directory).iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn entries(directory: &str) -> Vec<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(directory);
    fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
}
