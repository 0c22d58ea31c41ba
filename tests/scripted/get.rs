//! Whole files from the server: what has the name is whole, whatever happens.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use ftpclient::client::{GetRequest, Report, Retries, Verified};
use support::site::{Habits, Site};
use tempfile::TempDir;

use super::*;

const SIZE: usize = 200_000;

/// A place for a download, and what it is to be called.
struct Place {
    directory: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("here");
        Place { directory, path }
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn wanted(&self) -> GetRequest {
        GetRequest { remote: b"/f".to_vec(), local: self.path.clone(), ..GetRequest::default() }
    }

    fn resumed(&self) -> GetRequest {
        GetRequest { resume: true, ..self.wanted() }
    }

    #[track_caller]
    fn assert_is(&self, content: &[u8]) {
        assert!(fs::read(&self.path).unwrap() == content, "it is another file");
        assert_eq!(self.names(), ["here"]);
    }
}

fn get(client: &mut Client, wanted: &GetRequest) -> Result<()> {
    client.run(async |client| client.get(wanted).await)
}

fn again(count: u32) -> Retries {
    Retries { count, first_wait: Duration::from_millis(1) }
}

fn content(seed: u8) -> Vec<u8> {
    pattern(SIZE).into_iter().map(|byte| byte ^ seed).collect()
}

fn report(client: &Client) -> Report {
    client.last_report().unwrap()
}

/// A site with a file, and a client that is logged in there.
fn with_file(habits: Habits) -> (Site, Client) {
    let site = Site::start(habits);
    site.put("f", &content(0));
    let client = logged_in(&site.server);
    (site, client)
}

#[test]
fn a_download_takes_no_more_commands_than_it_needs() {
    for (announces, more, verified) in
        [(true, &[][..], Verified::Announced), (false, &["SIZE /f"][..], Verified::Size)]
    {
        let (site, mut client) = with_file(Habits { announces, ..Habits::default() });
        let place = Place::new();
        get(&mut client, &place.wanted()).unwrap();
        place.assert_is(&content(0));
        assert_eq!(site.heard(), [&["TYPE I", "PASV", "RETR /f"][..], more].concat());
        let report = report(&client);
        assert_eq!((report.bytes, report.attempts, report.resumed), (Some(SIZE as u64), 1, false));
        assert_eq!(report.verified, verified);
        assert_in_step(&mut client);
    }
}

#[test]
fn an_empty_file_is_a_file() {
    for announces in [true, false] {
        let (site, mut client) = with_file(Habits { announces, ..Habits::default() });
        site.put("f", b"");
        let place = Place::new();
        fs::write(&place.path, "old").unwrap();
        for wanted in [place.wanted(), place.resumed()] {
            get(&mut client, &wanted).unwrap();
            place.assert_is(b"");
        }
    }
}

#[test]
fn what_the_server_confirms_is_not_believed_against_its_size() {
    let server = Scripted::start(|s| {
        let mut data = start_transfer(s, "RETR /f");
        data.send("hel");
        data.close();
        s.send("226 done\r\n");
        s.expect("SIZE /f");
        s.send("213 5\r\n");
        expect_in_step(s);
    });
    let mut client = logged_in(&server);
    let place = Place::new();
    let error = get(&mut client, &place.wanted()).unwrap_err();
    assert!(matches!(error, Error::Integrity(_)), "{error:?}");
    assert_text(&client, &error, "3 bytes were received, and the file has 5");
    assert_eq!(report(&client).verified, Verified::Nothing);
    assert!(place.names().is_empty());
    assert_in_step(&mut client);
}

#[test]
fn what_is_shorter_than_announced_is_lost_and_not_in_doubt() {
    for (announced, is_open) in [(" (5 bytes)", false), (" (3 bytes)", true), ("", true)] {
        let server = Scripted::start(move |s| {
            s.login();
            let listener = binary_passive(s);
            s.expect("RETR /f");
            s.send(format!("150 go{announced}\r\n"));
            let mut data = listener.accept();
            data.send("hel");
            data.close();
        });
        let mut client = logged_in(&server);
        let place = Place::new();
        let error = get(&mut client, &place.wanted()).unwrap_err();
        assert_eq!(matches!(error, Error::Unverified(_)), is_open, "{announced}: {error:?}");
        assert_eq!(report(&client).verified, Verified::Nothing);
        assert!(error.is_transient() && place.names().is_empty());
    }
}

/// Lets the server die at each step in turn, until there is no such step. Returns how many there were.
fn at_each_step(habits: &Habits, mut check: impl FnMut(&Site, &mut Client, &Place, usize)) -> usize {
    for step in 0..100 {
        let (site, mut client) = with_file(habits.clone());
        let place = Place::new();
        site.die_at(step);
        check(&site, &mut client, &place, step);
        if !site.has_died() {
            return step;
        }
    }
    panic!("there is no end of steps");
}

#[test]
fn a_server_that_dies_at_any_step_leaves_what_was_there() {
    for resets in [false, true] {
        for announces in [false, true] {
            let habits = Habits { resets, announces, ..Habits::default() };
            let steps = at_each_step(&habits, |site, client, place, step| {
                fs::write(&place.path, "old").unwrap();
                let outcome = get(client, &place.wanted());
                match outcome {
                    // Nothing was left to be lost.
                    Ok(()) => place.assert_is(&content(0)),
                    Err(error) => {
                        assert!(error.is_transient(), "step {step}: {error}");
                        place.assert_is(b"old");
                    }
                }
                assert_eq!(client.is_connected(), !site.has_died(), "step {step}");
            });
            assert!(steps > 9, "{steps}");
        }
    }
}

#[test]
fn all_that_came_without_the_final_reply_is_not_verified() {
    for (announces, text) in [
        (true, "all 200000 bytes were received, and the server did not confirm it"),
        (false, "the data ended after 200000 bytes, and the server did not confirm that this is all"),
    ] {
        let (site, mut client) = with_file(Habits { announces, ..Habits::default() });
        // TYPE, PASV, RETR, seven pieces.
        site.die_at(3 + SIZE.div_ceil(30_000));
        let place = Place::new();
        let error = get(&mut client, &place.wanted()).unwrap_err();
        assert!(matches!(error, Error::Unverified(_)), "{error:?}");
        assert_text(&client, &error, text);
        assert!(place.names().is_empty());
    }
}

#[test]
fn what_was_left_at_any_step_is_continued_by_the_next_call() {
    for resets in [false, true] {
        let habits = Habits { resets, ..Habits::default() };
        let mut resumed = 0;
        at_each_step(&habits, |site, client, place, step| {
            let first = get(client, &place.resumed());
            if first.is_err() {
                assert!(!place.path.exists(), "step {step}");
                assert!(client.run(async |client| client.reconnect().await).is_ok());
                site.heard();
                get(client, &place.resumed()).unwrap_or_else(|error| panic!("step {step}: {error}"));
                let report = report(client);
                assert_eq!(report.resumed, site.heard().iter().any(|line| line.starts_with("REST")));
                if report.resumed {
                    resumed += 1;
                    assert!(report.offset > 0 && report.verified >= Verified::Size, "{report:?}");
                }
            }
            place.assert_is(&content(0));
            site.live();
            assert_in_step(client);
        });
        assert!(resumed > 3, "{resumed}");
    }
}

#[test]
fn what_is_tried_again_goes_on_where_it_stopped_at_any_step() {
    for resume in [false, true] {
        for announces_rest in [false, true] {
            let habits = Habits { announces_rest, ..Habits::default() };
            let mut continued = 0;
            at_each_step(&habits, |site, client, place, step| {
                client.set_retries(again(1));
                let wanted = GetRequest { resume, ..place.wanted() };
                get(client, &wanted).unwrap_or_else(|error| panic!("step {step}: {error}"));
                place.assert_is(&content(0));
                assert_eq!(report(client).attempts, 1 + u32::from(site.has_died()), "step {step}");
                continued += usize::from(site.heard().iter().any(|line| line.starts_with("REST")));
                site.live();
                assert_in_step(client);
            });
            assert!(continued > 3, "{continued}");
        }
    }
}

/// What has become of the file after a first call that was cut off.
fn cut_off(habits: Habits) -> (Site, Client, Place) {
    let (site, mut client) = with_file(habits);
    let place = Place::new();
    // SIZE, TYPE, MDTM, PASV, RETR, and five of seven pieces.
    site.die_at(10);
    get(&mut client, &place.resumed()).unwrap_err();
    client.run(async |client| client.reconnect().await).unwrap();
    site.heard();
    (site, client, place)
}

#[test]
fn a_file_that_has_changed_is_fetched_anew() {
    type Change = fn(&Site);
    let changes: [(&str, Change); 4] = [
        ("time", |site| site.put("f", &content(1))),
        ("size", |site| site.put("f", &content(1)[..SIZE - 1])),
        ("shorter than the part", |site| site.put("f", b"short")),
        ("much longer", |site| site.put("f", &content(1).repeat(3))),
    ];
    for (shown, change) in changes {
        for knows_mdtm in [true, false] {
            let (site, mut client, place) = cut_off(Habits { knows_mdtm, ..Habits::default() });
            change(&site);
            get(&mut client, &place.resumed()).unwrap();
            place.assert_is(&site.get("f").unwrap());
            let asks_for_the_middle = site.heard().iter().any(|line| line.starts_with("REST"));
            // A file of the same size, on a server that knows no times, is found out by its bytes.
            assert_eq!(asks_for_the_middle, shown == "time" && !knows_mdtm, "{shown}");
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn another_file_is_not_continued() {
    let (site, mut client, place) = cut_off(Habits::default());
    site.put("g", &content(2));
    let wanted = GetRequest { remote: b"/g".to_vec(), ..place.resumed() };
    get(&mut client, &wanted).unwrap();
    place.assert_is(&content(2));
}

#[test]
fn a_server_without_rest_begins_anew() {
    let (site, mut client, place) = cut_off(Habits::default());
    site.change(|habits| habits.knows_rest = false);
    get(&mut client, &place.resumed()).unwrap();
    place.assert_is(&content(0));
    assert!(!report(&client).resumed);
    assert_in_step(&mut client);
}

#[test]
fn without_a_size_nothing_is_kept_that_could_not_be_continued() {
    let (site, mut client) = with_file(Habits { knows_size: false, ..Habits::default() });
    let place = Place::new();
    site.die_at(9);
    get(&mut client, &place.resumed()).unwrap_err();
    assert!(place.names().is_empty());
}

#[test]
fn what_is_refused_is_not_tried_again() {
    let (site, mut client) = with_file(Habits::default());
    client.set_retries(Retries { count: 5, first_wait: Duration::from_secs(60) });
    let place = Place::new();
    let wanted = GetRequest { remote: b"/none".to_vec(), ..place.wanted() };
    let error = get(&mut client, &wanted).unwrap_err();
    assert_text(&client, &error, "RETR /none: 550 no such file");
    assert_eq!(site.heard().iter().filter(|line| line.starts_with("RETR")).count(), 1);
    assert!(place.names().is_empty());
    // Nor is what this machine cannot do.
    for (local, code) in [(Path::new("/"), libc::EISDIR), (Path::new("/nowhere/f"), libc::ENOENT)] {
        let wanted = GetRequest { local: local.into(), ..place.wanted() };
        assert_eq!(get(&mut client, &wanted).unwrap_err().os_error(), Some(code));
    }
    let wanted = GetRequest { local: "/dev/full".into(), in_place: true, ..place.wanted() };
    assert_eq!(get(&mut client, &wanted).unwrap_err().os_error(), Some(libc::ENOSPC));
    assert_in_step(&mut client);
}

#[test]
fn what_trying_again_has_come_to_does_not_hide_what_came_first() {
    let (site, mut client) = with_file(Habits::default());
    client.set_retries(again(2));
    site.die_at(5);
    site.change(|habits| habits.lets_in = 0);
    let place = Place::new();
    let error = get(&mut client, &place.wanted()).unwrap_err();
    assert_text(&client, &error, "PASS ****");
    assert_text(&client, &error, "530 no");
    assert_text(&client, &error, "(tried again after: ");
    assert_text(&client, &error, "without a final reply to RETR /f");
}

#[test]
fn a_file_that_is_not_there_is_not_found_where_the_server_says_so() {
    let (_site, mut client) = with_file(Habits::default());
    let place = Place::new();
    for (remote, resume) in [("/none", false), ("/none", true), ("none", false)] {
        let wanted = GetRequest { remote: remote.into(), resume, ..place.wanted() };
        let error = get(&mut client, &wanted).unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{error:?}");
        let last = client.last_reply().unwrap().to_string();
        assert_eq!(last, "550 no such file", "the reply is still to be had");
    }
    let mut data = Vec::new();
    let outcome = client.run(async |client| client.get_data(b"/none", 100, &mut data).await);
    assert!(matches!(outcome, Err(Error::NotFound(_))), "{outcome:?}");
    assert_in_step(&mut client);
}

#[test]
fn a_name_that_begins_with_a_space_is_not_taken_for_another() {
    for (name, sent) in [(" f", "./ f"), ("-f", "./-f"), ("~f", "./~f"), ("d/ f", "d/ f")] {
        let (site, mut client) = with_file(Habits::default());
        site.put(sent, &content(0));
        let place = Place::new();
        let wanted = GetRequest { remote: name.into(), resume: true, ..place.wanted() };
        get(&mut client, &wanted).unwrap();
        place.assert_is(&content(0));
        assert!(site.heard().contains(&format!("RETR {sent}")));
    }
    // Of one space.
    play(
        |s| {
            let _listener = binary_passive(s);
            answers(s, "RETR ./ ", "550 no\r\n");
        },
        |client| {
            let place = Place::new();
            get(client, &GetRequest { remote: b" ".to_vec(), ..place.wanted() }).unwrap_err();
        },
    );
}

#[test]
fn attempts_come_to_an_end() {
    let server = Scripted::react(|s, number| {
        let serve = |s: &mut Session| -> Result<(), support::scripted::Gone> {
            s.say("220 ready")?;
            if number == 0 {
                s.hear()?;
                s.say("230 welcome")?;
                s.hear()?;
            }
            s.say("421 too many users")
        };
        let _ = serve(s);
    });
    let mut client = logged_in(&server);
    client.set_retries(again(3));
    let place = Place::new();
    let error = get(&mut client, &place.wanted()).unwrap_err();
    assert_text(&client, &error, "421 too many users");
    assert!(place.names().is_empty());
}

#[test]
fn a_wait_ends_with_a_cancel_and_with_the_time_of_the_call() {
    for is_cancelled in [true, false] {
        let (site, mut client) = with_file(Habits::default());
        client.set_retries(Retries { count: 5, first_wait: Duration::from_secs(600) });
        site.die_at(5);
        let place = Place::new();
        let start = Stopwatch::start();
        let outcome = if is_cancelled {
            cancelled(&mut client, |client| get(client, &place.wanted()))
        } else {
            client.set_phase_timeout(Phase::Total, Some(Duration::from_millis(200)));
            get(&mut client, &place.wanted())
        };
        let error = outcome.unwrap_err();
        assert_quick(&start, Duration::from_secs(5));
        assert_eq!(matches!(error, Error::Cancelled(_)), is_cancelled, "{error}");
        assert!(place.names().is_empty());
    }
}

#[test]
fn what_is_there_is_not_replaced_if_so_wished() {
    let (site, mut client) = with_file(Habits::default());
    let place = Place::new();
    fs::write(&place.path, "old").unwrap();
    for in_place in [false, true] {
        let wanted = GetRequest { no_replace: true, in_place, ..place.wanted() };
        assert_eq!(get(&mut client, &wanted).unwrap_err().os_error(), Some(libc::EEXIST));
        place.assert_is(b"old");
        assert!(site.heard().is_empty(), "nothing is asked for");
    }
    fs::remove_file(&place.path).unwrap();
    get(&mut client, &GetRequest { no_replace: true, ..place.wanted() }).unwrap();
    place.assert_is(&content(0));
}

#[test]
fn a_file_is_written_in_place() {
    use std::os::unix::fs::MetadataExt;
    let (site, mut client) = with_file(Habits::default());
    let place = Place::new();
    fs::write(&place.path, "old").unwrap();
    let inode = fs::metadata(&place.path).unwrap().ino();
    let wanted = GetRequest { in_place: true, ..place.wanted() };
    client.set_retries(again(1));
    site.die_at(7);
    get(&mut client, &wanted).unwrap();
    place.assert_is(&content(0));
    assert_eq!(fs::metadata(&place.path).unwrap().ino(), inode);
    let both = GetRequest { resume: true, ..wanted };
    assert!(matches!(get(&mut client, &both), Err(Error::InvalidArgument(_))));
}

#[test]
fn a_file_keeps_its_time_or_there_is_none() {
    let (site, mut client) = with_file(Habits::default());
    let place = Place::new();
    for in_place in [false, true] {
        let wanted = GetRequest { keep_time: true, in_place, ..place.wanted() };
        get(&mut client, &wanted).unwrap();
        let modified = fs::metadata(&place.path).unwrap().modified().unwrap();
        let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(since, Duration::from_secs(1_767_225_600), "2026-01-01");
    }
    site.change(|habits| habits.knows_mdtm = false);
    fs::write(&place.path, "old").unwrap();
    site.heard();
    let wanted = GetRequest { keep_time: true, ..place.wanted() };
    let error = get(&mut client, &wanted).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_) | Error::Reply { .. }), "{error:?}");
    place.assert_is(b"old");
    assert!(!site.heard().iter().any(|line| line.starts_with("RETR")), "nothing is fetched in vain");
    assert_in_step(&mut client);
}

#[test]
fn a_fifo_takes_the_data_as_fast_as_its_reader() {
    let (_site, mut client) = with_file(Habits::default());
    let place = Place::new();
    assert!(std::process::Command::new("mkfifo").arg(&place.path).status().unwrap().success());
    let path = place.path.clone();
    let reader = thread::spawn(move || fs::read(path).unwrap());
    let wanted = GetRequest { in_place: true, ..place.wanted() };
    // The reader may not be there yet.
    while let Err(error) = get(&mut client, &wanted) {
        assert_eq!(error.os_error(), Some(libc::ENXIO), "{error}");
    }
    assert!(reader.join().unwrap() == content(0));
}
