//! How an atomic upload gets its final name, and what becomes of the file that had it.

use std::fs;

use ftpclient::client::{PutRequest, Retries};
use support::site::{Habits, Site};

use super::*;

const NEW: &[u8] = b"the new one";
const OLD: &[u8] = b"old";

/// Uploads to a site where something has the name.
fn replace(site: &Site) -> (Client, Result<()>) {
    replace_with(site, 0, None)
}

/// The server dies at a step of it.
fn replace_with(site: &Site, retries: u32, dies_at: Option<usize>) -> (Client, Result<()>) {
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("here");
    fs::write(&local, NEW).unwrap();
    let mut client = logged_in(&site.server);
    client.set_retries(Retries { count: retries, first_wait: Duration::from_millis(1) });
    if let Some(step) = dies_at {
        site.die_at(step);
    }
    let wanted = PutRequest { local, remote: b"/f".to_vec(), atomic: true, ..PutRequest::default() };
    let outcome = client.run(async |client| client.put(&wanted).await);
    (client, outcome)
}

fn site_with_old(habits: Habits) -> Site {
    let site = Site::start(habits);
    site.put("f", OLD);
    site
}

fn has_said(site: &Site, start: &str) -> bool {
    site.heard().iter().any(|line| line.starts_with(start))
}

#[test]
fn who_may_not_rename_loses_nothing() {
    for (refuses, text) in [
        (&[("RNFR", "550 Permission denied")][..], "RNFR /.f."),
        (&[("RNFR", "502 no RNFR")], "RNFR /.f."),
        (&[("RNTO", "553 Permission denied")], "RNTO /f: 553"),
        (&[("RNTO", "450 busy")], "RNTO /f: 450"),
        // The name is taken, and what has it may not be moved.
        (&[("RNFR /f", "550 Permission denied"), ("RNTO /f", "553 exists")], "RNTO /f: 553"),
        (&[("RNTO /.f", "553 no such names"), ("RNTO /f", "553 exists")], "RNTO /f: 553"),
    ] {
        for rnto_replaces in [false, true] {
            let site = site_with_old(Habits { refuses, rnto_replaces, ..Habits::default() });
            let (mut client, outcome) = replace(&site);
            let error = outcome.unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
            assert_eq!(site.get("f").as_deref(), Some(OLD), "{text}");
            assert_eq!(site.names(), ["f"], "{text}");
            assert_in_step(&mut client);
        }
    }
}

#[test]
fn where_nothing_is_replaced_the_old_file_goes_when_the_new_one_has_its_name() {
    let site = site_with_old(Habits { rnto_replaces: false, ..Habits::default() });
    let (mut client, outcome) = replace(&site);
    outcome.unwrap();
    assert_eq!(site.get("f").as_deref(), Some(NEW));
    assert_eq!(site.names(), ["f"]);
    assert!(!has_said(&site, "DELE /f"), "it is never without a name");
    assert_in_step(&mut client);
}

#[test]
fn a_name_that_is_refused_for_good_leaves_both_files_and_tells_where_the_old_one_is() {
    let site = site_with_old(Habits { refuses: &[("RNTO /f", "553 not this name")], ..Habits::default() });
    let (mut client, outcome) = replace(&site);
    let error = outcome.unwrap_err().to_string();
    let mut contents: Vec<Vec<u8>> = site.names().iter().filter_map(|name| site.get(name)).collect();
    contents.sort();
    assert_eq!(contents, [OLD, NEW]);
    let names = site.names();
    let old = names.iter().find(|name| site.get(name).as_deref() == Some(OLD)).unwrap();
    assert_eq!(error, format!("RNTO /f (the file that was there is now /{old}): 553 not this name"));
    assert_in_step(&mut client);
}

#[test]
fn an_old_file_that_may_not_be_deleted_is_an_error_that_names_it() {
    let habits = Habits { refuses: &[("DELE", "550 no")], rnto_replaces: false, ..Habits::default() };
    let site = site_with_old(habits);
    let (mut client, outcome) = replace(&site);
    let error = outcome.unwrap_err().to_string();
    assert!(error.starts_with("DELE /.f."), "{error}");
    assert!(error.contains("(the new file has its name, and the old one stays)"), "{error}");
    assert_eq!(site.get("f").as_deref(), Some(NEW));
    assert_eq!(site.names().len(), 2);
    assert_in_step(&mut client);
}

#[test]
fn a_directory_that_has_the_name_stays_where_it_is() {
    for knows_mlsd in [false, true] {
        let site = Site::start(Habits {
            refuses: &[("RNTO /f", "550 is a directory")],
            knows_mlsd,
            ..Habits::default()
        });
        site.put("f/inside", OLD);
        let (mut client, outcome) = replace(&site);
        assert!(outcome.unwrap_err().to_string().starts_with("RNTO /f: 550"));
        assert_eq!(site.get("f/inside").as_deref(), Some(OLD));
        assert!(!has_said(&site, "RNFR /f"));
        assert_in_step(&mut client);
    }
}

#[test]
fn an_error_that_names_the_temporary_file_names_the_final_one_too() {
    let text = |path: &str, resume: bool, refuses| {
        let site = Site::start(Habits { refuses, ..Habits::default() });
        let directory = tempfile::tempdir().unwrap();
        let local = directory.path().join("here");
        fs::write(&local, NEW).unwrap();
        let mut client = logged_in(&site.server);
        let remote = path.as_bytes().to_vec();
        let wanted = PutRequest { local, remote, atomic: true, resume, ..PutRequest::default() };
        let error = client.run(async |client| client.put(&wanted).await).unwrap_err();
        assert_in_step(&mut client);
        error.to_string()
    };
    let long = format!("/{}", "x".repeat(250));
    let deep = format!("/{}/f", "y".repeat(250));
    for path in ["/f", "f", "-f", "/a b", &long, &deep] {
        for resume in [false, true] {
            for verb in ["STOR", "RNFR"] {
                let refuses: &[_] =
                    if verb == "STOR" { &[("STOR", "553 no")] } else { &[("RNFR", "553 no")] };
                let text = text(path, resume, refuses);
                assert!(
                    text.starts_with(verb) && text.ends_with(&format!(" (for {path}): 553 no")),
                    "{text}"
                );
            }
            // It names the final one only.
            let text = text(path, resume, &[("RNTO", "553 no")]);
            assert!(text.starts_with("RNTO ") && !text.contains("(for "), "{text}");
        }
    }
}

#[test]
fn an_error_without_a_reply_names_the_final_file_too() {
    for rnto_replaces in [true, false] {
        for step in 1.. {
            assert!(step < 100, "there is no end of steps");
            let site = site_with_old(Habits { rnto_replaces, ..Habits::default() });
            let Err(error) = replace_with(&site, 0, Some(step)).1 else { break };
            let text = error.to_string();
            let names_final = text.contains(" (for /f)") || text.starts_with("RNTO /f: ");
            assert!(names_final || !text.contains("/.f."), "step {step}: {text}");
            assert!(!text.starts_with("RNTO:"), "step {step}: {text}");
        }
    }
}

/// Wherever the server dies: one of the names has the old file, or the new one has its name.
#[test]
fn the_old_file_is_not_lost_before_the_new_one_has_its_name() {
    for retries in [0, 1] {
        for step in 1.. {
            assert!(step < 100, "there is no end of steps");
            let site = site_with_old(Habits { rnto_replaces: false, ..Habits::default() });
            let (_client, outcome) = replace_with(&site, retries, Some(step));
            let has_old = site.names().iter().any(|name| site.get(name).as_deref() == Some(OLD));
            let has_new = site.get("f").as_deref() == Some(NEW);
            assert!(has_old || has_new, "step {step}: {:?}", site.names());
            assert!(outcome.is_err() || has_new, "step {step}");
            if retries > 0 {
                outcome.unwrap_or_else(|error| panic!("step {step}: {error}"));
                assert_eq!(site.names(), ["f"], "step {step}");
            }
            if !site.has_died() {
                break;
            }
        }
    }
}

#[test]
fn what_can_only_be_a_directory_is_refused_before_anything_is_sent() {
    let site = Site::start(Habits::default());
    site.make("d");
    let mut client = logged_in(&site.server);
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("here");
    fs::write(&local, NEW).unwrap();
    let mut put = |remote: &str, atomic: bool, resume: bool| {
        let remote = remote.as_bytes().to_vec();
        let wanted = PutRequest { local: local.clone(), remote, atomic, resume, ..PutRequest::default() };
        client.run(async |client| client.put(&wanted).await)
    };
    site.heard();
    for remote in ["", "/", "//", ".", "..", "f/", "/d/", "/d/.", "/d/..", "d/../"] {
        for resume in [false, true] {
            let outcome = put(remote, true, resume);
            assert!(matches!(outcome, Err(Error::InvalidArgument(_))), "{remote}: {outcome:?}");
        }
    }
    assert!(site.heard().is_empty());
    // Whoever asks the server for such a name hears what that says.
    assert!(!matches!(put("/d/..", false, false), Err(Error::InvalidArgument(_))));
    assert!(has_said(&site, "STOR /d/.."));
    for remote in ["/d/...", "/d/..f", "/d/.f", "/d/f."] {
        put(remote, true, false).unwrap();
        assert_eq!(site.get(&remote[1..]).as_deref(), Some(NEW), "{remote}");
    }
    assert_in_step(&mut client);
}
