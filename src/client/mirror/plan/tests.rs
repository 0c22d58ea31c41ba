use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::error::Error;
use crate::protocol::listing::{Modified, Precision, Zone};

const SECOND: i64 = 1_000_000_000;

fn file(size: u64, seconds: i64) -> Node {
    let modified = Modified { nanoseconds: seconds * SECOND, precision: Precision::Second, zone: Zone::Utc };
    Node::File(Facts { size: Some(size), modified: Some(modified) })
}

fn folder(entries: Vec<(&str, Node)>) -> Folder {
    let mut folder = Folder::default();
    for (name, node) in entries {
        folder.entries.insert(name.into(), node);
    }
    folder
}

fn directory(entries: Vec<(&str, Node)>) -> Node {
    Node::Folder(folder(entries))
}

fn link() -> Node {
    Node::Aside(Kind::Link, Reason::Link)
}

fn unlisted() -> Node {
    Node::Aside(Kind::Directory, Reason::Unlisted(Arc::new(Error::Unsupported("no".into()))))
}

fn odd(mut folder: Folder) -> Folder {
    folder.oddities.push((b"../x".to_vec(), Reason::Unsafe("a name")));
    folder
}

/// Each step as a word and a path. Directories have a slash behind them, and links an @.
fn shown(steps: &[Step]) -> Vec<String> {
    let show = |step: &Step| {
        let mark = match step.kind {
            Kind::Directory => "/",
            Kind::Link => "@",
            _ => "",
        };
        format!("{:?} {}{mark}", step.act, String::from_utf8_lossy(&step.path))
    };
    steps.iter().map(show).collect()
}

const DELETES: Rules = Rules { deletes: true, by_age: false, resumes: false };

#[track_caller]
fn check(source: &Folder, target: &Folder, rules: Rules, expected: &[&str]) {
    assert_eq!(shown(&plan(source, target, rules)), expected);
}

#[test]
fn a_directory_comes_before_what_is_in_it_and_deletions_come_last() {
    let source = folder(vec![
        (
            "a",
            directory(vec![
                ("f", file(1, 0)),
                ("g", file(2, 0)),
                ("new", directory(vec![("x", file(1, 0))])),
            ]),
        ),
        ("b", file(3, 0)),
    ]);
    let target = folder(vec![
        ("a", directory(vec![("f", file(1, 0)), ("g", file(2, 9)), ("old", file(1, 0))])),
        ("extra", directory(vec![("deep", directory(vec![("x", file(1, 0))])), ("l", link())])),
    ]);
    let kept = ["Keep a/", "Keep a/f", "Replace a/g", "Add a/new/", "Add a/new/x", "Add b"];
    check(&source, &target, Rules::default(), &kept);
    let deleted =
        ["Delete a/old", "Delete extra/deep/x", "Delete extra/deep/", "Delete extra/l@", "Delete extra/"];
    check(&source, &target, DELETES, &[&kept[..], &deleted].concat());
}

#[test]
fn what_is_of_another_type_is_left_alone() {
    let types = || {
        [
            ("file", file(1, 0)),
            ("directory", directory(vec![("in", file(1, 0))])),
            ("link", link()),
            ("special", Node::Aside(Kind::Other, Reason::Special)),
            ("unlisted", unlisted()),
        ]
    };
    for (source_is, _) in types() {
        for (target_is, target) in types() {
            let source = types().into_iter().find(|(name, _)| *name == source_is).unwrap().1;
            let expected: &[&str] = match (source_is, target_is) {
                ("file", "file") => &["Keep x"],
                ("directory", "directory") => &["Keep x/", "Keep x/in"],
                ("link", _) => &["Skip x@"],
                ("special", _) => &["Skip x"],
                ("unlisted", _) | ("directory", "unlisted") => &["Skip x/"],
                ("directory", _) => &["Conflict x/"],
                _ => &["Conflict x"],
            };
            let steps = plan(&folder(vec![("x", source)]), &folder(vec![("x", target)]), DELETES);
            assert_eq!(shown(&steps), expected, "{source_is} over {target_is}");
        }
    }
}

#[test]
fn nothing_is_deleted_where_not_all_is_known() {
    let target = || folder(vec![("d", directory(vec![("old", file(1, 0))])), ("e", file(1, 0))]);
    let source = odd(folder(vec![("d", directory(vec![]))]));
    check(&source, &target(), DELETES, &["Skip ../x", "Keep d/", "Delete d/old"]);
    let source = folder(vec![("d", Node::Folder(odd(Folder::default())))]);
    check(&source, &target(), DELETES, &["Keep d/", "Skip d/../x", "Delete e"]);
    let source = folder(vec![("d", unlisted())]);
    check(&source, &target(), DELETES, &["Skip d/", "Delete e"]);
    // Nor what nobody can look into, nor what is around it.
    let inner = directory(vec![("u", unlisted()), ("f", file(1, 0))]);
    let target = folder(vec![("d", inner), ("o", Node::Folder(odd(folder(vec![("f", file(1, 0))]))))]);
    let expected = ["Skip d/u/", "Skip o/../x", "Delete d/f"];
    check(&Folder::default(), &target, DELETES, &expected);
}

#[test]
fn what_takes_no_part_is_neither_taken_nor_deleted() {
    let source =
        folder(vec![("a", Node::Excluded), ("l", link()), ("twice", Node::Aside(Kind::File, Reason::Twice))]);
    let target = folder(vec![
        ("a", file(1, 0)),
        ("l", file(1, 0)),
        ("twice", file(1, 0)),
        ("d", directory(vec![("x", Node::Excluded), ("y", file(1, 0))])),
        ("s", Node::Aside(Kind::Other, Reason::Special)),
    ]);
    check(&source, &target, DELETES, &["Skip l@", "Conflict twice", "Skip s", "Delete d/y"]);
}

#[test]
fn parts_of_files_are_no_files() {
    let source = folder(vec![(".f.ftp-part", file(1, 0)), ("f", file(2, 0))]);
    let parts =
        || vec![(".f.ftp-part", file(1, 0)), (".f.ftp-part-of", file(1, 0)), (".g.0.ftp-part", file(1, 0))];
    let source_without = || folder(vec![("f", file(2, 0))]);
    check(&source, &Folder::default(), DELETES, &["Skip .f.ftp-part", "Add f"]);
    let resumed = Rules { resumes: true, ..DELETES };
    check(&source_without(), &folder(parts()), resumed, &["Add f"]);
    let deleted = ["Delete .f.ftp-part", "Delete .f.ftp-part-of", "Delete .g.0.ftp-part"];
    check(&source_without(), &folder(parts()), DELETES, &[&["Add f"][..], &deleted].concat());
    // Nothing is left to be continued.
    let mut whole = parts();
    whole.push(("f", file(2, 0)));
    check(&source_without(), &folder(whole), resumed, &[&["Keep f"][..], &deleted].concat());
}

#[test]
fn only_what_a_time_of_an_unknown_zone_decides_is_asked_for() {
    let vague = |size, seconds: i64| {
        let modified =
            Modified { nanoseconds: seconds * SECOND, precision: Precision::Minute, zone: Zone::Server };
        Node::File(Facts { size: Some(size), modified: Some(modified) })
    };
    let source = folder(vec![
        ("d", directory(vec![("asked", vague(1, 7200)), ("same", vague(1, 3600))])),
        ("other size", vague(2, 7200)),
        ("new", vague(1, 0)),
        ("known", file(1, 9)),
    ]);
    let target = folder(vec![
        ("d", directory(vec![("asked", file(1, 0)), ("same", file(1, 0))])),
        ("other size", file(1, 0)),
        ("known", file(1, 0)),
    ]);
    assert_eq!(doubts(&source, &target, Rules::default()), [b"d/asked".to_vec()]);
}

/// A tree of a few files and directories, of names that both trees are likely to have.
fn any_tree() -> impl Strategy<Value = Folder> {
    let name = prop_oneof![Just("a"), Just("b"), Just("c"), Just("d")];
    let entries = move |node: BoxedStrategy<Shape>| {
        prop::collection::vec((name.clone(), node), 0..4).prop_map(Shape::Directory).boxed()
    };
    let file = (0..3_u64, 0..3_i64).prop_map(|(size, time)| Shape::File(size, time * 10)).boxed();
    let inner = entries(file.clone());
    let middle = entries(prop_oneof![file.clone(), inner].boxed());
    entries(prop_oneof![file, middle].boxed()).prop_map(|shape| match grow(&shape) {
        Node::Folder(folder) => folder,
        _ => Folder::default(),
    })
}

#[derive(Clone, Debug)]
enum Shape {
    File(u64, i64),
    Directory(Vec<(&'static str, Shape)>),
}

fn grow(shape: &Shape) -> Node {
    match shape {
        Shape::File(size, time) => file(*size, *time),
        Shape::Directory(entries) => {
            directory(entries.iter().map(|(name, shape)| (*name, grow(shape))).collect())
        }
    }
}

/// What a tree has, one line each.
fn listed(folder: &Folder) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, node) in &folder.entries {
        let name = String::from_utf8_lossy(name);
        match node {
            Node::Folder(folder) => {
                lines.push(format!("{name}/"));
                lines.extend(listed(folder).iter().map(|line| format!("{name}/{line}")));
            }
            other => lines.push(format!("{name} {other:?}")),
        }
    }
    lines
}

/// Does what a plan says. A step that cannot be done is a mistake of the plan.
fn apply(steps: &[Step], source: &Folder, target: &mut Folder) {
    for step in steps {
        let slash = step.path.iter().rposition(|&byte| byte == b'/');
        let (above, name) = match slash {
            Some(slash) => (&step.path[..slash], &step.path[slash + 1..]),
            None => (&b""[..], &step.path[..]),
        };
        let parent = match above {
            b"" => &mut *target,
            above => match target.node_mut(above) {
                Some(Node::Folder(folder)) => folder,
                other => panic!("{step:?} in {other:?}"),
            },
        };
        match step.act {
            Act::Add => {
                let node = match source.node(&step.path).unwrap() {
                    Node::File(facts) => Node::File(*facts),
                    _ => Node::Folder(Folder::default()),
                };
                assert!(parent.entries.insert(name.to_vec(), node).is_none(), "{step:?}");
            }
            Act::Replace => {
                let old = parent.entries.insert(name.to_vec(), Node::File(step.facts));
                assert!(matches!(old, Some(Node::File(_))), "{step:?}");
            }
            Act::Delete => match parent.entries.remove(name) {
                Some(Node::Folder(folder)) => assert!(folder.entries.is_empty(), "{step:?}"),
                Some(Node::File(_)) => {}
                other => panic!("{step:?} of {other:?}"),
            },
            Act::Keep | Act::Conflict | Act::Skip => {}
        }
    }
}

proptest! {
    #[test]
    fn a_plan_of_equal_trees_keeps_all(tree in any_tree()) {
        for step in plan(&tree, &tree, DELETES) {
            prop_assert_eq!(step.act, Act::Keep);
        }
    }

    #[test]
    fn a_plan_that_is_done_makes_the_trees_equal(source in any_tree(), mut target in any_tree()) {
        let steps = plan(&source, &target, DELETES);
        apply(&steps, &source, &mut target);
        let conflicts: Vec<_> = steps.iter().filter(|step| step.act == Act::Conflict).collect();
        if conflicts.is_empty() {
            prop_assert_eq!(listed(&target), listed(&source));
        }
        // What is left is what is in the way.
        for step in plan(&source, &target, DELETES) {
            prop_assert!(matches!(step.act, Act::Keep | Act::Conflict), "{:?}", step);
        }
    }

    #[test]
    fn without_a_wish_nothing_is_deleted(source in any_tree(), mut target in any_tree()) {
        let before: Vec<String> = listed(&target).iter().map(|line| line.split(' ').next().unwrap().into()).collect();
        apply(&plan(&source, &target, Rules::default()), &source, &mut target);
        let after: Vec<String> = listed(&target).iter().map(|line| line.split(' ').next().unwrap().into()).collect();
        prop_assert!(before.iter().all(|line| after.contains(line)));
    }
}
