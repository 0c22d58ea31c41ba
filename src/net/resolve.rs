//! Host names to addresses, within a deadline.
//!
//! `getaddrinfo` is what knows this system's hosts, but it blocks, and nothing can stop it. So one of a few threads calls it (see
//! `lookups`). When the future is dropped before the answer is there (a timeout, a cancel), the thread is left to itself; it holds
//! nothing of the handle's, and the system's resolver bounds its time (30 s with glibc's defaults).

use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::thread;

use super::lookups::LOOKUPS;
use super::reactor::Reactor;
#[cfg(simulation)]
use super::simulation;

/// All addresses of `host`, in the system's order of preference (RFC 6724). A numeric address needs no thread.
///
/// # Errors
/// The name is unknown, or the resolver failed.
pub async fn resolve(reactor: &Reactor, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    #[cfg(simulation)]
    if simulation::is_here() {
        let hosts = simulation::resolve(reactor, host).await?;
        return Ok(hosts.into_iter().map(|host| SocketAddr::new(host, port)).collect());
    }
    let host = host.to_owned();
    ask(reactor, move || Ok((host.as_str(), port).to_socket_addrs()?.collect()))?.await
}

/// Puts a blocking question to another thread.
fn ask<T: Send + 'static>(
    reactor: &Reactor,
    question: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<impl Future<Output = io::Result<T>>> {
    let answer = Arc::new(Mutex::new(None));
    // The thread may outlive the handle, and keeps nothing of it open.
    let (theirs, wake) = (answer.clone(), Arc::downgrade(reactor.wake()));
    let put = LOOKUPS.put(move || {
        let outcome = catch_unwind(AssertUnwindSafe(question))
            .unwrap_or_else(|_| Err(io::Error::other("the resolver panicked")));
        Box::new(move |thread| {
            *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some((outcome, thread));
            if let Some(wake) = wake.upgrade() {
                wake.ring();
            }
        })
    })?;
    Ok(poll_fn(move |_| {
        let _until_answered = &put;
        let Some((outcome, thread)) = answer.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Poll::Pending;
        };
        if let Some(ending) = thread {
            // It has at most its wake-up call left.
            let _: thread::Result<()> = ending.join();
        }
        Poll::Ready(outcome)
    }))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::net::{Deadline, Elapsed};

    #[test]
    fn a_slow_resolver_is_bounded_by_the_deadline() {
        let reactor = Reactor::new().unwrap();
        let start = Instant::now();
        let slow = ask(&reactor, || {
            thread::sleep(Duration::from_secs(3));
            Ok(())
        });
        let deadline = Deadline::after(Some(Duration::from_millis(50)));
        let outcome = reactor.block_on(deadline.limit(&reactor, slow.unwrap()));
        assert_eq!(outcome.map(|_| ()), Err(Elapsed));
        assert_eq!(Arc::strong_count(reactor.wake()), 1, "the thread keeps nothing of the handle");
        assert!(start.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn a_resolver_that_panics_is_an_error_and_no_hang() {
        let reactor = Reactor::new().unwrap();
        let broken = ask(&reactor, || -> io::Result<()> { panic!("on purpose") });
        let deadline = Deadline::after(Some(Duration::from_secs(10)));
        let outcome = reactor.block_on(deadline.limit(&reactor, broken.unwrap()));
        assert!(outcome.unwrap().is_err());
    }

    #[test]
    fn names_and_numbers_resolve() {
        let reactor = Reactor::new().unwrap();
        let local = reactor.block_on(resolve(&reactor, "localhost", 21)).unwrap();
        assert!(local.iter().all(|address| address.ip().is_loopback() && address.port() == 21));
        assert!(!local.is_empty());
        let number = reactor.block_on(resolve(&reactor, "::1", 2121)).unwrap();
        assert_eq!(number, ["[::1]:2121".parse().unwrap()]);
        assert!(reactor.block_on(resolve(&reactor, "no-such-host.invalid", 21)).is_err());
    }
}
