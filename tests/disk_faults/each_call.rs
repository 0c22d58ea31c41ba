//! Each call of the system fails once, or is the last that the process gets to.

use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use super::system::{Fault, with_fault};
use super::*;

const CODES: [i32; 4] = [libc::EIO, libc::ENOSPC, libc::EDQUOT, libc::EROFS];
/// The variable that tells a child what to do: the address of the site, the number of the call, and the path.
const TASK: &str = "FTPCLIENT_DISK_TASK";

type Wish = fn(GetRequest) -> GetRequest;

const WISHES: [(&str, Wish); 5] = [
    ("plain", |wanted| wanted),
    ("resume", |wanted| GetRequest { resume: true, ..wanted }),
    ("keep_time", |wanted| GetRequest { keep_time: true, ..wanted }),
    ("no_replace", |wanted| GetRequest { no_replace: true, ..wanted }),
    ("in_place", |wanted| GetRequest { in_place: true, ..wanted }),
];

#[test]
fn each_call_of_a_download_fails_once() {
    for (name, wish) in WISHES {
        for has_old in [false, true] {
            if has_old && name == "no_replace" {
                continue;
            }
            let calls = (1..).take_while(|&number| {
                let code = CODES[number % CODES.len()];
                one_call_of_a_download_fails(name, wish, has_old, number, code)
            });
            let calls = calls.count();
            eprintln!("{name}, over another: {has_old}: {calls} calls");
            assert!(calls > 5, "{name}: {calls}");
        }
    }
}

/// False: there was no such call.
fn one_call_of_a_download_fails(name: &str, wish: Wish, has_old: bool, number: usize, code: i32) -> bool {
    let (_site, mut client) = with_file();
    let place = Place::new();
    if has_old {
        fs::write(&place.path, "old").unwrap();
    }
    let wanted = wish(place.wanted());
    let (outcome, call) = with_fault(number, Fault::Fails(code), || get(&mut client, &wanted));
    let Some(call) = call else {
        outcome.unwrap();
        return false;
    };
    let case = format!("{name}, over another: {has_old}, call {number} ({call}), {code}: {outcome:?}");
    let there = fs::read(&place.path).ok();
    match &outcome {
        Ok(()) => assert!(there == Some(content()), "{case}"),
        Err(error) => {
            assert_file_error(&client, error, code, "here");
            let is_old = there.as_deref() == has_old.then_some(&b"old"[..]);
            // After the rename it is there, and nobody knows whether for good. In place, the old one is gone from the beginning.
            let is_new = there == Some(content());
            assert!(is_old || is_new || wanted.in_place, "{case}: {:?}", there.map(|there| there.len()));
        }
    }
    // What cannot be removed stays.
    if call != "unlinkat" && !wanted.resume {
        let left: Vec<_> = place.names().into_iter().filter(|name| name != "here").collect();
        assert!(left.is_empty(), "{case}: {left:?}");
    }
    assert_in_step(&mut client);
    get(&mut client, &GetRequest { no_replace: false, ..wanted.clone() })
        .unwrap_or_else(|error| panic!("{case}: {error}"));
    assert!(fs::read(&place.path).unwrap() == content(), "{case}");
    if call != "unlinkat" {
        assert_eq!(place.names(), ["here"], "{case}");
    }
    assert_in_step(&mut client);
    true
}

#[test]
fn each_call_of_an_upload_fails_once() {
    for atomic in [false, true] {
        for number in 1.. {
            let site = Site::start(Habits::default());
            site.put("f", b"old");
            let mut client = logged_in(&site);
            let place = Place::new();
            fs::write(&place.path, content()).unwrap();
            let local = place.path.clone();
            let wanted = PutRequest { local, remote: b"/f".to_vec(), atomic, ..PutRequest::default() };
            let (outcome, call) = with_fault(number, Fault::Fails(libc::EIO), || put(&mut client, &wanted));
            let Some(call) = call else {
                outcome.unwrap();
                assert!(number > 5, "{number}");
                break;
            };
            let case = format!("atomic: {atomic}, call {number} ({call})");
            assert_file_error(&client, &outcome.unwrap_err(), libc::EIO, "here");
            if atomic {
                assert_eq!(
                    (site.names(), site.get("f")),
                    (vec!["f".into()], Some(b"old".to_vec())),
                    "{case}"
                );
            }
            if !client.is_connected() {
                client = logged_in(&site);
            }
            assert_in_step(&mut client);
            put(&mut client, &wanted).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert!(site.get("f").unwrap() == content(), "{case}");
            assert_eq!(site.names(), ["f"]);
        }
    }
}

/// The client of a process that is killed.
#[test]
fn the_client_of_a_process_that_is_killed() {
    let Ok(task) = env::var(TASK) else { return };
    let [address, number, path] = task.split('\n').collect::<Vec<_>>().try_into().unwrap();
    let mut client = client();
    connect_to(&mut client, address.parse().unwrap()).unwrap();
    log_in(&mut client).unwrap();
    let wanted = GetRequest { resume: true, keep_time: true, ..wanted(Path::new(path)) };
    let _ = with_fault(number.parse().unwrap(), Fault::Kills, || get(&mut client, &wanted));
}

#[test]
fn a_process_that_is_killed_before_any_call_leaves_what_the_next_one_finishes() {
    for has_old in [false, true] {
        for number in 1.. {
            let site = Site::start(Habits::default());
            site.put("f", &content());
            let place = Place::new();
            if has_old {
                fs::write(&place.path, "old").unwrap();
            }
            let task = format!("{}\n{number}\n{}", site.server.addr(), place.path.display());
            let status = Command::new(env::current_exe().unwrap())
                .args(["--exact", "each_call::the_client_of_a_process_that_is_killed"])
                .env(TASK, task)
                .stdout(Stdio::null())
                .status()
                .unwrap();
            let there = fs::read(&place.path).ok();
            let is_whole = there == Some(content());
            let is_old = there.as_deref() == has_old.then_some(&b"old"[..]);
            assert!(is_whole || is_old, "call {number}: {:?}", there.map(|there| there.len()));
            if status.success() {
                assert!(is_whole && number > 10, "{number}");
                break;
            }
            assert_eq!(status.signal(), Some(libc::SIGKILL));
            let mut client = logged_in(&site);
            get(&mut client, &GetRequest { resume: true, ..place.wanted() }).unwrap();
            assert!(fs::read(&place.path).unwrap() == content());
            assert_eq!(place.names(), ["here"], "call {number}");
        }
    }
}
