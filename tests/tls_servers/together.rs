//! Pools and mirrors on servers that let in only so many sessions: none of the files is wrong, and none is left out.

use std::collections::BTreeMap;
use std::path::Path;

use ftpclient::client::{Ended, GetRequest, MirrorAction, MirrorRequest, Pool, PoolWork, PutRequest};
use ftpclient::protocol::verb::Direction;

use super::*;

const FILES: usize = 40;
/// How many the server lets in, and how many are wanted.
const MOST: u32 = 3;
const WANTED: usize = 8;

fn content(number: usize) -> Vec<u8> {
    // Some are empty, and some are more than one block.
    let size = [0, 1, 5000, 70_000, 300_000][number % 5];
    (0..size).map(|at| (at * 31 + at / 251 + number) as u8).collect()
}

/// A client that is logged in, and tries each file once: what is lost shows.
fn logged_in(daemon: &Daemon, tls: Tls) -> Client {
    let mut client = Client::new().unwrap();
    client.set_timeout(Some(std::time::Duration::from_secs(30)));
    if tls != Tls::None {
        let authority = fs::read(&daemon.ca).unwrap();
        client.update_tls(|tls| tls.authorities = Some(authority)).unwrap();
        client.set_tls(TlsMode::Explicit).unwrap();
    }
    client.set_prearm_together();
    let (host, user, password) = (daemon.host.to_string(), &daemon.user, &daemon.password);
    client
        .block_on(async |client| {
            client.connect(&host, daemon.port).await?;
            client.login(user, password, "").await
        })
        .unwrap();
    client
}

/// Each job is told once, and all went well.
fn run_pool(client: &mut Client, pool: &Pool, jobs: usize, what: &str) {
    let mut told = BTreeMap::new();
    let mut hook = |ended: Ended<'_>| {
        let failure = ended.outcome.err().map(|error| error.to_string());
        assert!(told.insert(ended.number, failure).is_none(), "{what}: job {} was told twice", ended.number);
        Ok(())
    };
    let reactor = client.reactor().clone();
    let outcome = reactor.block_on(client.run_pool(pool, &mut hook));
    assert!(outcome.is_ok(), "{what}: {outcome:?}");
    assert_eq!(told.len(), jobs, "{what}");
}

fn assert_all_are_in(directory: &Path, what: &str) {
    for number in 0..FILES {
        let got = fs::read(directory.join(format!("f{number}"))).unwrap();
        assert!(got == content(number), "{what}: f{number} has {} bytes", got.len());
    }
    assert_eq!(fs::read_dir(directory).unwrap().count(), FILES, "{what}: and nothing else");
}

fn mirror(client: &mut Client, direction: Direction, remote: &str, local: &Path, what: &str) {
    let wanted = MirrorRequest {
        remote: remote.as_bytes().to_vec(),
        local: local.to_owned(),
        sessions: WANTED,
        ..MirrorRequest::default()
    };
    let mut action = |action: &MirrorAction<'_>| {
        assert!(action.outcome.is_ok(), "{what}: {:?}", action.outcome);
        Ok(())
    };
    let reactor = client.reactor().clone();
    let outcome = reactor.block_on(client.mirror(direction, &wanted, None, &mut action));
    assert!(outcome.is_ok(), "{what}: {outcome:?}");
}

fn play(name: &'static str, tls: Tls) {
    let options = DaemonOptions { tls, most_sessions: MOST, ..DaemonOptions::default() };
    let Some(daemon) = Daemon::start(name, options) else { return };
    let what = format!("{name}, {}", tls.name());
    let mut client = logged_in(&daemon, tls);
    let here = tempfile::tempdir().unwrap();
    let place = |name: &str| {
        let path = here.path().join(name);
        fs::create_dir(&path).unwrap();
        path
    };
    let (source, down, mirrored) = (place("source"), place("down"), place("mirrored"));
    (0..FILES).for_each(|number| fs::write(source.join(format!("f{number}")), content(number)).unwrap());

    client.block_on(async |client| client.makedirs(b"up").await).unwrap();
    let pool = Pool::new(WANTED);
    for number in 0..FILES {
        let (local, remote) = (source.join(format!("f{number}")), format!("up/f{number}").into_bytes());
        pool.add(PoolWork::Put(PutRequest { local, remote, ..PutRequest::default() })).unwrap();
    }
    run_pool(&mut client, &pool, FILES, &what);
    assert_all_are_in(&daemon.root.join("up"), &what);

    for number in 0..FILES {
        let (local, remote) = (down.join(format!("f{number}")), format!("up/f{number}").into_bytes());
        pool.add(PoolWork::Get(GetRequest { local, remote, ..GetRequest::default() })).unwrap();
    }
    run_pool(&mut client, &pool, FILES, &what);
    assert_all_are_in(&down, &what);

    mirror(&mut client, Direction::FromServer, "up", &mirrored, &what);
    assert_all_are_in(&mirrored, &what);
    client.block_on(async |client| client.makedirs(b"back").await).unwrap();
    mirror(&mut client, Direction::ToServer, "back", &mirrored, &what);
    assert_all_are_in(&daemon.root.join("back"), &what);
    scenario::assert_in_step(&mut client);
}

#[test]
fn pools_and_mirrors_keep_to_the_limit_of_vsftpd() {
    [Tls::None, Tls::Explicit].into_iter().for_each(|tls| play("vsftpd", tls));
}

#[test]
fn pools_and_mirrors_keep_to_the_limit_of_proftpd() {
    [Tls::None, Tls::Explicit].into_iter().for_each(|tls| play("proftpd", tls));
}

#[test]
fn pools_and_mirrors_keep_to_the_limit_of_pure_ftpd() {
    [Tls::None, Tls::Explicit].into_iter().for_each(|tls| play("pure-ftpd", tls));
}
