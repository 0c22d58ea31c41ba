//! Patterns: which directories a search lists, and what it finds.

use super::*;

#[test]
fn a_pattern_lists_what_it_needs_and_finds_out_the_rest() {
    for (wanted, found, expected) in [
        ("*", vec!["a", "d/", "l->", "z"], vec!["MLSD"]),
        ("d/*", vec!["d/b", "d/e/"], vec!["MLSD d"]),
        ("*/*", vec!["d/b", "d/e/"], vec!["MLSD", "MLSD d"]),
        ("d/e/c", vec!["d/e/c"], vec!["MLST d/e/c"]),
        ("d/e/", vec!["d/e/"], vec!["MLST d/e"]),
        ("d/e/c/", vec![], vec!["MLST d/e/c"]),
        ("{d/b,d/nothing}", vec!["d/b"], vec!["MLST d/nothing", "MLST d/b"]),
        ("**/c", vec!["d/e/c"], vec!["MLSD", "MLSD d", "MLSD d/e"]),
        ("l/*", vec![], vec!["MLSD l", "MLST l"]),
        ("nothing/*", vec![], vec!["MLSD nothing", "MLST nothing"]),
        ("{*,a,d}", vec!["a", "d/", "l->", "z"], vec!["MLSD"]),
    ] {
        let mut tree = mlsd(SMALL);
        tree.there = vec!["d/e/c", "d/b", "l"];
        let server = tree.serve();
        let mut client = logged_in(&server);
        assert_eq!(glob(&mut client, &pattern(wanted)).unwrap(), found, "{wanted}");
        assert_eq!(asked(&server), expected, "{wanted}");
        assert_in_step(&mut client);
    }
}

#[test]
fn names_that_begin_with_a_dot_are_asked_for_where_the_pattern_needs_them() {
    for (hidden, wanted, found, expected) in [
        (false, "*", vec!["a"], vec!["LIST"]),
        (true, "*", vec![".h/", "a"], vec!["LIST -a"]),
        (false, ".*", vec![".h/"], vec!["LIST -a"]),
    ] {
        let tree = Tree { list: list(&[("", &[".", "..", ".h/", "a"])]), ..Tree::default() };
        let server = tree.serve();
        let mut client = logged_in(&server);
        let wanted = GlobRequest { hidden, ..pattern(wanted) };
        assert_eq!(glob(&mut client, &wanted).unwrap(), found, "{wanted:?}");
        assert_eq!(asked(&server), expected, "{wanted:?}");
    }
}

#[test]
fn a_search_ends_at_a_directory_that_cannot_be_listed_unless_it_is_to_go_on() {
    let mut tree = mlsd(&[("", &["l->", "d/", "e/"]), ("e", &["c"])]);
    tree.mlsd.insert("d", "550 permission denied".into());
    let server = tree.serve();
    let mut client = logged_in(&server);
    let outcome = glob(&mut client, &pattern("*/c*"));
    assert!(matches!(outcome, Err(Error::Reply { .. })), "{outcome:?}");
    let found = glob(&mut client, &GlobRequest { passes_over: true, ..pattern("*/c*") }).unwrap();
    assert_eq!(found, ["d/!", "e/c"]);
    let found = glob(&mut client, &GlobRequest { passes_over: true, ..pattern("**") }).unwrap();
    assert_eq!(found, ["d/!", "e/", "e/c", "l->"]);
    assert_in_step(&mut client);
}

/// Also where the pattern spells out what is to be there, and where nobody may see whether it is.
#[test]
fn a_search_goes_on_behind_a_name_that_cannot_be_asked_for() {
    for (wanted, expected) in [
        ("*/c", vec!["d/!", "e/c"]),
        ("*/{c,nothing}", vec!["d/!", "e/c"]),
        ("*/{c,?}", vec!["d/!", "e/c"]),
        ("{d/c,e/c}", vec!["d/!", "e/c"]),
        ("*/c/", vec!["d/!"]),
    ] {
        let mut tree = mlsd(&[("", &["d/", "e/"]), ("e", &["c"])]);
        tree.there = vec!["e/c"];
        tree.mlsd.insert("d", "550 permission denied".into());
        let server = tree.serve();
        let mut client = logged_in(&server);
        let outcome = glob(&mut client, &pattern(wanted));
        assert!(matches!(outcome, Err(Error::Reply { .. })), "{wanted}: {outcome:?}");
        let found = glob(&mut client, &GlobRequest { passes_over: true, ..pattern(wanted) }).unwrap();
        assert_eq!(found, expected, "{wanted}");
        assert_in_step(&mut client);
    }
}

/// Its name is then empty.
#[test]
fn the_working_directory_may_be_one_that_cannot_be_listed() {
    for wanted in ["*", "c", "{c,e/c}"] {
        let mut tree = mlsd(&[("", &["e/"]), ("e", &["c"])]);
        tree.mlsd.insert("", "550 permission denied".into());
        let server = tree.serve();
        let mut client = logged_in(&server);
        let found = glob(&mut client, &GlobRequest { passes_over: true, ..pattern(wanted) }).unwrap();
        assert_eq!(found.first().map(String::as_str), Some("/!"), "{wanted}");
        assert_in_step(&mut client);
    }
}

#[test]
fn a_pattern_that_cannot_be_used_is_refused_before_anything_is_sent() {
    let server = Tree::default().serve();
    let mut client = logged_in(&server);
    for (wanted, is_limit) in
        [("", false), ("//", false), (&"{a,b}".repeat(9), true), (&"a".repeat(5000), true)]
    {
        match glob(&mut client, &pattern(wanted)) {
            Err(Error::InvalidArgument(_)) => assert!(!is_limit, "{wanted}"),
            Err(Error::Limit(_)) => assert!(is_limit, "{wanted}"),
            outcome => panic!("{outcome:?}"),
        }
    }
    let outcome = glob(&mut client, &pattern("a\r\nDELE b"));
    assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{outcome:?}");
    assert_in_step(&mut client);
    assert!(!String::from_utf8_lossy(&server.received()).contains("FEAT"));
}

#[test]
fn a_line_that_is_not_understood_matches_no_pattern() {
    let mut tree = mlsd(&[("", &["a", "b"])]);
    tree.mlsd.get_mut("").unwrap().push_str("type\r\n");
    let server = tree.serve();
    let mut client = logged_in(&server);
    for (wanted, expected) in [("*", &["a", "b"][..]), ("type*", &[]), ("**", &["a", "b"])] {
        assert_eq!(glob(&mut client, &pattern(wanted)).unwrap(), expected, "{wanted}");
    }
    assert_in_step(&mut client);
}
