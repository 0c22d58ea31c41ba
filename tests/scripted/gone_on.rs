//! What is told of a file that went on in the middle: whose bytes it went on from, and what was fetched to compare.

use ftpclient::client::{GetRequest, PutRequest, Report, Retries, Verified};
use support::site::{Habits, Site, write_older};
use tempfile::TempDir;

use super::*;

const SIZE: usize = 200_000;
/// So much that it takes a server several steps, however much it takes at once.
const UPLOAD: usize = 1_000_000;
/// What an earlier call has left of the file.
const LEFT: usize = 150_000;
/// So many bytes are fetched again.
const AGAIN: usize = 65_536;
/// SIZE, TYPE, MDTM, PASV, RETR, and the pieces of 30,000 bytes that make up what is left.
const PART_CAME: usize = 10;
/// Two pieces more: all has come, and the final reply has not.
const ALL_CAME: usize = 12;

/// A server, a client that is logged in there, and a place for the file.
struct Stage {
    /// The server waits for its end.
    client: Client,
    site: Site,
    directory: TempDir,
}

impl Stage {
    fn new(habits: Habits) -> Stage {
        let site = Site::start(habits);
        let client = logged_in(&site.server);
        Stage { client, site, directory: tempfile::tempdir().unwrap() }
    }

    /// The file is on the server.
    fn to_get(habits: Habits) -> Stage {
        let stage = Stage::new(habits);
        stage.site.put("f", &pattern(SIZE));
        stage
    }

    /// The file is here.
    fn to_put(habits: Habits) -> Stage {
        let stage = Stage::new(habits);
        write_older(&stage.directory.path().join("here"), &pattern(UPLOAD));
        stage
    }

    /// A call before this one has left so much, as this step was its last.
    fn with_left(habits: Habits, step: usize) -> Stage {
        let mut stage = Stage::to_get(habits);
        stage.site.die_at(step);
        stage.get(true).unwrap_err();
        stage.client.run(async |client| client.reconnect().await).unwrap();
        stage.site.live();
        stage
    }

    fn try_again_once(&mut self) {
        self.client.set_retries(Retries { count: 1, first_wait: Duration::from_millis(1) });
    }

    fn get(&mut self, resume: bool) -> Result<()> {
        let local = self.directory.path().join("here");
        let wanted = GetRequest { remote: b"/f".to_vec(), local, resume, ..GetRequest::default() };
        self.client.run(async |client| client.get(&wanted).await)
    }

    fn put(&mut self, resume: bool) -> Result<()> {
        let local = self.directory.path().join("here");
        let wanted = PutRequest { remote: b"/f".to_vec(), local, resume, ..PutRequest::default() };
        self.client.run(async |client| client.put(&wanted).await)
    }

    fn report(&self) -> Report {
        self.client.last_report().unwrap()
    }
}

/// Lets the server die at each step in turn, until there is no such step. Returns how often the file went on in the middle.
fn at_each_step(new: impl Fn() -> Stage, mut check: impl FnMut(&mut Stage, usize)) -> usize {
    let mut gone_on = 0;
    for step in 0..100 {
        let mut stage = new();
        stage.try_again_once();
        stage.site.die_at(step);
        check(&mut stage, step);
        if !stage.site.has_died() {
            return gone_on;
        }
        assert_eq!(stage.report().attempts, 2, "step {step}");
        gone_on += usize::from(stage.report().offset > 0);
    }
    panic!("there is no end of steps");
}

#[test]
fn another_attempt_that_goes_on_has_resumed_nothing_of_an_earlier_call() {
    for resume in [false, true] {
        let gone_on = at_each_step(
            || Stage::to_get(Habits::default()),
            |stage, step| {
                stage.get(resume).unwrap();
                assert!(!stage.report().resumed, "step {step}: {:?}", stage.report());
            },
        );
        assert!(gone_on > 3, "{gone_on}");
        let gone_on = at_each_step(
            || Stage::to_put(Habits::default()),
            |stage, step| {
                stage.put(resume).unwrap();
                assert!(!stage.report().resumed, "step {step}: {:?}", stage.report());
            },
        );
        assert!(gone_on > 3, "{gone_on}");
    }
}

#[test]
fn what_an_earlier_call_has_left_is_resumed_by_whichever_attempt() {
    let gone_on = at_each_step(
        || Stage::with_left(Habits::default(), PART_CAME),
        |stage, step| {
            stage.get(true).unwrap();
            // What ends while it is compared looks like another file, and is fetched anew.
            let report = stage.report();
            assert_eq!(report.resumed, report.offset > 0, "step {step}: {report:?}");
        },
    );
    assert!(gone_on > 5, "{gone_on}");
    let left = || {
        let stage = Stage::to_put(Habits::default());
        stage.site.put("f", &pattern(SIZE)[..LEFT]);
        stage
    };
    let gone_on = at_each_step(left, |stage, step| {
        stage.put(true).unwrap();
        let report = stage.report();
        assert_eq!(report.resumed, report.offset > 0, "step {step}: {report:?}");
    });
    assert!(gone_on > 5, "{gone_on}");
}

#[test]
fn a_call_that_fails_tells_as_well_what_it_has_gone_on_from() {
    let mut stage = Stage::with_left(Habits::default(), PART_CAME);
    // SIZE, TYPE, MDTM, PASV, REST, RETR, and a piece.
    stage.site.die_at(7);
    stage.get(true).unwrap_err();
    let report = stage.report();
    assert_eq!((report.resumed, report.offset), (true, (LEFT - AGAIN) as u64));
    assert_eq!(report.verified, Verified::Nothing);

    let mut stage = Stage::to_put(Habits { is_readable: false, ..Habits::default() });
    stage.site.put("f", &pattern(SIZE)[..LEFT]);
    let mut told = None;
    for step in 0.. {
        stage.site.put("f", &pattern(SIZE)[..LEFT]);
        stage.site.die_at(step);
        if stage.put(true).is_ok() {
            break;
        }
        let report = stage.client.last_report().filter(|report| report.bytes > Some(0));
        told = told.or(report.map(|report| (report.resumed, report.offset, report.verified)));
        stage.client.run(async |client| client.reconnect().await).unwrap();
        stage.site.live();
    }
    assert_eq!(told, Some((true, LEFT as u64, Verified::Nothing)));
}

#[test]
fn what_was_here_already_is_known_by_what_was_fetched_again() {
    for announces_rest in [false, true] {
        for retried in [false, true] {
            let habits = Habits { announces_rest, ..Habits::default() };
            let mut stage = if retried { Stage::to_get(habits) } else { Stage::with_left(habits, ALL_CAME) };
            if retried {
                stage.try_again_once();
                stage.site.die_at(ALL_CAME);
            }
            stage.get(true).unwrap();
            let report = stage.report();
            let told = (report.bytes, report.offset, report.verified, report.resumed);
            let expected = (Some(AGAIN as u64), (SIZE - AGAIN) as u64, Verified::Compared, !retried);
            assert_eq!(told, expected, "{announces_rest} {retried}");
        }
        // What has come since is known by its size.
        let mut stage = Stage::with_left(Habits { announces_rest, ..Habits::default() }, PART_CAME);
        stage.get(true).unwrap();
        assert_eq!(stage.report().verified, Verified::Size);
    }
}
