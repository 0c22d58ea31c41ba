//! How many sessions there are, and what becomes of the work when they end.

use ftpclient::client::ListRequest;

use super::*;

#[test]
fn as_many_sessions_as_there_are_jobs_for_do_them_at_the_same_time() {
    for (jobs, sessions, expected) in [(40, 8, 8), (3, 8, 3), (1, 8, 1), (40, 1, 1)] {
        let mut stage = Stage::new();
        stage.served.slowness.set(Duration::from_secs(1));
        let pool = Pool::new(sessions);
        stage.downloads(&pool, jobs, 1000);
        let begin = clock::now();
        stage.run(&pool).unwrap();
        stage.assert_all_went_well(jobs);
        stage.assert_all_are_here(jobs, 1000);
        assert_eq!(stage.served.most_open.get(), expected, "{jobs} jobs, {sessions} sessions");
        let rounds = jobs.div_ceil(expected) as u32 + 1;
        assert!(clock::since(begin) < Duration::from_millis(1500) * rounds, "{:?}", clock::since(begin));
        // All have left but the session of the handle.
        assert_eq!(stage.served.heard("QUIT"), expected - 1);
        assert_eq!(stage.served.open.get(), 1);
        stage.assert_in_step();
    }
}

#[test]
fn a_pool_without_jobs_sends_nothing() {
    let mut stage = Stage::new();
    let before = stage.served.lines.borrow().len();
    stage.run(&Pool::new(8)).unwrap();
    assert_eq!(stage.served.lines.borrow().len(), before);
    assert!(stage.told.is_empty());
}

#[test]
fn a_limit_of_the_server_is_learned_and_kept_to() {
    for refusal in [Refusal::Greeting, Refusal::Login, Refusal::Reset, Refusal::Silence] {
        for most in [1, 2] {
            let mut stage = Stage::new();
            stage.served.most.set(most);
            stage.served.refusal.set(refusal);
            stage.client.set_timeout(Some(Duration::from_secs(10)));
            stage.served.slowness.set(Duration::from_secs(1));
            let pool = Pool::new(8);
            stage.downloads(&pool, 40, 1000);
            stage.run(&pool).unwrap();
            stage.assert_all_went_well(40);
            stage.assert_all_are_here(40, 1000);
            // One attempt each, and no more: nothing was gained by trying.
            let accepted = stage.served.accepted.get();
            assert!(accepted <= 8, "{refusal:?} {most}: {accepted}");
            assert_eq!(stage.served.most_open.get(), most, "{refusal:?}");

            // The next run knows it.
            stage.told.clear();
            std::fs::remove_dir_all(stage.place.path()).unwrap();
            std::fs::create_dir(stage.place.path()).unwrap();
            stage.downloads(&pool, 8, 1000);
            stage.run(&pool).unwrap();
            assert_eq!(stage.told.len(), 8);
            assert_eq!(stage.served.accepted.get(), accepted + most - 1, "{refusal:?} {most}");
        }
    }
}

/// Whatever the step, and whatever becomes of the session there.
#[test]
fn a_session_that_ends_at_any_step_is_replaced_and_its_job_is_done_in_another() {
    for fate in [Fate::Dies, Fate::IsClosed, Fate::DiesAfter, Fate::Hangs] {
        for step in 0..48 {
            let mut stage = Stage::new();
            stage.client.set_timeout(Some(Duration::from_secs(20)));
            // Another session does the job before there is one in its place, or afterwards.
            stage.served.slowness.set(Duration::from_millis(if step % 2 == 0 { 0 } else { 50 }));
            let pool = Pool::new(3);
            stage.downloads(&pool, 6, 5000);
            stage.served.fate.set(Some((step, fate)));
            let progress = stage.listen();
            let outcome = stage.run(&pool);
            assert!(outcome.is_ok(), "{fate:?} {step}: {outcome:?}");
            // What another session fetches anew counts once.
            assert_eq!(*progress.lock().unwrap(), (6, 30_000), "{fate:?} {step}");
            stage.assert_all_went_well(6);
            stage.assert_all_are_here(6, 5000);
            assert!(stage.client.is_connected(), "{fate:?} {step}: the handle has a session");
            stage.assert_in_step();
        }
    }
}

/// It is of one session, and a job would come to another thing in each.
#[test]
fn another_form_of_data_is_for_no_pool() {
    for (own, usual) in [("MODE Z", "MODE S"), ("STRU R", "STRU F")] {
        for sessions in [1, 3] {
            let mut stage = Stage::new();
            let send = |stage: &mut Stage, text: &str| {
                let command = Command::parse(text.as_bytes()).unwrap();
                stage.client.block_on(async |client| client.voidcmd(&command).await).unwrap();
            };
            send(&mut stage, own);
            let pool = Pool::new(sessions);
            stage.downloads(&pool, 3, 100);
            let outcome = stage.run(&pool);
            let Err(Error::OutOfTurn(text)) = outcome else { panic!("{own}: {outcome:?}") };
            assert!(text.contains("several sessions") && text.contains(usual), "{text}");
            assert_eq!((pool.waiting(), stage.told.len()), (3, 0));
            send(&mut stage, usual);
            stage.run(&pool).unwrap();
            stage.assert_all_are_here(3, 100);
        }
    }
}

/// A session may end between two jobs: the second one finds that out, and nothing was asked for.
#[test]
fn a_session_that_ends_between_jobs_uses_up_no_attempt() {
    for sessions in [1, 2, 4] {
        for slowness in [0, 3, 50] {
            let mut stage = Stage::new();
            stage.served.slowness.set(Duration::from_millis(slowness));
            stage.served.ends_after_site.set(true);
            let pool = Pool::new(sessions);
            let local = stage.path("local");
            for at in 0..6 {
                pool.add(PoolWork::Command(Command::parse(b"SITE X").unwrap())).unwrap();
                stage.downloads_from(&pool, at, at + 1, 1000);
                pool.add(PoolWork::Command(Command::parse(b"SITE X").unwrap())).unwrap();
                std::fs::write(&local, b"sent").unwrap();
                let (remote, no_replace) = (format!("up{at}").into_bytes(), true);
                let local = local.clone();
                pool.add(PoolWork::Put(PutRequest { remote, local, no_replace, ..PutRequest::default() }))
                    .unwrap();
                pool.add(PoolWork::Command(Command::parse(b"SITE X").unwrap())).unwrap();
                pool.add(PoolWork::List(ListRequest::default())).unwrap();
                pool.add(PoolWork::Command(Command::parse(b"SITE X").unwrap())).unwrap();
                stage.served.put(&format!("old{at}"), b"x");
                pool.add(PoolWork::Remove(format!("old{at}").into_bytes())).unwrap();
            }
            let _ = stage.run(&pool);
            assert_eq!(stage.told.len(), 48);
            // Every other job is SITE: one may be on its way to a session that ends, and nobody knows what became of it.
            for (number, failure) in &stage.told {
                assert!(failure.is_none() || number % 2 == 1, "{sessions} {slowness} {number}: {failure:?}");
            }
            assert!(stage.served.heard("SITE X") <= 24);
        }
    }
}

/// Those that are refused beside it do not make its place wait.
#[test]
fn the_only_session_that_a_server_allows_is_soon_replaced() {
    for refusal in [Refusal::Greeting, Refusal::Login, Refusal::Reset] {
        for sessions in [1, 2, 8] {
            for step in [0, 3, 7, 20] {
                let mut stage = Stage::new();
                stage.served.most.set(1);
                stage.served.refusal.set(refusal);
                let pool = Pool::new(sessions);
                stage.downloads(&pool, 12, 1000);
                stage.served.fate.set(Some((step, Fate::Dies)));
                let begin = clock::now();
                let outcome = stage.run(&pool);
                assert!(outcome.is_ok(), "{refusal:?} {sessions} {step}: {outcome:?}");
                stage.assert_all_went_well(12);
                let took = clock::since(begin);
                assert!(took < Duration::from_secs(10), "{refusal:?} {sessions} {step}: {took:?}");
                assert!(stage.client.is_connected(), "{refusal:?} {sessions} {step}");
            }
        }
    }
}

#[test]
fn the_handle_whose_session_is_lost_last_has_one_again() {
    for sessions in [1, 3] {
        let mut stage = Stage::new();
        let pool = Pool::new(sessions);
        pool.add(PoolWork::Command(Command::parse(b"SITE X").unwrap())).unwrap();
        stage.served.fate.set(Some((0, Fate::Dies)));
        assert!(matches!(stage.run(&pool), Err(Error::Partial(_))));
        assert!(stage.client.is_connected());

        // If the server has none for it, what has ended is told all the same.
        pool.add(PoolWork::Command(Command::parse(b"SITE Y").unwrap())).unwrap();
        stage.served.fate.set(Some((0, Fate::Dies)));
        stage.served.most.set(0);
        assert!(matches!(stage.run(&pool), Err(Error::Partial(_))));
        assert!(!stage.client.is_connected());
    }
}

#[test]
fn one_session_that_hangs_does_not_stop_the_others() {
    let mut stage = Stage::new();
    stage.served.slowness.set(Duration::from_millis(50));
    let pool = Pool::new(4);
    stage.downloads(&pool, 30, 1000);
    // The first command of all is one of the handle's own session.
    stage.served.fate.set(Some((0, Fate::Hangs)));
    let begin = clock::now();
    let mut others_were_done = None;
    let Stage { client, .. } = &mut stage;
    let reactor = client.reactor().clone();
    let mut ended = 0;
    let mut hook = |job: Ended<'_>| {
        assert!(job.outcome.is_ok());
        ended += 1;
        if ended == 29 {
            others_were_done = Some(clock::since(begin));
        }
        Ok(())
    };
    reactor.block_on(client.run_pool(&pool, &mut hook)).unwrap();
    assert_eq!(ended, 30);
    assert!(others_were_done.unwrap() < Duration::from_secs(10), "{others_were_done:?}");
    assert!(clock::since(begin) > Duration::from_secs(55), "the time limit ends the one");
}

#[test]
fn a_command_whose_fate_is_unknown_is_not_sent_again_and_others_are() {
    for (text, fate, is_repeated) in [
        ("MKD d", Fate::Dies, false),
        ("SITE X", Fate::Hangs, false),
        ("SIZE f0", Fate::Dies, true),
        ("SIZE f0", Fate::IsClosed, true),
    ] {
        let mut stage = Stage::new();
        stage.client.set_timeout(Some(Duration::from_secs(20)));
        stage.served.put("f0", b"x");
        let pool = Pool::new(2);
        let number = pool.add(PoolWork::Command(Command::parse(text.as_bytes()).unwrap())).unwrap();
        stage.served.fate.set(Some((0, fate)));
        let outcome = stage.run(&pool);
        assert_eq!(stage.served.heard(text), 1 + usize::from(is_repeated), "{text} {fate:?}");
        assert_eq!(stage.told[&number].is_none(), is_repeated, "{text}: {:?}", stage.told);
        match is_repeated {
            true => outcome.unwrap(),
            false => assert!(matches!(outcome, Err(Error::Partial(_))), "{outcome:?}"),
        }
    }
}

#[test]
fn a_file_that_was_deleted_before_its_session_was_lost_is_gone() {
    let mut stage = Stage::new();
    stage.served.put("f", b"x");
    let pool = Pool::new(2);
    pool.add(PoolWork::Remove(b"f".to_vec())).unwrap();
    pool.add(PoolWork::Remove(b"not there".to_vec())).unwrap();
    let outcome = stage.run(&pool);
    assert!(matches!(outcome, Err(Error::Partial(_))));
    assert!(stage.told[&1].is_none(), "{:?}", stage.told);
    assert!(stage.told[&2].as_ref().unwrap().contains("550"), "{:?}", stage.told);
    assert_eq!(stage.served.get("f"), None);
}

#[test]
fn without_any_session_the_call_fails_and_the_jobs_stay() {
    let mut stage = Stage::new();
    let pool = Pool::new(4);
    stage.downloads(&pool, 5, 1000);
    stage.client.close();
    stage.served.most.set(0);
    let outcome = stage.run(&pool);
    assert!(matches!(outcome, Err(Error::Reply { .. })), "{outcome:?}");
    assert!(stage.told.is_empty());
    assert_eq!(pool.waiting(), 5);

    // What may pass is waited for, as the user allows it.
    stage.client.set_retries(Retries { count: 2, first_wait: Duration::from_secs(10) });
    let begin = clock::now();
    assert!(stage.run(&pool).is_err());
    assert!(clock::since(begin) > Duration::from_secs(20), "{:?}", clock::since(begin));
    assert_eq!(pool.waiting(), 5);

    stage.served.most.set(100);
    stage.run(&pool).unwrap();
    stage.assert_all_went_well(5);
    assert!(stage.client.is_connected(), "that of the handle as well");
}

#[test]
fn a_cancel_ends_all_in_step_and_what_was_not_done_stays() {
    for step in 0..50 {
        let mut stage = Stage::new();
        stage.served.slowness.set(Duration::from_millis(50));
        let pool = Pool::new(3);
        stage.downloads(&pool, 12, 5000);
        let wake = stage.client.reactor().wake().clone();
        let left = Arc::new(std::sync::atomic::AtomicUsize::new(step));
        stage.client.audit_mut().hook = Some(Box::new(move |_, _, _| {
            if left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 0 {
                wake.cancel();
            }
            true
        }));
        let outcome = stage.run(&pool);
        stage.client.audit_mut().hook = None;
        let done = stage.told.len();
        if outcome.is_err() {
            assert!(matches!(outcome, Err(Error::Cancelled(_))), "{step}: {outcome:?}");
            assert_eq!(pool.waiting(), 12 - done, "{step}");
        }
        stage.run(&pool).unwrap();
        stage.assert_all_went_well(12);
        stage.assert_all_are_here(12, 5000);
    }
}

#[test]
fn the_user_is_told_nothing_more_after_a_stop_and_the_jobs_stay() {
    let mut stage = Stage::new();
    stage.served.slowness.set(Duration::from_millis(50));
    let pool = Pool::new(3);
    stage.downloads(&pool, 12, 5000);
    let reactor = stage.client.reactor().clone();
    let mut ended = 0;
    let mut hook = |_: Ended<'_>| {
        ended += 1;
        if ended == 4 { Err(7) } else { Ok(()) }
    };
    let outcome = reactor.block_on(stage.client.run_pool(&pool, &mut hook));
    assert!(matches!(outcome, Err(Error::Callback { value: 7, .. })), "{outcome:?}");
    assert_eq!((ended, pool.waiting()), (4, 8));
    stage.run(&pool).unwrap();
    stage.assert_all_went_well(8);
    stage.assert_all_are_here(12, 5000);
}

/// What was under way, and what was not begun, stays in the pool.
#[test]
fn a_progress_callback_that_stops_has_stopped_all_sessions() {
    for sessions in [1, 2, 3] {
        for stop in [0, 1, 7, 12] {
            let mut stage = Stage::new();
            stage.served.slowness.set(Duration::from_millis(100));
            let pool = Pool::new(sessions);
            stage.downloads(&pool, 20, 5000);
            let mut left = stop;
            stage.client.set_progress(Some(Box::new(move |progress| {
                left -= i32::from(progress.has_ended);
                if left < 0 { Err(7) } else { Ok(()) }
            })));
            let outcome = stage.run(&pool);
            assert!(
                matches!(outcome, Err(Error::Callback { value: 7, .. })),
                "{sessions}, {stop}: {outcome:?}"
            );
            assert!(stage.told.values().all(Option::is_none), "{sessions}, {stop}: {:?}", stage.told);
            assert_eq!(stage.told.len() + pool.waiting(), 20, "{sessions}, {stop}");
            stage.client.set_progress(None);
            stage.run(&pool).unwrap();
            stage.assert_all_went_well(20);
            stage.assert_all_are_here(20, 5000);
            stage.assert_in_step();
        }
    }
}

#[test]
fn the_limit_of_the_whole_call_holds_for_all_sessions() {
    let mut stage = Stage::new();
    stage.served.slowness.set(Duration::from_secs(10));
    stage.client.set_phase_timeout(ftpclient::client::Phase::Total, Some(Duration::from_secs(25)));
    let pool = Pool::new(2);
    stage.downloads(&pool, 12, 5000);
    let begin = clock::now();
    let outcome = stage.run(&pool);
    assert!(matches!(outcome, Err(Error::Timeout { .. })), "{outcome:?}");
    let text = outcome.unwrap_err().to_string();
    assert!(text.ends_with(" s when 4 of 12 jobs had ended (phase: total)"), "{text}");
    assert!(clock::since(begin) < Duration::from_secs(32), "{:?}", clock::since(begin));
    assert_eq!(pool.waiting() + stage.told.len(), 12);
    assert_eq!(stage.told.len(), 4);
}
