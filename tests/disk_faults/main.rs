//! The disk fails in the middle of a whole file: each call of the system once, disks that are full or read-only, targets that change.
//! What has the name stays right, nothing else is left, the error says what and why, and the session goes on.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr
)]
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../support/mod.rs"]
mod support;

mod each_call;
mod real_disks;
mod system;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use ftpclient::client::{Client, GetRequest, MirrorAction, MirrorRequest, PutRequest};
use ftpclient::error::{Error, Result};
use support::calls::{assert_in_step, client, connect_to, log_in, pattern};
use support::drive::Drive;
use support::site::{Habits, Site};
use tempfile::TempDir;

const SIZE: usize = 200_000;

fn content() -> Vec<u8> {
    pattern(SIZE)
}

/// A site with a file, and a client that is logged in there.
fn with_file() -> (Site, Client) {
    let site = Site::start(Habits::default());
    site.put("f", &content());
    let client = logged_in(&site);
    (site, client)
}

fn logged_in(site: &Site) -> Client {
    let mut client = client();
    connect_to(&mut client, site.server.addr()).unwrap();
    log_in(&mut client).unwrap();
    client
}

fn get(client: &mut Client, wanted: &GetRequest) -> Result<()> {
    client.run(async |client| client.get(wanted).await)
}

fn put(client: &mut Client, wanted: &PutRequest) -> Result<()> {
    client.run(async |client| client.put(wanted).await)
}

fn names(place: &Path) -> Vec<String> {
    let entries = fs::read_dir(place).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A place for one file.
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

    fn wanted(&self) -> GetRequest {
        wanted(&self.path)
    }

    fn names(&self) -> Vec<String> {
        names(self.directory.path())
    }
}

fn wanted(path: &Path) -> GetRequest {
    GetRequest { remote: b"/f".to_vec(), local: path.to_owned(), ..GetRequest::default() }
}

/// It is an error of the file, which it names, and has the system's number.
#[track_caller]
fn assert_file_error(client: &Client, error: &Error, code: i32, name: &str) {
    assert!(matches!(error, Error::File { .. }), "{error:?}");
    assert_eq!(error.os_error(), Some(code), "{error}");
    let text = client.describe(error);
    assert!(text.contains(name) && !text.contains('\n'), "{text:?}");
}
