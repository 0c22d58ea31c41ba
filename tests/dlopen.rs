//! The library that cargo makes, as other languages load it: see `docs/threading.md`. `packaging` has the same test for
//! the one that CMake installs.

#![cfg(all(target_os = "linux", feature = "tls"))]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

#[test]
fn loading_and_unloading_leaves_nothing_behind() {
    // Cargo makes all kinds of the library at once, and this test is linked to one of them: they are up to date.
    let library = std::env::current_exe().unwrap().with_file_name("libftpclient.so");
    support::dlopen::check(&library);
}
