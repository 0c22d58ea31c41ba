//! What a hostile server calls its files: nothing of it reaches a terminal as it is, and JSON brings all of it through.

use super::support::scripted::{Scripted, Session};
use super::support::tools::installed;
use super::*;

/// Names that change a terminal, mislead who reads them, or are not UTF-8.
const NAMES: [&[u8]; 8] = [
    b"plain \xc3\xa4",
    b"\x1b]0;owned\x07red\x1b[31m",
    b"c1 \xc2\x9b31m and raw \x9b31m",
    b"caf\xe9",
    b"back\\slash \"quoted\"",
    b"\xe2\x80\xaetxt.exe",
    b"tab\tand del\x7f",
    b"\xed\xb3\xa9 surrogate \xf4\x90\x80\x80 high \xc0\xaf long",
];

/// A server with one directory, in which all commands but those of a listing fail with its worst words.
fn hostile() -> Scripted {
    Scripted::react(|s, _| {
        let _ = serve(s);
    })
}

fn serve(s: &mut Session) -> Result<(), support::scripted::Gone> {
    let mut listener = None;
    s.say("220 ready")?;
    loop {
        let bytes = s.hear_bytes()?;
        let line = String::from_utf8_lossy(&bytes);
        match line.trim_end().split(' ').next().unwrap_or_default() {
            "USER" => s.say("230 welcome")?,
            "TYPE" => s.say("200 fine")?,
            "FEAT" => s.try_send("211-these\r\n MLST type*;size*;\r\n211 end\r\n")?,
            "PASV" => listener = Some(s.offer_passive()?),
            "MLSD" => {
                s.say("150 here it comes")?;
                let mut data = listener.take().unwrap().accept();
                for name in NAMES {
                    data.send([b"type=file;size=1; ", name, b"\r\n"].concat());
                }
                data.close();
                s.say("226 done")?;
            }
            "MLST" if bytes == b"MLST caf\xe9\r\n" => {
                s.try_send(b"250-this\r\n type=file;size=7; caf\xe9\r\n250 end\r\n")?;
            }
            "QUIT" => return s.say("221 bye"),
            _ => s.try_send(b"550 no\x1b[2J \x07such\x9b file\r\n")?,
        }
    }
}

fn url(server: &Scripted, path: &str) -> String {
    format!("ftp://{}/{path}", server.addr())
}

#[track_caller]
fn assert_harmless(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{error}: {bytes:?}"));
    let bad = text.chars().find(|&c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c));
    assert_eq!(bad, None, "{text:?}");
}

#[test]
fn nothing_reaches_a_terminal_as_it_is() {
    let server = hostile();
    for arguments in
        [&["ls"][..], &["ls", "-l"], &["ls", "-R"], &["ls", "--json"], &["rm"], &["rm", "--json"]]
    {
        let output = run(&[arguments, &[&url(&server, "dir%1B%5B2J")]].concat());
        assert_harmless(&output.stdout);
        assert_harmless(&output.stderr);
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty());
    }
    let output = run(&["ls", &url(&server, "")]);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "plain ä\n\
         \\x1b]0;owned\\x07red\\x1b[31m\n\
         c1 \\xc2\\x9b31m and raw \\x9b31m\n\
         caf\\xe9\n\
         back\\\\slash \"quoted\"\n\
         \\xe2\\x80\\xaetxt.exe\n\
         tab\\x09and del\\x7f\n\
         \\xed\\xb3\\xa9 surrogate \\xf4\\x90\\x80\\x80 high \\xc0\\xaf long\n"
    );
}

#[test]
fn a_url_names_what_no_utf_8_can() {
    let server = hostile();
    let output = run(&["stat", &url(&server, "caf%E9")]);
    assert!(output.status.success(), "{}", shown(&output));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .starts_with("path      caf\\xe9\ntype      file\nsize      7\n")
    );
    let output = run(&["stat", "--json", &url(&server, "caf%E9")]);
    assert!(String::from_utf8(output.stdout).unwrap().contains(r#""path":"caf\udce9""#));
    let output = run(&["stat", &url(&server, "caf%E8")]);
    assert!(!output.status.success());
    assert_harmless(&output.stderr);
}

#[test]
fn json_brings_each_name_through() {
    if !installed("reading JSON", &["python3"]) {
        return;
    }
    let server = hostile();
    let output = run(&["ls", "--json", &url(&server, "")]);
    assert!(output.status.success(), "{}", shown(&output));
    let program = "import json, os, sys\n\
                   for line in sys.stdin: sys.stdout.buffer.write(os.fsencode(json.loads(line)['path']) + b'\\n')";
    let folder = tempfile::tempdir().unwrap();
    let lines = folder.path().join("lines");
    fs::write(&lines, output.stdout).unwrap();
    let mut python = Command::new("python3");
    python.args(["-X", "utf8", "-c", program]).stdin(fs::File::open(lines).unwrap());
    let read = python.output().unwrap();
    assert!(read.status.success(), "{}", shown(&read));
    let names: Vec<&[u8]> = read.stdout.strip_suffix(b"\n").unwrap().split(|&byte| byte == b'\n').collect();
    assert_eq!(names, NAMES);
}
