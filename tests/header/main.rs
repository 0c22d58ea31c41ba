//! The committed header is what cbindgen makes of the sources, and it stands alone.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod description;
mod json;
mod layout;
mod plain;

#[path = "../support/tools.rs"]
mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{env, fs};

/// The API as data, for who makes a binding.
const DESCRIPTION: &str = "abi/ftpclient.json";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the header is. With `UPDATE_HEADER` it is made first, before any test reads it.
fn header() -> PathBuf {
    static HEADER: LazyLock<PathBuf> = LazyLock::new(|| {
        let header = root().join("include/ftpclient.h");
        if env::var_os("UPDATE_HEADER").is_some() {
            let text = layout::generate(root());
            fs::write(root().join(DESCRIPTION), description::describe(&text, env!("CARGO_PKG_VERSION")))
                .unwrap();
            fs::write(&header, text).unwrap();
        }
        header
    });
    HEADER.clone()
}

#[test]
fn the_header_is_what_cbindgen_makes_of_the_sources() {
    let generated = layout::generate(root());
    let committed = fs::read_to_string(header()).unwrap_or_default();
    assert!(committed == generated, "the header has drifted; run: UPDATE_HEADER=1 cargo test --test header");
}

#[test]
fn the_description_is_that_of_the_header() {
    let text = fs::read_to_string(header()).unwrap();
    let committed = fs::read_to_string(root().join(DESCRIPTION)).unwrap_or_default();
    let described = description::describe(&text, env!("CARGO_PKG_VERSION"));
    assert!(
        committed == described,
        "{DESCRIPTION} has drifted; run: UPDATE_HEADER=1 cargo test --test header"
    );
}

/// A compiler reads what the description says beside the header: each function and callback once more, each number and each
/// field. Whatever differs does not compile.
#[test]
fn a_compiler_agrees_with_the_description() {
    if !tools::installed("header", &["python3"]) {
        return;
    }
    let program = root().join("tests/header/declare.py");
    header();
    let source = tools::run(Command::new("python3").arg(program).arg(root().join(DESCRIPTION)));
    assert!(source.lines().count() > 500, "only this is checked: {source}");
    compile("c", "c11", &source);
    let functions = source.lines().filter(|line| line.starts_with("FTP_API ")).count();
    let exports = fs::read_to_string(root().join("abi/exports.txt")).unwrap();
    assert_eq!(functions, exports.lines().count(), "functions");
    for (right, wrong) in [("FTP_ERR_IO == -11", "FTP_ERR_IO == -12"), ("uint16_t port", "int port")] {
        assert!(source.contains(right), "{right}");
        assert!(complaints("c", "c11", &source.replacen(right, wrong, 1)).is_some(), "{wrong} compiles");
    }
}

/// Compiles a source that includes the header, once or twice.
fn compile(language: &str, standard: &str, source: &str) {
    let complaints = complaints(language, standard, source);
    assert!(complaints.is_none(), "{}", complaints.unwrap());
}

/// What the compiler says against a source, if it does.
fn complaints(language: &str, standard: &str, source: &str) -> Option<String> {
    let extension = if language == "c++" { "cpp" } else { "c" };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("alone.{extension}"));
    fs::write(&file, source).unwrap();
    let compiler = cc::Build::new()
        .cpp(language == "c++")
        .host(current_platform())
        .target(current_platform())
        .opt_level(0)
        .cargo_metadata(false)
        .get_compiler();
    let output = Command::new(compiler.path())
        .args([
            format!("-std={standard}").as_str(),
            "-Wall",
            "-Wextra",
            "-pedantic-errors",
            "-Werror",
            "-c",
            "-I",
        ])
        .arg(header().parent().unwrap())
        .arg(&file)
        .arg("-o")
        .arg(folder.path().join("alone.o"))
        .output()
        .unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

fn current_platform() -> &'static str {
    env!("FTPCLIENT_TARGET")
}

#[test]
fn the_header_compiles_alone_and_twice_as_c99() {
    compile(
        "c",
        "c99",
        "#include <ftpclient.h>\n#include <ftpclient.h>\nint main(void) { return FTP_OK; }\n",
    );
}

/// Old standards, in their strictest form. The types of <stdint.h> are the system's, as on every system that this library is for.
#[test]
fn the_header_compiles_with_old_compilers() {
    let program = "#include <ftpclient.h>\nint main(void) { return FTP_OK; }\n";
    compile("c", "c90", program);
    compile("c++", "c++98", program);
    compile("c++", "c++11", program);
}

#[test]
fn the_header_takes_the_programs_own_word_for_what_it_is_declared_with() {
    let program =
        "#define FTP_API __attribute__((weak))\n#include <ftpclient.h>\nint main(void) { return FTP_OK; }\n";
    compile("c", "c99", program);
    assert!(!fs::read_to_string(header()).unwrap().contains("enum ftp_status ftp_"));
}

#[test]
fn a_status_must_not_be_ignored_unless_the_program_says_so() {
    let ignores = "#include <ftpclient.h>\nvoid f(ftp_handle *ftp);\nvoid f(ftp_handle *ftp) { ftp_set_tls(ftp, 1); }\n";
    let says_so = format!("#define FTP_NODISCARD\n{ignores}");
    let ends = ignores.replace("ftp_set_tls(ftp, 1)", "ftp_quit(ftp)");
    for (language, standard) in [("c", "c90"), ("c", "c99"), ("c", "c2x"), ("c++", "c++98"), ("c++", "c++17")]
    {
        let complaints = complaints(language, standard, ignores).unwrap_or_default();
        assert!(complaints.contains("unused-result"), "{standard}: {complaints}");
        compile(language, standard, &says_so);
        compile(language, standard, &ends);
    }
}

/// cffi reads declarations after the preprocessor, and knows neither attributes nor the system's headers.
#[test]
fn a_reader_of_declarations_understands_the_header() {
    let has_cffi = Command::new("python3").args(["-c", "import cffi"]).output();
    if !tools::installed("header", &["cc", "python3"])
        || !has_cffi.is_ok_and(|output| output.status.success())
    {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["stddef.h", "stdint.h"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let declarations = tools::run(
        Command::new("cc")
            .args(["-E", "-P", "-DFTP_API=", "-DFTP_NODISCARD=", "-nostdinc", "-I"])
            .arg(folder.path())
            .arg(header()),
    );
    let file = folder.path().join("declarations");
    fs::write(&file, declarations).unwrap();
    let program = "import cffi, sys\n\
                   ffi = cffi.FFI()\n\
                   ffi.cdef(open(sys.argv[1]).read())\n\
                   lib = ffi.dlopen(sys.argv[2])\n\
                   assert ffi.typeof(lib.ftp_connect).result is ffi.typeof('ftp_status')\n\
                   print(ffi.string(lib.ftp_version()).decode(), lib.ftp_connect(ffi.NULL, b'h', 0), lib.FTP_ERR_STATE)";
    let library = env::current_exe().unwrap().with_file_name("libftpclient.so");
    let said = tools::run(Command::new("python3").args(["-c", program]).arg(&file).arg(&library));
    assert_eq!(said.trim(), format!("{} -1 -2", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_header_compiles_alone_and_twice_as_cpp17() {
    compile(
        "c++",
        "c++17",
        "#include <ftpclient.h>\n#include <ftpclient.h>\nint main() { return FTP_OK; }\n",
    );
}

/// A reader takes in one fact at a time. Lists are for cases.
#[test]
fn no_sentence_of_the_header_is_long_and_no_line_is_wide() {
    const WORDS: usize = 30;
    const COLUMNS: usize = 100;
    let header = fs::read_to_string(header()).unwrap();
    let long: Vec<String> = plain::sentences(&header)
        .into_iter()
        .filter(|text| text.split_whitespace().count() > WORDS)
        .collect();
    assert!(long.is_empty(), "more than {WORDS} words: {long:#?}");
    let comments = header.lines().filter(|line| line.trim_start().starts_with(['*', '/']));
    let wide: Vec<&str> = comments.filter(|line| line.chars().count() > COLUMNS).collect();
    assert!(wide.is_empty(), "more than {COLUMNS} columns: {wide:#?}");
}

#[test]
fn the_reader_of_sentences_sees_what_it_should() {
    let text = "/* One.\n * Two\n * goes on: three.\n *\n * - Four (RFC 959,\n *   section 4.2)\n * @param x  Five.\n */\nint x; /* Six */";
    let expected = ["One.", "Two goes on:", "three.", "Four (RFC 959, section 4.2)", "Five.", "Six"];
    assert_eq!(plain::sentences(text), expected);
}
