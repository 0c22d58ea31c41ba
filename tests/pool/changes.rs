//! What a mirror makes and removes on the server goes there together. It comes to what the same steps do one by one.

use std::fs;

use ftpclient::client::{Act, MirrorReport, MirrorRequest};
use ftpclient::protocol::verb::Direction::ToServer;

use super::mirrors::{Told, Tree};
use super::*;

/// So many directories, and files in each of them, which the source does not have.
const DIRECTORIES: usize = 12;
const FILES: usize = 9;
const REMOVALS: usize = DIRECTORIES * (FILES + 1);
/// The most that are sent before the user is told of the first.
const TOGETHER: usize = 64;

fn extra() -> Tree {
    let mut tree = Tree::new();
    for directory in 0..DIRECTORIES {
        // One in another, and one beside it.
        let directory =
            if directory % 2 == 0 { format!("d{directory}") } else { format!("d{}/in", directory - 1) };
        tree.extend((0..FILES).map(|at| (format!("{directory}/f{at}"), Some(content(at, 20)))));
        tree.insert(directory, None);
    }
    tree
}

/// A server with all of that, and one file that stays.
fn stage() -> Stage {
    let stage = Stage::new();
    for (path, content) in extra() {
        match content {
            None => drop(stage.served.directories.borrow_mut().insert(path)),
            Some(content) => stage.served.put(&path, &content),
        }
    }
    stage.served.put("kept", &content(1, 100));
    fs::write(stage.path("kept"), content(1, 100)).unwrap();
    // The server sets no times: what is older here is kept.
    let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::options().append(true).open(stage.path("kept")).unwrap().set_modified(long_ago).unwrap();
    stage
}

fn kept() -> Tree {
    Tree::from([("kept".to_owned(), Some(content(1, 100)))])
}

/// What is told, what is in the report, and what is left.
type Outcome = (Vec<Told>, Option<MirrorReport>, Tree);

fn outcome_of(mut stage: Stage, sessions: usize) -> Outcome {
    let (told, _) = stage.mirror_all(ToServer, sessions);
    stage.assert_in_step();
    (told, stage.client.last_mirror(), stage.result(ToServer))
}

fn in_turn() -> Stage {
    let stage = stage();
    stage.served.is_black_listed.set(true);
    // The session of the stage has had its greeting.
    let mut stage = stage;
    stage.client.block_on(async |client| client.reconnect().await).unwrap();
    stage
}

#[test]
fn many_removals_take_few_round_trips() {
    let time = |mut stage: Stage| {
        let begin = clock::now();
        let (told, outcome) = stage.mirror_all(ToServer, 1);
        outcome.unwrap();
        assert_eq!(told.len(), REMOVALS + 1);
        assert_eq!(stage.result(ToServer), kept());
        clock::since(begin)
    };
    let (together, in_turn) = (time(stage()), time(in_turn()));
    // One way takes up to LATENCY, so a round trip takes as long on average.
    let saved = (in_turn - together).as_secs_f64() / LATENCY.as_secs_f64();
    assert!(saved > 0.9 * REMOVALS as f64, "{saved} round trips of {REMOVALS}: {together:?} and {in_turn:?}");
}

#[test]
fn directories_that_are_made_one_after_the_other_go_together() {
    for sessions in [1, 3] {
        let time = |is_black_listed: bool| {
            let mut stage = Stage::new();
            stage.served.is_black_listed.set(is_black_listed);
            stage.client.block_on(async |client| client.reconnect().await).unwrap();
            let mut path = stage.place.path().to_owned();
            for depth in 0..30 {
                path.push(format!("d{depth}"));
                fs::create_dir(&path).unwrap();
            }
            // One is there already, and no listing shows it: that is as good.
            let hidden = (0..20).map(|depth| format!("d{depth}")).collect::<Vec<_>>().join("/");
            stage.served.directories.borrow_mut().insert(hidden);
            let wanted = MirrorRequest { deletes: false, ..stage.wanted(sessions) };
            let begin = clock::now();
            let (told, outcome) = stage.mirror(ToServer, &wanted, usize::MAX);
            outcome.unwrap();
            assert_eq!(told.len(), 30);
            assert_eq!(stage.result(ToServer).len(), 30);
            clock::since(begin)
        };
        let (together, in_turn) = (time(false), time(true));
        // One way takes up to LATENCY, so a round trip takes as long on average.
        let saved = (in_turn - together).as_secs_f64() / LATENCY.as_secs_f64();
        assert!(saved > 25.0, "{saved} round trips of 30: {together:?} and {in_turn:?}");
    }
}

/// One refusal after the other, and several: each is told with its own step.
#[test]
fn refusals_come_to_what_they_do_one_by_one() {
    let lines: Vec<String> = extra()
        .into_iter()
        .map(|(path, content)| format!("{} {path}", if content.is_some() { "DELE" } else { "RMD" }))
        .collect();
    let sets = (0..lines.len()).step_by(7).map(|at| vec![lines[at].clone()]);
    let sets = sets.chain((2..9).map(|step| lines.iter().step_by(step).cloned().collect()));
    for refused in sets {
        for sessions in [1, 3] {
            let with = |stage: Stage| {
                stage.served.refused.borrow_mut().clone_from(&refused);
                outcome_of(stage, sessions)
            };
            let (together, in_turn) = (with(stage()), with(in_turn()));
            assert_eq!(together, in_turn, "{refused:?}");
            let failed = together.0.iter().filter(|told| told.2.is_some()).count();
            assert!(failed >= refused.len(), "{refused:?}");
        }
    }
}

/// What was removed in a session that was lost is not missed in the next one.
#[test]
fn a_session_that_ends_at_any_step_changes_nothing_but_who_does_it() {
    let expected = outcome_of(stage(), 1);
    assert!(expected.0.iter().all(|told| told.2.is_none()), "{expected:?}");
    for fate in [Fate::Dies, Fate::IsClosed, Fate::DiesAfter, Fate::Hangs] {
        for step in (0..REMOVALS + 60).step_by(3) {
            for sessions in [1, 3] {
                let mut stage = stage();
                stage.client.set_timeout(Some(Duration::from_secs(20)));
                stage.client.set_retries(Retries { count: 2, first_wait: Duration::from_millis(100) });
                stage.served.fate.set(Some((step, fate)));
                assert_eq!(outcome_of(stage, sessions), expected, "{fate:?} at {step}, {sessions}");
            }
        }
    }
}

#[test]
fn without_retries_a_lost_session_ends_it_and_all_that_is_known_is_told() {
    for fate in [Fate::Dies, Fate::IsClosed, Fate::DiesAfter] {
        for step in (20..REMOVALS).step_by(5) {
            let mut stage = stage();
            stage.served.fate.set(Some((step, fate)));
            let (told, outcome) = stage.mirror_all(ToServer, 1);
            assert!(outcome.is_err(), "{fate:?} at {step}");
            assert!(!stage.client.is_connected());
            for (act, path, failure, _) in &told {
                let is_there = stage.result(ToServer).contains_key(path);
                assert_eq!(
                    (*act == Act::Keep, failure.as_deref()),
                    (is_there, None),
                    "{fate:?} at {step}: {path}"
                );
            }
            stage.client.block_on(async |client| client.reconnect().await).unwrap();
            stage.mirror_all(ToServer, 1).1.unwrap();
            assert_eq!(stage.result(ToServer), kept(), "{fate:?} at {step}");
        }
    }
}

#[test]
fn a_stop_comes_before_many_are_removed() {
    for stop in [0, 1, 5, 63, 64, 65, 100] {
        let mut stage = stage();
        let wanted = stage.wanted(1);
        let (told, outcome) = stage.mirror(ToServer, &wanted, stop);
        assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{stop}: {outcome:?}");
        assert_eq!(told.len(), stop + 1);
        let removed = stage.served.heard("DELE") + stage.served.heard("RMD");
        assert!(removed <= stop + TOGETHER, "{removed} after {stop}");
        stage.mirror_all(ToServer, 1).1.unwrap();
        assert_eq!(stage.result(ToServer), kept(), "{stop}");
    }
}
