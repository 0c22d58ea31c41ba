//! Makes programs of the examples, and runs each with a server and a directory of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::document::Pair;
use crate::recorder::Recorder;
use crate::support::c_programs::{self, compile};

/// What came of an example.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) succeeded: bool,
    printed: String,
    complaint: String,
    /// What each connection said.
    said: Vec<Vec<String>>,
    files: BTreeMap<String, String>,
}

/// The examples show one call each, and leave out what every program does with its status.
const C_BEFORE: &str = r#"
#define _POSIX_C_SOURCE 200809L
#define FTP_NODISCARD
#include <ftpclient.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint16_t server_port;
"#;

/// After an example, a command and a transfer show what it has changed.
const C_AFTER: &str = r#"
static int in_session(void (*example)(ftp_handle *), int fails)
{
    ftp_handle *ftp = ftp_new();
    int failed = ftp_connect(ftp, "127.0.0.1", server_port) != FTP_OK || ftp_login(ftp, "user", "pw", NULL) != FTP_OK;
    if (!failed) {
        example(ftp);
        failed = (ftp_last_error(ftp)[0] != '\0') != fails;
    }
    if (!failed && ftp_control_fd(ftp) != -1)
        failed = ftp_set_debuglevel(ftp, 0) != FTP_OK || ftp_voidcmd(ftp, "NOOP \303\251") != FTP_OK ||
                 ftp_retrlines(ftp, "NLST", NULL, NULL) != FTP_OK || ftp_quit(ftp) != FTP_OK;
    if (failed)
        fprintf(stderr, "%s\n", ftp_last_error(ftp));
    ftp_free(ftp);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    server_port = (uint16_t)atoi(argv[2]);
    switch (atoi(argv[1])) {
"#;

/// All examples in one program: its arguments are the number of the example and the server's port.
pub(crate) fn compile_all(name: &str, preludes: &[String], pairs: &[Pair]) -> PathBuf {
    let mut source = C_BEFORE.to_owned() + &preludes.concat();
    let mut cases = String::new();
    for (number, pair) in pairs.iter().enumerate() {
        let (functions, statements) = match pair.c.split_once("\n}\n\n") {
            Some((function, statements)) if pair.c.starts_with("static ") => {
                (format!("{function}\n}}\n"), statements)
            }
            _ => (String::new(), pair.c.as_str()),
        };
        let line = pair.line;
        let (parameter, unused) =
            if pair.makes_session() { ("void", "") } else { ("ftp_handle *ftp", "    (void)ftp;\n") };
        write!(source, "#line {line} \"docs/ftplib.md\"\n{functions}\n").unwrap();
        write!(source, "static void example_{number}({parameter})\n{{\n{unused}").unwrap();
        let place = line + functions.lines().count() + usize::from(!functions.is_empty());
        write!(source, "#line {place} \"docs/ftplib.md\"\n{}\n}}\n", with_server(statements, "server_port"))
            .unwrap();
        if pair.makes_session() {
            writeln!(cases, "    case {number}: example_{number}(); return 0;").unwrap();
        } else {
            let fails = i32::from(pair.fails());
            writeln!(cases, "    case {number}: return in_session(example_{number}, {fails});").unwrap();
        }
    }
    source += &format!("{C_AFTER}{cases}    }}\n    return 2;\n}}\n");
    compile(name, &[c_programs::source(&format!("{name}.c"), source)])
}

/// The code with the test's server in the place of ftp.example.org.
fn with_server(code: &str, port: &str) -> String {
    let here = format!("\"127.0.0.1\", {port}");
    code.replace("\"ftp.example.org\", 2121", &here)
        .replace("\"ftp.example.org\", 0", &here)
        .replace("\"ftp.example.org\"", "\"127.0.0.1\"")
}

pub(crate) fn run_c(program: &Path, number: usize) -> Outcome {
    run(|port, folder| {
        Command::new(program).args([number.to_string(), port]).current_dir(folder).output().unwrap()
    })
}

pub(crate) fn run_python(pair: &Pair) -> Outcome {
    run(|port, folder| {
        let mut program = format!("import ftplib, os, sys\nfrom ftplib import FTP\nFTP.port = {port}\n");
        if !pair.makes_session() {
            program += "ftp = FTP('127.0.0.1', 'user', 'pw')\n";
        }
        program += &with_server(&pair.python, &port);
        if !pair.makes_session() {
            program += "\nif ftp.sock:\n    ftp.set_debuglevel(0)\n    ftp.voidcmd('NOOP \u{e9}')\n    \
                        ftp.retrlines('NLST')\n    ftp.quit()\n";
        }
        let mut python = Command::new("python3");
        python.args(["-S", "-c", &program]).env("PYTHONUTF8", "1").current_dir(folder);
        python.output().unwrap()
    })
}

fn run(start: impl FnOnce(String, &Path) -> Output) -> Outcome {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("notes.txt"), "one\ntwo\r\nthree, and no line end").unwrap();
    let server = Recorder::start();
    let output = start(server.port().to_string(), folder.path());
    let [printed, complaint] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    let files = fs::read_dir(folder.path()).unwrap().map(|file| {
        let file = file.unwrap();
        let content = fs::read(file.path()).unwrap().escape_ascii().to_string();
        (file.file_name().into_string().unwrap(), content)
    });
    Outcome {
        succeeded: output.status.success(),
        printed,
        complaint,
        said: server.finish(),
        files: files.collect(),
    }
}
