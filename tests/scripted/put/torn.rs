//! The file here changes while it is sent: what the server has of it is of no version.

use std::os::unix::fs::FileExt;

use super::*;

/// Of the first block, and around it.
const SIZES: [usize; 6] = [1, 1000, 16_384, 16_385, 32_768, SIZE];

/// Writes other bytes over the file when it is about to be sent. Its size stays.
fn change_at_stor(client: &mut Client, here: &Here) {
    let path = here.path.clone();
    client.audit_mut().hook = Some(Box::new(move |event, _, _| {
        let text = format!("{event:?}");
        if text.contains("STOR") || text.contains("APPE") {
            let size = fs::metadata(&path).unwrap().len();
            let other: Vec<u8> =
                content(1).into_iter().cycle().take(usize::try_from(size).unwrap()).collect();
            fs::File::options().write(true).open(&path).unwrap().write_all_at(&other, 0).unwrap();
        }
        true
    }));
}

fn of_size(size: usize) -> Here {
    Here::new(&content(0)[..size])
}

#[track_caller]
fn assert_has_changed(client: &Client, outcome: Result<()>, may_stay: bool) {
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error:?}");
    assert_text(client, &error, "it changed while it was read");
    assert_eq!(error.to_string().contains("a part of it may stay on the server"), may_stay, "{error}");
}

#[test]
fn what_the_server_has_of_it_is_deleted() {
    for size in SIZES {
        for (resume, atomic, verify) in [
            (false, false, false),
            (true, false, false),
            (false, false, true),
            (false, true, false),
            (true, true, false),
        ] {
            let hashes = |_: &str, _: &[u8]| Some("00000000".into());
            let (site, mut client) = at_a_site(Habits { features: &["XCRC"], hashes, ..Habits::default() });
            let here = of_size(size);
            change_at_stor(&mut client, &here);
            let wanted = PutRequest { resume, atomic, verify, ..here.wanted() };
            let outcome = put(&mut client, &wanted);
            client.audit_mut().hook = None;
            assert_has_changed(&client, outcome, false);
            assert!(site.names().is_empty(), "{size}, {wanted:?}: {:?}", site.names());
            assert_in_step(&mut client);
        }
    }
}

/// Then its end is missing, so that nobody takes it for whole by its size.
#[test]
fn what_cannot_be_deleted_does_not_look_whole() {
    for size in SIZES {
        for verify in [false, true] {
            let refuses = &[("DELE", "550 no")];
            let hashes = |_: &str, _: &[u8]| Some("00000000".into());
            let (site, mut client) =
                at_a_site(Habits { refuses, features: &["XCRC"], hashes, ..Habits::default() });
            let here = of_size(size);
            change_at_stor(&mut client, &here);
            let outcome = put(&mut client, &PutRequest { verify, ..here.wanted() });
            client.audit_mut().hook = None;
            assert_has_changed(&client, outcome, true);
            assert!(site.get("f").is_none_or(|file| file.len() < size), "{size}, {verify}");
            // The next call does not build on it.
            put(&mut client, &here.wanted()).unwrap();
            assert!(site.get("f").unwrap() == fs::read(&here.path).unwrap(), "{size}, {verify}");
        }
    }
}

/// What was there before goes as well: it was overwritten.
#[test]
fn what_was_continued_is_deleted_too() {
    let (site, mut client, here) = continued(Habits::default());
    change_at_stor(&mut client, &here);
    let outcome = put(&mut client, &here.resumed());
    client.audit_mut().hook = None;
    assert!(has_said(&site, "APPE"));
    assert_has_changed(&client, outcome, false);
    assert!(site.names().is_empty());
    put(&mut client, &here.resumed()).unwrap();
    assert!(site.get("f").unwrap() == fs::read(&here.path).unwrap());
}

/// The session is lost at any step. The next attempt sends nothing more, and takes away what is there.
#[test]
fn another_attempt_does_not_go_on_with_it() {
    let steps = at_each_step(&Habits::default(), |site, client, here, step| {
        client.set_retries(again(2));
        change_at_stor(client, here);
        let outcome = put(client, &here.resumed());
        client.audit_mut().hook = None;
        let is_gone = site.names().is_empty();
        // It dies before the last command, and is not asked again.
        assert!(is_gone || !client.is_connected(), "step {step}: {:?}", site.names());
        assert_has_changed(client, outcome, !client.is_connected());
        let heard = site.heard();
        let sent = heard.iter().filter(|line| line.starts_with("STOR") || line.starts_with("APPE")).count();
        assert!(sent <= 2, "step {step}: {heard:?}");
    });
    assert!(steps > 3, "{steps}");
}

/// Who removes the file here meanwhile, or changes its rights, does not lose what the server has of it.
#[test]
fn what_has_only_lost_its_name_stays_there() {
    for size in SIZES {
        let (site, mut client) = at_a_site(Habits::default());
        let here = of_size(size);
        let path = here.path.clone();
        client.audit_mut().hook = Some(Box::new(move |event, _, _| {
            if format!("{event:?}").contains("STOR") {
                fs::remove_file(&path).unwrap();
            }
            true
        }));
        let outcome = put(&mut client, &here.wanted());
        client.audit_mut().hook = None;
        assert_has_changed(&client, outcome, false);
        assert!(!has_said(&site, "DELE"));
        assert_eq!(site.names(), ["f"], "{size}");
    }
}
