//! The header, `abi/exports.txt` and the library that cargo builds agree on what the API is.
//! tests/packaging checks the same of the installed libraries.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/tools.rs"]
mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn exports() -> Vec<String> {
    read("abi/exports.txt").lines().map(str::to_owned).collect()
}

#[test]
fn the_list_of_exports_is_sorted() {
    assert!(exports().is_sorted_by(|a, b| a < b), "sort abi/exports.txt: LC_ALL=C sort -u");
}

#[test]
fn the_header_declares_the_exports_and_no_other_function() {
    let mut functions = functions(&declarations(&read("include/ftpclient.h")));
    functions.sort();
    assert_eq!(functions, exports());
}

#[test]
fn every_name_in_the_header_has_the_prefix() {
    const WORDS_OF_C: [&str; 13] = [
        "typedef", "enum", "struct", "extern", "C", "const", "void", "char", "int", "int32_t", "int64_t",
        "uint32_t", "size_t",
    ];
    let header = read("include/ftpclient.h");
    let names = declared_words(&declarations(&header));
    assert!(names.len() > 100, "the header was understood");
    for name in names.iter().filter(|name| !WORDS_OF_C.contains(&name.as_str())) {
        assert!(has_prefix(name), "{name} may clash with a name of the user");
    }
    for macro_name in header.lines().filter_map(|line| line.strip_prefix("#define ")) {
        assert!(has_prefix(macro_name) || macro_name == "FTPCLIENT_H", "{macro_name} may clash");
    }
}

fn has_prefix(name: &str) -> bool {
    name.starts_with("ftp_") || name.starts_with("FTP_")
}

#[test]
fn the_parser_of_this_test_sees_what_it_should() {
    let text = "#define X 1\n/* int a(void); */ typedef struct ftp_pair { int left; int right; } ftp_pair;\n\
                extern \"C\" {\nint ftp_one(int n); // int b(void);\ntypedef int (*ftp_fn)(int n);\nint two(void);\n}";
    let code = declarations(text);
    assert_eq!(functions(&code), ["ftp_one", "two"]);
    let names = declared_words(&code);
    for name in ["ftp_pair", "ftp_one", "ftp_fn", "two"] {
        assert!(names.iter().any(|word| word == name), "{name}");
    }
    for other in ["X", "a", "b", "n", "left", "right"] {
        assert!(names.iter().all(|word| word != other), "{other}");
    }
}

/// The header without comments and without the preprocessor's lines.
fn declarations(header: &str) -> String {
    let mut code = String::new();
    let mut rest = header;
    while let Some((before, comment)) = rest.split_once("/*") {
        code.push_str(before);
        rest = comment.split_once("*/").unwrap().1;
    }
    code.push_str(rest);
    let lines = code.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The names of the functions: the word before the first parenthesis of each declaration that is no typedef.
fn functions(declarations: &str) -> Vec<String> {
    let functions = declarations.split(';').filter(|text| !text.contains("typedef"));
    functions.filter_map(|text| Some(words(text.split_once('(')?.0).pop().unwrap())).collect()
}

/// All words but the parameters of functions and the fields of structs.
fn declared_words(declarations: &str) -> Vec<String> {
    let mut declared = String::new();
    // "(*name)" is the name of a function type; any other parenthesis holds parameters.
    let text = declarations.replace("(*", "").replace(")(", "(");
    let mut closing = None;
    let mut statement = String::new();
    for character in text.chars() {
        if closing.is_some() {
            closing = closing.filter(|&end| end != character);
            continue;
        }
        match character {
            '(' => closing = Some(')'),
            '{' if statement.contains("struct") => closing = Some('}'),
            ';' => statement.clear(),
            _ => statement.push(character),
        }
        declared.push(character);
    }
    words(&declared)
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_alphanumeric() && character != '_');
    words.filter(|word| word.starts_with(|first: char| !first.is_numeric())).map(str::to_owned).collect()
}

/// The shared library that cargo built together with this test.
fn library() -> PathBuf {
    let library = env::current_exe().unwrap().with_file_name("libftpclient.so");
    assert!(library.exists(), "cargo puts {} beside the tests", library.display());
    library
}

#[cfg(target_os = "linux")]
#[test]
fn the_library_exports_the_api_and_nothing_else() {
    if tools::installed("exports", &["nm"]) {
        let nm = tools::run(Command::new("nm").args(["-D", "--defined-only"]).arg(library()));
        assert_eq!(tools::symbols(&nm), exports());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_library_has_a_soname() {
    if tools::installed("soname", &["readelf"]) {
        let readelf = tools::run(Command::new("readelf").arg("-d").arg(library()));
        assert_eq!(tools::dynamic(&readelf, "SONAME"), ["libftpclient.so.0"]);
    }
}
