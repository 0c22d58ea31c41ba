//! The package that CMake installs: what is in it, and that programs can be built with it in every way that
//! docs/building.md names. `tests/consumers/` holds those programs.
//!
//! Everything happens in `packaging/` in cargo's directory for tests. Only what cargo built there is kept from one run to
//! the next. The package is installed in one place and moved to another before anybody uses it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod cmake;
mod contents;
mod loaded;
mod parts;
mod pkg_config;
mod target;
mod tls;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{env, fs, io};

use support::tools::{self, run, run_in_vain};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const SOURCE: &str = env!("CARGO_MANIFEST_DIR");

/// Where all the programs are built and the package is installed.
static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packaging");
    for leftover in ["build", "consumers", "moved"] {
        match fs::remove_dir_all(place.join(leftover)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{leftover}: {error}"),
            _ => {}
        }
    }
    place
});

/// The directory of the installed and moved package. It is made once for all tests.
static PACKAGE: LazyLock<PathBuf> = LazyLock::new(|| {
    let first_prefix = PLACE.join("build/first-prefix");
    // The layout that holds on every system, whatever the default is there.
    install(&PLACE.join("build"), &first_prefix, &["-DCMAKE_INSTALL_LIBDIR=lib"]);
    fs::rename(first_prefix, PLACE.join("moved")).unwrap();
    PLACE.join("moved")
});

/// Configures, builds and installs the library. All such builds share what cargo made.
fn install(build: &Path, prefix: &Path, options: &[&str]) {
    run(cmake_configure(Path::new(SOURCE), build)
        .args(options)
        .arg(definition("CMAKE_INSTALL_PREFIX", prefix)));
    run(tool("cmake").arg("--build").arg(build));
    run(tool("cmake").arg("--install").arg(build));
}

fn cmake_configure(source: &Path, build: &Path) -> Command {
    let mut command = tool("cmake");
    command.arg("-S").arg(source).arg("-B").arg(build);
    command.arg(definition("FTPCLIENT_CARGO_DIR", &PLACE.join("cargo")));
    // Not every project that is built here has a Rust part.
    command.arg("--no-warn-unused-cli");
    command
}

fn definition(name: &str, value: &Path) -> String {
    format!("-D{name}={}", value.display())
}

/// A program that sees nothing of the cargo that runs this test.
fn tool(program: &str) -> Command {
    let mut command = Command::new(program);
    for variable in
        ["LD_LIBRARY_PATH", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "DESTDIR"]
    {
        command.env_remove(variable);
    }
    command
}

/// The package, or `None` where the test is to be skipped because a program is missing.
fn package(programs: &[&str]) -> Option<&'static Path> {
    let all = [&["cmake", "cc", "c++"], programs].concat();
    tools::installed("packaging", &all).then(|| PACKAGE.as_path())
}

fn exports() -> Vec<String> {
    let list = fs::read_to_string(Path::new(SOURCE).join("abi/exports.txt")).unwrap();
    list.lines().map(str::to_owned).collect()
}

/// How the TLS library is called that the package uses, if nothing else was asked for.
const OPENSSL: &str = "OpenSSL 3.";
/// What the programs say where there is none.
const NO_TLS: &str = "no TLS";

/// Checks what a program in `tests/consumers/` prints.
fn check_program(command: &mut Command, tls: &str) {
    let output = run(command);
    let begins_well = output.starts_with(&format!("{VERSION}, {tls}"));
    assert!(begins_well && output.contains(": 127.0.0.1:1: "), "{command:?}: {output}");
}

/// Whether a program needs the shared library at run time.
fn needs_library(program: &Path) -> bool {
    needed(program).contains(&"libftpclient.so.0".to_owned())
}

/// The shared libraries that a program or a library needs at run time.
fn needed(program: &Path) -> Vec<String> {
    let readelf = run(tool("readelf").arg("-d").arg(program));
    tools::dynamic(&readelf, "NEEDED").into_iter().map(str::to_owned).collect()
}

/// Checks the four programs that `tests/consumers/programs.cmake` describes.
fn check_programs(build: &Path, tls: &str) {
    for language in ["c", "cpp"] {
        for (library, shared) in [("ftpclient", true), ("static", false)] {
            let program = build.join(format!("{language}_{library}"));
            check_program(&mut tool(program.to_str().unwrap()), tls);
            assert_eq!(needs_library(&program), shared, "{}", program.display());
        }
    }
}

/// What CMake says when it is configured with options that it must refuse.
fn refused(options: &[&str]) -> String {
    let build = tempfile::tempdir().unwrap();
    run_in_vain(cmake_configure(Path::new(SOURCE), build.path()).args(options))
}

fn find_package(package: &Path, build: &Path, version: &str) -> Command {
    let mut command = cmake_configure(&Path::new(SOURCE).join("tests/consumers/find_package"), build);
    command.arg(definition("CMAKE_PREFIX_PATH", package)).arg(format!("-DWANTED_VERSION={version}"));
    command
}

/// The files under a directory, with the targets of symbolic links.
fn list_files(directory: &Path, name_of_directory: &str, files: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let name = format!("{name_of_directory}{}", entry.file_name().to_str().unwrap());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            list_files(&entry.path(), &format!("{name}/"), files);
        } else if kind.is_symlink() {
            files.push(format!("{name} -> {}", fs::read_link(entry.path()).unwrap().display()));
        } else {
            files.push(name);
        }
    }
}

/// What is shipped does not tell where it was built.
fn assert_no_path_of_the_builder(package: &Path) {
    let home = |variable: &str, otherwise: &str| {
        env::var(variable).unwrap_or_else(|_| format!("{}/{otherwise}", env::var("HOME").unwrap()))
    };
    let places = [
        SOURCE.to_owned(),
        PLACE.to_str().unwrap().to_owned(),
        home("CARGO_HOME", ".cargo"),
        home("RUSTUP_HOME", ".rustup"),
    ];
    let mut files = Vec::new();
    list_files(package, "", &mut files);
    assert!(!files.is_empty(), "{}", package.display());
    for file in files.iter().filter(|name| !name.contains(" -> ")) {
        let bytes = fs::read(package.join(file)).unwrap();
        for place in &places {
            if let Some(start) = memchr::memmem::find(&bytes, place.as_bytes()) {
                let told: Vec<u8> = bytes.into_iter().skip(start).take(200).collect();
                panic!("{file} tells {}", String::from_utf8_lossy(&told).escape_debug());
            }
        }
    }
}
