//! Trees that are removed.

use super::*;

#[test]
fn what_the_directory_above_does_not_show_may_be_a_link_and_is_not_gone_through() {
    let server = mlsd(&[("", &["a"]), ("l", &["precious"])]).serve();
    let mut client = logged_in(&server);
    let error = client.run(async |client| client.remove_tree(b"l").await).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
    assert_text(&client, &error, "it may be a link, and what is in it stays");
    let asked = String::from_utf8_lossy(&server.received()).into_owned();
    assert!(asked.contains("DELE l\r\n") && asked.contains("RMD l\r\n"), "{asked}");
    assert!(!asked.contains("precious") && !asked.contains("MLSD l"), "{asked}");
    assert_in_step(&mut client);
}

/// Removals that are sent together say and come to what they do one by one.
#[test]
fn a_tree_is_removed_in_the_same_order_with_many_commands_at_once() {
    let directories: &[(&'static str, &[&str])] = &[
        ("", &["t/", "other"]),
        ("t", &["a", "b", "c", "d/", "e", "f/", "g"]),
        ("t/d", &["1", "2", "3", "4"]),
        ("t/f", &["1", "2 kept", "3 kept", "4"]),
    ];
    let mut ways = Vec::new();
    for (greeting, sends_together) in [("220 ready", true), ("220 MikroTik", false)] {
        let server = Tree { greeting, ..mlsd(directories) }.serve();
        let mut client = logged_in(&server);
        let outcome = client.run(async |client| client.remove_tree(b"t").await);
        assert_in_step(&mut client);
        let received = String::from_utf8_lossy(&server.received()).into_owned();
        let (fences, said): (Vec<&str>, Vec<&str>) = received.lines().partition(|line| line.trim() == "PWD");
        assert_eq!(fences.len() > 1, sends_together, "{received}");
        let is_removal = |line: &&str| line.starts_with("DELE") || line.starts_with("RMD");
        let removals = said.into_iter().filter(is_removal).map(|line| line.trim().to_owned());
        ways.push((outcome.unwrap_err().to_string(), removals.collect::<Vec<_>>()));
    }
    let (together, one_by_one) = (&ways[0], &ways[1]);
    assert_eq!(together, one_by_one);
    assert_eq!(together.0, "DELE t/f/2 kept (the first of 2 that were not removed): 550 it stays");
    assert_eq!(together.1.last().unwrap(), "RMD t");
}
