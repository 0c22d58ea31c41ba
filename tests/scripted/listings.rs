//! Listings and text: lines, names, and entries with facts.

use ftpclient::protocol::facts::Entry;

use super::*;

/// A listing whose data is as told.
fn listing(data: impl AsRef<[u8]> + Send + 'static) -> (Vec<String>, Result<()>) {
    let server = Scripted::start(move |s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("LIST");
        s.send("150 go\r\n");
        listener.accept().send_split(data, 3, Duration::from_micros(100));
        s.send("226 done\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let outcome = lines(&mut client, "LIST");
    assert_in_step(&mut client);
    outcome
}

#[test]
fn lines_end_as_ftplib_ends_them() {
    for (data, expected) in [
        ("", &[][..]),
        ("one\r\ntwo\r\n", &["one", "two"]),
        ("one\ntwo\rthree", &["one", "two", "three"]),
        ("\r\n\r\nx\r\n", &["", "", "x"]),
        ("caf\u{e9}\u{2028}x\r\n", &["caf\u{e9}\u{2028}x"]),
    ] {
        let (got, outcome) = listing(data);
        outcome.unwrap();
        assert_eq!(got, expected);
    }
}

#[test]
fn a_line_without_end_is_a_limit_and_the_session_goes_on() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("LIST");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        data.send("good\r\n");
        data.send_until_closed();
        s.expect("ABOR");
        s.send("426 closed\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let (got, outcome) = lines(&mut client, "LIST");
    assert_eq!(got, ["good"]);
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error:?}");
    assert_text(&client, &error, "LIST: a line of the text has more than 8192 bytes");
    assert_in_step(&mut client);
}

#[test]
fn the_callback_can_stop_at_a_last_line_without_end() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        let listener = s.passive();
        s.expect("LIST");
        s.send("150 go\r\n");
        let mut data = listener.accept();
        data.send("one\r\ntwo");
        data.shutdown_write();
        s.expect("ABOR");
        data.expect_reset();
        s.send("426 stopped\r\n226 aborted\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let list = command("LIST");
    let mut sink = |line: &[u8]| if line == b"two" { Err(3) } else { Ok(()) };
    let outcome = client.run(async |client| client.retrlines(&list, &mut sink).await);
    assert!(matches!(outcome, Err(Error::Callback { value: 3, .. })), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn mlsd_hands_over_facts_and_names() {
    let server = Scripted::start(|s| {
        s.login();
        for with_facts in [true, false] {
            if with_facts {
                s.expect("OPTS MLST type;size;");
                s.send("200 ok\r\n");
                s.expect("TYPE A");
                s.send("200 ok\r\n");
            }
            let listener = s.passive();
            s.expect(if with_facts { "MLSD dir" } else { "MLSD" });
            s.send("150 go\r\n");
            listener.accept().send("Type=file;Size=12; a b\r\ntype=cdir .\r\n");
            s.send("226 done\r\n");
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let mut seen = Vec::new();
    let mut sink = |entry: &Entry<'_>| {
        let facts: Vec<String> = entry
            .facts
            .iter()
            .map(|(key, value)| {
                format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value))
            })
            .collect();
        seen.push(format!("{}: {}", String::from_utf8_lossy(entry.name), facts.join(" ")));
        Ok(())
    };
    client.run(async |client| client.mlsd(Some(b"dir"), b"type;size;", &mut sink).await).unwrap();
    client.run(async |client| client.mlsd(None, b"", &mut sink).await).unwrap();
    assert_eq!(seen, ["a b: type=file size=12", ".: type=cdir"].repeat(2));
    assert_in_step(&mut client);
}

/// What each kind of listing, and text, makes of the same data: names, lines, names with facts, text.
fn read_in_each_way(data: &'static str) -> [Vec<String>; 4] {
    let server = Scripted::start(move |s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        for line in ["NLST", "LIST", "MLSD", "RETR f"] {
            let listener = s.passive();
            s.expect(line);
            s.send("150 go\r\n");
            listener.accept().send_split(data, 1, Duration::from_micros(100));
            s.send("226 done\r\n");
        }
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let mut seen = [vec![], vec![], vec![], vec![]];
    let [names, lines, entries, text] = &mut seen;
    let keep = |list: &mut Vec<String>, line: &[u8]| {
        list.push(String::from_utf8_lossy(line).into_owned());
        Ok(())
    };
    client
        .run(async |client| {
            client.nlst(None, &mut |line| keep(names, line)).await?;
            client.dir(None, &mut |line| keep(lines, line)).await?;
            client.mlsd(None, b"", &mut |entry| keep(entries, entry.name)).await?;
            client.retrlines(&command("RETR f"), &mut |line| keep(text, line)).await
        })
        .unwrap();
    assert_in_step(&mut client);
    seen
}

#[test]
fn a_cr_inside_a_name_forges_no_entry() {
    let seen = read_in_each_way("size=1; a\rsize=2; ..\\evil\r\nsize=3; b\r\n");
    assert_eq!(seen[0], ["size=1; a\rsize=2; ..\\evil", "size=3; b"]);
    assert_eq!(seen[1], seen[0]);
    assert_eq!(seen[2], ["a\rsize=2; ..\\evil", "b"]);
    assert_eq!(seen[3], ["size=1; a", "size=2; ..\\evil", "size=3; b"], "in a text ftplib's rule counts");
}

#[test]
fn what_has_no_name_is_no_entry() {
    let seen = read_in_each_way(" a\r\r\n\r\n b\r\r\nsize=1; \r\n\r");
    assert_eq!(seen[0], [" a", " b", "size=1; "]);
    assert_eq!(seen[1], [" a", "", " b", "size=1; "]);
    assert_eq!(seen[2], ["a", "b"]);
    assert_eq!(read_in_each_way("\r\n")[..3], [vec![], vec![String::new()], vec![]]);
}

#[test]
fn nlst_and_list_name_a_path_only_if_there_is_one() {
    let server = Scripted::start(|s| {
        s.login();
        s.expect("TYPE A");
        s.send("200 ok\r\n");
        for line in ["NLST", "NLST", "NLST a b", "LIST", "LIST -a"] {
            let listener = s.passive();
            s.expect(line);
            s.send("150 go\r\n");
            listener.accept().send("x\r\n");
            s.send("226 done\r\n");
        }
    });
    let mut client = logged_in(&server);
    let mut count = 0;
    let mut sink = |_: &[u8]| {
        count += 1;
        Ok(())
    };
    client
        .run(async |client| {
            client.nlst(None, &mut sink).await?;
            client.nlst(Some(b""), &mut sink).await?;
            client.nlst(Some(b"a b"), &mut sink).await?;
            client.dir(None, &mut sink).await?;
            client.dir(Some(b"-a"), &mut sink).await
        })
        .unwrap();
    assert_eq!(count, 5);
}

#[test]
fn a_line_of_the_greatest_length_passes() {
    let line = "x".repeat(8191);
    let (got, outcome) = listing(format!("{line}\r\n"));
    outcome.unwrap();
    assert_eq!(got, [line]);
}
