//! Several files that would get the same name: none takes the place of another.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::support::scripted::{Gone, Scripted, Session};
use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Two directories, each with a file `x` of its own, and files that differ in case.
fn fill(root: &Path) {
    for (name, data) in
        [("a/x", "first"), ("b/x", "second"), ("b/y", "other"), ("b/X", "large"), ("b/Y", "too")]
    {
        fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        fs::write(root.join(name), data).unwrap();
    }
}

#[test]
fn two_files_of_one_name_are_a_wrong_command_line() {
    let server = Embedded::start();
    fill(server.root());
    let here = tempfile::tempdir().unwrap();
    fill(here.path());
    let target = here.path().join("target");
    fs::create_dir(&target).unwrap();
    let text = target.to_str().unwrap();
    let (first, second, other) = (at(&server, "a/x"), at(&server, "b/x"), at(&server, "b/y"));
    let sent = at(&server, "sent/");
    fs::create_dir(server.root().join("sent")).unwrap();
    for options in [&[][..], &["-j", "3"], &["--resume"], &["--json"], &["--ascii"]] {
        let run = |words: &[&str]| {
            let words: Vec<&str> =
                ["-v", words[0]].iter().chain(options).chain(&words[1..]).copied().collect();
            with_password(PASSWORD, &words).current_dir(here.path()).output().unwrap()
        };
        for words in [
            &["get", &other, &first, &second, text][..],
            &["get", &first, &first, text],
            &["put", "b/y", "a/x", "b/x", &sent],
            &["put", "a/x", "./a/x", &sent],
        ] {
            let output = run(words);
            let told = [output.stdout.as_slice(), &output.stderr].concat();
            let told = String::from_utf8_lossy(&told);
            assert_eq!(output.status.code(), Some(1), "{told}");
            assert!(told.contains("several files would get this name") && !told.contains("USER"), "{told}");
        }
        assert!(names(&target).is_empty() && names(&server.root().join("sent")).is_empty());
    }
    // Without the directory, the same is so of the current one.
    let output = with_password(PASSWORD, &["get", &first, &second]).current_dir(&target).output().unwrap();
    assert_exit(&output, 1, "x: several files would get this name: nothing was moved");
    assert!(names(&target).is_empty());
}

#[test]
fn names_that_differ_in_case_are_two_where_they_are_two() {
    let server = Embedded::start();
    fill(server.root());
    let here = tempfile::tempdir().unwrap();
    fs::create_dir(server.root().join("sent")).unwrap();
    let (x, large, y, too) = (at(&server, "b/x"), at(&server, "b/X"), at(&server, "b/y"), at(&server, "b/Y"));
    for options in [&[][..], &["-j", "3"], &["--in-place"], &[]] {
        let words: Vec<&str> =
            ["get"].iter().chain(options).copied().chain([&*x, &*large, &*y, &*too]).collect();
        assert_exit(&with_password(PASSWORD, &words).current_dir(here.path()).output().unwrap(), 0, "");
        assert_eq!(names(here.path()), ["X", "Y", "x", "y"]);
        assert_eq!(fs::read(here.path().join("X")).unwrap(), b"large");
        assert_eq!(fs::read(here.path().join("x")).unwrap(), b"second");
    }
    let sent = at(&server, "sent/");
    for options in [&[][..], &["--atomic", "-j", "3"], &["--ascii"], &[]] {
        let words: Vec<&str> =
            ["put"].iter().chain(options).copied().chain(["x", "X", "y", "Y", &*sent]).collect();
        assert_exit(&with_password(PASSWORD, &words).current_dir(here.path()).output().unwrap(), 0, "");
        assert_eq!(names(&server.root().join("sent")), ["X", "Y", "x", "y"]);
    }
}

/// To this server all letters are small ones. It has a directory with `x` of this content, or with nothing.
fn without_case(content: &Arc<Mutex<Option<Vec<u8>>>>) -> Scripted {
    let content = Arc::clone(content);
    Scripted::react(move |s, _| {
        let _ = serve(s, &content);
    })
}

fn serve(s: &mut Session, content: &Mutex<Option<Vec<u8>>>) -> Result<(), Gone> {
    let mut listener = None;
    s.say("220 ready")?;
    loop {
        let line = s.hear()?;
        let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
        let size = content.lock().unwrap().as_ref().map(Vec::len);
        match (verb, size) {
            ("USER", _) => s.say("230 welcome")?,
            ("TYPE" | "NOOP", _) => s.say("200 fine")?,
            ("CWD", _) if matches!(argument, "d" | "/") => s.say("250 fine")?,
            ("PWD", _) => s.say("257 \"/\"")?,
            ("PASV", _) => listener = Some(s.offer_passive()?),
            ("LIST", _) => {
                s.say("150 here it comes")?;
                let mut data = listener.take().unwrap().accept();
                if let Some(size) = size {
                    data.send(format!("-rw-r--r-- 1 u g {size} Jan 15 2026 x\r\n"));
                }
                data.close();
                s.say("226 done")?;
            }
            ("STOR", _) if argument.eq_ignore_ascii_case("d/x") => {
                s.say("150 go on")?;
                *content.lock().unwrap() = Some(listener.take().unwrap().accept().read_to_end());
                s.say("226 done")?;
            }
            ("SIZE", Some(size)) if argument.eq_ignore_ascii_case("d/x") => s.say(&format!("213 {size}"))?,
            ("SIZE" | "MDTM" | "CWD", _) => s.say("550 no such file")?,
            ("QUIT", _) => return s.say("221 bye"),
            _ => s.say("502 not here")?,
        }
    }
}

#[test]
fn names_that_differ_in_case_are_not_two_where_they_are_one() {
    let here = tempfile::tempdir().unwrap();
    for (name, data) in [("x", "small"), ("X", "large")] {
        fs::write(here.path().join(name), data).unwrap();
    }
    let content = Arc::default();
    let server = without_case(&content);
    let url = format!("ftp://{}/d/", server.addr());
    // Nothing is there: the first of them gets the name. Then x is there: x is replaced, and X is refused, however often it is tried.
    for (words, kept) in [
        (&["put", "X", "x", &url][..], "large"),
        (&["put", "X", "x", &url], "small"),
        (&["put", "x", "X", &url], "small"),
        (&["put", "--ascii", "x", "X", &url], "small"),
    ] {
        let output = ftpc(words).current_dir(here.path()).output().unwrap();
        assert_exit(&output, 7, "");
        let kept = if words.contains(&"--ascii") { format!("{kept}\r\n") } else { kept.to_owned() };
        assert_eq!(content.lock().unwrap().as_deref(), Some(kept.as_bytes()), "{words:?} {}", shown(&output));
    }
}
