//! Compiles the programs of `c-tests/` against the library that was just built, and runs them: as they are, and under
//! valgrind, where the smallest leak and any descriptor that stays open is a failure.
//!
//! Where valgrind is not installed, its tests are skipped; see `tests/support/tools.rs`.

#![allow(clippy::unwrap_used)]

#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use tools::{make_whole, run};

/// One module for each program: it is compiled once.
macro_rules! programs {
    ($($name:ident)*) => {
        const PROGRAMS: &[&str] = &[$(stringify!($name)),*];
        $(mod $name {
            use super::*;

            fn program() -> &'static Path {
                static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
                PROGRAM.get_or_init(|| compile_program(stringify!($name), None))
            }

            #[test]
            fn passes() {
                run(&mut Command::new(program()));
            }

            #[test]
            fn leaks_nothing_under_valgrind() {
                run_under_valgrind(program());
            }
        })*
    };
}

programs! {
    test_arguments
    test_batch
    test_callbacks
    test_cancel
    test_copy
    test_cpp
    test_data_connections
    test_descriptors
    test_entries
    test_event_loop
    test_fds
    test_files
    test_fork
    test_fork_inside
    test_hpp_all_nothrow
    test_hpp_batch
    test_hpp_callbacks
    test_hpp_client
    test_hpp_copies
    test_hpp_coro
    test_hpp_listings
    test_hpp_loop
    test_hpp_nothrow
    test_hpp_streams
    test_idle
    test_large
    test_last_call
    test_listings
    test_memory
    test_loop_ends
    test_lookups
    test_metadata
    test_mirror
    test_names
    test_opened
    test_order
    test_parse
    test_pool
    test_raw
    test_replies
    test_report
    test_session
    test_settings
    test_signals
    test_threads
    test_timeouts
    test_tls
    test_tree
    test_transfers
    test_version
    test_wait
}

#[test]
fn every_program_is_run() {
    let is_program = |name: &str| name.starts_with("test_");
    let files = fs::read_dir(sources()).unwrap().map(|file| file.unwrap().path());
    let stems = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned());
    let found: BTreeSet<String> = stems.filter(|name| is_program(name)).collect();
    let listed: BTreeSet<String> = PROGRAMS.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(listed, found);
}

#[test]
fn every_exported_function_is_called() {
    let exports = fs::read_to_string(root().join("abi/exports.txt")).unwrap();
    let programs: String = PROGRAMS.iter().map(|name| fs::read_to_string(source_of(name)).unwrap()).collect();
    let is_never_called = |function: &&str| !programs.contains(&format!("{function}("));
    let missing: Vec<&str> = exports.lines().filter(is_never_called).collect();
    assert!(!exports.is_empty() && missing.is_empty(), "no program calls {missing:?}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> PathBuf {
    root().join("c-tests")
}

/// Where programs and objects of this build go.
fn output() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn source_of(name: &str) -> PathBuf {
    let cpp = sources().join(name).with_extension("cpp");
    if cpp.exists() { cpp } else { cpp.with_extension("c") }
}

/// The harness, compiled once for all programs.
fn support() -> &'static [PathBuf] {
    static OBJECTS: OnceLock<Vec<PathBuf>> = OnceLock::new();
    OBJECTS.get_or_init(|| {
        let files = fs::read_dir(sources().join("support")).unwrap().map(|file| file.unwrap().path());
        files.filter(|file| file.extension().is_some_and(|extension| extension == "c")).map(compile).collect()
    })
}

/// The folder of the shared library, which is found there by its SONAME as well.
fn library() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let (name, soname) = if cfg!(target_os = "macos") {
            ("libftpclient.dylib", "libftpclient.0.dylib")
        } else {
            ("libftpclient.so", "libftpclient.so.0")
        };
        // Cargo makes all kinds of the library at once, and this test is linked to one of them: they are up to date.
        let library = env::current_exe().unwrap().with_file_name(name);
        let folder = output().join("library");
        fs::create_dir_all(&folder).unwrap();
        for link in [name, soname].map(|name| folder.join(name)) {
            make_whole(&link, |link| symlink(&library, link).unwrap());
        }
        folder
    })
}

/// The oldest standard of the language that a program is written in.
fn standard(source: &Path) -> &'static str {
    match source.file_name().and_then(|name| name.to_str()).unwrap_or_default() {
        "test_hpp_coro.cpp" => "c++20",
        name if name.ends_with(".cpp") => "c++17",
        _ => "c99",
    }
}

/// The system's compiler, as strict as it can be.
fn compiler(source: &Path, standard: &str) -> Command {
    let is_cpp = source.extension().is_some_and(|extension| extension == "cpp");
    let is_nothrow = source.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("_nothrow"));
    let platform = env!("FTPCLIENT_TARGET");
    let compiler = cc::Build::new()
        .cpp(is_cpp)
        .host(platform)
        .target(platform)
        .opt_level(0)
        .cargo_metadata(false)
        .get_compiler();
    let mut command = Command::new(compiler.path());
    command
        .arg(format!("-std={standard}"))
        .args(if is_nothrow { &["-fno-exceptions", "-fno-rtti"][..] } else { &[] })
        .args(["-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-pthread"])
        .arg("-I")
        .arg(root().join("include"))
        .arg("-I")
        .arg(sources().join("support"));
    command
}

/// Compiles one file to an object.
fn compile(source: PathBuf) -> PathBuf {
    let object = output().join(source.file_name().unwrap()).with_extension("o");
    make_whole(&object, |object| {
        run(compiler(&source, standard(&source)).arg("-c").arg(&source).arg("-o").arg(object));
    })
}

/// Compiles and links a program of `c-tests/`, as one of a later standard or of its own.
fn compile_program(name: &str, later: Option<&str>) -> PathBuf {
    let source = source_of(name);
    let mut rpath = OsString::from("-Wl,-rpath,");
    rpath.push(library());
    let program = later.map_or(name.to_owned(), |standard| format!("{name}_{standard}"));
    make_whole(&output().join(program), |program| {
        run(compiler(&source, later.unwrap_or_else(|| standard(&source)))
            .arg(&source)
            .args(support())
            .arg("-L")
            .arg(library())
            .arg("-lftpclient")
            .arg(rpath)
            .arg("-o")
            .arg(program));
    })
}

/// What the header has with `std::span` and `std::expected` runs, and not only compiles.
fn pass_as(standard: &str) {
    let has_code_for_it = |name: &&&str| {
        let source = source_of(name);
        source.extension().is_some_and(|extension| extension == "cpp")
            && fs::read_to_string(source).unwrap().contains("#if defined(__cpp_lib_")
    };
    let programs: Vec<&&str> = PROGRAMS.iter().filter(has_code_for_it).collect();
    assert!(programs.len() >= 5, "only {programs:?} have code for later standards");
    for name in programs.into_iter().chain([&"test_hpp_coro"]) {
        run(&mut Command::new(compile_program(name, Some(standard))));
    }
}

#[test]
fn programs_with_code_for_it_pass_as_cpp20() {
    pass_as("c++20");
}

#[test]
fn programs_with_code_for_it_pass_as_cpp23() {
    pass_as("c++2b");
}

fn run_under_valgrind(program: &Path) {
    let name = program.file_name().unwrap().display();
    if !tools::installed(&format!("{name} under valgrind"), &["valgrind"]) {
        return;
    }
    let log = run(Command::new("valgrind")
        .args(["--leak-check=full", "--show-leak-kinds=all", "--errors-for-leak-kinds=all"])
        .args(["--error-exitcode=99", "--track-fds=yes", "--log-fd=1"])
        // A forked child has copies of all that is the parent's business.
        .arg("--child-silent-after-fork=yes")
        .arg(format!("--suppressions={}", sources().join("valgrind.supp").display()))
        .arg(program)
        .env("UNDER_VALGRIND", "yes"));
    let left = open_descriptors(&log);
    assert!(log.contains("ERROR SUMMARY: 0 errors") && left.is_empty(), "{left:?} stayed open\n{log}");
}

/// The descriptors that the program opened and did not close. Those that it was started with do not count.
fn open_descriptors(log: &str) -> Vec<&str> {
    let following = log.lines().skip(1).chain([""]);
    let left = log
        .lines()
        .zip(following)
        .filter(|(line, next)| line.contains("== Open ") && !next.contains("inherited from parent"));
    left.map(|(line, _)| line).collect()
}

#[test]
fn a_descriptor_that_stays_open_is_seen() {
    let log = "==1== FILE DESCRIPTORS: 5 open (3 std) at exit.\n\
               ==1== Open AF_INET socket 4: 127.0.0.1:1 <-> unbound\n\
               ==1==    at 0x49A1F87: socket (syscall-template.S:120)\n\
               ==1== Open file descriptor 3: /dev/null\n\
               ==1==    <inherited from parent>\n";
    assert_eq!(open_descriptors(log), ["==1== Open AF_INET socket 4: 127.0.0.1:1 <-> unbound"]);
}
