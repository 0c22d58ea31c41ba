//! What is tried again is tried after longer and longer waits, and goes on where it stopped: minutes of them take no time here.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;

use ftpclient::client::{GetRequest, Retries};
use ftpclient::error::Error;
use ftpclient::net::simulation::{Connection, Listener, sleep, spawn, wait_for};

use super::server::Control;
use super::*;

const SIZE: usize = 1_000_000;
const MINUTE: Duration = Duration::from_secs(60);

/// A server that leaves in the middle of a file, again and again.
struct Mortal {
    address: SocketAddr,
    /// After so many bytes of data each of the next sessions ends.
    deaths: RefCell<Vec<usize>>,
    /// When sessions began.
    begun: RefCell<Vec<Instant>>,
    sent: Cell<usize>,
}

fn content() -> Vec<u8> {
    (0..SIZE).map(|at| (at % 251) as u8).collect()
}

fn serve(world: &World, deaths: &[usize]) -> Rc<Mortal> {
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let mortal = Rc::new(Mortal {
        address: listener.local_addr(),
        deaths: RefCell::new(deaths.to_vec()),
        begun: RefCell::default(),
        sent: Cell::default(),
    });
    let server = Rc::clone(&mortal);
    world.spawn(async move {
        loop {
            let control = Control::new(listener.accept().await);
            server.begun.borrow_mut().push(clock::now());
            spawn(Rc::clone(&server).talk(control));
        }
    });
    mortal
}

impl Mortal {
    async fn talk(self: Rc<Mortal>, mut control: Control) {
        control.say("220 ready");
        let (mut passive, mut rest) = (None, 0);
        while let Some(line) = control.line().await {
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            match verb {
                "USER" => control.say("230 welcome"),
                "PWD" => control.say("257 \"/\""),
                "SIZE" => control.say(&format!("213 {SIZE}")),
                "MDTM" => control.say("213 20260101000000"),
                "PASV" => {
                    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
                    let port = listener.local_addr().port();
                    control.say(&format!("227 (127,0,0,1,{},{})", port >> 8, port & 0xff));
                    passive = Some(listener);
                }
                "REST" => {
                    rest = argument.parse().unwrap();
                    control.say("350 from there");
                }
                "RETR" => {
                    control.say("150 go");
                    let data = passive.take().unwrap().accept().await;
                    if !self.send(data, std::mem::take(&mut rest)).await {
                        return;
                    }
                    control.say("226 done");
                }
                _ => control.say("200 fine"),
            }
        }
    }

    /// Whether the server outlives it.
    async fn send(&self, mut data: Connection, from: usize) -> bool {
        let content = content();
        let life = self.deaths.borrow_mut().pop().unwrap_or(usize::MAX);
        let mut left = &content[from..];
        let mut sent = 0;
        while !left.is_empty() {
            let most = left.len().min(life - sent).min(50_000);
            if most == 0 {
                // What was sent arrives first.
                sleep(SECOND).await;
                return false;
            }
            let Ok(count) = wait_for(|| data.write(&left[..most])).await else { return false };
            left = &left[count..];
            sent += count;
            self.sent.set(self.sent.get() + count);
        }
        true
    }
}

/// Downloads the file from a server that dies so often, with three retries.
fn download_from_a_mortal(deaths: &[usize]) -> (Rc<Mortal>, Result<()>, Option<Vec<u8>>, u32) {
    let world = World::new(Nature { latency: Duration::from_millis(20), ..Nature::default() });
    let mortal = serve(&world, deaths);
    let mut client = Client::new().unwrap();
    client.set_retries(Retries { count: 3, first_wait: MINUTE });
    let (host, port) = (mortal.address.ip().to_string(), mortal.address.port());
    client
        .block_on(async |client| {
            client.connect(&host, port).await?;
            client.login("", "", "").await
        })
        .unwrap();
    let place = tempfile::tempdir().unwrap();
    let local = place.path().join("here");
    let wanted = GetRequest { remote: b"/f".to_vec(), local: local.clone(), ..GetRequest::default() };
    let outcome = client.block_on(async |client| client.get(&wanted).await);
    let attempts = client.last_report().unwrap().attempts;
    let left = std::fs::read_dir(place.path()).unwrap().count();
    assert_eq!(left, usize::from(outcome.is_ok()), "{deaths:?}");
    (mortal, outcome, std::fs::read(local).ok(), attempts)
}

#[test]
fn each_wait_is_about_twice_the_one_before_and_the_file_goes_on() {
    for deaths in [&[][..], &[0], &[300_000], &[1, 65_536, 65_537], &[200_000, 300_000, 400_000]] {
        let (mortal, outcome, file, attempts) = download_from_a_mortal(deaths);
        outcome.unwrap_or_else(|error| panic!("{deaths:?}: {error}"));
        assert!(file == Some(content()), "{deaths:?}");
        assert_eq!(attempts as usize, 1 + deaths.len());
        // What had come, but for what is compared, is not sent again.
        let again = mortal.sent.get() - SIZE;
        let most: usize = deaths.iter().map(|_| 65_536).sum();
        assert!(again <= most, "{deaths:?}: {again}");
        let begun = mortal.begun.borrow();
        assert_eq!(begun.len(), 1 + deaths.len());
        for (number, pair) in begun.windows(2).enumerate() {
            let waited = (pair[1] - pair[0]).as_secs_f64() / MINUTE.as_secs_f64();
            let about = f64::from(1 << number);
            // Chance changes each by up to a quarter, and the session itself takes some seconds.
            assert!((0.75..1.35).contains(&(waited / about)), "{deaths:?}: wait {number}: {waited} min");
        }
    }
}

#[test]
fn after_the_last_retry_nothing_is_left() {
    let (mortal, outcome, file, attempts) = download_from_a_mortal(&[1000, 100_000, 200_000, 300_000]);
    assert!(matches!(outcome, Err(Error::Eof(_) | Error::Integrity(_))), "{outcome:?}");
    assert_eq!((file, attempts, mortal.begun.borrow().len()), (None, 4, 4));
}
