//! What is in the package, and what its libraries show and need.

use super::*;

#[test]
fn the_package_holds_these_files() {
    let Some(package) = package(&[]) else { return };
    let mut files = Vec::new();
    list_files(package, "", &mut files);
    files.sort();
    // The parts of ftpclient.hpp, whichever they are.
    let is_part = |name: &String| name.starts_with("include/ftpclient/") && name.ends_with(".hpp");
    let mut sources = Vec::new();
    list_files(&Path::new(SOURCE).join("include/ftpclient"), "include/ftpclient/", &mut sources);
    sources.sort();
    assert_eq!(files.extract_if(.., |name| is_part(name)).collect::<Vec<_>>(), sources);
    assert_eq!(
        files,
        [
            "include/ftpclient.h",
            "include/ftpclient.hpp",
            "include/ftpclient_coro.hpp",
            "lib/cmake/ftpclient/ftpclientConfig.cmake",
            "lib/cmake/ftpclient/ftpclientConfigVersion.cmake",
            "lib/cmake/ftpclient/ftpclientTargets-release.cmake",
            "lib/cmake/ftpclient/ftpclientTargets.cmake",
            "lib/libftpclient.a",
            "lib/libftpclient.so -> libftpclient.so.0",
            &format!("lib/libftpclient.so.0 -> libftpclient.so.{VERSION}"),
            &format!("lib/libftpclient.so.{VERSION}"),
            "lib/pkgconfig/ftpclient.pc",
        ]
    );
    for header in ["include/ftpclient.h", "include/ftpclient.hpp", "include/ftpclient_coro.hpp"] {
        let content = |root: &Path| fs::read(root.join(header)).unwrap();
        assert!(content(package) == content(Path::new(SOURCE)), "{header} is installed as it is");
    }
}

#[test]
fn nothing_in_the_package_tells_where_it_was_built() {
    let Some(package) = package(&[]) else { return };
    assert_no_path_of_the_builder(package);
}

#[test]
fn no_simulation_is_in_the_package() {
    let Some(package) = package(&[]) else { return };
    let has_it = |library: &Path| {
        // The path of its sources is in the place of each panic, and a name of its own in each symbol.
        let bytes = fs::read(library).unwrap();
        [&b"net/simulation"[..], b"10simulation"]
            .iter()
            .any(|name| bytes.windows(name.len()).any(|part| part == *name))
    };
    for library in ["lib/libftpclient.a".to_owned(), format!("lib/libftpclient.so.{VERSION}")] {
        assert!(!has_it(&package.join(&library)), "{library}");
    }
    // What this test is linked with shows that it would be found.
    if cfg!(simulation) {
        assert!(has_it(&env::current_exe().unwrap().with_file_name("libftpclient.so")));
    }
}

#[test]
fn the_shared_library_exports_the_api_with_its_version() {
    let Some(package) = package(&["nm"]) else { return };
    let nm = run(tool("nm").args(["-D", "--defined-only"]).arg(package.join("lib/libftpclient.so")));
    let (major_and_minor, _patch) = VERSION.rsplit_once('.').unwrap();
    let node = format!("FTPCLIENT_{major_and_minor}");
    let mut expected: Vec<String> = exports().iter().map(|name| format!("{name}@@{node}")).collect();
    // The node itself is a symbol, and upper case comes first.
    expected.insert(0, node);
    assert_eq!(tools::symbols(&nm), expected);
}

#[test]
fn the_shared_library_says_what_it_is_and_needs() {
    let Some(package) = package(&["readelf"]) else { return };
    let readelf = run(tool("readelf").args(["-dlW"]).arg(package.join("lib/libftpclient.so")));
    assert_eq!(tools::dynamic(&readelf, "SONAME"), ["libftpclient.so.0"]);
    assert_eq!(tools::dynamic(&readelf, "RUNPATH"), [""; 0]);
    for flag in ["NODELETE", "BIND_NOW", "GNU_RELRO"] {
        assert!(readelf.contains(flag), "{flag}: {readelf}");
    }
    // Before glibc 2.34, libc.so.6 did not have all of the C library.
    let system = ["libc.so", "libgcc_s.so", "ld-linux", "libm.so", "libpthread.so", "libdl.so"];
    let openssl = ["libssl.so.3", "libcrypto.so.3"];
    let needed = tools::dynamic(&readelf, "NEEDED");
    for needed in &needed {
        assert!(system.iter().chain(&openssl).any(|name| needed.starts_with(name)), "{needed}");
    }
    assert!(openssl.iter().all(|name| needed.contains(name)), "{needed:?}");
}

/// A library that others carry with them: what a change adds to it should be meant. Raise the bound with a reason, and lower it after
/// a change that saves more than some kilobytes.
#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
#[test]
fn the_shared_library_is_not_larger_than_it_was() {
    // Files brought 24 functions and 200,000 bytes, systems and uploads that are tried again 30,000, mirrors and chosen paths 70,000,
    // hashes that are compared, OPTS UTF8 and transfers inside the kernel 40,000, data connections that are made ahead 13,000,
    // pools of sessions 70,000, batches 118,000, mirrors with several sessions 57,000, trees in batches 37,000, one file by several
    // sessions 34,000, addresses that are asked for with RETR 8,000, listings in copies of their lines and z/VM's paths 16,000, files
    // that go aside for an atomic upload, removals that are sent twice and directories that may not be read 25,000, transfer
    // commands that are refused 700, which took another page.
    const MOST_BYTES: u64 = 2_393_000;
    let Some(package) = package(&["strip"]) else { return };
    let stripped = PLACE.join("stripped.so");
    run(tool("strip").arg("-o").arg(&stripped).arg(package.join("lib/libftpclient.so")));
    let size = fs::metadata(&stripped).unwrap().len();
    println!("the shared library has {size} bytes of {MOST_BYTES}");
    assert!(size <= MOST_BYTES, "{size} bytes are more than {MOST_BYTES}");
}

#[test]
fn the_static_library_shows_the_api_and_nothing_else() {
    let Some(package) = package(&["nm", "objcopy"]) else { return };
    let nm = run(tool("nm").args(["-g", "--defined-only"]).arg(package.join("lib/libftpclient.a")));
    assert_eq!(tools::symbols(&nm), exports());
}
