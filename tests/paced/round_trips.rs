//! How long a transfer takes where only the way to the server and back does: in a simulated world.

use std::future::pending;

use ftpclient::net::Deadline;

use super::*;

/// From one end to the other.
const WAY: Duration = Duration::from_millis(20);
/// What takes how many ways. In this world a connection stands as soon as the server has heard of it.
const COMMAND: u32 = 2;
const CONNECTION: u32 = 1;

/// A world in which all ways are equally long.
fn even_world() -> (World, Served, Client) {
    world_of(Nature { latency: WAY, least: WAY, ..Nature::default() }, 4096)
}

/// The whole ways that this takes.
fn ways(client: &mut Client, act: impl FnOnce(&mut Client)) -> u32 {
    let start = clock::now();
    act(client);
    let taken = clock::now() - start;
    let ways = (taken.as_micros() as f64 / WAY.as_micros() as f64).round() as u32;
    let rest = taken.abs_diff(WAY * ways);
    assert!(rest < WAY / 4, "{taken:?} are no whole ways");
    ways
}

fn retr(client: &mut Client) {
    download(client).1.unwrap();
}

fn stor(client: &mut Client) {
    upload(client, 100).unwrap();
}

fn prearm(client: &mut Client) {
    client.block_on(async |client| client.prearm().await).unwrap();
}

/// The program does something else for this long.
fn pass(client: &Client, time: Duration) {
    let reactor = client.reactor().clone();
    let wait = Deadline::after(Some(time)).limit(&reactor, pending::<()>());
    assert!(reactor.block_on(wait).is_err());
}

#[test]
fn a_transfer_takes_three_round_trips_and_one_if_its_connection_was_made_ahead() {
    let (_world, served, mut client) = even_world();
    let cold = COMMAND + CONNECTION + COMMAND;
    assert_eq!(ways(&mut client, retr), COMMAND + cold, "TYPE comes first, and once");
    assert_eq!(ways(&mut client, retr), cold);
    for _ in 0..2 {
        assert_eq!(ways(&mut client, prearm), COMMAND + CONNECTION);
        assert_eq!(ways(&mut client, prearm), 0, "it stands already");
        assert_eq!(ways(&mut client, retr), COMMAND);
    }
    // The data of an upload waits for the reply to STOR.
    let confirmation = 2;
    assert_eq!(ways(&mut client, stor), cold + confirmation);
    prearm(&mut client);
    assert_eq!(ways(&mut client, stor), COMMAND + confirmation);
    assert_eq!(served.heard("PASV"), 6);
}

/// The round trip of PASV moves to the end of the call before.
#[test]
fn with_the_setting_files_take_as_long_as_ever_and_less_after_a_pause() {
    let (_world, served, mut client) = even_world();
    client.set_prearm(true);
    retr(&mut client);
    for _ in 0..3 {
        assert_eq!(ways(&mut client, retr), CONNECTION + COMMAND + COMMAND);
    }
    for _ in 0..3 {
        pass(&client, Duration::from_secs(1));
        assert_eq!(ways(&mut client, retr), COMMAND + COMMAND);
    }
    assert_eq!(served.heard("PASV"), 8);
}

/// The connection takes one, and the command another.
#[test]
fn with_the_next_address_behind_each_command_files_take_two() {
    let (_world, served, mut client) = even_world();
    client.set_prearm_together();
    retr(&mut client);
    for _ in 0..3 {
        assert_eq!(ways(&mut client, retr), CONNECTION + COMMAND);
    }
    for _ in 0..3 {
        pass(&client, Duration::from_secs(1));
        assert_eq!(ways(&mut client, retr), COMMAND);
    }
    assert_eq!(served.heard("PASV"), 8);
}

#[test]
fn after_20_seconds_it_is_made_anew() {
    let (_world, served, mut client) = even_world();
    retr(&mut client);
    prearm(&mut client);
    pass(&client, Duration::from_millis(19_900));
    assert_eq!(ways(&mut client, prearm), 0);
    assert_eq!(ways(&mut client, retr), COMMAND);
    prearm(&mut client);
    pass(&client, Duration::from_millis(20_100));
    assert_eq!(ways(&mut client, retr), COMMAND + CONNECTION + COMMAND);
    assert_eq!(served.heard("PASV"), 4);
}
