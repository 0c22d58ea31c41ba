//! How fast a transfer goes, where time is a test's own: `ftp_set_rate_limit()`, `ftp_set_progress_callback()` and
//! `ftp_set_retries()` in simulated worlds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod progress;
mod rate;
mod retries;
mod round_trips;
mod server;

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use ftpclient::client::Client;
use ftpclient::error::Result;
use ftpclient::net::clock;
use ftpclient::net::simulation::{Nature, World};
use ftpclient::protocol::command::Command;
use server::{Served, serve};

const SECOND: Duration = Duration::from_secs(1);

/// When bytes moved, and how many.
type Moves = Vec<(Instant, usize)>;

/// A world with a server that keeps a file of this size, and a client that is logged in.
fn world(size: usize) -> (World, Served, Client) {
    world_of(Nature { latency: Duration::from_millis(20), ..Nature::default() }, size)
}

fn world_of(nature: Nature, size: usize) -> (World, Served, Client) {
    let world = World::new(nature);
    let served = serve(&world, size);
    let mut client = Client::new().unwrap();
    let address = served.address();
    client
        .block_on(async |client| {
            client.connect(&address.ip().to_string(), address.port()).await?;
            client.login("", "", "").await
        })
        .unwrap();
    (world, served, client)
}

fn limit(client: &mut Client, receive: u64, send: u64) {
    client.set_rate_limit(NonZeroU64::new(receive), NonZeroU64::new(send));
}

/// Downloads the file, and tells when what came.
fn download(client: &mut Client) -> (Moves, Result<()>) {
    let mut moves = Vec::new();
    let mut sink = |block: &[u8]| {
        moves.push((clock::now(), block.len()));
        Ok(())
    };
    let retr = Command::parse(b"RETR dir/file").unwrap();
    let outcome =
        client.block_on(async |client| client.retrbinary(&retr, 0, None, &mut sink).await.map(drop));
    (moves, outcome)
}

fn upload(client: &mut Client, mut size: usize) -> Result<()> {
    let mut source = |room: &mut [u8]| {
        let given = room.len().min(size);
        size -= given;
        Ok(given)
    };
    let stor = Command::parse(b"STOR dir/file").unwrap();
    client
        .block_on(async |client| client.storbinary(&stor, 0, None, &mut source, &mut |_| Ok(())).await)
        .map(drop)
}

fn total(moves: &Moves) -> usize {
    moves.iter().map(|(_, bytes)| bytes).sum()
}
