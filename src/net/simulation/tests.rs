use std::io::{ErrorKind, Read, Write};
use std::net::Ipv4Addr;

use super::*;
use crate::net::{Deadline, Reactor, Strangers, Stream, clock, connect, connect_to_any, resolve};

const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 21);
const HOURS: Duration = Duration::from_secs(3 * 3600);

async fn read(stream: &mut Stream) -> io::Result<Vec<u8>> {
    let mut buffer = [0; 100];
    let count = poll_fn(|_| stream.poll_read(&mut buffer)).await?;
    Ok(buffer[..count].to_vec())
}

#[test]
fn hours_pass_in_no_time() {
    let world = World::new(Nature::default());
    let listener = Listener::bind(SERVER).unwrap();
    world.spawn(async move {
        let mut connection = listener.accept().await;
        sleep(HOURS).await;
        connection.write_all(b"late").unwrap();
    });
    let (reactor, began) = (Reactor::new().unwrap(), clock::now());
    let really_began = clock::real();
    let read = reactor.block_on(async {
        let mut stream = connect(&reactor, SERVER, None, None).await.unwrap();
        (read(&mut stream).await.unwrap(), read(&mut stream).await.unwrap())
    });
    assert_eq!(read, (b"late".to_vec(), Vec::new()));
    let passed = clock::since(began);
    assert!(passed >= HOURS && passed < HOURS + Duration::from_secs(1), "{passed:?}");
    assert!(really_began.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_deadline_ends_a_wait_in_the_world() {
    let _world = World::new(Nature::default());
    let (reactor, deadline) = (Reactor::new().unwrap(), Deadline::after(Some(HOURS)));
    assert!(reactor.block_on(deadline.limit(&reactor, std::future::pending::<()>())).is_err());
    assert_eq!(deadline.elapsed(), HOURS);
}

#[test]
fn a_cancel_wakes_a_call_in_the_world() {
    let world = World::new(Nature::default());
    let (reactor, began) = (Reactor::new().unwrap(), clock::now());
    for _ in 0..2 {
        let wake = reactor.wake().clone();
        world.spawn(async move {
            sleep(HOURS).await;
            wake.cancel();
        });
        assert_eq!(reactor.block_on(reactor.unless_cancelled(std::future::pending::<()>())), None);
    }
    let passed = clock::since(began);
    assert!(passed >= HOURS * 2 && passed < HOURS * 3, "{passed:?}");
}

#[test]
#[should_panic = "nothing will ever happen"]
fn a_client_that_waits_for_nothing_is_found() {
    let _world = World::new(Nature::default());
    Reactor::new().unwrap().block_on(std::future::pending::<()>());
}

#[test]
fn the_resolver_answers_when_it_is_told_and_what_does_not_answer_costs_a_moment() {
    let world = World::new(Nature::default());
    let gone = IpAddr::from([127, 0, 0, 2]);
    world.knows("ftp.example", Duration::from_secs(5), &[gone, SERVER.ip()]);
    world.silences(gone);
    let listener = Listener::bind(SERVER).unwrap();
    let reactor = Reactor::new().unwrap();
    let began = clock::now();
    let addresses = reactor.block_on(resolve(&reactor, "ftp.example", 21)).unwrap();
    assert!(clock::since(began) >= Duration::from_secs(5));
    let attempt = connect_to_any(&reactor, &addresses, &[], Deadline::after(Some(HOURS)));
    assert_eq!(reactor.block_on(attempt).unwrap().peer_addr().unwrap(), SERVER);
    drop(listener);
    let error = reactor.block_on(connect(&reactor, SERVER, None, None)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(reactor.block_on(resolve(&reactor, "unknown.example", 21)).is_err());
}

#[test]
fn the_client_listens_and_the_end_of_a_connection_is_what_the_server_makes_of_it() {
    for resets in [false, true] {
        let world = World::new(Nature::default());
        let reactor = Reactor::new().unwrap();
        let listener = crate::net::Listener::bind(&reactor, SERVER.ip(), [0]).unwrap();
        let address = listener.local_addr().unwrap();
        world.spawn(async move {
            let mut connection = Connection::connect(SERVER, address).await.unwrap();
            connection.write_all(b"data").unwrap();
            wait_for(|| connection.read(&mut [0; 10])).await.unwrap();
            if resets {
                connection.set_abortive_close();
            }
        });
        let outcome = reactor.block_on(async {
            let mut strangers = Strangers::default();
            let mut stream = poll_fn(|_| listener.poll_accept(|_| true, &mut strangers)).await.unwrap();
            assert_eq!(read(&mut stream).await.unwrap(), b"data");
            stream.write_all(b"go").await.unwrap();
            read(&mut stream).await.map_err(|error| error.kind())
        });
        assert_eq!(outcome, if resets { Err(ErrorKind::ConnectionReset) } else { Ok(Vec::new()) });
    }
}

#[test]
fn a_small_window_holds_the_one_who_writes() {
    let world = World::new(Nature { window: 10, ..Nature::default() });
    let listener = Listener::bind(SERVER).unwrap();
    world.spawn(async move {
        let mut connection = listener.accept().await;
        let mut all = 0;
        while let Ok(count @ 1..) = wait_for(|| connection.read(&mut [0; 100])).await {
            assert!(count <= 10);
            all += count;
        }
        assert_eq!(all, 1000);
        connection.write_all(b"all").unwrap();
    });
    let reactor = Reactor::new().unwrap();
    let heard = reactor.block_on(async {
        let mut stream = connect(&reactor, SERVER, None, None).await.unwrap();
        stream.write_all(&[7; 1000]).await.unwrap();
        stream.close_sending();
        read(&mut stream).await.unwrap()
    });
    assert_eq!(heard, b"all");
}
