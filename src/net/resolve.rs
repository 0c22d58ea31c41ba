//! Host names to addresses, within a deadline.
//!
//! `getaddrinfo` is what knows this system's hosts, but it blocks, and nothing can stop it. So it runs on a thread that
//! lives for this one question. The future owns the thread: it joins it when the answer is there. When the future is
//! dropped before that (a timeout, a cancel), the thread is let go; it holds nothing but its own half of the answer and
//! the descriptor to tell of it, and ends when `getaddrinfo` does, which the system's resolver bounds (30 s with glibc's defaults).

use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::thread;

use super::reactor::Reactor;

/// All addresses of `host`, in the system's order of preference (RFC 6724). A numeric address needs no thread.
///
/// # Errors
/// The name is unknown, or the resolver failed.
pub async fn resolve(reactor: &Reactor, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let host = host.to_owned();
    ask(reactor, move || Ok((host.as_str(), port).to_socket_addrs()?.collect()))?.await
}

/// Puts a blocking question on a thread of its own.
fn ask<T: Send + 'static>(
    reactor: &Reactor,
    question: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<impl Future<Output = io::Result<T>>> {
    let answer = Arc::new(Mutex::new(None));
    let (mine, wake) = (answer.clone(), reactor.wake().clone());
    let mut thread = Some(thread::Builder::new().name("ftp-resolve".into()).spawn(move || {
        block_signals();
        let outcome = catch_unwind(AssertUnwindSafe(question))
            .unwrap_or_else(|_| Err(io::Error::other("the resolver panicked")));
        *mine.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        wake.ring();
    })?);
    Ok(poll_fn(move |_| {
        let Some(outcome) = answer.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Poll::Pending;
        };
        if let Some(finished) = thread.take() {
            // It has at most its wake-up call left to make.
            let _ = finished.join();
        }
        Poll::Ready(outcome)
    }))
}

/// The process's signals belong to its own threads: no handler of theirs must run here.
#[allow(unsafe_code)]
fn block_signals() {
    // SAFETY: sigset_t is plain data that sigfillset initialises; both calls get valid pointers or NULL.
    unsafe {
        let mut all = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, std::ptr::null_mut());
    }
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
