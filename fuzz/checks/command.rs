//! A command is one line whatever is in it, and what is shown of it has no password.

use ftpclient::protocol::command::{Command, CommandError};
use ftpclient::protocol::telnet;
use ftpclient::protocol::verb::Verb;

pub fn check(data: &[u8]) {
    check_parse(data);
    check_with_argument(data);
    for verb in ["PASS", "ACCT", "pass", "aCCt"] {
        for before in ["", "  "] {
            check_secret(before, verb, data);
        }
    }
}

fn check_parse(text: &[u8]) {
    match Command::parse(text) {
        Ok(command) => {
            assert!(!text.iter().any(is_forbidden));
            assert_eq!(command.text(), text);
            assert_eq!(command.wire(), [text, b"\r\n"].concat());
            let masked = Command::parse(&command.masked()).unwrap();
            assert_eq!(masked.masked(), command.masked(), "masking twice changes nothing more");
        }
        Err(CommandError::ForbiddenByte { byte, position, .. }) => {
            assert_eq!(text[position], byte);
            assert_eq!(text.iter().position(is_forbidden), Some(position));
        }
        Err(CommandError::Empty) => assert!(text.iter().all(u8::is_ascii_whitespace)),
    }
}

fn check_with_argument(argument: &[u8]) {
    let whole = [b"RETR ", argument].concat();
    assert_eq!(Command::with("RETR", argument), Command::parse(&whole));
    if let Ok(command) = Command::with("RETR", argument) {
        assert_eq!(command.verb(), Verb::Retr);
        assert_eq!(command.masked(), whole, "only passwords are masked");
        let escaped = telnet::escape(command.wire());
        assert_eq!(reads_telnet(&escaped), command.wire(), "a server that reads Telnet gets the name");
        assert_eq!(telnet::has_iac_in_argument(command.wire()), argument.contains(&telnet::IAC));
    }
}

/// What a server makes of a line that holds no commands: two IAC are one.
fn reads_telnet(line: &[u8]) -> Vec<u8> {
    let mut read = Vec::new();
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte == telnet::IAC {
            assert_eq!(bytes.next(), Some(telnet::IAC), "nothing is left that could be a command");
        }
        read.push(byte);
    }
    read
}

fn check_secret(before: &str, verb: &str, secret: &[u8]) {
    let text = [before.as_bytes(), verb.as_bytes(), b" ", secret].concat();
    let Ok(command) = Command::parse(&text) else { return };
    let stars = if secret.is_empty() { "" } else { "****" };
    assert_eq!(command.masked(), format!("{before}{verb} {stars}").as_bytes());
    assert_eq!(format!("{command:?}"), format!("Command(\"{before}{verb} {stars}\")"));
}

fn is_forbidden(byte: &u8) -> bool {
    matches!(byte, b'\0' | b'\r' | b'\n')
}
