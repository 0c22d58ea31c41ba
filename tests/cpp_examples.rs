//! The examples in C++: those of docs/cpp.md, and those of examples/cpp that stand on `ftpclient.hpp`. All of them run, with a
//! server in this process.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use support::c_programs::{self, compile, root, shown, source, under_valgrind};
use support::embedded::{Embedded, PASSWORD, USER};
use support::tools::{installed, make_whole, run, skipped};
use tempfile::TempDir;

/// Compiles and links a program in C++.
fn compile_cpp(name: &str, standard: &str, source: &Path, flags: &[&str]) -> PathBuf {
    let mut compiler = Command::new("g++");
    compiler
        .args([standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-pthread", "-Iinclude"])
        .args(flags)
        .arg(source)
        // Cargo makes all kinds of the library at once, and this test is linked to one of them: they are up to date.
        .arg(env::current_exe().unwrap().with_file_name("libftpclient.a"))
        .args(env!("FTPCLIENT_STATIC_LIBS").split(' '))
        .current_dir(root());
    make_whole(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), |program| {
        run(compiler.arg("-o").arg(program));
    })
}

/// The blocks of a document in one language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let mut parts = text.split("```");
    parts.next();
    let code = parts.step_by(2).filter_map(|part| part.split_once('\n'));
    code.filter(|(word, _)| *word == language).map(|(_, code)| code.to_owned()).collect()
}

fn server_with_files() -> Embedded {
    let server = Embedded::start();
    fs::write(server.root().join("README"), "Read this.\n").unwrap();
    fs::write(server.root().join("file"), "12345").unwrap();
    fs::create_dir(server.root().join("pub")).unwrap();
    fs::write(server.root().join("pub/words"), "one two\nthree\n").unwrap();
    server
}

fn port_of(server: &Embedded) -> String {
    server.addr().port().to_string()
}

#[track_caller]
fn succeeded(output: Output) -> String {
    assert!(output.status.success(), "{}", shown(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The first program of docs/cpp.md is that of the README in C++: both print and fetch the same.
#[test]
fn the_first_program_does_what_that_of_the_readme_does() {
    if !installed("the first program in C++", &["g++"]) {
        return;
    }
    let server = server_with_files();
    let port = port_of(&server);
    let in_c =
        blocks("README.md", "c")[0].replace("\"ftp.example.org\", 0", &format!("\"127.0.0.1\", {port}"));
    let in_cpp =
        blocks("docs/cpp.md", "cpp")[0].replace("\"ftp.example.org\"", &format!("\"127.0.0.1\", {port}"));
    assert!(in_c.contains(&port) && in_cpp.contains(&port));
    let [c, cpp] = [source("first.c", in_c), source("first.cpp", in_cpp)];
    let programs = [compile("first_c", &[c]), compile_cpp("first_cpp", "-std=c++17", &cpp, &[])];
    let [c, cpp] = programs.map(|program| {
        let folder = TempDir::new().unwrap();
        let printed = succeeded(Command::new(program).current_dir(folder.path()).output().unwrap());
        (printed, fs::read_to_string(folder.path().join("README")).unwrap())
    });
    assert_eq!(c, cpp);
    assert!(cpp.0.contains("README") && cpp.1 == "Read this.\n", "{cpp:?}");
}

/// All other blocks, each with a client that is logged in.
#[test]
fn every_example_of_the_document_runs() {
    if !installed("the examples in C++", &["g++"]) {
        return;
    }
    let examples = blocks("docs/cpp.md", "cpp").split_off(1);
    let mut source =
        "#include <ftpclient.hpp>\n#include <iostream>\n#include <vector>\n#include <poll.h>\n".to_owned();
    let mut cases = String::new();
    for (number, example) in examples.iter().enumerate() {
        write!(source, "static void example_{number}(ftp::client &client)\n{{\n{example}}}\n").unwrap();
        writeln!(cases, "    case {number}: example_{number}(client); break;").unwrap();
    }
    write!(
        source,
        "int main(int, char **argv)\n{{\n    ftp::client client;\n    \
         client.connect(\"127.0.0.1\", static_cast<std::uint16_t>(std::stoi(argv[2])));\n    \
         client.login(\"{USER}\", \"{PASSWORD}\");\n    switch (std::stoi(argv[1])) {{\n{cases}    }}\n}}\n"
    )
    .unwrap();
    let file = c_programs::source("document.cpp", source);
    for standard in ["-std=c++17", "-std=c++2b"] {
        let program = compile_cpp("document", standard, &file, &["-Wno-unused"]);
        let mut printed = String::new();
        for (number, example) in examples.iter().enumerate() {
            let server = server_with_files();
            let output =
                Command::new(&program).arg(number.to_string()).arg(port_of(&server)).output().unwrap();
            printed += &succeeded(output);
            if example.contains("open_write") {
                assert_eq!(fs::read_to_string(server.root().join("report")).unwrap(), "one 2\n");
            }
        }
        for expected in ["14  words\n", "three\n", "5\n"] {
            assert!(printed.contains(expected), "no {expected:?} in {printed}");
        }
    }
}

#[test]
fn the_quickstart_shows_a_whole_session() {
    if !installed("the quickstart in C++", &["g++"]) {
        return;
    }
    let server = server_with_files();
    let program = compile_cpp("quickstart_cpp", "-std=c++17", Path::new("examples/cpp/quickstart.cpp"), &[]);
    let run = |password: &str| {
        Command::new(&program).args(["127.0.0.1", &port_of(&server), USER, password]).output().unwrap()
    };
    let printed = succeeded(run(PASSWORD));
    for expected in
        ["Logged in as test.", "    pub/\n", "every byte is the same.", "Deleted quickstart.bin.", "    221 "]
    {
        assert!(printed.contains(expected), "no {expected:?} in {printed}");
    }
    let refused = run("wrong");
    assert!(
        !refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("530"),
        "{}",
        shown(&refused)
    );
}

/// Whether the compiler finds a header. If not, the test is to be skipped.
fn has_header(test: &str, header: &str) -> bool {
    if !installed(test, &["g++"]) {
        return false;
    }
    let mut look = Command::new("g++");
    look.args(["-std=c++20", "-include", header, "-xc++", "-E", "/dev/null", "-o", "/dev/null"]);
    if look.output().unwrap().status.success() {
        return true;
    }
    let required = env::var_os("FTPCLIENT_TOOLS").is_some_and(|value| value == "required");
    assert!(!required, "{header} is not installed, and FTPCLIENT_TOOLS=required");
    skipped::report(test, &format!("{header} is not installed"));
    false
}

#[test]
fn coroutines_on_asio_share_a_thread() {
    if !has_header("the example for Asio", "asio.hpp") {
        return;
    }
    let server = server_with_files();
    fs::write(server.root().join("big"), vec![7; 300_000]).unwrap();
    let program = compile_cpp("loop_asio", "-std=c++20", Path::new("examples/cpp/asio.cpp"), &[]);
    let run = |file: &str| {
        let mut command = Command::new(&program);
        command.args(["127.0.0.1", &port_of(&server), USER, PASSWORD, file, "10"]).output().unwrap()
    };
    assert_eq!(succeeded(run("big")), "10 sessions, 3000000 bytes, 0 failed\n");
    let refused = run("nothing");
    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && complaint.contains("RETR nothing: 550"), "{}", shown(&refused));
    if installed("coroutines on Asio under valgrind", &["valgrind"]) {
        let mut command = under_valgrind(&program);
        command.args(["127.0.0.1", &port_of(&server), USER, PASSWORD, "file", "3"]);
        assert_eq!(succeeded(command.output().unwrap()), "3 sessions, 15 bytes, 0 failed\n");
    }
}
