//! What is there is an older version, which is not taken for a part of the file.

use std::time::{SystemTime, UNIX_EPOCH};

use super::*;

/// A file of which one byte was changed, far from its end, and perhaps more was written behind it.
fn older_versions() -> [Vec<u8>; 2] {
    let mut older = content(0);
    older[1000] ^= 1;
    [older[..150_000].to_vec(), older]
}

fn change_time(here: &Here, time: SystemTime) {
    fs::File::options().write(true).open(&here.path).unwrap().set_modified(time).unwrap();
}

#[test]
fn what_was_written_before_the_file_here_was_changed_is_not_continued() {
    for older in older_versions() {
        let (site, mut client, here) = continued(Habits::default());
        site.put("f", &older);
        change_time(&here, SystemTime::now());
        put(&mut client, &here.resumed()).unwrap();
        assert!(site.get("f").unwrap() == content(0));
        assert!(!client.last_report().unwrap().resumed);
        assert_in_step(&mut client);
    }
}

/// As it is when an upload with its time has come to its end.
#[test]
fn the_same_time_is_that_of_the_same_file() {
    let (site, mut client, here) = continued(Habits::default());
    // Two versions were there before it.
    (0..2).for_each(|_| site.put("f", &content(0)));
    let first_day_of_2026 = 1_767_225_600;
    change_time(&here, UNIX_EPOCH + Duration::new(first_day_of_2026 + 2, 999_999_999));
    put(&mut client, &here.resumed()).unwrap();
    assert!(!has_said(&site, "STOR"));
}

/// The session is lost at any step. A call that is not to resume never builds on what was there before it.
#[test]
fn another_attempt_does_not_take_what_was_there_for_its_own() {
    for hides_uploads in [true, false] {
        for is_readable in [true, false] {
            for older in older_versions() {
                let habits = Habits { hides_uploads, is_readable, ..Habits::default() };
                let steps = at_each_step(&habits, |site, client, here, step| {
                    site.put("f", &older);
                    client.set_retries(again(1));
                    put(client, &here.wanted()).unwrap_or_else(|error| panic!("{habits:?}, {step}: {error}"));
                    assert!(site.get("f").unwrap() == content(0), "{habits:?}, step {step}");
                });
                assert!(steps > 6, "{steps}");
            }
        }
    }
}

/// Nothing is known of the time, and nothing can be compared: the size alone proves nothing.
#[test]
fn the_old_size_of_what_cannot_be_read_is_no_proof() {
    let habits = Habits { hides_uploads: true, is_readable: false, knows_mdtm: false, ..Habits::default() };
    let mut failed = 0;
    let steps = at_each_step(&habits, |site, client, here, step| {
        site.put("f", &content(1));
        client.set_retries(again(1));
        // A server that refuses RETR, and is gone at once, has refused it for good.
        let outcome = put(client, &here.resumed());
        failed += usize::from(outcome.is_err());
        assert!(outcome.is_err() || site.get("f").unwrap() == content(0), "step {step}");
    });
    assert!(failed <= 1 && steps > 8, "{failed} of {steps}");
}

/// That SIZE is refused for now does not say that nothing is there.
#[test]
fn a_size_that_is_not_told_for_now_is_not_known() {
    let habits = Habits { hides_uploads: true, ..Habits::default() };
    for older in older_versions() {
        at_each_step(&habits, |site, client, here, step| {
            site.put("f", &older);
            site.be_busy();
            client.set_retries(again(1));
            put(client, &here.wanted()).unwrap_or_else(|error| panic!("step {step}: {error}"));
            assert!(site.get("f").unwrap() == content(0), "step {step}");
        });
    }
}

/// A large file still goes on where it was lost.
#[test]
fn another_attempt_goes_on_with_what_this_call_has_sent() {
    for before in [None, Some(b"short".to_vec()), Some(content(1)[..190_000].to_vec())] {
        let mut continued = 0;
        at_each_step(&Habits::default(), |site, client, here, step| {
            before.iter().for_each(|before| site.put("f", before));
            client.set_retries(again(1));
            put(client, &here.wanted()).unwrap();
            assert!(site.get("f").unwrap() == content(0), "step {step}");
            // What is compared is continued, or whole.
            continued += usize::from(has_said(site, "RETR"));
        });
        assert!(continued > 0, "at the latest when only the final reply is lost");
    }
}

/// Its temporary name tells the time of the file here, also where that is beyond nanoseconds since 1970.
#[test]
fn a_temporary_name_of_another_version_is_not_continued() {
    for second in [1_u64, 100_000_000] {
        let in_2300 = Duration::from_secs(10_413_792_000);
        at_each_step(&Habits::default(), |site, client, here, step| {
            let [_, older] = older_versions();
            fs::write(&here.path, &older).unwrap();
            change_time(here, UNIX_EPOCH + in_2300);
            let wanted = PutRequest { atomic: true, ..here.resumed() };
            let _ = put(client, &wanted);
            site.live();
            fs::write(&here.path, content(0)).unwrap();
            change_time(here, UNIX_EPOCH + in_2300 + Duration::from_secs(second));
            if !client.is_connected() {
                client.run(Client::reconnect).unwrap();
            }
            put(client, &wanted).unwrap_or_else(|error| panic!("step {step}: {error}"));
            assert!(site.get("f").unwrap() == content(0), "step {step}");
        });
    }
}
