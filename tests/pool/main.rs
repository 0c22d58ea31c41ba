//! Pools: many jobs by several sessions, in a simulated world. Whatever becomes of a session, each job is told once, and no file is
//! wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod changes;
mod files;
mod mirrors;
mod segmented;
mod server;
mod sessions;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ftpclient::client::{Client, Ended, GetRequest, Pool, PoolWork, PutRequest, Retries};
use ftpclient::error::{Error, Result};
use ftpclient::net::clock;
use ftpclient::net::simulation::{Nature, World};
use ftpclient::protocol::command::Command;
use server::{Fate, Refusal, Served};
use tempfile::TempDir;

const LATENCY: Duration = Duration::from_millis(10);

/// A world with a server, a client that is logged in, and a place for files.
struct Stage {
    served: Served,
    client: Client,
    place: TempDir,
    /// Each job that was told: what came of it.
    told: BTreeMap<u64, Option<String>>,
    _world: World,
}

impl Stage {
    fn new() -> Stage {
        Stage::with(Nature { latency: LATENCY, ..Nature::default() })
    }

    fn with(nature: Nature) -> Stage {
        let world = World::new(nature);
        let served = Served::start(&world);
        let mut client = Client::new().unwrap();
        let address = served.address();
        client
            .block_on(async |client| {
                client.connect(&address.ip().to_string(), address.port()).await?;
                client.login("u", "p", "").await
            })
            .unwrap();
        let place = tempfile::tempdir().unwrap();
        Stage { served, client, place, told: BTreeMap::new(), _world: world }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Files on the server, and a job for each.
    fn downloads(&self, pool: &Pool, count: usize, size: usize) {
        self.downloads_from(pool, 0, count, size);
    }

    fn downloads_from(&self, pool: &Pool, first: usize, end: usize, size: usize) {
        for at in first..end {
            let name = format!("f{at}");
            self.served.put(&name, &content(at, size));
            pool.add(PoolWork::Get(GetRequest {
                remote: name.clone().into_bytes(),
                local: self.path(&name),
                ..GetRequest::default()
            }))
            .unwrap();
        }
    }

    /// How many files have ended, and how many bytes were there of all of them when the last of them did.
    fn listen(&mut self) -> Arc<Mutex<(usize, u64)>> {
        let progress = Arc::new(Mutex::new((0, 0)));
        let theirs = progress.clone();
        self.client.set_progress(Some(Box::new(move |told| {
            if told.has_ended {
                let mut theirs = theirs.lock().unwrap();
                *theirs = (theirs.0 + 1, told.all.bytes);
            }
            Ok(())
        })));
        progress
    }

    fn run(&mut self, pool: &Pool) -> Result<()> {
        let Stage { client, told, .. } = self;
        let reactor = client.reactor().clone();
        let mut hook = |ended: Ended<'_>| {
            let failure = ended.outcome.err().map(|error| error.to_string());
            assert!(told.insert(ended.number, failure).is_none(), "job {} was told twice", ended.number);
            Ok(())
        };
        reactor.block_on(client.run_pool(pool, &mut hook))
    }

    #[track_caller]
    fn assert_all_are_here(&self, count: usize, size: usize) {
        for at in 0..count {
            assert!(std::fs::read(self.path(&format!("f{at}"))).unwrap() == content(at, size), "f{at}");
        }
        assert_eq!(std::fs::read_dir(self.place.path()).unwrap().count(), count, "and nothing else");
    }

    /// When all is done, the handle has a session again, and not the half of one. It may have been lost since.
    #[track_caller]
    fn assert_in_step(&mut self) {
        self.served.fate.set(None);
        let outcome = self.client.block_on(async |client| client.voidcmd(&Command::new("NOOP")).await);
        assert!(matches!(outcome, Ok(_) | Err(Error::Eof(_))), "{outcome:?}");
    }

    #[track_caller]
    fn assert_all_went_well(&self, count: usize) {
        assert_eq!(self.told.len(), count, "{:?}", self.told);
        assert!(self.told.values().all(Option::is_none), "{:?}", self.told);
    }
}

fn content(seed: usize, size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * 31 + at / 251 + seed) as u8).collect()
}
