//! The examples for other languages, `examples/LANGUAGE/download.*`: each lists a directory, downloads a file with progress, and
//! tells what the server refuses: a file, or the login. The server is in this process.
//!
//! With `FTPCLIENT_TOOLS=required` each language must be there: `.ci/install` installs them all.

#![allow(clippy::unwrap_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{env, fs};

use support::c_programs::{root, shown};
use support::embedded::{Embedded, PASSWORD, USER};
use support::tools::{run, skipped};
use tempfile::TempDir;

const SIZE: usize = 300_000;
const JNA: &str = "/usr/share/java/jna.jar";

static SERVER: LazyLock<Embedded> = LazyLock::new(|| {
    let server = Embedded::start();
    fs::write(server.root().join("file"), vec![7; SIZE]).unwrap();
    fs::write(server.root().join("größe"), "12345").unwrap();
    fs::create_dir(server.root().join("pub")).unwrap();
    server
});

/// Where the loader finds the library under the names that programs ask for.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    // Cargo makes all kinds of the library at once, and this test is linked to one of them: they are up to date.
    let library = env::current_exe().unwrap().with_file_name("libftpclient.so");
    let folder = place().join("languages");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for name in ["libftpclient.so", "libftpclient.so.0"] {
        symlink(&library, folder.join(name)).unwrap();
    }
    folder
});

fn place() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// Whether a language is here. What it takes is a command that succeeds where it is.
fn is_here(language: &str, probe: &mut Command) -> bool {
    if probe.env("LC_ALL", "C.UTF-8").output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    let required = env::var_os("FTPCLIENT_TOOLS").is_some_and(|value| value == "required");
    assert!(!required, "{language} is not installed, and FTPCLIENT_TOOLS=required");
    skipped::report(&format!("the example for {language}"), &format!("{language} is not installed"));
    false
}

fn command(words: &[&str]) -> Command {
    let (program, arguments) = words.split_first().unwrap();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Runs an example three times: with a file that is there, with one that is not, and with a wrong password.
#[track_caller]
fn check(words: &[&str]) {
    let run = |password: &str, file: &str| {
        let folder = TempDir::new().unwrap();
        let mut program = command(words);
        program
            .args([&format!("ftp://{USER}:{password}@{}/", SERVER.addr()), file])
            .current_dir(folder.path());
        program.env("LD_LIBRARY_PATH", &*LIBRARY).env("NODE_PATH", node_modules()).env("LC_ALL", "C.UTF-8");
        (program.output().unwrap(), fs::read(folder.path().join(file)).ok())
    };
    let (output, got) = run(PASSWORD, "file");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words:?}: {}", shown(&output));
    let version = format!("libftpclient {}", env!("CARGO_PKG_VERSION"));
    for line in [version.as_str(), "file 300000", "größe 5", "pub/", "300000 bytes"] {
        assert!(printed.lines().any(|printed| printed == line), "{words:?}: no {line:?}: {}", shown(&output));
    }
    assert!(got.is_some_and(|got| got == vec![7; SIZE]), "{words:?}: another file: {}", shown(&output));

    for (password, file, expected) in [(PASSWORD, "nothing", "RETR nothing: 550"), ("wrong", "file", "530")] {
        let (output, got) = run(password, file);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {}", shown(&output));
        assert!(complaint.contains(expected) && got.is_none(), "{words:?}: {}", shown(&output));
    }
}

#[test]
fn each_example_is_short() {
    let languages = fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path());
    let files = languages.filter(|path| path.is_dir()).flat_map(|folder| fs::read_dir(folder).unwrap());
    let is_one = |path: &PathBuf| {
        path.file_stem().is_some_and(|name| name.eq_ignore_ascii_case("download"))
            && path.extension().is_some_and(|extension| extension != "c")
    };
    let examples: Vec<PathBuf> = files.map(|file| file.unwrap().path()).filter(is_one).collect();
    assert_eq!(examples.len(), 8, "{examples:?}");
    for example in examples {
        let lines = fs::read_to_string(&example).unwrap().lines().count();
        assert!(lines < 80, "{} has {lines} lines", example.display());
    }
}

/// What the program in docs/bindings.md prints is all that LuaJIT needs.
#[test]
fn the_header_as_data_makes_declarations() {
    let is_here = is_here("Python", &mut command(&["python3", "--version"]))
        && is_here("LuaJIT", &mut command(&["luajit", "-v"]));
    if !is_here {
        return;
    }
    let text = fs::read_to_string(root().join("docs/bindings.md")).unwrap();
    let program = text.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let declarations = place().join("declarations.h");
    fs::write(&declarations, run(&mut command(&["python3", "-c", program]))).unwrap();
    let calls = format!(
        "local ffi = require('ffi') ffi.cdef(io.open('{}'):read('*a')) local lib = ffi.load('libftpclient.so.0') \
         local ftp = ffi.gc(lib.ftp_new(), lib.ftp_free) local parts = ffi.new('const ftp_url *[1]') \
         print(lib.ftp_url_parse(ftp, 'ftp://user@host:2121/path', parts), parts[0].port, ffi.string(parts[0].path)) \
         lib.ftp_url_free(parts[0])",
        declarations.display()
    );
    let printed = run(command(&["luajit", "-e", &calls]).env("LD_LIBRARY_PATH", &*LIBRARY));
    assert_eq!(printed, "0\t2121\tpath\n");
}

/// An example, as a path that programs in another directory find.
fn example(name: &str) -> String {
    root().join("examples").join(name).display().to_string()
}

#[test]
fn ruby() {
    if is_here("Ruby with fiddle", &mut command(&["ruby", "-rfiddle", "-e", ""])) {
        check(&["ruby", &example("ruby/download.rb")]);
    }
}

#[test]
fn lua() {
    if is_here("LuaJIT", &mut command(&["luajit", "-v"])) {
        check(&["luajit", &example("lua/download.lua")]);
    }
}

#[test]
fn perl() {
    if is_here("Perl with FFI::Platypus", &mut command(&["perl", "-MFFI::Platypus", "-e", "1"])) {
        check(&["perl", &example("perl/download.pl")]);
    }
}

#[test]
fn php() {
    let mut probe = command(&["php", "-r", "exit(extension_loaded('FFI') ? 0 : 1);"]);
    if is_here("PHP with FFI", &mut probe) {
        check(&["php", "-d", "ffi.enable=1", &example("php/download.php")]);
    }
}

/// Where `.ci/install` puts koffi, unless `NODE_PATH` names another place.
fn node_modules() -> PathBuf {
    let home = env::var_os("HOME").unwrap_or_default();
    let installed = Path::new(&home).join(".cache/ftpclient-ci/node_modules");
    env::var_os("NODE_PATH").map_or(installed, PathBuf::from)
}

#[test]
fn node() {
    let mut probe = command(&["node", "-e", "require('koffi')"]);
    if is_here("Node with koffi", probe.env("NODE_PATH", node_modules())) {
        check(&["node", &example("node/download.js")]);
    }
}

#[test]
fn java() {
    let is_here =
        is_here("Java with JNA", &mut command(&["sh", "-c", &format!("test -r {JNA} && javac -version")]));
    if is_here {
        let classes = place().join("java").display().to_string();
        run(&mut command(&["javac", "-cp", JNA, "-d", &classes, "examples/java/Download.java"]));
        check(&["java", "-cp", &format!("{JNA}:{classes}"), "Download"]);
    }
}

#[test]
fn csharp() {
    if is_here("Mono", &mut command(&["sh", "-c", "mono --version && mcs --version"])) {
        let program = place().join("Download.exe").display().to_string();
        run(&mut command(&["mcs", &format!("-out:{program}"), "examples/csharp/Download.cs"]));
        check(&["mono", &program]);
    }
}

#[test]
fn go() {
    if !is_here("Go", &mut command(&["go", "version"])) {
        return;
    }
    let program = place().join("download_go").display().to_string();
    let mut build = command(&["go", "build", "-o", &program, "examples/go/download.go"]);
    build.env("CGO_CFLAGS", format!("-I{}", root().join("include").display()));
    run(build.env("CGO_LDFLAGS", format!("-L{}", LIBRARY.display())));
    check(&[&program]);
}
