//! Mirrors with several sessions do what they do with one.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use ftpclient::client::{Act, MirrorAction, MirrorRequest, Standings};
use ftpclient::protocol::verb::Direction;
use ftpclient::protocol::verb::Direction::{FromServer, ToServer};

use super::*;

/// What was told of an action.
pub(super) type Told = (Act, String, Option<String>, usize);

pub(super) type Tree = BTreeMap<String, Option<Vec<u8>>>;

fn source() -> Tree {
    let mut tree = Tree::new();
    for directory in ["a", "a/b", "c", "empty"] {
        tree.insert(directory.into(), None);
    }
    for (at, directory) in ["", "a/", "a/b/", "c/"].into_iter().enumerate() {
        for file in 0..4 {
            tree.insert(format!("{directory}f{file}"), Some(content(at * 4 + file, 3000 + 100 * file)));
        }
    }
    tree
}

fn target() -> Tree {
    let mut tree = Tree::new();
    for directory in ["a", "extra", "extra/more"] {
        tree.insert(directory.into(), None);
    }
    for file in ["f1", "a/f2", "a/gone", "extra/x", "extra/more/y"] {
        tree.insert(file.into(), Some(content(99, 50)));
    }
    tree
}

fn read(root: &Path, below: &str, tree: &mut Tree) {
    for entry in fs::read_dir(root.join(below)).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.file_type().unwrap().is_dir() {
            tree.insert(path.clone(), None);
            read(root, &path, tree);
        } else {
            tree.insert(path, Some(fs::read(entry.path()).unwrap()));
        }
    }
}

impl Stage {
    /// Both trees, one of them here.
    pub(super) fn trees(direction: Direction) -> Stage {
        let stage = Stage::new();
        let (here, there) = if direction == FromServer { (target(), source()) } else { (source(), target()) };
        for (path, content) in here {
            match content {
                None => fs::create_dir(stage.path(&path)).unwrap(),
                Some(content) => fs::write(stage.path(&path), content).unwrap(),
            }
        }
        for (path, content) in there {
            match content {
                None => drop(stage.served.directories.borrow_mut().insert(path)),
                Some(content) => stage.served.put(&path, &content),
            }
        }
        stage
    }

    /// The tree that was to be changed, as it is now.
    pub(super) fn result(&self, direction: Direction) -> Tree {
        let mut tree = Tree::new();
        if direction == FromServer {
            read(self.place.path(), "", &mut tree);
        } else {
            tree.extend(self.served.directories.borrow().iter().map(|name| (name.clone(), None)));
            let files = self.served.files.borrow();
            tree.extend(files.iter().map(|(name, content)| (name.clone(), Some(content.clone()))));
        }
        tree
    }

    pub(super) fn wanted(&self, sessions: usize) -> MirrorRequest {
        MirrorRequest {
            local: self.place.path().to_owned(),
            deletes: true,
            sessions,
            ..MirrorRequest::default()
        }
    }

    /// `stop`: so many actions are taken, and the next one stops the call.
    pub(super) fn mirror(
        &mut self,
        direction: Direction,
        wanted: &MirrorRequest,
        stop: usize,
    ) -> (Vec<Told>, Result<()>) {
        let mut told = Vec::new();
        let mut action = |action: &MirrorAction<'_>| {
            let path = String::from_utf8(action.path.to_vec()).unwrap();
            told.push((action.act, path, action.outcome.err().map(ToString::to_string), action.number));
            if told.len() > stop { Err(7) } else { Ok(()) }
        };
        let reactor = self.client.reactor().clone();
        let outcome = reactor.block_on(self.client.mirror(direction, wanted, None, &mut action));
        (told, outcome)
    }

    /// The same call once more, with a new session if the old one was closed: then all is well.
    pub(super) fn go_on(&mut self, direction: Direction, what: &str) {
        if !self.client.is_connected() {
            self.client.block_on(async |client| client.reconnect().await).unwrap();
        }
        self.mirror_all(direction, 3).1.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(self.result(direction), source(), "{what}");
    }

    pub(super) fn mirror_all(&mut self, direction: Direction, sessions: usize) -> (Vec<Told>, Result<()>) {
        let wanted = self.wanted(sessions);
        self.mirror(direction, &wanted, usize::MAX)
    }
}

#[test]
fn the_plan_its_order_and_what_comes_of_it_are_the_same_with_any_number_of_sessions() {
    for direction in [FromServer, ToServer] {
        let (expected, report) = {
            let mut alone = Stage::trees(direction);
            let (told, outcome) = alone.mirror_all(direction, 1);
            outcome.unwrap();
            assert_eq!(alone.result(direction), source(), "{direction:?}");
            assert_eq!(alone.served.accepted.get(), 1);
            (told, alone.client.last_mirror())
        };
        for sessions in [0, 2, 3, 8, 100] {
            let mut stage = Stage::trees(direction);
            let dry = MirrorRequest { dry_run: true, ..stage.wanted(sessions) };
            let (told, outcome) = stage.mirror(direction, &dry, usize::MAX);
            outcome.unwrap();
            assert_eq!(told, expected, "{direction:?}, {sessions}");
            assert_eq!(stage.result(direction), target(), "{direction:?}, {sessions}");

            stage.served.slowness.set(Duration::from_millis(300));
            let (told, outcome) = stage.mirror_all(direction, sessions);
            outcome.unwrap();
            assert_eq!(told, expected, "{direction:?}, {sessions}");
            assert_eq!(stage.client.last_mirror(), report, "{direction:?}, {sessions}");
            assert_eq!(stage.result(direction), source(), "{direction:?}, {sessions}");
            let files = source().values().flatten().count();
            assert_eq!(stage.served.most_open.get(), sessions.clamp(1, files), "{direction:?}, {sessions}");
            assert_eq!(stage.served.open.get(), 1);

            if direction == ToServer {
                // Its listing has one day for all, which is older than the files here.
                continue;
            }
            let (told, outcome) = stage.mirror_all(direction, sessions);
            outcome.unwrap();
            assert!(told.iter().all(|(act, ..)| *act == Act::Keep), "{direction:?}, {sessions}: {told:?}");
        }
    }
}

#[test]
fn a_session_that_ends_at_any_step_changes_nothing_but_who_does_it() {
    for direction in [FromServer, ToServer] {
        let expected = Stage::trees(direction).mirror_all(direction, 1).0;
        let fates = [Fate::Dies, Fate::IsClosed, Fate::DiesAfter];
        for (step, fate) in (0..140).step_by(7).zip(fates.into_iter().cycle()) {
            let what = format!("{direction:?}, {fate:?} after {step}");
            let mut stage = Stage::trees(direction);
            stage.client.set_retries(Retries { count: 2, first_wait: Duration::from_millis(100) });
            stage.served.fate.set(Some((step, fate)));
            let (told, outcome) = stage.mirror_all(direction, 3);
            outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(told, expected, "{what}");
            assert_eq!(stage.result(direction), source(), "{what}");
        }
    }
}

#[test]
fn a_file_whose_session_is_lost_is_tried_once_more_without_retries() {
    for direction in [FromServer, ToServer] {
        // Its number among the commands, when all files are still to be moved.
        for step in [60, 70, 80] {
            let mut stage = Stage::trees(direction);
            stage.served.fate.set(Some((step, Fate::Dies)));
            stage.mirror_all(direction, 3).1.unwrap();
            assert_eq!(stage.result(direction), source(), "{direction:?}");
        }
    }
}

#[test]
fn the_sum_of_the_progress_is_that_of_all_files() {
    for (direction, sessions) in [(FromServer, 1), (FromServer, 3), (ToServer, 3)] {
        let mut stage = Stage::trees(direction);
        let last = Arc::new(Mutex::new(Standings::default()));
        let told = last.clone();
        stage.client.set_progress(Some(Box::new(move |progress| {
            *told.lock().unwrap() = progress.all;
            Ok(())
        })));
        stage.mirror_all(direction, sessions).1.unwrap();
        let size = source().values().flatten().map(Vec::len).sum::<usize>() as u64;
        let Standings { bytes, total, .. } = *last.lock().unwrap();
        assert_eq!((bytes, total), (size, Some(size)), "{direction:?}, {sessions}");
    }
}

#[test]
fn an_entry_that_fails_is_told_and_all_others_are_done() {
    for sessions in [1, 4] {
        let mut stage = Stage::trees(ToServer);
        stage.served.refused.replace(vec!["STOR a/f3".into(), "MKD c".into()]);
        let (told, outcome) = stage.mirror_all(ToServer, sessions);
        assert!(matches!(outcome, Err(Error::Partial(_))), "{sessions}: {outcome:?}");
        let failed: Vec<_> = told.iter().filter(|told| told.2.is_some()).map(|told| &*told.1).collect();
        assert_eq!(failed[..2], ["a/f3", "c"], "{sessions}");
        assert_eq!(stage.result(ToServer).get("a/b/f3"), source().get("a/b/f3"), "{sessions}");
        assert_eq!(stage.result(ToServer).get("extra"), None, "{sessions}: deletions come all the same");
        let report = stage.client.last_mirror().unwrap();
        assert_eq!(report.failed, failed.len() as u64, "{sessions}");
    }
}

#[test]
fn a_server_that_lets_no_more_in_is_mirrored_with_those_that_it_has() {
    for direction in [FromServer, ToServer] {
        for most in [1, 2] {
            let mut stage = Stage::trees(direction);
            stage.served.most.set(most);
            let (_, outcome) = stage.mirror_all(direction, 8);
            outcome.unwrap();
            assert_eq!(stage.result(direction), source(), "{direction:?} {most}");
            // A pool knows it then, until the program connects anew.
            for is_known in [true, false] {
                let before = stage.served.accepted.get();
                if !is_known {
                    let address = stage.served.address();
                    let again = stage.client.block_on(async |client| {
                        // Otherwise the new connection may come there before the end of the old one.
                        client.quit().await?;
                        client.connect(&address.ip().to_string(), address.port()).await?;
                        client.login("u", "p", "").await
                    });
                    again.unwrap();
                }
                stage.served.slowness.set(Duration::from_secs(1));
                stage.told.clear();
                let pool = Pool::new(8);
                stage.downloads(&pool, 8, 1000);
                stage.run(&pool).unwrap();
                stage.assert_all_went_well(8);
                let asked = stage.served.accepted.get() - before;
                assert_eq!(asked == most - 1, is_known, "{direction:?} {most}: {asked}");
            }
        }
    }
}

#[test]
fn a_cancel_ends_all_and_the_next_call_goes_on() {
    for direction in [FromServer, ToServer] {
        let expected = Stage::trees(direction).mirror_all(direction, 1).0;
        for step in (0..240).step_by(16) {
            let what = format!("{direction:?}, {step}");
            let mut stage = Stage::trees(direction);
            stage.served.slowness.set(Duration::from_millis(50));
            let wake = stage.client.reactor().wake().clone();
            let left = Arc::new(AtomicUsize::new(step));
            stage.client.audit_mut().hook = Some(Box::new(move |_, _, _| {
                if left.fetch_sub(1, Ordering::Relaxed) == 0 {
                    wake.cancel();
                }
                true
            }));
            let (told, outcome) = stage.mirror_all(direction, 3);
            stage.client.audit_mut().hook = None;
            if outcome.is_ok() {
                assert_eq!(told, expected, "{what}");
                continue;
            }
            assert!(matches!(outcome, Err(Error::Cancelled(_))), "{what}: {outcome:?}");
            let is_part = told.iter().all(|one| expected.contains(one));
            assert!(is_part && told.is_sorted_by_key(|one| one.3), "{what}: {told:?}");
            for (path, content) in stage.result(direction) {
                let is_whole = [source(), target()].iter().any(|tree| tree.get(&path) == Some(&content));
                // An upload that was cut is what the server makes of it.
                assert!(is_whole || direction == ToServer, "{what}: {path}");
            }
            stage.go_on(direction, &what);
        }
    }
}

/// A progress callback that stops one of the sessions has stopped all of them. Nothing is deleted after that.
#[test]
fn a_progress_callback_stops_the_whole_call() {
    for direction in [FromServer, ToServer] {
        for sessions in [1, 2, 3, 8] {
            // Of a file that comes at once, the last call is the only one.
            for (stop, slowness) in (0..12).step_by(3).flat_map(|stop| [(stop, 200), (stop, 0)]) {
                let what = format!("{direction:?}, {sessions} sessions, {stop}, {slowness} ms");
                let mut stage = Stage::trees(direction);
                stage.served.slowness.set(Duration::from_millis(slowness));
                let mut left = stop;
                let ended = Arc::new(AtomicUsize::new(0));
                let count = ended.clone();
                stage.client.set_progress(Some(Box::new(move |progress| {
                    left -= i32::from(progress.has_ended);
                    count.fetch_add((progress.has_ended && !progress.is_listing).into(), Ordering::Relaxed);
                    if left < 0 && (progress.has_ended || slowness > 0) { Err(7) } else { Ok(()) }
                })));
                let (told, outcome) = stage.mirror_all(direction, sessions);
                assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{what}: {outcome:?}");
                // Each session may have come to the end of the file that it was at.
                let most = usize::try_from(stop).unwrap() + sessions;
                assert!(ended.load(Ordering::Relaxed) <= most, "{what}: {ended:?} files have ended");
                assert!(
                    told.iter().all(|(act, _, failure, _)| *act != Act::Delete && failure.is_none()),
                    "{told:?}"
                );
                let result = stage.result(direction);
                for extra in ["a/gone", "extra/x", "extra/more/y"] {
                    assert!(result.contains_key(extra), "{what}: {extra} is gone");
                }
                stage.client.set_progress(None);
                stage.go_on(direction, &what);
            }
        }
    }
}

#[test]
fn nobody_is_told_after_a_stop() {
    for direction in [FromServer, ToServer] {
        for stop in (0..25).step_by(3) {
            let mut stage = Stage::trees(direction);
            stage.served.slowness.set(Duration::from_millis(50));
            let wanted = stage.wanted(3);
            let (told, outcome) = stage.mirror(direction, &wanted, stop);
            assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{stop}: {outcome:?}");
            assert_eq!(told.len(), stop + 1);
            stage.go_on(direction, &format!("{direction:?}, {stop}"));
        }
    }
}

#[test]
fn names_that_are_the_same_to_the_server_do_not_meet() {
    for sessions in [1, 2, 8] {
        let mut stage = Stage::new();
        stage.served.folds_case.set(true);
        stage.served.slowness.set(Duration::from_millis(50));
        for (at, name) in ["x1", "README", "readme", "x2", "Readme"].into_iter().enumerate() {
            fs::write(stage.path(name), content(at, 500)).unwrap();
        }
        let (told, outcome) = stage.mirror_all(ToServer, sessions);
        assert!(matches!(outcome, Err(Error::Partial(_))), "{sessions}: {outcome:?}");
        let acts: Vec<_> = told.iter().map(|(act, path, ..)| (*act, &**path)).collect();
        let expected = [
            (Act::Add, "README"),
            (Act::Conflict, "Readme"),
            (Act::Conflict, "readme"),
            (Act::Add, "x1"),
            (Act::Add, "x2"),
        ];
        assert_eq!(acts, expected, "{sessions}");
        assert_eq!(stage.served.get("README"), Some(content(1, 500)), "{sessions}");
        assert_eq!(stage.served.files.borrow().len(), 3);
    }
}
