//! Listings that may have been cut: what their last name proves.

use super::*;

/// A tree whose listings have no last line end. Those of servers that always leave it out are whole.
fn without_last_ends(by_facts: bool, directories: &[(&'static str, &[&str])]) -> Scripted {
    let mut tree = mlsd(if by_facts { directories } else { &[] });
    tree.list = list(directories);
    for text in tree.mlsd.values_mut().chain(tree.list.values_mut()) {
        text.truncate(text.trim_ascii_end().len());
    }
    tree.serve()
}

#[test]
fn an_entry_that_may_be_cut_is_shown_and_marked_and_a_walk_enters_it() {
    for by_facts in [true, false] {
        let server = without_last_ends(by_facts, &[("", &["a", "d/"]), ("d", &["b", "c"])]);
        let mut client = logged_in(&server);
        let mut cut = Vec::new();
        client
            .run(async |client| {
                let mut visit = |visited: &ftpclient::client::Visited<'_>| {
                    cut.push((String::from_utf8_lossy(visited.path).into_owned(), visited.entry.is_cut));
                    Answer::GoOn
                };
                client.walk(&at(""), &mut visit).await
            })
            .unwrap();
        let expected = [("a", false), ("d", true), ("d/b", false), ("d/c", true)];
        assert_eq!(cut, expected.map(|(path, is_cut)| (path.to_owned(), is_cut)));
        let found = client.run(async |client| client.glob(&pattern("d/*")).await).unwrap();
        let marks: Vec<_> = found.iter().map(|one| (&*one.path, one.entry.entry().is_cut)).collect();
        assert_eq!(marks, [(&b"d/b"[..], false), (b"d/c", true)]);
        assert_in_step(&mut client);
    }
}

/// Facts show links as directories, and LIST shows which they are, unless it ends too early.
#[test]
fn a_directory_that_a_cut_list_does_not_show_may_be_a_link_and_is_not_entered() {
    let line = |kind, name| format!("{kind}rwxr-xr-x 1 u g 1 Jan 15  2020 {name}");
    for (lines, shown) in [
        // All of it is there, whether the server ends the last line or not.
        (
            vec![line('d', "d"), line('l', "l -> /"), line('d', "la\r\n")],
            vec!["d/", "d/x", "l->", "la/", "la/x"],
        ),
        (vec![line('d', "d"), line('l', "l -> /"), line('d', "la")], vec!["d/", "d/x", "l->", "la/", "la/x"]),
        (vec![line('d', "d"), line('l', "la -> /"), line('d', "l")], vec!["d/", "d/x", "l", "la->"]),
        (vec![line('d', "d"), line('l', "l -")], vec!["d/", "d/x", "l", "la"]),
        (vec![line('d', "d"), line('l', "l")], vec!["d/", "d/x", "l", "la"]),
        (vec![line('d', "d")], vec!["d/", "d/x", "l", "la"]),
        (vec!["drwxr".into()], vec!["d", "l", "la"]),
    ] {
        let mut tree = mlsd(&[("", &["d/", "l/", "la/"]), ("d", &["x"]), ("l", &["x"]), ("la", &["x"])]);
        tree.list = list(&[("d", &["x"]), ("l", &["x"]), ("la", &["x"])]);
        tree.list.insert("", lines.join("\r\n"));
        let server = tree.serve();
        let mut client = logged_in(&server);
        let (seen, outcome) = walk(&mut client, &at(""), "");
        outcome.unwrap();
        assert_eq!(seen, shown, "{lines:?}");
        assert_in_step(&mut client);
    }
}

#[test]
fn what_a_cut_name_names_is_neither_entered_nor_removed() {
    for by_facts in [true, false] {
        for last in ["f02", "f02/"] {
            let directories = [("", &["t/", "z"][..]), ("t", &["a", last]), ("f02", &[]), ("t/f02", &["x"])];
            let server = without_last_ends(by_facts, &directories);
            let mut client = logged_in(&server);
            let error = client.run(async |client| client.remove_tree(b"t").await).unwrap_err();
            assert_text(&client, &error, "t/a");
            let asked = String::from_utf8_lossy(&server.received()).into_owned();
            assert!(asked.contains("DELE t/a\r\n"), "{asked}");
            for word in ["DELE t/f", "RMD t/", "MLSD t/f", "LIST -a t/f"] {
                assert!(!asked.contains(word), "{word}: {asked}");
            }
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn a_cut_name_proves_nothing_of_a_name_that_begins_like_it() {
    let server = without_last_ends(false, &[("", &["a", "f02"])]);
    let mut client = logged_in(&server);
    let mut exists = |path: &str| client.run(async |client| client.exists(path.as_bytes()).await);
    for path in ["f02", "f020"] {
        let outcome = exists(path);
        assert!(
            matches!(&outcome, Err(Error::Unsupported(text)) if text.contains("may be cut")),
            "{outcome:?}"
        );
    }
    assert!(exists("a").unwrap());
    assert_in_step(&mut client);
}
