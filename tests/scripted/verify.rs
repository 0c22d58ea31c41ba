//! Whole files whose hash the server tells: FTP_VERIFY, and what is found out after a final reply that was lost.

use std::fs;
use std::path::PathBuf;

use ftpclient::client::{GetRequest, PutRequest, Retries, Verified};
use md5::Md5;
use sha2::{Digest, Sha256};
use support::site::{Habits, Site};
use tempfile::TempDir;

use super::*;

const SIZE: usize = 200_000;
/// TYPE, PASV, the transfer command, and the pieces: the step at which the final reply is due.
const FINAL_REPLY: usize = 3 + SIZE.div_ceil(30_000);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn hash(verb: &str, content: &[u8]) -> Option<String> {
    match verb {
        "XSHA256" => Some(hex(&Sha256::digest(content))),
        "XMD5" => Some(hex(&Md5::digest(content))),
        _ => None,
    }
}

/// Of another file.
fn wrong_hash(verb: &str, content: &[u8]) -> Option<String> {
    hash(verb, &[content, b"x"].concat())
}

fn with_hashes() -> Habits {
    Habits { features: &["XMD5", "XSHA256"], hashes: hash, ..Habits::default() }
}

/// A site, and a file here that is the same as `f` there is to be.
struct Place {
    // It leaves before the server waits for that.
    client: Client,
    site: Site,
    directory: TempDir,
}

impl Place {
    fn new(habits: Habits) -> Place {
        let site = Site::start(habits);
        let client = logged_in(&site.server);
        Place { client, site, directory: tempfile::tempdir().unwrap() }
    }

    fn with_file_there(habits: Habits) -> Place {
        let place = Place::new(habits);
        place.site.put("f", &pattern(SIZE));
        place
    }

    fn with_file_here(habits: Habits) -> Place {
        let place = Place::new(habits);
        fs::write(place.path("here"), pattern(SIZE)).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn to_get(&self) -> GetRequest {
        let (remote, local) = (b"/f".to_vec(), self.path("here"));
        GetRequest { remote, local, verify: true, ..GetRequest::default() }
    }

    fn to_put(&self) -> PutRequest {
        let (remote, local) = (b"/f".to_vec(), self.path("here"));
        PutRequest { remote, local, verify: true, ..PutRequest::default() }
    }

    fn get(&mut self, wanted: &GetRequest) -> Result<()> {
        self.client.run(async |client| client.get(wanted).await)
    }

    fn put(&mut self, wanted: &PutRequest) -> Result<()> {
        self.client.run(async |client| client.put(wanted).await)
    }

    fn try_again_once(&mut self) {
        self.client.set_retries(Retries { count: 1, first_wait: Duration::from_millis(1) });
    }

    fn verified(&self) -> Verified {
        self.client.last_report().unwrap().verified
    }

    #[track_caller]
    fn assert_both_are_the_same(&mut self) {
        assert!(fs::read(self.path("here")).unwrap() == pattern(SIZE), "another file is here");
        assert!(self.site.get("f").unwrap() == pattern(SIZE), "another file is there");
        assert_eq!(self.names(), ["here"]);
        assert_eq!(self.site.names(), ["f"]);
        self.site.live();
        assert_in_step(&mut self.client);
    }
}

fn is_integrity(outcome: Result<()>) -> bool {
    matches!(outcome, Err(Error::Integrity(_)))
}

#[test]
fn the_best_hash_that_the_server_names_is_compared_after_a_transfer() {
    for (features, asked) in [(&["XMD5", "XSHA256"][..], "XSHA256 /f"), (&["XCRC x", "XMD5"], "XMD5 /f")] {
        let habits = Habits { features, hashes: hash, ..Habits::default() };
        let mut place = Place::with_file_there(habits);
        place.get(&place.to_get()).unwrap();
        assert_eq!(place.site.heard(), ["FEAT", "TYPE I", "PASV", "RETR /f", asked]);
        assert_eq!(place.verified(), Verified::Hash);
        let last = place.client.last_reply().unwrap().to_string();
        assert_eq!(last, "226 done", "what the library asks is not the user's");
        place.put(&place.to_put()).unwrap();
        assert_eq!(place.site.heard(), ["PASV", "STOR /f", "SIZE /f", asked]);
        assert_eq!(place.verified(), Verified::Hash);
        place.assert_both_are_the_same();
    }
}

#[test]
fn without_a_hash_nothing_is_transferred_and_nothing_is_made() {
    // A server may have one that it does not name. Nobody knows before there is a file to ask for.
    for habits in [Habits::default(), Habits { hashes: hash, ..Habits::default() }] {
        let mut place = Place::with_file_there(habits);
        let error = place.get(&GetRequest { keep_time: true, ..place.to_get() }).unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
        assert_text(&place.client, &error, "FTP_VERIFY: the server offers no hash");
        assert_eq!(place.site.heard(), ["FEAT"]);
        assert!(place.names().is_empty());
        fs::write(place.path("here"), "new").unwrap();
        let wanted =
            PutRequest { remote: b"/d/f".to_vec(), make_dirs: true, no_replace: true, ..place.to_put() };
        assert!(matches!(place.put(&wanted), Err(Error::Unsupported(_))));
        assert!(place.site.heard().is_empty());
        assert_in_step(&mut place.client);
    }
}

#[test]
fn a_hash_that_has_worked_is_one_that_the_server_offers() {
    let mut place = Place::with_file_there(Habits { hashes: hash, ..Habits::default() });
    place.client.run(async |client| client.hash(b"/f", None).await).unwrap();
    place.get(&place.to_get()).unwrap();
    assert_eq!(place.verified(), Verified::Hash);
    place.assert_both_are_the_same();
}

#[test]
fn what_has_another_hash_leaves_what_was_here() {
    let mut place = Place::with_file_there(Habits { hashes: wrong_hash, ..with_hashes() });
    fs::write(place.path("here"), "old").unwrap();
    for resume in [false, true, true] {
        let error = place.get(&GetRequest { resume, ..place.to_get() }).unwrap_err();
        assert!(matches!(error, Error::Integrity(_)), "{error:?}");
        assert_text(
            &place.client,
            &error,
            "RETR /f: 200000 bytes were received, and the server tells the hash of others",
        );
        assert_eq!(fs::read(place.path("here")).unwrap(), b"old");
        assert_eq!(place.names(), ["here"], "nobody goes on from it");
        assert_eq!(place.verified(), Verified::Nothing);
        assert_in_step(&mut place.client);
    }
}

#[test]
fn what_is_stored_wrongly_gets_no_final_name() {
    for resume in [false, true] {
        let mut place = Place::with_file_here(Habits { flips: 1, ..with_hashes() });
        place.site.put("f", b"old");
        let wanted = PutRequest { atomic: true, resume, ..place.to_put() };
        place.try_again_once();
        let error = place.put(&wanted).unwrap_err();
        assert!(matches!(error, Error::Integrity(_)), "{error:?}");
        assert_text(&place.client, &error, "the server confirmed 200000 bytes, and tells the hash of others");
        assert_eq!(place.site.names(), ["f"], "the temporary one is gone");
        assert_eq!(place.site.get("f").unwrap(), b"old");
        assert_eq!(place.client.last_report().unwrap().attempts, 2);
        let sent = place.site.heard().iter().filter(|line| line.starts_with("STOR")).count();
        assert_eq!(sent, 2, "each time all of it");
        assert_in_step(&mut place.client);
    }
}

#[test]
fn a_refusal_of_the_hash_is_no_success() {
    let no_hash = |_: &str, _: &[u8]| None;
    let mut place = Place::with_file_there(Habits { hashes: no_hash, ..with_hashes() });
    let error = place.get(&place.to_get()).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
    assert!(place.names().is_empty());
    fs::write(place.path("here"), "new").unwrap();
    place.client.run(async |client| client.reconnect().await).unwrap();
    assert!(place.put(&PutRequest { atomic: true, ..place.to_put() }).is_err());
    assert_eq!(place.site.get("f").unwrap(), pattern(SIZE));
    assert_eq!(place.site.names(), ["f"]);
    assert_in_step(&mut place.client);
}

/// Lets the server die at each step in turn, until there is no such step.
fn at_each_step(mut begin: impl FnMut() -> Place, mut transfer: impl FnMut(&mut Place) -> Result<()>) {
    for step in 0..100 {
        let mut place = begin();
        place.try_again_once();
        place.site.die_at(step);
        transfer(&mut place).unwrap_or_else(|error| panic!("step {step}: {error}"));
        assert_eq!(place.verified(), Verified::Hash, "step {step}");
        let has_died = place.site.has_died();
        place.assert_both_are_the_same();
        if !has_died {
            assert!(step > 7, "{step}");
            return;
        }
    }
    panic!("there is no end of steps");
}

#[test]
fn what_is_tried_again_is_hashed_as_a_whole_at_any_step() {
    for (resume, in_place) in [(false, false), (true, false), (false, true)] {
        let begin = || Place::with_file_there(with_hashes());
        at_each_step(begin, |place| place.get(&GetRequest { resume, in_place, ..place.to_get() }));
    }
    for (resume, atomic, knows_appe) in [
        (false, false, true),
        (false, true, true),
        (true, false, true),
        (true, true, true),
        (true, false, false),
    ] {
        let begin = || Place::with_file_here(Habits { knows_appe, ..with_hashes() });
        at_each_step(begin, |place| place.put(&PutRequest { resume, atomic, ..place.to_put() }));
    }
}

#[test]
fn a_part_that_was_wrong_before_is_found_out() {
    let mut place = Place::with_file_there(with_hashes());
    place.site.die_at(FINAL_REPLY + 1);
    let wanted = GetRequest { resume: true, ..place.to_get() };
    place.get(&wanted).unwrap_err();
    place.client.run(async |client| client.reconnect().await).unwrap();
    // The disk has lost a byte, far from where the library compares.
    let part = place.path(".here.ftp-part");
    let mut bytes = fs::read(&part).unwrap();
    bytes[0] ^= 1;
    fs::write(&part, bytes).unwrap();
    assert!(is_integrity(place.get(&wanted)));
    assert!(place.names().is_empty());
    place.get(&wanted).unwrap();
    place.assert_both_are_the_same();
}

#[test]
fn what_the_server_has_that_is_wrong_is_sent_anew() {
    for len in [SIZE, SIZE - 1000] {
        for knows_appe in [true, false] {
            let mut place = Place::with_file_here(Habits { knows_appe, ..with_hashes() });
            let mut there = pattern(SIZE);
            there.truncate(len);
            there[0] ^= 1;
            place.site.put("f", &there);
            place.put(&PutRequest { resume: true, ..place.to_put() }).unwrap();
            assert_eq!(place.verified(), Verified::Hash);
            assert!(!place.client.last_report().unwrap().resumed);
            place.assert_both_are_the_same();
        }
    }
}

#[test]
fn what_is_there_already_is_known_by_its_hash_alone() {
    let mut place = Place::with_file_here(with_hashes());
    place.site.put("f", &pattern(SIZE));
    place.put(&PutRequest { resume: true, ..place.to_put() }).unwrap();
    assert_eq!(place.site.heard(), ["FEAT", "TYPE I", "SIZE /f", "XSHA256 /f"]);
    let report = place.client.last_report().unwrap();
    assert_eq!((report.verified, report.bytes), (Verified::Hash, Some(0)));
    place.assert_both_are_the_same();
}

#[test]
fn a_lost_final_reply_is_made_up_for_by_a_hash_that_nobody_asked_for() {
    let mut place = Place::with_file_there(with_hashes());
    place.try_again_once();
    // SIZE and MDTM as well.
    place.site.die_at(FINAL_REPLY + 2);
    place.get(&GetRequest { verify: false, ..place.to_get() }).unwrap();
    assert!(place.site.has_died());
    let heard = place.site.heard();
    assert_eq!(heard[5..], ["TYPE I", "SIZE /f", "MDTM /f", "FEAT", "XSHA256 /f"][..], "{heard:?}");
    assert_eq!(place.verified(), Verified::Hash);
    place.assert_both_are_the_same();

    // Also where nothing can be read, and nothing else would tell more than the size.
    for is_readable in [true, false] {
        let mut place = Place::with_file_here(Habits { is_readable, piece: 1 << 20, ..with_hashes() });
        place.try_again_once();
        // It also asks what it is going to replace.
        place.site.die_at(4);
        place.put(&PutRequest { verify: false, ..place.to_put() }).unwrap();
        assert!(place.site.has_died());
        let heard = place.site.heard();
        assert_eq!(heard[4..], ["TYPE I", "SIZE /f", "FEAT", "XSHA256 /f"][..], "{heard:?}");
        assert_eq!(place.verified(), Verified::Hash);
        place.assert_both_are_the_same();
    }
}
