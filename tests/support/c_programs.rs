//! Compiles C programs against the library that was just built, and runs them under valgrind.

// Each test file compiles this module for itself and uses only a part of it. Panics are how it reports a failure.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use super::tools::make_whole;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compiles these files, whose paths are seen from the root of the repository, as strictly as C can be compiled. A
/// program that has this name is replaced.
#[track_caller]
pub fn compile(name: &str, sources: &[PathBuf]) -> PathBuf {
    compile_with(name, sources, &[])
}

/// [`compile`] with more flags for the compiler, such as those of another library.
#[track_caller]
pub fn compile_with(name: &str, sources: &[PathBuf], flags: &[String]) -> PathBuf {
    let platform = env!("FTPCLIENT_TARGET");
    let compiler =
        cc::Build::new().host(platform).target(platform).opt_level(0).cargo_metadata(false).get_compiler();
    let mut command = Command::new(compiler.path());
    command
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g"])
        .args(["-Iinclude", "-Iexamples/c"])
        .args(sources)
        // Cargo makes all kinds of the library at once, and the test is linked to one of them: they are up to date.
        .arg(env::current_exe().unwrap().with_file_name("libftpclient.a"))
        .args(env!("FTPCLIENT_STATIC_LIBS").split(' '))
        .args(flags)
        .current_dir(root());
    make_whole(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), |program| {
        let output = command.arg("-o").arg(program).output();
        let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    })
}

/// A source that a test has made up, to be compiled.
pub fn source(name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    make_whole(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), |file| fs::write(file, text).unwrap())
}

/// The program, to be run under valgrind: the smallest leak or error is its exit status 99.
pub fn under_valgrind(program: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--leak-check=full", "--show-leak-kinds=all", "--errors-for-leak-kinds=all"])
        .arg("--error-exitcode=99")
        .arg(format!("--suppressions={}", root().join("c-tests/valgrind.supp").display()))
        .arg(program);
    command
}

/// What a program printed, for an assertion that failed.
pub fn shown(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{}\n{out}\n{err}", output.status)
}
