//! One file over several sessions: it is faster where the speed of a connection is limited, and never put together of what does not
//! belong together.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use ftpclient::client::{Phase, Report, Standings, Verified};
use md5::Digest;

const SIZE: usize = 16 << 20;
/// Of each connection.
const SPEED: u32 = 1 << 20;

static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| content(0, SIZE));

/// What became of the job, and what was told of it.
struct Told {
    outcome: Result<()>,
    report: Option<Report>,
}

fn stage() -> Stage {
    let nature =
        Nature { latency: LATENCY, least: LATENCY, speed: SPEED, window: 1 << 18, ..Nature::default() };
    let mut stage = Stage::with(nature);
    stage.client.set_timeout(Some(Duration::from_secs(20)));
    stage.served.put("f0", &CONTENT);
    stage
}

fn request(stage: &Stage) -> GetRequest {
    let (remote, local) = (b"f0".to_vec(), stage.path("f0"));
    GetRequest { remote, local, segmented: true, ..GetRequest::default() }
}

fn fetch_by(stage: &mut Stage, pool: &Pool) -> (Result<()>, Vec<Told>) {
    let reactor = stage.client.reactor().clone();
    let mut told = Vec::new();
    let mut hook = |ended: Ended<'_>| {
        told.push(Told { outcome: ended.outcome.map(drop), report: ended.report });
        Ok(())
    };
    let outcome = reactor.block_on(stage.client.run_pool(pool, &mut hook));
    let last = told.iter().rev().find_map(|told| told.report);
    assert_eq!(stage.client.last_report(), last, "and not that of a range");
    (outcome, told)
}

fn fetch(stage: &mut Stage, sessions: usize, wanted: GetRequest) -> Told {
    let pool = Pool::new(sessions);
    pool.add(PoolWork::Get(wanted)).unwrap();
    let (_, mut told) = fetch_by(stage, &pool);
    assert_eq!(told.len(), 1);
    assert_eq!(pool.waiting(), 0);
    told.remove(0)
}

#[track_caller]
fn assert_is_whole(stage: &mut Stage, told: &Told) {
    assert!(told.outcome.is_ok(), "{:?}", told.outcome);
    assert!(
        std::fs::read(stage.path("f0")).unwrap() == stage.served.get("f0").unwrap(),
        "it is another file"
    );
    assert_eq!(std::fs::read_dir(stage.place.path()).unwrap().count(), 1, "and nothing else");
    stage.assert_in_step();
}

#[test]
fn a_file_comes_as_much_faster_as_there_are_sessions() {
    for sessions in [1, 2, 3, 4, 8] {
        let mut stage = stage();
        let begin = clock::now();
        let wanted = request(&stage);
        let told = fetch(&mut stage, sessions, wanted);
        assert_is_whole(&mut stage, &told);
        let took = clock::since(begin).as_secs_f64() * sessions as f64 / (SIZE as f64 / f64::from(SPEED));
        // Whoever is done early takes half of another's rest, until it is not worth it.
        assert!((0.95..1.5).contains(&took), "{sessions} sessions took {took} of the time that they need");
        assert_eq!(stage.served.most_open.get(), sessions);
        let report = told.report.unwrap();
        let more = report.bytes.unwrap() - SIZE as u64;
        assert!(more <= 40 * (64 << 10) * sessions as u64, "{more} bytes too many");
        assert_eq!((report.attempts, report.offset, report.resumed), (1, 0, false));
        assert_eq!(report.verified, Verified::Size);
    }
}

#[test]
fn a_small_file_or_one_of_unknown_size_is_fetched_by_one_session() {
    for (size, tells) in [(0, true), (1000, true), (4 << 20, true), ((4 << 20) - 1, true), (SIZE, false)] {
        let mut stage = stage();
        stage.served.put("f0", &CONTENT[..size]);
        if !tells {
            stage.served.refused.borrow_mut().push("SIZE f0".into());
        }
        let wanted = request(&stage);
        let told = fetch(&mut stage, 4, wanted);
        assert_is_whole(&mut stage, &told);
        assert_eq!(stage.served.heard("RETR") > 1, size == 4 << 20 && tells, "{size} {tells}");
    }
}

#[test]
fn where_the_server_cannot_go_on_in_the_middle_one_session_fetches_all() {
    for ignores in [false, true] {
        let mut stage = stage();
        stage.served.knows_rest.set(ignores);
        stage.served.ignores_rest.set(ignores);
        let wanted = request(&stage);
        let told = fetch(&mut stage, 4, wanted);
        assert_is_whole(&mut stage, &told);
        let bytes = told.report.unwrap().bytes.unwrap();
        assert!(ignores || bytes == SIZE as u64, "the first session has gone on to the end: {bytes}");
    }
}

/// A file of which a part looks like another one.
#[test]
fn a_server_that_ignores_rest_is_found_out_also_where_the_file_is_monotonous() {
    for same in [1 << 20, 9 << 20, SIZE - 1, SIZE] {
        let mut stage = stage();
        let mut content = vec![0; SIZE];
        content[same..].fill(1);
        stage.served.put("f0", &content);
        stage.served.ignores_rest.set(true);
        let wanted = request(&stage);
        let told = fetch(&mut stage, 4, wanted);
        assert_is_whole(&mut stage, &told);
    }
}

#[test]
fn two_versions_are_never_put_together() {
    for after in 0..6 {
        let mut stage = stage();
        stage.served.changes.set(Some(after));
        let wanted = request(&stage);
        let told = fetch(&mut stage, 3, wanted);
        assert_is_whole(&mut stage, &told);
    }
}

#[test]
fn a_session_that_ends_at_any_step_is_replaced() {
    for fate in [Fate::Dies, Fate::IsClosed, Fate::DiesAfter, Fate::Hangs] {
        for step in 0..36 {
            let mut stage = stage();
            stage.served.put("f0", &CONTENT[..9 << 19]);
            stage.served.fate.set(Some((step, fate)));
            let wanted = request(&stage);
            let told = fetch(&mut stage, 3, wanted);
            assert!(told.outcome.is_ok(), "{fate:?} {step}: {:?}", told.outcome);
            assert_is_whole(&mut stage, &told);
        }
    }
}

#[test]
fn a_data_connection_that_breaks_anywhere_is_no_loss() {
    for cut in [1, 1000, 65_536, 65_537, 100_000, 3 << 20, (4 << 20) + 5] {
        let mut stage = stage();
        stage.served.cut.set(Some(cut));
        let wanted = request(&stage);
        let told = fetch(&mut stage, 3, wanted);
        assert_is_whole(&mut stage, &told);
    }
}

#[test]
fn a_limit_of_the_server_is_kept_to() {
    for refusal in [Refusal::Greeting, Refusal::Login, Refusal::Reset, Refusal::Silence] {
        for most in [1, 2] {
            let mut stage = stage();
            stage.served.most.set(most);
            stage.served.refusal.set(refusal);
            let wanted = request(&stage);
            let told = fetch(&mut stage, 6, wanted);
            assert_is_whole(&mut stage, &told);
            assert_eq!(stage.served.most_open.get(), most, "{refusal:?}");
        }
    }
}

/// What comes of it when the server is lost for good after so many bytes, or the call is cancelled.
#[test]
fn what_was_fetched_up_to_the_first_gap_is_continued() {
    let mut stage = stage();
    let pool = Pool::new(3);
    pool.add(PoolWork::Get(GetRequest { resume: true, ..request(&stage) })).unwrap();
    let cancel = stage.client.reactor().clone();
    let mut seen = 0;
    stage.client.set_progress(Some(Box::new(move |progress| {
        seen = seen.max(progress.all.bytes);
        if seen > SIZE as u64 / 2 {
            cancel.wake().cancel();
        }
        Ok(())
    })));
    let (outcome, told) = fetch_by(&mut stage, &pool);
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    assert_eq!((told.len(), pool.waiting()), (0, 1), "the pool keeps the job");
    assert!(!stage.path("f0").exists());
    stage.client.set_progress(None);
    let (outcome, told) = fetch_by(&mut stage, &pool);
    outcome.unwrap();
    assert_is_whole(&mut stage, &told[0]);
    let report = told[0].report.unwrap();
    assert!(report.resumed && report.offset > 0 && report.bytes.unwrap() < SIZE as u64, "{report:?}");
}

#[test]
fn without_the_wish_to_go_on_nothing_is_left_behind() {
    let mut stage = stage();
    let pool = Pool::new(3);
    pool.add(PoolWork::Get(request(&stage))).unwrap();
    let cancel = stage.client.reactor().clone();
    stage.client.set_progress(Some(Box::new(move |progress| {
        if progress.all.bytes > 5 << 20 {
            cancel.wake().cancel();
        }
        Ok(())
    })));
    let (outcome, _) = fetch_by(&mut stage, &pool);
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    assert_eq!(std::fs::read_dir(stage.place.path()).unwrap().count(), 0);
}

#[test]
fn the_sum_of_the_progress_is_exact() {
    let mut stage = stage();
    let sums = Arc::new(Mutex::new(Vec::<Standings>::new()));
    let theirs = sums.clone();
    stage.client.set_progress(Some(Box::new(move |progress| {
        assert_eq!(progress.total, Some(SIZE as u64));
        theirs.lock().unwrap().push(progress.all);
        Ok(())
    })));
    let wanted = request(&stage);
    let told = fetch(&mut stage, 4, wanted);
    assert_is_whole(&mut stage, &told);
    let sums = sums.lock().unwrap();
    assert!(sums.windows(2).all(|pair| pair[0].bytes <= pair[1].bytes));
    assert_eq!(sums.last().unwrap().bytes, SIZE as u64);
}

/// Whatever has to be done twice: it ends once, and no byte counts twice.
#[test]
fn a_file_has_one_end() {
    type Trouble = fn(&Stage);
    let troubles: [Trouble; 6] = [
        |_| {},
        |stage| stage.served.knows_rest.set(false),
        |stage| stage.served.ignores_rest.set(true),
        |stage| stage.served.changes.set(Some(1)),
        |stage| stage.served.cut.set(Some(3 << 20)),
        |stage| stage.served.fate.set(Some((22, Fate::Dies))),
    ];
    for (at, trouble) in troubles.into_iter().enumerate() {
        let mut stage = stage();
        trouble(&stage);
        let progress = stage.listen();
        let wanted = request(&stage);
        let told = fetch(&mut stage, 4, wanted);
        assert_is_whole(&mut stage, &told);
        assert_eq!(*progress.lock().unwrap(), (1, SIZE as u64), "trouble {at}");
    }
    let mut stage = stage();
    *stage.served.hash.borrow_mut() = Some("ab".repeat(16));
    let progress = stage.listen();
    let wanted = GetRequest { verify: true, ..request(&stage) };
    fetch(&mut stage, 4, wanted).outcome.unwrap_err();
    assert_eq!(*progress.lock().unwrap(), (0, 0));
}

#[test]
fn what_is_refused_is_told_once() {
    let mut stage = stage();
    stage.served.refused.borrow_mut().push("RETR f0".into());
    let wanted = request(&stage);
    let told = fetch(&mut stage, 3, wanted);
    assert!(told.outcome.unwrap_err().to_string().contains("550 not this one"));
    let wanted = GetRequest { verify: true, ..request(&stage) };
    assert!(matches!(fetch(&mut stage, 3, wanted).outcome, Err(Error::Unsupported(_))));
    let wanted = GetRequest { in_place: true, ..request(&stage) };
    assert!(matches!(fetch(&mut stage, 3, wanted).outcome, Err(Error::InvalidArgument(_))));
    assert_eq!(std::fs::read_dir(stage.place.path()).unwrap().count(), 0);
}

/// All that came counts, in whichever session: the one that met the end may have moved nothing of it.
#[test]
fn what_has_come_of_a_file_that_fails_is_told() {
    let mut stage = stage();
    let pool = Pool::new(3);
    pool.add(PoolWork::Get(request(&stage))).unwrap();
    let target = stage.path("f0");
    let is_begun = AtomicBool::new(false);
    // A directory in the way of the name: all comes, and cannot be kept.
    stage.client.set_progress(Some(Box::new(move |progress| {
        if progress.bytes > 0 && !is_begun.swap(true, Ordering::Relaxed) {
            std::fs::create_dir(&target).unwrap();
        }
        Ok(())
    })));
    let (outcome, told) = fetch_by(&mut stage, &pool);
    assert!(matches!(outcome, Err(Error::Partial(_))), "{outcome:?}");
    assert!(matches!(told[0].outcome, Err(Error::File { .. })), "{:?}", told[0].outcome);
    let report = told[0].report.unwrap();
    assert!(report.bytes.unwrap() >= SIZE as u64, "{report:?}");
    assert_eq!((report.verified, report.offset), (Verified::Nothing, 0));
    assert!(report.ended.is_some());
}

#[test]
fn other_jobs_go_before_a_second_session_for_one_file() {
    let mut stage = stage();
    let pool = Pool::new(3);
    pool.add(PoolWork::Get(request(&stage))).unwrap();
    for at in 1..8 {
        let name = format!("f{at}");
        stage.served.put(&name, &content(at, 100_000));
        let (remote, local) = (name.clone().into_bytes(), stage.path(&name));
        pool.add(PoolWork::Get(GetRequest { remote, local, segmented: true, ..GetRequest::default() }))
            .unwrap();
    }
    let (outcome, told) = fetch_by(&mut stage, &pool);
    outcome.unwrap();
    assert_eq!(told.len(), 8);
    for at in 0..8 {
        let name = format!("f{at}");
        assert!(std::fs::read(stage.path(&name)).unwrap() == stage.served.get(&name).unwrap(), "{name}");
    }
    let lines = stage.served.lines.borrow();
    let fetched: Vec<_> = lines.iter().filter(|line| line.starts_with("RETR")).collect();
    let (first, last) = fetched.split_at(8);
    assert_eq!(first.iter().filter(|line| **line == "RETR f0").count(), 1, "{fetched:?}");
    assert!(!last.is_empty() && last.iter().all(|line| *line == "RETR f0"), "{fetched:?}");
}

#[test]
fn a_helper_that_is_refused_for_now_is_no_loss() {
    let mut stage = stage();
    stage.served.sends_once.set(true);
    let wanted = request(&stage);
    let told = fetch(&mut stage, 3, wanted);
    assert_is_whole(&mut stage, &told);
    assert_eq!(told.report.unwrap().bytes, Some(SIZE as u64));
}

#[test]
fn a_hash_that_is_another_lets_one_session_try_and_then_fails() {
    let right: String =
        md5::Md5::digest(CONTENT.as_slice()).iter().map(|byte| format!("{byte:02x}")).collect();
    for (hash, is_right) in [(right, true), ("0".repeat(32), false)] {
        for resume in [false, true] {
            let mut stage = stage();
            *stage.served.hash.borrow_mut() = Some(hash.clone());
            let wanted = GetRequest { verify: true, resume, ..request(&stage) };
            let told = fetch(&mut stage, 3, wanted);
            if is_right {
                assert_is_whole(&mut stage, &told);
                assert_eq!(told.report.unwrap().verified, Verified::Hash);
                continue;
            }
            assert!(matches!(told.outcome, Err(Error::Integrity(_))), "{:?}", told.outcome);
            assert_eq!(std::fs::read_dir(stage.place.path()).unwrap().count(), 0, "{resume}");
        }
    }
}

#[test]
fn what_is_stopped_while_the_hash_is_waited_for_is_not_fetched_again() {
    let mut stage = stage();
    // It is never told.
    *stage.served.hash.borrow_mut() = Some(String::new());
    let pool = Pool::new(3);
    pool.add(PoolWork::Get(GetRequest { verify: true, resume: true, ..request(&stage) })).unwrap();
    stage.client.set_timeout(None);
    stage.client.set_phase_timeout(Phase::Total, Some(Duration::from_secs(60)));
    let (outcome, _) = fetch_by(&mut stage, &pool);
    assert!(matches!(outcome, Err(Error::Timeout { phase: Phase::Total, .. })), "{outcome:?}");
    assert!(!stage.path("f0").exists());
    stage.client.set_phase_timeout(Phase::Total, None);
    let right = md5::Md5::digest(CONTENT.as_slice()).iter().map(|byte| format!("{byte:02x}")).collect();
    *stage.served.hash.borrow_mut() = Some(right);
    let (outcome, told) = fetch_by(&mut stage, &pool);
    outcome.unwrap();
    assert_is_whole(&mut stage, &told[0]);
    let report = told[0].report.unwrap();
    assert_eq!((report.bytes, report.verified), (Some(0), Verified::Hash));
}
