//! Python's ftplib, in a process of its own that is told call by call what to do.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::scenario::Call;
use super::text;

pub struct Ftplib {
    python: Child,
    calls: ChildStdin,
    outcomes: BufReader<ChildStdout>,
}

impl Ftplib {
    pub fn start() -> Ftplib {
        let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/driver.py");
        let mut python =
            Command::new("python3").arg(driver).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let calls = python.stdin.take().unwrap();
        let outcomes = BufReader::new(python.stdout.take().unwrap());
        Ftplib { python, calls, outcomes }
    }

    /// Bytes travel in hexadecimal, and an empty line ends the answer.
    fn ask(&mut self, question: &str) -> Vec<String> {
        writeln!(self.calls, "{question}").unwrap();
        let answer = self.outcomes.by_ref().lines().map(|line| line.expect("the driver's answer"));
        answer.take_while(|line| !line.is_empty()).map(|line| readable(&line)).collect()
    }
}

/// `ok 6869` is `ok "hi"`.
fn readable(line: &str) -> String {
    let mut words = line.split(' ');
    let kind = words.next().unwrap().to_owned();
    words.fold(kind, |line, word| format!("{line} \"{}\"", text::shown(&unhex(word))))
}

/// Some calls send megabytes.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = Vec::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    String::from_utf8(text).unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

impl super::Client for Ftplib {
    fn begin(&mut self, port: u16) {
        self.ask(&format!("begin port={port}"));
    }

    fn call(&mut self, call: &Call) -> Vec<String> {
        let arguments = call.arguments.iter().map(|argument| format!(" :{}", hex(argument)));
        let options = call.options().map(|(key, value)| format!(" {key}={value}"));
        let question = call.name.clone() + &arguments.chain(options).collect::<String>();
        let outcome = self.ask(&question);
        assert!(!outcome.is_empty(), "the driver has no answer to {}", call.text);
        outcome
    }

    fn end(&mut self) {
        self.ask("end");
    }
}

impl Drop for Ftplib {
    fn drop(&mut self) {
        // It would end by itself with its standard input, but the drop of that comes later.
        let _ = self.python.kill();
        let _ = self.python.wait();
    }
}
