//! Whole files over TLS: what the server confirms, what was cut, and what another session finds out.

mod endings;
mod strangers;

use std::fs;
use std::path::PathBuf;

use ftpclient::client::{GetRequest, PutRequest, Report, Retries, Verified};
use support::site::{Habits, Site};
use tempfile::TempDir;

use super::*;

const SIZE: usize = 200_000;

/// How much of what is there is fetched again, and compared.
const OVERLAP: usize = 64 * 1024;

/// A place for one file on this machine.
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

    fn with(content: &[u8]) -> Place {
        let place = Place::new();
        fs::write(&place.path, content).unwrap();
        place
    }

    fn download(&self) -> GetRequest {
        GetRequest { remote: b"/f".to_vec(), local: self.path.clone(), ..GetRequest::default() }
    }

    fn upload(&self) -> PutRequest {
        PutRequest { remote: b"/f".to_vec(), local: self.path.clone(), ..PutRequest::default() }
    }

    #[track_caller]
    fn assert_is(&self, content: &[u8]) {
        assert!(fs::read(&self.path).unwrap() == content, "it is another file");
        assert_eq!(fs::read_dir(self.directory.path()).unwrap().count(), 1, "something else is left");
    }

    fn is_empty(&self) -> bool {
        fs::read_dir(self.directory.path()).unwrap().next().is_none()
    }
}

fn get(client: &mut Client, wanted: &GetRequest) -> Result<()> {
    client.run(async |client| client.get(wanted).await)
}

fn put(client: &mut Client, wanted: &PutRequest) -> Result<()> {
    client.run(async |client| client.put(wanted).await)
}

fn again(count: u32) -> Retries {
    Retries { count, first_wait: Duration::from_millis(1) }
}

fn report(client: &Client) -> Report {
    client.last_report().unwrap()
}

fn content() -> Vec<u8> {
    pattern(SIZE)
}

/// A site with TLS, and a client that is logged in there.
fn secured(habits: Habits, tls: TlsServer) -> (Site, Client) {
    let site = Site::start_secured(habits, tls);
    let client = logged_in(&site.server);
    (site, client)
}

/// Each session has protected its data before it moved any, and is protected still.
#[track_caller]
fn assert_protected(site: &Site, client: &mut Client, sessions: usize) {
    assert!(client.tls_info().is_some());
    let heard = String::from_utf8_lossy(&site.server.received()).into_owned();
    for line in ["AUTH TLS", "PBSZ 0", "PROT P"] {
        assert_eq!(heard.matches(line).count(), sessions, "{line}: {heard}");
    }
    assert_in_step(client);
}

/// Lets a server die at each step in turn, until there is no such step. Returns how many there were.
fn at_each_step(habits: &Habits, mut check: impl FnMut(&Site, &mut Client, &Place, usize)) -> usize {
    for step in 0..100 {
        let (site, mut client) = secured(habits.clone(), tls_server());
        site.die_at(step);
        check(&site, &mut client, &Place::new(), step);
        if !site.has_died() {
            return step;
        }
    }
    panic!("there is no end of steps");
}

#[test]
fn a_file_goes_both_ways() {
    for version in VERSIONS {
        for size in [0, 1, SIZE] {
            let (site, mut client) = secured(Habits::default(), of_version(version));
            let there = Place::with(&pattern(size));
            put(&mut client, &there.upload()).unwrap();
            assert!(site.get("f").unwrap() == pattern(size));
            assert_eq!(report(&client).verified, Verified::Size);
            let here = Place::new();
            get(&mut client, &here.download()).unwrap();
            here.assert_is(&pattern(size));
            assert!(report(&client).verified >= Verified::Announced);
            assert_protected(&site, &mut client, 1);
        }
    }
}

#[test]
fn an_upload_whose_data_the_server_cuts_is_no_success_whatever_it_confirms() {
    for (close_notify, confirmed) in [(false, true), (true, true), (false, false), (true, false)] {
        let server = Scripted::start(move |s| {
            let tls = tls_server();
            s.tls_login(&tls);
            let mut data = start_transfer(s, "STOR /f");
            data.start_tls(&tls);
            data.read_at_least(1000);
            if close_notify {
                data.close_notify();
            }
            data.reset();
            s.send(if confirmed { "226 done\r\n" } else { "426 cut\r\n" });
            expect_in_step(s);
        });
        let mut client = logged_in(&server);
        // More than the system takes in advance.
        let place = Place::with(&pattern(20 << 20));
        let error = put(&mut client, &place.upload()).unwrap_err();
        assert!(error.is_transient(), "{error:?}");
        assert_eq!(report(&client).verified, Verified::Nothing);
        assert_in_step(&mut client);
    }
}

#[test]
fn all_that_moved_without_the_final_reply_is_not_verified() {
    for resets in [false, true] {
        // TYPE, PASV, the preliminary reply, the file in one piece: then the final reply.
        let (site, mut client) =
            secured(Habits { piece: 1 << 20, resets, ..Habits::default() }, tls_server());
        site.put("f", b"hello");
        site.die_at(4);
        let here = Place::new();
        let error = get(&mut client, &here.download()).unwrap_err();
        assert!(matches!(error, Error::Unverified(_)), "{error:?}");
        assert!(here.is_empty());
        client.run(async |client| client.reconnect().await).unwrap();
        // PASV, the preliminary reply: then the final one.
        site.die_at(2);
        let error = put(&mut client, &Place::with(b"upwards").upload()).unwrap_err();
        assert!(matches!(error, Error::Unverified(_)), "{error:?}");
        assert_eq!(site.get("f").unwrap(), b"upwards");
    }
}

#[test]
fn an_upload_that_has_lost_its_final_reply_is_found_to_be_whole() {
    for is_readable in [false, true] {
        let habits = Habits { piece: 1 << 20, is_readable, ..Habits::default() };
        let (site, mut client) = secured(habits, tls_server());
        client.set_retries(again(1));
        // TYPE, SIZE, PASV, the preliminary reply: then the final one.
        site.die_at(4);
        put(&mut client, &Place::with(&content()).upload()).unwrap();
        assert!(site.has_died() && site.get("f").unwrap() == content());
        let heard = site.heard();
        assert_eq!(heard.iter().filter(|line| line.starts_with("STOR")).count(), 1, "{heard:?}");
        let expected = if is_readable { Verified::Compared } else { Verified::Size };
        assert_eq!((report(&client).verified, report(&client).attempts), (expected, 2));
        assert_protected(&site, &mut client, 2);
    }
}

#[test]
fn what_is_tried_again_comes_back_with_tls_at_any_step() {
    for resets in [false, true] {
        let habits = Habits { resets, ..Habits::default() };
        let mut continued = 0;
        at_each_step(&habits, |site, client, place, step| {
            client.set_retries(again(1));
            site.put("f", &content());
            get(client, &place.download()).unwrap_or_else(|error| panic!("step {step}: {error}"));
            place.assert_is(&content());
            continued += usize::from(site.heard().iter().any(|line| line.starts_with("REST")));
            site.live();
            assert_protected(site, client, 1 + usize::from(site.has_died()));
        });
        assert!(continued > 3, "{continued}");
    }
}

#[test]
fn what_was_cut_is_continued_by_the_next_call_after_tls_and_login() {
    let mut resumed = 0;
    at_each_step(&Habits::default(), |site, client, place, step| {
        site.put("f", &content());
        let wanted = GetRequest { resume: true, ..place.download() };
        if get(client, &wanted).is_err() {
            assert!(!place.path.exists(), "step {step}");
            client.run(async |client| client.reconnect().await).unwrap();
            site.heard();
            get(client, &wanted).unwrap_or_else(|error| panic!("step {step}: {error}"));
            let offset = report(client).offset;
            let rest = site.heard().into_iter().find(|line| line.starts_with("REST"));
            assert_eq!(rest, report(client).resumed.then(|| format!("REST {offset}")), "step {step}");
            resumed += usize::from(report(client).resumed);
            assert!(offset as usize + OVERLAP <= SIZE, "step {step}: {offset}");
        }
        place.assert_is(&content());
        site.live();
        assert_protected(site, client, 1 + usize::from(site.has_died()));
    });
    assert!(resumed > 3, "{resumed}");
}

#[test]
fn what_was_cut_is_compared_before_it_is_continued() {
    let (site, mut client) = secured(Habits { knows_mdtm: false, ..Habits::default() }, tls_server());
    let place = Place::new();
    let wanted = GetRequest { resume: true, ..place.download() };
    site.put("f", &content());
    // SIZE, TYPE, MDTM, PASV, RETR, and five of seven pieces.
    site.die_at(10);
    get(&mut client, &wanted).unwrap_err();
    client.run(async |client| client.reconnect().await).unwrap();
    site.heard();
    let another: Vec<u8> = content().into_iter().map(|byte| byte ^ 1).collect();
    site.put("f", &another);
    get(&mut client, &wanted).unwrap();
    place.assert_is(&another);
    assert!(site.heard().iter().any(|line| line.starts_with("REST")), "nothing was continued");
    assert_in_step(&mut client);
}

#[test]
fn an_atomic_upload_leaves_what_was_there_until_it_is_whole() {
    for count in [0, 1] {
        let steps = at_each_step(&Habits::default(), |site, client, _, step| {
            site.put("f", b"old");
            client.set_retries(again(count));
            let here = Place::with(&content());
            let outcome = put(client, &PutRequest { atomic: true, ..here.upload() });
            let there = site.get("f").unwrap();
            assert!(there == b"old" || there == content(), "step {step}: a part has the name");
            assert!(outcome.is_err() || there == content(), "step {step}");
            if count > 0 {
                outcome.unwrap_or_else(|error| panic!("step {step}: {error}"));
                assert_eq!(site.names(), ["f"], "step {step}");
                site.live();
                assert_protected(site, client, 1 + usize::from(site.has_died()));
            }
        });
        assert!(steps > 6, "{steps}");
    }
}
