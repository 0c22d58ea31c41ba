//! Many commands at once: how many go together, and what each of them comes to.

mod order;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use ftpclient::client::{Batch, BatchFate, BatchJob, BatchResult, BatchValue};

use super::*;

/// What the client asks before the first batch of a login.
fn asks_for_the_path(s: &mut Session) {
    answers(s, "PWD", "257 \"/\" is here\r\n");
}

fn expect_all(s: &mut Session, commands: &str) {
    commands.split(',').for_each(|command| s.expect(command));
}

fn batch(jobs: impl IntoIterator<Item = BatchJob>) -> Batch {
    let batch = Batch::default();
    jobs.into_iter().for_each(|job| batch.add(job).unwrap());
    batch
}

/// `size a`, `mdtm a`, `stat a`, `dele a`, `mkd a`, `rmd a`, `mv a b`, `chmod a`; in capitals: any command.
fn jobs(text: &str) -> Batch {
    batch(text.split(',').map(|job| {
        let (verb, path) = job.split_once(' ').unwrap_or((job, ""));
        let path = path.as_bytes().to_vec();
        match verb {
            "size" => BatchJob::Size(path),
            "mdtm" => BatchJob::Modified(path),
            "stat" => BatchJob::Stat(path),
            "dele" => BatchJob::Delete(path),
            "mkd" => BatchJob::MakeDirectory(path),
            "rmd" => BatchJob::RemoveDirectory(path),
            "chmod" => BatchJob::Chmod { path, mode: 0o644 },
            "mv" => {
                let mut names = path.split(|&byte| byte == b' ').map(<[u8]>::to_vec);
                BatchJob::Rename { from: names.next().unwrap(), to: names.next().unwrap() }
            }
            _ => BatchJob::Command(command(job)),
        }
    }))
}

fn shown(result: BatchResult<'_>) -> String {
    let what = match result.outcome {
        Ok(BatchValue::Nothing) => "ok".into(),
        Ok(BatchValue::Size(size)) => format!("{size:?}"),
        Ok(BatchValue::Modified(time)) => format!("{:?}", time.map(|time| time / 1_000_000_000)),
        Ok(BatchValue::Path(path)) => format!("{:?}", String::from_utf8_lossy(path)),
        Ok(BatchValue::Entry(entries)) => {
            let entry = entries.next_entry().unwrap();
            format!("{:?} {} {:?}", entry.kind, String::from_utf8_lossy(&entry.name), entry.size)
        }
        Err(error) => error.to_string(),
    };
    let fate = match result.fate {
        BatchFate::Answered => "",
        BatchFate::NotSent => " (not sent)",
        BatchFate::Unknown => " (unknown)",
    };
    format!("{what}{fate}")
}

/// What came of each, and of the whole.
fn run_all(client: &mut Client, batch: &Batch) -> (Vec<String>, Result<()>) {
    let mut told = Vec::new();
    let outcome = client.run(async |client| {
        let tell = &mut |result: BatchResult<'_>| {
            assert_eq!(result.index, told.len(), "in their order");
            told.push(shown(result));
            Ok(())
        };
        client.run_batch(batch, tell).await
    });
    told.extend(
        batch
            .end()
            .into_iter()
            .map(|(_, what, was_sent)| format!("{what}: {}", if was_sent { "unknown" } else { "not sent" })),
    );
    (told, outcome)
}

/// Plays a batch in a session that is in step afterwards.
fn plays(script: impl FnOnce(&mut Session) + Send + 'static, text: &str, expected: &[&str]) {
    play(script, |client| {
        let (told, outcome) = run_all(client, &jobs(text));
        assert_eq!(told, expected, "{outcome:?}");
        let has_failed = expected.iter().any(|told| told.contains(':'));
        assert_eq!(has_failed, matches!(outcome, Err(Error::Partial(_))), "{outcome:?}");
    });
}

/// Plays a batch that ends the session.
fn ends(script: impl FnOnce(&mut Session) + Send + 'static, text: &str, expected: &[&str]) -> Error {
    let server = Scripted::start(|s| {
        s.login();
        script(s);
    });
    let outcome = run_and_ask(&mut logged_in(&server), text);
    error_of(outcome, expected)
}

/// The same, where a limit has to run out.
fn runs_out(
    script: impl FnOnce(&mut Session) + Copy + Send + 'static,
    text: &str,
    expected: &[&str],
) -> Error {
    let outcome = until_played(|limit| {
        let server = Scripted::start(move |s| {
            s.login();
            script(s);
        });
        let mut client = logged_in(&server);
        client.set_timeout(Some(limit));
        ([server], run_and_ask(&mut client, text))
    });
    error_of(outcome, expected)
}

type Outcome = ((Vec<String>, Result<()>), Result<String>);

fn run_and_ask(client: &mut Client, text: &str) -> Outcome {
    (run_all(client, &jobs(text)), pwd(client))
}

fn error_of(((told, outcome), path): Outcome, expected: &[&str]) -> Error {
    assert_eq!(told, expected, "{outcome:?}");
    assert!(matches!(path, Err(Error::NotConnected(_))), "{path:?}");
    outcome.unwrap_err()
}

#[test]
fn sixty_four_commands_are_on_their_way_at_once() {
    play(
        |s| {
            s.expect("TYPE I");
            s.send("200 ok\r\n");
            asks_for_the_path(s);
            // Two round trips for all of these, and not one more: nothing is answered before all have come.
            let names: Vec<String> = (0..62).map(|at| format!("SIZE f{at}")).collect();
            for half in names.chunks(31) {
                half.iter().for_each(|command| s.expect(command));
                s.expect("PWD");
            }
            for half in 0..2 {
                (0..31).for_each(|at| s.send(format!("213 {}\r\n", half * 31 + at)));
                s.send("257 \"/\"\r\n");
            }
            for at in 62..70 {
                s.expect(format!("SIZE f{at}"));
            }
            s.expect("PWD");
            (62..70).for_each(|at| s.send(format!("213 {at}\r\n")));
            s.send("257 \"/\"\r\n");
        },
        |client| {
            let sizes = batch((0..70).map(|at| BatchJob::Size(format!("f{at}").into_bytes())));
            let (told, outcome) = run_all(client, &sizes);
            outcome.unwrap();
            let expected: Vec<String> = (0..70).map(|at| format!("Some({at})")).collect();
            assert_eq!(told, expected);
        },
    );
}

#[test]
fn each_command_has_its_own_outcome() {
    plays(
        |s| {
            answers(s, "TYPE I", "200 ok\r\n");
            asks_for_the_path(s);
            expect_all(s, "SIZE a,DELE b,MKD c,RMD d,MDTM e");
            s.expect("PWD");
            s.send("213 5\r\n550 no\r\n257 \"/c\" made\r\n250-gone\r\n250 d\r\n213 20260115123000\r\n257 \"/\"\r\n");
        },
        "size a,dele b,mkd c,rmd d,mdtm e",
        &["Some(5)", "DELE b: 550 no", "\"/c\"", "ok", "Some(1768480200)"],
    );
}

#[test]
fn little_is_not_worth_a_question() {
    plays(
        |s| {
            answers(s, "DELE a", "250 ok\r\n");
            answers(s, "DELE b", "250 ok\r\n");
        },
        "dele a,dele b",
        &["ok", "ok"],
    );
    // But two go together where the path is known.
    play(
        |s| {
            asks_for_the_path(s);
            expect_all(s, "DELE a,DELE b,PWD");
            s.send("250 ok\r\n250 ok\r\n257 \"/\"\r\n");
            answers(s, "DELE c", "250 ok\r\n");
        },
        |client| {
            pwd(client).unwrap();
            run_all(client, &jobs("dele a,dele b")).1.unwrap();
            run_all(client, &jobs("dele c")).1.unwrap();
        },
    );
}

#[test]
fn a_renaming_waits_for_its_first_reply_and_nothing_comes_between() {
    plays(
        |s| {
            asks_for_the_path(s);
            expect_all(s, "DELE x,RNFR a");
            s.send("250 ok\r\n");
            s.expect_silence(SHORT / 10);
            s.send("350 and?\r\n");
            // The next one begins with the end of this one.
            expect_all(s, "RNTO b,RNFR c");
            s.send("250 ok\r\n550 no\r\n");
            // What is refused has no second command.
            expect_all(s, "RNFR d");
            s.send("250 what?\r\n");
            expect_all(s, "RNFR e");
            s.send("350 and?\r\n");
            expect_all(s, "RNTO f,DELE y,PWD");
            s.send("553 no\r\n250 ok\r\n257 \"/\"\r\n");
        },
        "dele x,mv a b,mv c c2,mv d d2,mv e f,dele y",
        &["ok", "ok", "RNFR c: 550 no", "RNFR d: 250 what?", "RNTO f: 553 no", "ok"],
    );
}

/// By its greeting, or because it refuses PWD.
#[test]
fn some_servers_get_one_command_at_a_time() {
    let one_by_one = |s: &mut Session| {
        for name in ["a", "b", "c"] {
            s.expect(format!("DELE {name}"));
            s.expect_silence(SHORT / 20);
            s.send("250 ok\r\n");
        }
    };
    let server = Scripted::start(move |s| {
        s.send("220 router FTP server (MikroTik 6.49.6) ready\r\n");
        answers(s, "USER user", "331 and?\r\n");
        answers(s, "PASS secret", "230 in\r\n");
        one_by_one(s);
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    run_all(&mut client, &jobs("dele a,dele b,dele c")).1.unwrap();
    assert_in_step(&mut client);
    play(
        move |s| {
            answers(s, "PWD", "550 no\r\n");
            one_by_one(s);
            // Nor is it asked again.
            one_by_one(s);
        },
        |client| {
            run_all(client, &jobs("dele a,dele b,dele c")).1.unwrap();
            run_all(client, &jobs("dele a,dele b,dele c")).1.unwrap();
        },
    );
}

/// ProFTPD takes two commands for one if what it reads ends between a CR and its LF. It reads up to 4102 bytes at once.
#[test]
fn what_a_server_reads_ends_where_a_line_does() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut control, _) = listener.accept().unwrap();
        control.write_all(b"220 ready\r\n").unwrap();
        let mut block = [0; 4102];
        loop {
            // Most often, all that comes is there by then.
            thread::sleep(SHORT / 60);
            let length = control.read(&mut block).unwrap();
            if length == 0 {
                return;
            }
            let lines = std::str::from_utf8(&block[..length]).unwrap();
            assert!(lines.ends_with("\r\n"), "{lines:?}");
            for line in lines.lines() {
                let reply = match line.get(..4).unwrap_or(line) {
                    "USER" => "331 and?",
                    "PASS" => "230 hello",
                    "PWD" => "257 \"/in/step\"",
                    _ => "250 ok",
                };
                control.write_all(format!("{reply}\r\n").as_bytes()).unwrap();
            }
        }
    });
    let mut client = client();
    connect_to(&mut client, address).unwrap();
    log_in(&mut client).unwrap();
    for length in [30, 450, 2500] {
        let name = |at: usize| format!("{at:03}{}", "x".repeat(length));
        let (told, outcome) =
            run_all(&mut client, &batch((0..80).map(|at| BatchJob::Delete(name(at).into()))));
        outcome.unwrap();
        assert_eq!(told, ["ok"; 80]);
    }
    assert_in_step(&mut client);
    drop(client);
    server.join().unwrap();
}

/// The server reads nothing while it writes, and writes more than any system keeps for a client that does not read.
#[test]
fn long_replies_are_read_while_commands_wait() {
    let listing = format!("211-x\r\n{}211 end\r\n", " a line of a long listing\r\n".repeat(40_000));
    let length = listing.len();
    play(
        move |s| {
            asks_for_the_path(s);
            (0..12).for_each(|at| s.expect(format!("STAT d{at}")));
            s.expect("PWD");
            (0..12).for_each(|_| s.send_at_once(&listing));
            s.send("257 \"/\"\r\n");
        },
        |client| {
            let questions = batch((0..12).map(|at| BatchJob::Command(command(&format!("STAT d{at}")))));
            let mut bytes = 0;
            client
                .run(async |client| {
                    let tell = &mut |result: BatchResult<'_>| {
                        bytes += result.reply.unwrap().text().len();
                        Ok(())
                    };
                    client.run_batch(&questions, tell).await
                })
                .unwrap();
            assert!(bytes > 10 * length, "{bytes}");
        },
    );
}

#[test]
fn a_batch_that_is_stopped_leaves_the_session_in_step() {
    play(
        |s| {
            asks_for_the_path(s);
            expect_all(s, "DELE a,DELE b,DELE c,PWD");
            s.send("250 ok\r\n550 no\r\n250 ok\r\n257 \"/\"\r\n");
        },
        |client| {
            let batch = jobs("dele a,dele b,dele c");
            let mut count = 0;
            let outcome = client.run(async |client| {
                let tell = &mut |_: BatchResult<'_>| {
                    count += 1;
                    if count == 2 { Err(7) } else { Ok(()) }
                };
                client.run_batch(&batch, tell).await
            });
            assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
            assert_eq!(count, 2);
        },
    );
}

#[test]
fn what_cannot_be_sent_does_not_end_the_others() {
    play(
        |s| {
            asks_for_the_path(s);
            expect_all(s, "DELE a,DELE c,PWD");
            s.send("250 ok\r\n250 ok\r\n257 \"/\"\r\n");
        },
        |client| {
            client.audit_mut().hook = Some(Box::new(|event, _, _| {
                !matches!(event, ftpclient::client::AuditEvent::SendCommand("DELE b"))
            }));
            let long = "x".repeat(70_000);
            let (told, _) = run_all(client, &jobs(&format!("dele a,dele b,dele {long},dele c")));
            assert_eq!(told.len(), 4);
            assert_eq!((&*told[0], &*told[3]), ("ok", "ok"));
            assert_eq!(told[1], "DELE b: refused by the audit callback (not sent)");
            assert!(told[2].contains("at most 65536 are sent (not sent)"), "{}", told[2]);
        },
    );
}

#[test]
fn names_with_odd_bytes_go_as_they_are() {
    let names: [&[u8]; 3] = [b"a\xff b", "\u{e9}\u{65e5}".as_bytes(), b" \x01 "];
    play(
        move |s| {
            asks_for_the_path(s);
            // What the server makes of 0xFF is found out once, before anything is sent.
            s.expect(b"STRU \xff\xfc\x01F");
            s.send("200 F\r\n");
            s.expect(b"STRU \xff\xff F");
            s.send("504 no\r\n");
            s.expect(b"DELE a\xff\xff b");
            s.expect([b"DELE ", names[1]].concat());
            s.expect([b"DELE ", names[2]].concat());
            s.expect("PWD");
            s.send("250 ok\r\n250 ok\r\n250 ok\r\n257 \"/\"\r\n");
        },
        |client| {
            let deletions = batch(names.map(|name| BatchJob::Delete(name.to_vec())));
            let (told, outcome) = run_all(client, &deletions);
            outcome.unwrap();
            assert_eq!(told, ["ok"; 3]);
        },
    );
}

#[test]
fn mlst_tells_what_is_there_and_what_is_not() {
    plays(
        |s| {
            answers(s, "FEAT", "211-x\r\n MLST type*;size*;modify*;\r\n211 x\r\n");
            asks_for_the_path(s);
            expect_all(s, "MLST a/b,MLST none,MLST d,MLST hidden,PWD");
            s.send("250-x\r\n type=file;size=5; a/b\r\n250 x\r\n550 no such file\r\n250-x\r\n type=dir; d\r\n250 x\r\n");
            s.send("550 permission denied\r\n257 \"/\"\r\n");
        },
        "stat a/b,stat none,stat d,stat hidden",
        &[
            "File b Some(5)",
            "none: there is no such file or directory",
            "Directory d None",
            "MLST hidden: 550 permission denied",
        ],
    );
}

#[test]
fn without_mlst_size_and_mdtm_tell_it_and_a_closer_look_what_they_do_not() {
    plays(
        |s| {
            answers(s, "FEAT", "500 what?\r\n");
            answers(s, "SYST", "215 UNIX\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            asks_for_the_path(s);
            expect_all(s, "SIZE a,MDTM a,SIZE d,MDTM d,SIZE b,MDTM b,PWD");
            s.send("213 5\r\n213 20260115123000\r\n550 no\r\n550 no\r\n213 7\r\n550 no\r\n257 \"/\"\r\n");
            answers(s, "CWD d", "250 ok\r\n");
            answers(s, "CWD /", "250 ok\r\n");
            answers(s, "MDTM d", "550 no\r\n");
        },
        "stat a,stat d,stat b",
        &["File a Some(5)", "Directory d None", "File b Some(7)"],
    );
}

#[test]
fn what_is_found_out_is_found_out_before_it_is_changed() {
    plays(
        |s| {
            answers(s, "FEAT", "211-x\r\n MLST type*;size*;modify*;\r\n211 x\r\n");
            asks_for_the_path(s);
            expect_all(s, "MLST a,MLST b,MLST c,PWD");
            s.send("250-x\r\n type=file; a\r\n250 x\r\n550 no\r\n250-x\r\n type=file; c\r\n250 x\r\n257 \"/\"\r\n");
            expect_all(s, "DELE a,MLST a,PWD");
            s.send("250 ok\r\n550 no\r\n257 \"/\"\r\n");
        },
        "stat a,stat b,stat c,dele a,stat a",
        &[
            "File a None",
            "b: there is no such file or directory",
            "File c None",
            "ok",
            "a: there is no such file or directory",
        ],
    );
}

#[test]
fn modes_are_set_together_once_one_has_shown_how() {
    plays(
        |s| {
            answers(s, "FEAT", "211-x\r\n SIZE\r\n211 x\r\n");
            answers(s, "SITE CHMOD 644 a", "200 ok\r\n");
            asks_for_the_path(s);
            expect_all(s, "SITE CHMOD 644 b,SITE CHMOD 644 c,SITE CHMOD 644 d,PWD");
            s.send("200 ok\r\n550 no\r\n200 ok\r\n257 \"/\"\r\n");
        },
        "chmod a,chmod b,chmod c,chmod d",
        &["ok", "ok", "SITE CHMOD 644 c: 550 no", "ok"],
    );
}

#[test]
fn what_changes_the_meaning_of_others_has_the_session_to_itself() {
    plays(
        |s| {
            asks_for_the_path(s);
            expect_all(s, "NOOP,SITE x,DELE f,PWD");
            s.send("200 ok\r\n200 ok\r\n250 ok\r\n257 \"/\"\r\n");
            answers(s, "TYPE A", "200 ok\r\n");
            answers(s, "TYPE I", "200 ok\r\n");
            // Nobody knows what SITE has done.
            asks_for_the_path(s);
            expect_all(s, "SIZE f,SIZE g,SIZE h,PWD");
            s.send("213 5\r\n213 6\r\n213 7\r\n257 \"/\"\r\n");
            answers(s, "PWD", "257 \"/\"\r\n");
        },
        "NOOP,SITE x,dele f,TYPE A,size f,size g,size h,PWD",
        &["ok", "ok", "ok", "ok", "Some(5)", "Some(6)", "Some(7)", "ok"],
    );
}

#[test]
fn a_batch_waits_for_its_turn() {
    play(
        |s| {
            s.expect("STAT");
            s.send("211 x\r\n");
        },
        |client| {
            put(client, "STAT").unwrap();
            let batch = jobs("dele a");
            let (told, outcome) = run_all(client, &batch);
            assert!(matches!(outcome, Err(Error::OutOfTurn(_))), "{outcome:?}");
            assert!(told.is_empty());
            getresp(client).unwrap();
        },
    );
    let batch = jobs("dele a");
    let (told, outcome) = run_all(&mut client(), &batch);
    assert!(matches!(outcome, Err(Error::NotConnected(_))), "{outcome:?}");
    assert!(told.is_empty());
}
