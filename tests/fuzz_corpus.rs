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
    ("listing_chameleon", checks::listing::chameleon),
    ("listing_clearpath", checks::listing::clearpath),
    ("listing_connect_enterprise", checks::listing::connect_enterprise),
    ("listing_decided", checks::listing::decided),
    ("listing_dos", checks::listing::dos),
    ("listing_eplf", checks::listing::eplf),
    ("listing_guardian", checks::listing::guardian),
    ("listing_ibm_i", checks::listing::ibm_i),
    ("listing_macos", checks::listing::macos),
    ("listing_mlsd", checks::listing::mlsd),
    ("listing_mpe", checks::listing::mpe),
    ("listing_mvs", checks::listing::mvs),
    ("listing_netware", checks::listing::netware),
    ("listing_numeric", checks::listing::numeric),
    ("listing_os2", checks::listing::os2),
    ("listing_os9", checks::listing::os9),
    ("listing_unix", checks::listing::unix),
    ("listing_vms", checks::listing::vms),
    ("listing_vos", checks::listing::vos),
    ("listing_vshell", checks::listing::vshell),
    ("listing_vxworks", checks::listing::vxworks),
    ("listing_wf_ftp", checks::listing::wf_ftp),
    ("listing_zvm", checks::listing::zvm),
    ("path", checks::path::check),
    ("pin", checks::pin::check),
    ("reply", checks::reply::check),
    #[cfg(simulation)]
    ("session", session::check),
    ("size", checks::size::check),
    ("told", checks::told::check),
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
