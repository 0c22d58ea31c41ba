//! A cancel at every point of every operation, and at any moment of many calls: afterwards the next command gets its own reply, or
//! is told that there is no session to send it in.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "../support/mod.rs"]
mod support;

mod everywhere;
mod operations;
mod race;
mod server;

use std::io::{self, Write};
use std::net::SocketAddr;

use ftpclient::client::Client;
use ftpclient::error::Result;
use support::calls::{client, command};

fn connect(client: &mut Client, address: SocketAddr) -> Result<()> {
    let host = address.ip().to_string();
    client.block_on(async |client| client.connect(&host, address.port()).await)
}

/// The test harness captures what eprintln!() prints, but not this.
fn tell(text: &str) {
    io::stderr().write_all(text.as_bytes()).unwrap();
}
