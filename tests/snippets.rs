//! Each block of C in README.md and docs/*.md compiles, with the warnings that a careful user turns on as errors. Those of
//! docs/ftplib.md are not here: `guide` compiles and runs them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the text around the blocks takes for granted.
const BEFORE: &str = r"
#include <ftpclient.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern volatile sig_atomic_t interrupted;
int open_descriptors(void);
int serve(int connection);
int keep(const void *data, size_t len, void *user);
int save(const void *data, size_t len, void *user);
int tell(const ftp_pool_result *result, void *user);
void use(const char *text);
";

/// The variables of the function that a block is a part of.
const VARIABLES: &str = "ftp_handle *ftp, ftp_status status, ftp_pool *pool, FILE *file, FILE *out, const char *text, int connection, \
     size_t count, const char *const *names, const char *const *remote, const char *const *local";

/// Where a block begins, and what is in it.
struct Block {
    document: String,
    line: usize,
    code: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|file| file.unwrap().path());
    let mut documents: Vec<PathBuf> = docs.chain([root().join("README.md")]).collect();
    documents.retain(|path| path.extension().is_some_and(|end| end == "md") && !path.ends_with("ftplib.md"));
    documents.sort();
    documents
}

fn blocks(text: &str, document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line == "```c" {
            let code: String = lines
                .by_ref()
                .take_while(|(_, line)| *line != "```")
                .map(|(_, line)| format!("{line}\n"))
                .collect();
            blocks.push(Block { document: document.to_owned(), line: number + 2, code });
        }
    }
    blocks
}

/// A whole file: what is static stands before the function that the statements are in. Each line keeps its place in the document.
fn whole(block: &Block) -> String {
    if block.code.contains("int main(") {
        return block.code.clone();
    }
    let (mut outside, mut inside) = (String::new(), String::new());
    let mut is_function = false;
    for (number, line) in block.code.lines().enumerate() {
        let place = format!("#line {} \"{}\"\n{line}\n", block.line + number, block.document);
        if is_function || line.starts_with("static ") {
            outside += &place;
            is_function = line != "}" && !(line.starts_with("static ") && line.ends_with(';'));
        } else if !line.is_empty() {
            inside += &place;
        }
    }
    let names = VARIABLES.split(',').filter_map(|variable| variable.rsplit([' ', '*']).next());
    let uses: String = names.map(|name| format!("    (void){name};\n")).collect();
    format!(
        "{BEFORE}\n{outside}\nvoid snippet({VARIABLES});\nvoid snippet({VARIABLES})\n{{\n{uses}    {{\n{inside}    }}\n}}\n"
    )
}

fn check(name: &str, source: &str) -> std::process::Output {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("snippet-{name}.c"));
    fs::write(&file, source).unwrap();
    let compiler = cc::Build::new()
        .host(env!("FTPCLIENT_TARGET"))
        .target(env!("FTPCLIENT_TARGET"))
        .opt_level(1)
        .cargo_metadata(false)
        .get_compiler();
    Command::new(compiler.path())
        .args(["-std=c99", "-D_POSIX_C_SOURCE=200809L", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
        // A block is the beginning of something.
        .args(["-Wno-unused-function", "-Wno-unused-variable", "-Wno-unused-but-set-variable"])
        .arg("-I")
        .arg(root().join("include"))
        .arg("-c")
        .arg(&file)
        .arg("-o")
        .arg(file.with_extension("o"))
        .output()
        .unwrap()
}

#[test]
fn every_block_of_c_in_the_documents_compiles() {
    let mut failures = String::new();
    let mut count = 0;
    for path in documents() {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        for block in blocks(&fs::read_to_string(&path).unwrap(), &name) {
            count += 1;
            let output = check(&format!("{}-{}", block.document, block.line), &whole(&block));
            if !output.status.success() {
                failures += &String::from_utf8_lossy(&output.stderr);
            }
        }
    }
    assert!(count > 20, "only {count} were found");
    assert!(failures.is_empty(), "{failures}");
}

/// The test would see a mistake, and a status that is dropped.
#[test]
fn a_mistake_in_a_block_is_seen() {
    for (code, expected) in [
        ("ftp_status other = ftp_voidcmd(ftp);", "too few arguments"),
        ("ftp_connect(ftp, \"h\", 0);", "ignoring return value"),
        ("static int f(int a)\n{\n    return 0;\n}\n", "unused parameter"),
        ("const char *t;\nuse(t);", "uninitialized"),
    ] {
        let document = format!("text\n```c\n{code}\n```\n");
        let found = blocks(&document, "x.md");
        let output = check("mistake", &whole(&found[0]));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(expected) && told.contains("x.md"), "{told}");
    }
}
