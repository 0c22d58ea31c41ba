//! What a call that is cancelled leaves of an atomic upload.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Cancels the call instead of this command of it.
fn cancel_at(client: &mut Client, step: usize) {
    let wake = client.reactor().wake().clone();
    let left = Arc::new(AtomicUsize::new(step));
    client.audit_mut().hook = Some(Box::new(move |_, _, _| {
        if left.fetch_sub(1, Ordering::Relaxed) == 0 {
            wake.cancel();
        }
        true
    }));
}

/// What is there after a cancel at each command, and whether the session goes on.
fn names_after_a_cancel(habits: &Habits, retries: u32, resume: bool) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for step in 0.. {
        let (site, mut client) = at_a_site(habits.clone());
        site.put("f", b"old");
        let here = Here::new(&content(0));
        client.set_retries(again(retries));
        cancel_at(&mut client, step);
        if retries > 0 {
            // In the middle of the data.
            site.die_at(5);
        }
        let wanted = PutRequest { atomic: true, resume, make_dirs: true, ..here.wanted() };
        let outcome = put(&mut client, &wanted);
        client.audit_mut().hook = None;
        if outcome.is_ok() {
            return all;
        }
        assert!(matches!(outcome, Err(Error::Cancelled(_))), "{step}: {outcome:?}");
        all.push(site.names());
        let is_new = site.get("f").unwrap() == content(0);
        assert!(is_new || site.get("f").unwrap() == b"old");
        if client.is_connected() {
            assert_in_step(&mut client);
        }
    }
    all
}

/// The temporary name is of use to nobody.
#[test]
fn a_cancel_at_any_command_leaves_no_temporary_file() {
    let all = names_after_a_cancel(&Habits::default(), 0, false);
    assert!(all.len() >= 6, "{all:?}");
    assert!(all.iter().all(|names| names == &["f"]), "{all:?}");
}

#[test]
fn a_part_that_the_next_call_is_to_continue_stays() {
    let all = names_after_a_cancel(&Habits::default(), 0, true);
    assert!(all.iter().any(|names| names.len() == 2), "{all:?}");
}

#[test]
fn a_cancel_in_the_middle_of_the_data_leaves_no_temporary_file() {
    for (what, refuses) in
        [("", &[][..]), ("DELE", &[("DELE", "550 no")]), ("ABOR", &[("ABOR", "502 what?")])]
    {
        let (site, mut client) = at_a_site(Habits { refuses, ..Habits::default() });
        let here = Here::new(&content(0));
        client.set_rate_limit(None, std::num::NonZeroU64::new(100_000));
        let wake = client.reactor().wake().clone();
        client.set_progress(Some(Box::new(move |_| {
            wake.cancel();
            Ok(())
        })));
        let outcome = put(&mut client, &PutRequest { atomic: true, ..here.wanted() });
        assert!(matches!(outcome, Err(Error::Cancelled(_))), "{what}: {outcome:?}");
        let is_left = what == "DELE" || !client.is_connected();
        assert_eq!(site.names().len(), usize::from(is_left), "{what}");
        if what != "ABOR" {
            assert_in_step(&mut client);
        }
    }
}

/// What was there before goes aside there: then both files stay, whichever name they have.
#[test]
fn a_cancel_while_the_old_file_is_aside_loses_none() {
    let habits = Habits { rnto_replaces: false, ..Habits::default() };
    for step in 0..20 {
        let (site, mut client) = at_a_site(habits.clone());
        site.put("f", b"old");
        let here = Here::new(&content(0));
        cancel_at(&mut client, step);
        let outcome = put(&mut client, &PutRequest { atomic: true, ..here.wanted() });
        client.audit_mut().hook = None;
        let contents: Vec<_> = site.names().iter().map(|name| site.get(name).unwrap()).collect();
        let (has_old, has_new) = (contents.iter().any(|file| file == b"old"), contents.contains(&content(0)));
        assert!(has_old || has_new, "{step}: {:?}", site.names());
        assert!(has_old || outcome.is_ok() || site.get("f").unwrap() == content(0), "{step}");
        if outcome.is_ok() {
            assert_eq!(site.names(), ["f"]);
            return;
        }
        assert_in_step(&mut client);
    }
    panic!("it never ends");
}

/// The second attempt is cancelled at each command, the first one has left its temporary file.
#[test]
fn what_an_earlier_attempt_has_left_goes_as_well() {
    let all = names_after_a_cancel(&Habits::default(), 1, false);
    let (last, first) = all.split_last().unwrap();
    assert_eq!(last, &["f"], "{all:?}");
    assert!(first.len() > 8, "{all:?}");
}

/// What the server makes of DELE: the session is in step after it, or it is closed.
#[test]
fn an_odd_reply_to_the_last_command_of_a_cancelled_call_costs_the_session_at_most() {
    for (answer, goes_on) in [
        (Some("250 gone\r\n"), true),
        (Some("450 not now\r\n"), true),
        (Some("250-gone\r\n"), false),
        (Some("150 soon\r\n"), false),
        (Some("421 bye\r\n"), false),
        (Some(""), false),
        (None, false),
    ] {
        let mut client = client();
        let wake = Arc::clone(client.reactor().wake());
        let server = Scripted::start(move |s| {
            s.login();
            let listener = binary_passive(s);
            let name = s.expect_command("STOR");
            s.send("150 go\r\n");
            let mut data = listener.accept();
            data.read_at_least(1);
            wake.cancel();
            s.expect("ABOR");
            s.send("426 stopped\r\n226 aborted\r\n");
            assert_eq!(s.expect_command("DELE"), name);
            match answer {
                Some(answer) => s.send(answer),
                None => return s.close(),
            }
            if goes_on { expect_in_step(s) } else { s.expect_eof() }
        });
        connect_to(&mut client, server.addr()).unwrap();
        log_in(&mut client).unwrap();
        client.set_rate_limit(None, std::num::NonZeroU64::new(100_000));
        let here = Here::new(&content(0));
        let outcome = put(&mut client, &PutRequest { atomic: true, ..here.wanted() });
        assert!(matches!(outcome, Err(Error::Cancelled(_))), "{answer:?}: {outcome:?}");
        assert_eq!(client.is_connected(), goes_on, "{answer:?}");
        if goes_on {
            assert_in_step(&mut client);
        }
    }
}

/// How a call is ended while it waits for a reply.
#[derive(Copy, Clone, Debug, PartialEq)]
enum Ending {
    Cancel,
    TimeOfTheCall,
    Callback,
}

/// All data is there, and the server takes its time.
#[test]
fn a_call_that_is_ended_while_it_waits_for_a_reply_leaves_no_temporary_file() {
    use Ending::{Callback, Cancel, TimeOfTheCall};
    for (at, ending) in [
        ("STOR", Cancel),
        ("SIZE", Cancel),
        ("MFMT", Cancel),
        ("RNTO", Cancel),
        ("STOR", TimeOfTheCall),
        ("SIZE", TimeOfTheCall),
        ("RNTO", TimeOfTheCall),
        ("STOR", Callback),
    ] {
        let mut client = client();
        let wake = Arc::clone(client.reactor().wake());
        let is_stopped = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let stops = is_stopped.clone();
        let server = Scripted::start(move |s| {
            s.login();
            let be_late = move |verb: &str| {
                if verb == at {
                    match ending {
                        Cancel => wake.cancel(),
                        Callback => stops.store(true, Ordering::Relaxed),
                        TimeOfTheCall => {}
                    }
                    std::thread::sleep(Duration::from_millis(1500));
                }
            };
            let listener = binary_passive(s);
            let name = s.expect_command("STOR");
            s.send("150 go\r\n");
            listener.accept().read_to_end();
            be_late("STOR");
            s.send("226 done\r\n");
            loop {
                let line = s.line();
                let verb = line.get(..4).unwrap();
                be_late(verb);
                s.send(match verb {
                    "FEAT" => "211-has\r\n MFMT\r\n211 end\r\n",
                    "SIZE" => "213 200000\r\n",
                    "MFMT" => "213 Modify=20231114221320; f\r\n",
                    "MDTM" => "213 20231114221320\r\n",
                    "RNFR" => "350 to what?\r\n",
                    "RNTO" => "250 renamed\r\n",
                    _ => {
                        assert_eq!(line, format!("DELE {name}"), "{at}, {ending:?}");
                        break s.send(if at == "RNTO" { "550 no such file\r\n" } else { "250 gone\r\n" });
                    }
                });
            }
            expect_in_step(s);
        });
        connect_to(&mut client, server.addr()).unwrap();
        log_in(&mut client).unwrap();
        client.set_progress(Some(Box::new(
            move |_| {
                if is_stopped.load(Ordering::Relaxed) { Err(7) } else { Ok(()) }
            },
        )));
        if ending == TimeOfTheCall {
            client.set_phase_timeout(Phase::Total, Some(Duration::from_secs(1)));
        }
        let here = Here::new(&content(0));
        let wanted = PutRequest { atomic: true, keep_time: true, ..here.wanted() };
        let outcome = put(&mut client, &wanted);
        let is_as_meant = match ending {
            Cancel => matches!(outcome, Err(Error::Cancelled(_))),
            Callback => matches!(outcome, Err(Error::Callback { value: 7, .. })),
            TimeOfTheCall => matches!(outcome, Err(Error::Timeout { phase: Phase::Total, .. })),
        };
        assert!(is_as_meant, "{at}, {ending:?}: {outcome:?}");
        client.set_phase_timeout(Phase::Total, None);
        client.set_progress(None);
        assert_in_step(&mut client);
    }
}

/// It may send 1yz replies as long as it likes. The call waits for one of them.
#[test]
fn a_server_that_only_says_that_it_goes_on_is_not_waited_for() {
    let mut client = client();
    let wake = Arc::clone(client.reactor().wake());
    let server = Scripted::start(move |s| {
        s.login();
        let listener = binary_passive(s);
        s.expect_command("STOR");
        s.send("150 go\r\n");
        listener.accept().read_to_end();
        wake.cancel();
        std::thread::sleep(Duration::from_millis(1500));
        s.send_at_once("150 on\r\n150 and on\r\n226 done\r\n");
        s.expect_eof();
    });
    connect_to(&mut client, server.addr()).unwrap();
    log_in(&mut client).unwrap();
    let here = Here::new(&content(0));
    let outcome = put(&mut client, &PutRequest { atomic: true, ..here.wanted() });
    assert!(matches!(outcome, Err(Error::Cancelled(_))), "{outcome:?}");
    assert!(!client.is_connected());
    server.finish();
}
