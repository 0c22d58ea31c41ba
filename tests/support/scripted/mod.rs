//! An FTP server that plays a script: the test writes the dialogue down, word for word.
//!
//! ```ignore
//! let server = Scripted::start(|s| {
//!     s.login();
//!     s.expect("TYPE I");
//!     s.send("200 binary\r\n");
//!     let listener = s.passive();
//!     s.expect("RETR f");
//!     s.send("150 5 bytes follow\r\n");
//!     let mut data = listener.accept();
//!     data.send("hello");
//!     data.close();
//!     s.send("226 done\r\n");
//!     s.quit();
//! });
//! // … here the client under test talks to server.addr() …
//! server.finish();
//! ```
//!
//! TLS begins where the script says so, and everything after that goes over it:
//!
//! ```ignore
//! s.expect("AUTH TLS");
//! s.send("234 go\r\n");
//! s.start_tls(&tls);
//! ```
//!
//! Where a test cannot write the dialogue down, because it plays thousands of them or compares two clients, the server reacts to
//! what it hears ([`Scripted::react`]): the parts of such scripts return [`Gone`] when the client has left.
//!
//! The script runs on a thread of its own. When the client says something else than the script expects, stays silent
//! for too long or leaves too early, the script panics, and [`Scripted::finish`] fails the test with that message
//! and the dialogue so far.

mod data;
mod reacting;
mod session;
mod stage;
#[cfg(feature = "tls")]
mod tls;
mod transport;
mod wire;

use std::any::Any;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

pub use data::{ClientPort, Data, DataListener};
pub use reacting::Gone;
pub use session::Session;
use stage::Stage;
#[cfg(all(feature = "tls", not(feature = "aws-lc")))]
pub use tls::Message;
#[cfg(feature = "tls")]
pub use tls::{End, TlsServer};

use super::processor;

/// What happens on one control connection.
pub type Script = Box<dyn FnOnce(&mut Session) + Send>;

/// Boxes a script, for [`Scripted::sessions`].
pub fn script(play: impl FnOnce(&mut Session) + Send + 'static) -> Script {
    Box::new(play)
}

/// A running scripted server. Dropping it finishes it, so a script that failed cannot go unnoticed.
pub struct Scripted {
    addr: SocketAddr,
    stage: Arc<Stage>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Scripted {
    /// Plays `play` for the first client that connects to a free port of 127.0.0.1.
    pub fn start(play: impl FnOnce(&mut Session) + Send + 'static) -> Scripted {
        Scripted::sessions(vec![script(play)])
    }

    /// The same on ::1.
    pub fn start_v6(play: impl FnOnce(&mut Session) + Send + 'static) -> Scripted {
        Scripted::listen((Ipv6Addr::LOCALHOST, 0).into(), vec![script(play)])
    }

    /// Plays the scripts one after another, each for the next control connection.
    pub fn sessions(scripts: Vec<Script>) -> Scripted {
        Scripted::listen((Ipv4Addr::LOCALHOST, 0).into(), scripts)
    }

    fn listen(addr: SocketAddr, scripts: Vec<Script>) -> Scripted {
        let listener = TcpListener::bind(addr).unwrap();
        let addr = listener.local_addr().unwrap();
        let stage = Arc::new(Stage::default());
        let thread = thread::spawn({
            let stage = Arc::clone(&stage);
            move || {
                let _remembered = processor::Remembered;
                for play in scripts {
                    let mut session = Session::accept(&listener, &stage);
                    play(&mut session);
                }
            }
        });
        Scripted { addr, stage, thread: Mutex::new(Some(thread)) }
    }

    /// Where the client connects to.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Everything that the script has read from the control connections so far, byte for byte.
    pub fn received(&self) -> Vec<u8> {
        self.stage.received()
    }

    /// Waits for the script to end; panics when it failed, or when the client left it unfinished.
    #[track_caller]
    pub fn finish(&self) {
        if let Err(panic) = self.end() {
            panic!("{}\nThe dialogue so far:\n{}", panic_message(&*panic), self.stage.dialogue());
        }
    }

    /// Waits for the script to end, for tests whose client may leave before it does; whether the script was played to its end.
    pub fn is_played(&self) -> bool {
        self.end().is_ok()
    }

    fn end(&self) -> thread::Result<()> {
        self.stage.end_the_test();
        let thread = self.thread.lock().unwrap().take();
        thread.map_or(Ok(()), JoinHandle::join)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        if thread::panicking() {
            // The test has failed already: show what was said, and leave the script to end by itself.
            self.stage.end_the_test();
            eprintln!("The dialogue with the scripted server:\n{}", self.stage.dialogue());
        } else {
            self.finish();
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "the script panicked",
    }
}
