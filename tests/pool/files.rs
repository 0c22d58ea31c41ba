//! What the jobs come to.

use ftpclient::client::Report;

use super::*;
use ftpclient::client::{Done, ListRequest, LogKind, Standings};

#[test]
fn each_kind_of_job_comes_to_what_its_call_does() {
    let mut stage = Stage::new();
    stage.served.put("a", b"content of a");
    stage.served.put("c", b"x");
    std::fs::write(stage.path("b"), b"content of b").unwrap();
    let pool = Pool::new(3);
    let add = |work| pool.add(work).unwrap();
    let local = |name: &str| stage.path(name);
    add(PoolWork::Get(GetRequest { remote: b"a".to_vec(), local: local("a"), ..GetRequest::default() }));
    add(PoolWork::Put(PutRequest { remote: b"b".to_vec(), local: local("b"), ..PutRequest::default() }));
    add(PoolWork::Remove(b"c".to_vec()));
    add(PoolWork::List(ListRequest::default()));
    add(PoolWork::Command(Command::parse(b"SITE HELLO").unwrap()));
    add(PoolWork::Command(Command::parse(b"BAD").unwrap()));
    add(PoolWork::Get(GetRequest { remote: b"no".to_vec(), local: local("no"), ..GetRequest::default() }));
    let reactor = stage.client.reactor().clone();
    let mut told = BTreeMap::new();
    let mut hook = |ended: Ended<'_>| {
        let text = match ended.outcome {
            Ok(Done::Nothing | Done::Gone) => "done".to_owned(),
            Ok(Done::Entries(mut entries)) => {
                let mut count = 0;
                while entries.next_entry().is_some() {
                    count += 1;
                }
                assert!(count >= 1);
                "entries".to_owned()
            }
            Ok(Done::Reply(reply)) => String::from_utf8_lossy(reply.text()).into_owned(),
            Err(_) => ended.message.unwrap(),
        };
        let bytes = ended.report.map(|report| report.bytes.unwrap());
        told.insert(ended.number, (text, bytes));
        Ok(())
    };
    let outcome = reactor.block_on(stage.client.run_pool(&pool, &mut hook));
    assert!(outcome.unwrap_err().to_string().starts_with("2 of 7 jobs failed, the first: "));
    assert_eq!(told[&1], ("done".into(), Some(12)));
    assert_eq!(told[&2], ("done".into(), Some(12)));
    assert_eq!(told[&3], ("done".into(), None));
    assert_eq!(told[&4], ("entries".into(), None));
    assert_eq!(told[&5], ("200 fine".into(), None));
    assert!(told[&6].0.ends_with(": BAD: 500 no"), "{:?}", told[&6]);
    assert!(told[&7].0.contains("no such file"), "{:?}", told[&7]);
    assert_eq!(std::fs::read(stage.path("a")).unwrap(), b"content of a");
    assert_eq!(stage.served.get("b").unwrap(), b"content of b");
}

/// Of each job in turn: whether it went well, and its report.
fn run_for_reports(stage: &mut Stage, pool: &Pool) -> (Result<()>, Vec<(bool, Option<Report>)>) {
    let reactor = stage.client.reactor().clone();
    let mut told = Vec::new();
    let mut hook = |ended: Ended<'_>| {
        told.push((ended.outcome.is_ok(), ended.report));
        Ok(())
    };
    let outcome = reactor.block_on(stage.client.run_pool(pool, &mut hook));
    let last = told.iter().rev().find_map(|(_, report)| *report);
    assert_eq!(stage.client.last_report(), last, "that of the file that has ended last");
    (outcome, told)
}

/// One session does both. The second one fails before it has moved anything.
#[test]
fn a_job_is_not_told_the_report_of_the_one_before() {
    let mut stage = Stage::new();
    stage.served.put("a", b"content of a");
    let pool = Pool::new(1);
    let (there, gone) = (stage.path("a"), stage.path("gone"));
    let get = |local| GetRequest { remote: b"a".to_vec(), local, ..GetRequest::default() };
    pool.add(PoolWork::Get(get(there))).unwrap();
    pool.add(PoolWork::Put(PutRequest {
        remote: b"b".to_vec(),
        local: gone.clone(),
        ..PutRequest::default()
    }))
    .unwrap();
    pool.add(PoolWork::Get(get(gone.join("a")))).unwrap();
    pool.add(PoolWork::Get(GetRequest { segmented: true, ..get(gone.join("a")) })).unwrap();
    let (outcome, told) = run_for_reports(&mut stage, &pool);
    outcome.unwrap_err();
    let told: Vec<_> =
        told.iter().map(|(is_ok, report)| (*is_ok, report.map(|report| report.bytes))).collect();
    assert_eq!(told, [(true, Some(Some(12))), (false, None), (false, None), (false, None)]);
}

#[test]
fn the_callbacks_and_the_rate_limit_of_the_handle_hold_for_all_sessions() {
    let mut stage = Stage::new();
    let (audited, logged) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
    let (theirs, progress) = (audited.clone(), Arc::new(Mutex::new(0)));
    stage.client.audit_mut().hook = Some(Box::new(move |_, _, _| {
        *theirs.lock().unwrap() += 1;
        true
    }));
    let theirs = logged.clone();
    stage.client.log_mut().sink = Some(Box::new(move |kind, text| {
        let is_command = kind == LogKind::Command && text.starts_with(b"RETR");
        *theirs.lock().unwrap() += usize::from(is_command);
    }));
    let theirs = progress.clone();
    let sum = Arc::new(Mutex::new(Standings::default()));
    let of_all = sum.clone();
    stage.client.set_progress(Some(Box::new(move |progress| {
        *theirs.lock().unwrap() += usize::from(progress.has_ended);
        assert!(progress.all.bytes >= of_all.lock().unwrap().bytes);
        *of_all.lock().unwrap() = progress.all;
        Ok(())
    })));
    stage.client.set_rate_limit(std::num::NonZeroU64::new(100_000), None);
    let pool = Pool::new(5);
    stage.downloads(&pool, 20, 50_000);
    let begin = clock::now();
    stage.run(&pool).unwrap();
    stage.assert_all_are_here(20, 50_000);
    let took = clock::since(begin);
    assert!(took > Duration::from_secs(9) && took < Duration::from_secs(12), "{took:?} for 10 s of data");
    assert_eq!((*logged.lock().unwrap(), *progress.lock().unwrap()), (20, 20));
    let Standings { bytes, total, rate } = *sum.lock().unwrap();
    assert_eq!((bytes, total), (1_000_000, None));
    assert!((90_000..110_000).contains(&rate), "{rate} bytes a second, in all");
    assert!(*audited.lock().unwrap() > 60);
    // They are the handle's own again.
    stage.client.audit_mut().hook = Some(Box::new(|_, _, _| false));
    let refused = stage.client.block_on(async |client| client.voidcmd(&Command::new("NOOP")).await);
    assert!(matches!(refused, Err(Error::Denied(_))));
}

#[test]
fn jobs_that_are_added_on_the_way_are_done() {
    let mut stage = Stage::new();
    let pool = Pool::new(4);
    stage.downloads(&pool, 1, 1000);
    for at in 1..30 {
        stage.served.put(&format!("f{at}"), &content(at, 1000));
    }
    let reactor = stage.client.reactor().clone();
    let place = stage.place.path().to_owned();
    let mut next = 1;
    let mut hook = |ended: Ended<'_>| {
        ended.outcome.unwrap();
        // Three for each: soon there is work for all.
        for _ in 0..3 {
            if next < 30 {
                let name = format!("f{next}");
                let local = place.join(&name);
                let remote = name.into_bytes();
                pool.add(PoolWork::Get(GetRequest { remote, local, ..GetRequest::default() })).unwrap();
                next += 1;
            }
        }
        Ok(())
    };
    reactor.block_on(stage.client.run_pool(&pool, &mut hook)).unwrap();
    stage.assert_all_are_here(30, 1000);
    assert_eq!(stage.served.most_open.get(), 4);
}

/// The second session goes on with what the first one has left. That is of the same job, unless the first one went on as well.
#[test]
fn what_another_session_has_left_is_not_of_an_earlier_call() {
    for was_begun_before in [false, true] {
        let mut stage = Stage::new();
        stage.served.put("a", &content(1, 600_000));
        let wanted = GetRequest {
            remote: b"a".to_vec(),
            local: stage.path("a"),
            resume: true,
            ..GetRequest::default()
        };
        let pool = Pool::new(1);
        if was_begun_before {
            stage.served.cut.set(Some(200_000));
            stage.client.block_on(async |client| client.get(&wanted).await).unwrap_err();
            stage.client.block_on(async |client| client.reconnect().await).unwrap();
        }
        pool.add(PoolWork::Get(wanted)).unwrap();
        stage.served.cut.set(Some(200_000));
        let (outcome, told) = run_for_reports(&mut stage, &pool);
        outcome.unwrap();
        let report = told[0].1.unwrap();
        assert_eq!((report.attempts, report.resumed), (2, was_begun_before), "{report:?}");
        assert!(report.offset > 100_000, "{report:?}");
        assert!(std::fs::read(stage.path("a")).unwrap() == content(1, 600_000));
    }
}

/// A run that ends before its job has, and another run of the same pool.
#[test]
fn what_an_earlier_run_has_left_is_of_an_earlier_call() {
    let mut stage = Stage::new();
    stage.served.put("a", &content(1, 600_000));
    let wanted =
        GetRequest { remote: b"a".to_vec(), local: stage.path("a"), resume: true, ..GetRequest::default() };
    let pool = Pool::new(1);
    pool.add(PoolWork::Get(wanted)).unwrap();
    stage.served.cut.set(Some(200_000));
    // The session is lost, and the server lets nobody in.
    stage.served.most.set(0);
    let (outcome, told) = run_for_reports(&mut stage, &pool);
    outcome.unwrap_err();
    assert_eq!((told.len(), pool.waiting()), (0, 1));
    stage.served.most.set(8);
    stage.client.block_on(async |client| client.reconnect().await).unwrap();
    let (outcome, told) = run_for_reports(&mut stage, &pool);
    outcome.unwrap();
    let report = told[0].1.unwrap();
    assert_eq!((report.attempts, report.resumed), (1, true), "{report:?}");
}

#[test]
fn what_is_cut_off_never_gets_the_name() {
    for size in [1, 100, 30_000] {
        let mut stage = Stage::new();
        let pool = Pool::new(2);
        stage.downloads(&pool, 6, 60_000);
        stage.served.cut.set(Some(size));
        stage.run(&pool).unwrap();
        stage.assert_all_went_well(6);
        stage.assert_all_are_here(6, 60_000);
    }
}

#[test]
fn two_downloads_to_one_name_are_each_whole_and_with_resume_the_second_is_told() {
    let (first, second) = (content(1, 300_000), content(2, 200_000));
    for resume in [false, true] {
        let mut stage = Stage::new();
        stage.served.put("a", &first);
        stage.served.put("b", &second);
        let pool = Pool::new(2);
        for remote in [b"a", b"b"] {
            let wanted = GetRequest {
                remote: remote.to_vec(),
                local: stage.path("f"),
                resume,
                ..GetRequest::default()
            };
            pool.add(PoolWork::Get(wanted)).unwrap();
        }
        let reactor = stage.client.reactor().clone();
        let mut failed = Vec::new();
        let outcome = reactor.block_on(stage.client.run_pool(&pool, &mut |ended: Ended<'_>| {
            failed.extend(ended.outcome.err().map(|_| ended.message.unwrap()));
            Ok(())
        }));
        let got = std::fs::read(stage.path("f")).unwrap();
        if resume {
            assert!(matches!(outcome, Err(Error::Partial(_))), "{outcome:?}");
            assert!(
                failed.len() == 1 && failed[0].contains("cannot write what another download is writing: "),
                "{failed:?}"
            );
            assert!(got == first, "the first one has it");
        } else {
            outcome.unwrap();
            assert!(got == first || got == second, "it is one of the two");
        }
        assert_eq!(std::fs::read_dir(stage.place.path()).unwrap().count(), 1, "and nothing else");
    }
}
