//! One connection as the script sees it: every wait has an end.

use std::borrow::Cow;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::super::processor::OwnTime;
use super::stage::{Stage, TICK, is_not_yet};
use super::transport::Transport;

pub(super) struct Wire {
    pub(super) transport: Transport,
    pub(super) stage: Arc<Stage>,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, stage: &Arc<Stage>) -> Wire {
        stream.set_nonblocking(false).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(TICK)).unwrap();
        stream.set_write_timeout(Some(TICK)).unwrap();
        // A byte that the client sends as urgent (ABOR) stays in its place in the stream.
        SockRef::from(&stream).set_out_of_band_inline(true).unwrap();
        Wire { transport: Transport::Plain(stream), stage: Arc::clone(stage) }
    }

    pub(super) fn accept(listener: &TcpListener, stage: &Arc<Stage>) -> io::Result<Wire> {
        listener.set_nonblocking(true)?;
        let stream = stage.wait_for(|| try_accept(listener))?;
        Ok(Wire::new(stream, stage))
    }

    /// The control connection, with which all begins.
    pub(super) fn accept_client(listener: &TcpListener, stage: &Arc<Stage>) -> io::Result<Wire> {
        listener.set_nonblocking(true)?;
        let stream = stage.wait_for_client(|| try_accept(listener))?;
        Ok(Wire::new(stream, stage))
    }

    pub(super) fn stream(&self) -> &TcpStream {
        self.transport.stream()
    }

    /// The next bytes; none at the end of the stream.
    pub(super) fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = [0; 65536];
        let count = self.stage.wait_for(|| self.transport.read(&mut buffer))?;
        Ok(buffer[..count].to_vec())
    }

    /// The same, or `None` when the client sends nothing for about a [`TICK`].
    pub(super) fn read_now(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut buffer = [0; 65536];
        match self.transport.read(&mut buffer) {
            Ok(count) => Ok(Some(buffer[..count].to_vec())),
            Err(e) if is_not_yet(&e) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Panics when the client sends something or leaves within `time`.
    #[track_caller]
    pub(super) fn expect_silence(&mut self, time: Duration) {
        let start = Instant::now();
        while start.elapsed() < time {
            match self.read_now() {
                Ok(None) => {}
                Ok(Some(bytes)) if bytes.is_empty() => panic!("the client was to be silent, but it left"),
                Ok(Some(bytes)) => {
                    panic!("the client was to be silent, but it sent \"{}\"", bytes.escape_ascii())
                }
                Err(e) => panic!("the client was to be silent, but: {e}"),
            }
        }
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = self.stage.wait_for(|| self.transport.write(bytes))?;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// Sends the same bytes again and again until the client has closed.
    #[track_caller]
    pub(super) fn flood(&mut self, bytes: &[u8]) {
        // Many bytes are not copied: the memory would seem to be the client's.
        let block = if bytes.len() < 65536 {
            Cow::Owned(bytes.repeat(65536 / bytes.len()))
        } else {
            Cow::Borrowed(bytes)
        };
        let time = OwnTime::begin();
        while self.write(&block).is_ok() {
            assert!(!time.is_more_than(Duration::from_secs(20)), "the client took 20 s of this");
        }
    }

    /// Sends bytes as they are, also when TLS is on.
    pub(super) fn write_raw(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = self.stage.wait_for(|| self.stream().write(bytes))?;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// Sends `size` bytes at a time and waits for `pause` between them.
    pub(super) fn write_split(&mut self, bytes: &[u8], size: usize, pause: Duration) -> io::Result<()> {
        for (i, piece) in bytes.chunks(size).enumerate() {
            if i > 0 {
                thread::sleep(pause);
            }
            self.write(piece)?;
        }
        Ok(())
    }

    pub(super) fn shutdown_write(&mut self) {
        match self.stream().shutdown(Shutdown::Write) {
            Err(e) if e.kind() != ErrorKind::NotConnected => panic!("shutdown: {e}"),
            _ => {}
        }
    }

    /// How many bytes the client's system has not taken yet.
    #[allow(unsafe_code)]
    pub(super) fn unsent(&self) -> i32 {
        let mut count = 0;
        // SAFETY: the descriptor is open, and the call writes one int.
        let asked = unsafe { libc::ioctl(self.stream().as_raw_fd(), libc::TIOCOUTQ, &raw mut count) };
        if asked == 0 { count } else { 0 }
    }

    /// Waits until the client, which is in this process, has read all that was sent.
    #[track_caller]
    pub(super) fn expect_taken(&self) {
        self.wait_until(|| self.unsent() == 0 && self.unread() == 0);
    }

    /// Waits until the client's system has taken all that was sent.
    #[track_caller]
    pub(super) fn expect_arrived(&self) {
        self.wait_until(|| self.unsent() == 0);
    }

    #[track_caller]
    fn wait_until(&self, is_taken: impl Fn() -> bool) {
        let time = OwnTime::begin();
        while !is_taken() {
            assert!(!time.is_more_than(Duration::from_secs(20)), "the client has not taken all in 20 s");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// How many bytes the client's system has taken and the client has not read. The client is in this process: the system's table of all
    /// connections would take long on a busy machine.
    #[allow(unsafe_code)]
    fn unread(&self) -> i32 {
        let ends = |socket: &SockRef<'_>| {
            Some([socket.local_addr().ok()?.as_socket()?, socket.peer_addr().ok()?.as_socket()?])
        };
        let [server, client] = ends(&SockRef::from(self.stream())).expect("it is connected");
        let is_it = |fd: RawFd| {
            // SAFETY: it was open just now. If it is not any more, the system says so.
            ends(&SockRef::from(&unsafe { BorrowedFd::borrow_raw(fd) })) == Some([client, server])
        };
        let open = fs::read_dir("/proc/self/fd").unwrap().flatten();
        let mut open = open.filter_map(|fd| fd.file_name().to_str()?.parse().ok());
        let fd: RawFd = open.find(|&fd| is_it(fd)).expect("the client is connected");
        let mut count = 0;
        // SAFETY: as above, and the call writes one int.
        let asked = unsafe { libc::ioctl(fd, libc::FIONREAD, &raw mut count) };
        if asked == 0 { count } else { 0 }
    }

    /// Closes so that the client is told of a reset (RST) instead of an end (FIN).
    pub(super) fn reset(self) {
        SockRef::from(self.stream()).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

fn try_accept(listener: &TcpListener) -> io::Result<TcpStream> {
    match listener.accept() {
        Ok((stream, _)) => Ok(stream),
        Err(error) => {
            thread::sleep(Duration::from_millis(1));
            Err(error)
        }
    }
}
