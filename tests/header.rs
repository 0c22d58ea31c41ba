//! The committed header is what cbindgen makes of the sources, and it stands alone.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header() -> PathBuf {
    root().join("include/ftpclient.h")
}

#[test]
fn the_header_is_what_cbindgen_makes_of_the_sources() {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let bindings = cbindgen::generate_with_config(root(), config).unwrap();
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let generated = String::from_utf8(generated).unwrap();
    if env::var_os("UPDATE_HEADER").is_some() {
        fs::write(header(), &generated).unwrap();
    }
    let committed = fs::read_to_string(header()).unwrap_or_default();
    assert!(committed == generated, "the header has drifted; run: UPDATE_HEADER=1 cargo test --test header");
}

/// Compiles a source of one or two inclusions of the header, and nothing else.
fn compile(language: &str, standard: &str, source: &str) {
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
            "-Wpedantic",
            "-Werror",
            "-fsyntax-only",
            "-I",
        ])
        .arg(root().join("include"))
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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

#[test]
fn the_header_compiles_alone_and_twice_as_cpp17() {
    compile(
        "c++",
        "c++17",
        "#include <ftpclient.h>\n#include <ftpclient.h>\nint main() { return FTP_OK; }\n",
    );
}
