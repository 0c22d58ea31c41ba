//! Connecting to whichever address of a host answers first ("Happy Eyeballs", RFC 8305).
//!
//! The RFC also has a delay for answers of the resolver that come one by one. `getaddrinfo` gives the addresses of both
//! families in one answer, so there is nothing to wait for.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use super::clock;
use super::connect::Attempt;
use super::deadline::Deadline;
use super::reactor::Reactor;
use super::transport::Stream;

/// How long an attempt goes on alone before the next one joins it (RFC 8305, section 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// How many attempts may go on at the same time.
const MAX_ATTEMPTS: usize = 8;

/// Why the addresses could not be connected to, in the order in which they were tried. A failure that is no system error
/// and of the kind [`io::ErrorKind::TimedOut`] is an address that had not answered at the deadline, or had not had its turn.
pub type Failures = Vec<(SocketAddr, io::Error)>;

/// Connects to the first address that answers, from the one of `sources` that is of its family, if there are any.
/// Dropping the future gives all attempts up.
///
/// # Errors
/// [`Failures`], with every address.
pub async fn connect_to_any(
    reactor: &Reactor,
    addresses: &[SocketAddr],
    sources: &[SocketAddr],
    deadline: Deadline,
) -> Result<Stream, Failures> {
    let order = interleaved(addresses);
    let waiting = order.iter().copied().collect();
    let mut race = Race { reactor, sources, waiting, running: Vec::new(), failures: Vec::new(), next: None };
    let outcome = match deadline.limit(reactor, poll_fn(|_| race.poll())).await {
        Ok(outcome) => outcome,
        Err(_) => {
            race.time_is_over();
            None
        }
    };
    outcome.ok_or_else(|| race.failures_in(&order))
}

/// The source to use for a connection to `address`.
pub fn same_family(sources: &[SocketAddr], address: SocketAddr) -> Option<SocketAddr> {
    sources.iter().find(|source| source.is_ipv4() == address.is_ipv4()).copied()
}

/// The families by turns, that of the first address first; each in the resolver's order.
fn interleaved(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first_is_ipv4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.iter().copied().partition(|address| address.is_ipv4() == first_is_ipv4);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut order = Vec::new();
    for _ in addresses {
        order.extend(first.next());
        order.extend(second.next());
    }
    order
}

struct Race<'a> {
    reactor: &'a Reactor,
    sources: &'a [SocketAddr],
    waiting: VecDeque<SocketAddr>,
    running: Vec<(SocketAddr, Attempt)>,
    failures: Failures,
    /// When the next attempt joins those that are running; `None` is at once.
    next: Option<Instant>,
}

impl Race<'_> {
    /// Ready with the first connection, or with `None` once all attempts have failed.
    fn poll(&mut self) -> Poll<Option<Stream>> {
        loop {
            ready!(self.reactor.poll_go_on());
            if let Some(connected) = self.poll_running() {
                return Poll::Ready(Some(connected));
            }
            let is_time = self.next.is_none_or(|next| clock::now() >= next);
            if is_time && self.running.len() < MAX_ATTEMPTS && self.start_next() {
                continue;
            }
            if self.running.is_empty() && self.waiting.is_empty() {
                return Poll::Ready(None);
            }
            if let Some(next) = self.next
                && self.running.len() < MAX_ATTEMPTS
                && !self.waiting.is_empty()
            {
                self.reactor.want_time(next);
            }
            return Poll::Pending;
        }
    }

    /// Looks at the attempts that are going on. After a failure the next one need not wait.
    fn poll_running(&mut self) -> Option<Stream> {
        for (address, attempt) in std::mem::take(&mut self.running) {
            match attempt.poll_connected() {
                Poll::Ready(Ok(())) => return Some(attempt.into_stream(self.reactor)),
                Poll::Ready(Err(error)) => {
                    self.failures.push((address, error));
                    self.next = None;
                }
                Poll::Pending => self.running.push((address, attempt)),
            }
        }
        None
    }

    /// Begins the next attempt; false if there is none left.
    fn start_next(&mut self) -> bool {
        let Some(address) = self.waiting.pop_front() else { return false };
        match self.begin(address) {
            Ok(attempt) => {
                self.running.push((address, attempt));
                self.next = clock::now().checked_add(ATTEMPT_DELAY);
            }
            Err(error) => self.failures.push((address, error)),
        }
        true
    }

    fn begin(&self, address: SocketAddr) -> io::Result<Attempt> {
        let source = same_family(self.sources, address);
        if source.is_none() && !self.sources.is_empty() {
            return Err(io::Error::other("the source address is of another family"));
        }
        Attempt::begin(self.reactor, address, source, None)
    }

    fn time_is_over(&mut self) {
        let unfinished = self.running.drain(..).map(|(address, _)| address).chain(self.waiting.drain(..));
        self.failures.extend(unfinished.map(|address| (address, io::ErrorKind::TimedOut.into())));
    }

    /// They are few: the code of a general sort would be larger than all that is in this file.
    fn failures_in(self, order: &[SocketAddr]) -> Failures {
        let place = |address: &SocketAddr| order.iter().position(|tried| tried == address);
        let mut sorted = Failures::new();
        for (address, error) in self.failures {
            let before = sorted.partition_point(|(other, _)| place(other) <= place(&address));
            sorted.insert(before, (address, error));
        }
        sorted
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use socket2::{Domain, Socket, Type};

    use super::*;

    const PLENTY: Duration = Duration::from_secs(20);

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// A socket at a free port of `host`: while it does not listen, connections are refused.
    fn bound(host: &str) -> (Socket, SocketAddr) {
        let any_port = SocketAddr::new(host.parse().unwrap(), 0);
        let socket = Socket::new(Domain::for_address(any_port), Type::STREAM, None).unwrap();
        socket.bind(&any_port.into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        (socket, address)
    }

    /// An address at which connecting neither succeeds nor fails: the backlog is full.
    struct BlackHole {
        address: SocketAddr,
        socket: Socket,
        _backlog: Vec<TcpStream>,
    }

    fn black_hole(host: &str) -> BlackHole {
        let (socket, address) = bound(host);
        socket.listen(0).unwrap();
        let mut backlog = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
            backlog.push(stream);
        }
        BlackHole { address, socket, _backlog: backlog }
    }

    fn connect(
        addresses: &[SocketAddr],
        sources: &[SocketAddr],
        time: Duration,
    ) -> Result<SocketAddr, Failures> {
        let reactor = Reactor::new().unwrap();
        let attempt = connect_to_any(&reactor, addresses, sources, Deadline::after(Some(time)));
        reactor.block_on(attempt).map(|stream| stream.peer_addr().unwrap())
    }

    fn texts(failures: &Failures) -> Vec<String> {
        failures.iter().map(|(address, error)| format!("{address} {:?}", error.kind())).collect()
    }

    #[test]
    fn the_families_take_turns_and_the_first_begins() {
        let order = |texts: &[&str]| -> Vec<String> {
            let addresses: Vec<SocketAddr> = texts.iter().map(|text| address(text)).collect();
            interleaved(&addresses).iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            order(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"]),
            ["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]
        );
        assert_eq!(order(&["1.1.1.1:1", "2.2.2.2:1", "[::1]:1"]), ["1.1.1.1:1", "[::1]:1", "2.2.2.2:1"]);
        assert_eq!(order(&[]), [""; 0]);
    }

    #[test]
    fn an_address_that_does_not_answer_costs_a_moment() {
        let hole = black_hole("127.0.0.2");
        for host in ["127.0.0.1", "::1"] {
            let good = TcpListener::bind((host, 0)).unwrap().local_addr().unwrap();
            let listener = TcpListener::bind(good).unwrap();
            let start = Instant::now();
            let peer = connect(&[hole.address, good], &[], PLENTY).unwrap();
            assert_eq!(peer, listener.local_addr().unwrap());
            assert!(start.elapsed() >= ATTEMPT_DELAY, "{:?}", start.elapsed());
            assert!(start.elapsed() < PLENTY / 4, "{:?}", start.elapsed());
        }
    }

    #[test]
    fn a_refusal_makes_the_next_one_begin_at_once() {
        let refusing: Vec<(Socket, SocketAddr)> = (0..20).map(|_| bound("127.0.0.1")).collect();
        let good = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut addresses: Vec<SocketAddr> = refusing.iter().map(|(_, address)| *address).collect();
        addresses.push(good.local_addr().unwrap());
        let start = Instant::now();
        assert_eq!(connect(&addresses, &[], PLENTY).unwrap(), good.local_addr().unwrap());
        // One delay for each would be five seconds.
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }

    #[test]
    fn no_number_of_addresses_holds_a_turn() {
        let (_refusing, refused) = bound("127.0.0.1");
        let reactor = Reactor::new().unwrap();
        let addresses = vec![refused; 5000];
        let deadline = Deadline::after(Some(Duration::from_millis(100)));
        let mut attempt = std::pin::pin!(connect_to_any(&reactor, &addresses, &[], deadline));
        assert!(reactor.turn(attempt.as_mut()).is_pending());
        assert_eq!(reactor.milliseconds_left(), Some(0), "there is more to do");
        assert_eq!(reactor.block_on(attempt).unwrap_err().len(), addresses.len());
    }

    #[test]
    fn an_attempt_goes_on_while_others_begin() {
        // It answers only after the second has begun.
        let hole = black_hole("127.0.0.2");
        let (_refusing, refused) = bound("127.0.0.3");
        let reactor = Reactor::new().unwrap();
        let start = Instant::now();
        let addresses = [hole.address, refused];
        let attempt = connect_to_any(&reactor, &addresses, &[], Deadline::after(Some(PLENTY)));
        let listener = TcpListener::from(hole.socket);
        let other = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(600));
            // A place in the backlog: the kernel's next try for the connection finds it.
            let first = listener.accept().unwrap();
            (listener, first)
        });
        let stream = reactor.block_on(attempt).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), hole.address);
        assert!(start.elapsed() >= Duration::from_millis(600));
        drop(other.join().unwrap());
    }

    #[test]
    fn every_address_is_told_with_what_became_of_it() {
        let hole = black_hole("127.0.0.2");
        let (_refusing, refused) = bound("127.0.0.3");
        let failures = connect(&[hole.address, refused], &[], Duration::from_secs(1)).unwrap_err();
        assert_eq!(
            texts(&failures),
            [format!("{} TimedOut", hole.address), format!("{refused} ConnectionRefused")]
        );
        assert!(failures[0].1.raw_os_error().is_none());
    }

    #[test]
    fn the_ninth_waits_for_a_place() {
        let hole = black_hole("127.0.0.2");
        let good = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let _listener = TcpListener::bind(good).unwrap();
        let mut addresses = vec![hole.address; MAX_ATTEMPTS];
        addresses.push(good);
        // It would have had its turn long before.
        let time = ATTEMPT_DELAY * 12;
        let failures = connect(&addresses, &[], time).unwrap_err();
        assert_eq!(failures.len(), MAX_ATTEMPTS + 1);
        assert!(failures.iter().all(|(_, error)| error.kind() == io::ErrorKind::TimedOut));
    }

    #[test]
    fn an_address_without_a_source_of_its_family_fails() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let failures = connect(&[good], &[address("[::1]:0")], PLENTY).unwrap_err();
        assert_eq!(texts(&failures), [format!("{good} Other")]);
        assert!(connect(&[address("[::1]:9"), good], &[address("127.0.0.4:0")], PLENTY).is_ok());
        assert_eq!(listener.accept().unwrap().1.ip().to_string(), "127.0.0.4");
    }

    #[test]
    fn attempts_at_the_same_time_share_the_port_they_come_from() {
        let hole = black_hole("127.0.0.2");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (free, source) = bound("127.0.0.5");
        drop(free);
        connect(&[hole.address, listener.local_addr().unwrap()], &[source], PLENTY).unwrap();
        assert_eq!(listener.accept().unwrap().1, source);
    }
}
