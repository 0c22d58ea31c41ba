//! `ftpclient.hpp` compiles with every compiler, standard and setting that it is for, and leaves out nothing of the C API.
//! What it does is tested in `c-tests/test_hpp_*.cpp`.

#![allow(clippy::unwrap_used)]

#[path = "header/plain.rs"]
mod plain;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use tools::run;

const STANDARDS: [&str; 3] = ["c++17", "c++20", "c++2b"];
const WITHOUT_COROUTINES: &str = "c++17";
const NO_EXCEPTIONS: [&str; 2] = ["-fno-exceptions", "-fno-rtti"];
const NOTHROW: [&str; 2] = ["c-tests/test_hpp_nothrow.cpp", "c-tests/test_hpp_all_nothrow.cpp"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `ftpclient.hpp`, its parts, and the header for coroutines.
fn headers() -> Vec<PathBuf> {
    let parts = fs::read_dir(root().join("include/ftpclient")).unwrap().map(|entry| entry.unwrap().path());
    let mut headers: Vec<PathBuf> = parts.collect();
    headers.extend(["ftpclient.hpp", "ftpclient_coro.hpp"].map(|name| root().join("include").join(name)));
    headers.sort();
    headers
}

fn text_of_all() -> String {
    headers().iter().map(|header| fs::read_to_string(header).unwrap()).collect()
}

/// A compiler that only looks, as strictly as it can.
fn check(compiler: &str, standard: &str, more: &[&str]) -> Command {
    let mut command = Command::new(compiler);
    command
        .args([&format!("-std={standard}"), "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"])
        .args(["-fsyntax-only", "-D_POSIX_C_SOURCE=200809L", "-Iinclude", "-Ic-tests/support"])
        .args(more)
        .current_dir(root());
    command
}

/// The programs that use all of it, as one: each stands in a namespace, and what they include before them.
fn all_programs() -> String {
    let mut includes = BTreeSet::new();
    let mut programs = String::new();
    for name in ["batch", "callbacks", "client", "copies", "listings", "loop", "streams"] {
        let source = fs::read_to_string(root().join(format!("c-tests/test_hpp_{name}.cpp"))).unwrap();
        includes.extend(
            source.lines().filter(|line| line.starts_with("#include <")).map(|line| line.to_owned() + "\n"),
        );
        programs += &format!("namespace {name} {{\n#include \"test_hpp_{name}.cpp\"\n}}\n");
    }
    let includes: String = includes.into_iter().collect();
    format!("#include \"cpp.hpp\"\n{includes}{programs}")
}

fn compiles_all(compiler: &str) {
    if !tools::installed("ftpclient.hpp", &[compiler]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let all = folder.path().join("all.cpp");
    fs::write(&all, all_programs()).unwrap();
    for standard in STANDARDS {
        run(check(compiler, standard, &["-Ic-tests"]).arg(&all));
        for program in NOTHROW {
            run(check(compiler, standard, &NO_EXCEPTIONS).arg(program));
        }
        if standard != WITHOUT_COROUTINES {
            run(check(compiler, standard, coroutines(compiler)).arg("c-tests/test_hpp_coro.cpp"));
        }
    }
}

#[test]
fn each_part_stands_alone_and_can_be_included_twice() {
    if !tools::installed("ftpclient.hpp", &["g++"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alone.cpp");
    for header in headers() {
        let include = format!("#include \"{}\"\n", header.display());
        fs::write(&file, format!("{include}{include}int main() {{}}\n")).unwrap();
        // The oldest standard that it is for: later ones include more by themselves.
        let standard = if header.ends_with("ftpclient_coro.hpp") { "c++20" } else { "c++17" };
        run(check("g++", standard, &[]).arg(&file));
    }
}

/// The test of `ftpclient_coro.hpp` with this compiler; `c_tests` runs it with the system's.
fn runs_coroutines(compiler: &str) {
    if !tools::installed("ftpclient_coro.hpp", &[compiler]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("coro");
    let mut command = Command::new(compiler);
    command.args(["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-O1", "-pthread"]);
    command.args(coroutines(compiler));
    let sources = fs::read_dir(root().join("c-tests/support")).unwrap().map(|entry| entry.unwrap().path());
    let harness = sources.filter(|path| path.extension().is_some_and(|extension| extension == "c"));
    let mut objects = Vec::new();
    for source in harness {
        let object = folder.path().join(source.file_name().unwrap()).with_extension("o");
        run(Command::new("cc")
            .args(["-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Iinclude", "-Ic-tests/support", "-c", "-o"])
            .args([&object, &source])
            .current_dir(root()));
        objects.push(object);
    }
    run(command
        .args(["-D_POSIX_C_SOURCE=200809L", "-Iinclude", "-Ic-tests/support", "c-tests/test_hpp_coro.cpp"])
        .args(objects)
        // Cargo makes all kinds of the library at once, and this test is linked to one of them: they are up to date.
        .arg(env::current_exe().unwrap().with_file_name("libftpclient.a"))
        .args(env!("FTPCLIENT_STATIC_LIBS").split(' '))
        .arg("-o")
        .arg(&program)
        .current_dir(root()));
    run(&mut Command::new(program));
}

/// What lets this compiler have coroutines.
fn coroutines(compiler: &str) -> &'static [&'static str] {
    let mut command = Command::new(compiler);
    let macros = run(command.args(["-std=c++20", "-dM", "-E", "-xc++", "/dev/null"]));
    // Some versions of clang have them and do not say so. The standard library asks for this word of the compiler.
    if macros.contains("__cpp_impl_coroutine") { &[] } else { &["-D__cpp_impl_coroutine=201902L"] }
}

#[test]
fn clang_runs_coroutines() {
    runs_coroutines("clang++");
}

#[test]
fn gcc_compiles_it_in_every_standard() {
    compiles_all("g++");
}

#[test]
fn clang_compiles_it_in_every_standard() {
    compiles_all("clang++");
}

/// What a program must not be able to write, and what it writes instead.
const MISTAKES: [[&str; 2]; 5] = [
    ["ftp::client other = client; (void)code;", "ftp::client other = std::move(client); (void)code;"],
    ["for (auto entry : client.list(\"\")) (void)code;", "for (auto &entry : client.list(\"\")) (void)code;"],
    [
        "client.retrlines(\"LIST\", [](std::string_view) { return 1; }, code);",
        "client.retrlines(\"LIST\", [](std::string_view) { return true; }, code);",
    ],
    ["client.set_timeout(5, code);", "client.set_timeout(std::chrono::seconds(5), code);"],
    ["client.pwd(code);", "(void)client.pwd(code);"],
];
const THROWS: &str = "client.cwd(\"pub\"); (void)code;";
const TELLS: &str = "client.cwd(\"pub\", code);";

/// Which of these statements do not compile. Each has a line of its own.
fn refused<'a>(statements: &[&'a str], more: &[&str]) -> Vec<&'a str> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("statements.cpp");
    let function = |(number, statement): (usize, &&str)| {
        format!("void use_{number}(ftp::client &client, std::error_code &code) {{ {statement} }}\n")
    };
    let functions: String = statements.iter().enumerate().map(function).collect();
    fs::write(&file, functions).unwrap();
    let mut compiler = check("g++", "c++20", more);
    let output = compiler.args(["-Wno-unused", "-include", "ftpclient.hpp"]).arg(&file).output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    let is_refused = |number: usize| {
        let place = format!("statements.cpp:{}:", number + 1);
        // In the second case, the error is in the header.
        let is_about_it = |line: &str| line.contains("error:") || line.contains("required from here");
        complaints.lines().any(|line| line.contains(&place) && is_about_it(line))
    };
    let refused: Vec<&str> = statements
        .iter()
        .enumerate()
        .filter(|(number, _)| is_refused(*number))
        .map(|(_, one)| *one)
        .collect();
    assert_eq!(output.status.success(), refused.is_empty(), "{complaints}");
    refused
}

#[test]
fn mistakes_do_not_compile() {
    if !tools::installed("ftpclient.hpp", &["g++"]) {
        return;
    }
    let [mistakes, right] = [0, 1].map(|which| MISTAKES.map(|pair| pair[which]));
    assert_eq!(refused(&mistakes, &[]), mistakes);
    assert_eq!(refused(&[&right[..], &[THROWS]].concat(), &[]), [""; 0]);
    // Without exceptions, the form that throws is not there.
    assert_eq!(refused(&[THROWS, TELLS], &NO_EXCEPTIONS), [THROWS]);
}

/// There is no exception: a function that is of no use in C++ would be named here, with the reason.
#[test]
fn nothing_of_the_c_api_is_left_out() {
    let exports = fs::read_to_string(root().join("abi/exports.txt")).unwrap();
    let code = without_comments(&text_of_all());
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = code.split(|c| !is_word(c)).collect();
    let missing: Vec<&str> = exports.lines().filter(|name| !words.contains(name)).collect();
    assert!(
        exports.lines().count() > 100 && missing.is_empty(),
        "no part of ftpclient.hpp calls {missing:?}"
    );
}

/// Without exceptions, the programs call each function that can fail, so that each template was instantiated.
#[test]
fn nothing_is_left_out_without_exceptions() {
    let programs: String =
        NOTHROW.iter().map(|name| fs::read_to_string(root().join(name)).unwrap()).collect();
    let headers = headers().into_iter().filter(|header| !header.ends_with("ftpclient_coro.hpp"));
    let code: String = headers.map(|header| without_comments(&fs::read_to_string(header).unwrap())).collect();
    // Without the lines of the preprocessor.
    let code: String = code.split_inclusive('\n').filter(|line| !line.starts_with('#')).collect();
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    // A function that can fail ends its parameters like this.
    let functions = code.split("errors to FTP_OR_THROW").filter_map(|before| {
        let head = before.rsplit([';', '}']).next()?.split_once('(')?.0;
        head.rsplit(|c| !is_of_word(c)).next()
    });
    let functions: BTreeSet<&str> = functions.collect();
    // The last one is a constructor.
    let calls = |name: &str| [format!(".{name}("), format!("::{name}("), format!("::{name} {name}(")];
    let is_called = |name: &str| calls(name).iter().any(|call| programs.contains(call));
    let missing: Vec<&str> = functions.iter().copied().filter(|name| !is_called(name)).collect();
    assert!(functions.len() > 120, "only {} functions were found: {functions:?}", functions.len());
    assert!(missing.is_empty(), "no program without exceptions calls {missing:?}");
}

fn without_comments(code: &str) -> String {
    code.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .fold(String::new(), |all, line| all + line + "\n")
}

/// As in the C header.
#[test]
fn no_sentence_is_long_and_no_line_is_wide() {
    const WORDS: usize = 30;
    const COLUMNS: usize = 130;
    for path in headers() {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.display();
        // Comments in the form that the reader of the C header knows, without code in them.
        let comments = text.lines().map(|line| match line.trim_start().strip_prefix("//") {
            Some(code) if code.starts_with("    ") => "\n".to_owned(),
            Some(comment) => comment.to_owned() + "\n",
            None => "*/ /*\n".to_owned(),
        });
        let comments = "/*".to_owned() + &comments.collect::<String>() + "*/";
        let is_long = |sentence: &String| sentence.split_whitespace().count() > WORDS;
        let long: Vec<String> = plain::sentences(&comments).into_iter().filter(is_long).collect();
        assert!(long.is_empty(), "{name}: more than {WORDS} words: {long:#?}");
        let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > COLUMNS).collect();
        assert!(wide.is_empty(), "{name}: more than {COLUMNS} columns: {wide:#?}");
        assert!(text.lines().count() < 400, "{name} is long: it has more than one subject");
    }
}
