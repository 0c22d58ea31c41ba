//! A server in a simulated world, which has one file, and takes one.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use ftpclient::net::clock;
use ftpclient::net::simulation::{Connection, Listener, World, sleep, wait_for};

use super::Moves;

/// What became of the server, and what it is to do.
#[derive(Clone)]
pub(super) struct Served(Rc<Inside>);

struct Inside {
    address: SocketAddr,
    size: usize,
    received: RefCell<Moves>,
    lines: RefCell<Vec<String>>,
    /// How many bytes of the file are sent before a pause, and how long that is.
    stall: Cell<(usize, Duration)>,
    before_confirming: Cell<Duration>,
}

impl Served {
    pub(super) fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// What the server has got, and when.
    pub(super) fn received(&self) -> Moves {
        self.0.received.borrow().clone()
    }

    pub(super) fn heard(&self, line: &str) -> usize {
        self.0.lines.borrow().iter().filter(|heard| *heard == line).count()
    }

    pub(super) fn stalls(&self, after: usize, time: Duration) {
        self.0.stall.set((after, time));
    }

    pub(super) fn confirms_after(&self, time: Duration) {
        self.0.before_confirming.set(time);
    }
}

/// Serves one client.
pub(super) fn serve(world: &World, size: usize) -> Served {
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let served = Served(Rc::new(Inside {
        address: listener.local_addr(),
        size,
        received: RefCell::default(),
        lines: RefCell::default(),
        stall: Cell::default(),
        before_confirming: Cell::default(),
    }));
    let server = served.clone();
    world.spawn(async move {
        server.talk(Control::new(listener.accept().await)).await;
    });
    served
}

/// The server's side of a control connection.
pub(super) struct Control {
    connection: Rc<RefCell<Connection>>,
    ahead: Vec<u8>,
}

impl Control {
    pub(super) fn new(connection: Connection) -> Control {
        Control { connection: Rc::new(RefCell::new(connection)), ahead: Vec::new() }
    }

    pub(super) fn say(&self, reply: &str) {
        // The client is there, and there is room for a reply; or it has left, and nobody minds.
        let _ = self.connection.borrow_mut().write(format!("{reply}\r\n").as_bytes());
    }

    pub(super) async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.ahead.drain(..=end).collect();
                return Some(String::from_utf8(line).unwrap().trim_end().to_owned());
            }
            let mut bytes = [0; 512];
            let count = wait_for(|| self.connection.borrow_mut().read(&mut bytes)).await.unwrap_or(0);
            if count == 0 {
                return None;
            }
            self.ahead.extend_from_slice(&bytes[..count]);
        }
    }
}

impl Served {
    async fn talk(self, mut control: Control) {
        control.say("220 (vsFTPd 3.0.3)");
        let mut passive = None;
        while let Some(line) = control.line().await {
            self.0.lines.borrow_mut().push(line.clone());
            match line.split(' ').next().unwrap() {
                "USER" => control.say("230 welcome"),
                "PASV" => {
                    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
                    let port = listener.local_addr().port();
                    control.say(&format!("227 (127,0,0,1,{},{})", port >> 8, port & 0xff));
                    passive = Some(listener);
                }
                "RETR" | "STOR" => self.transfer(&line, passive.take().unwrap(), &control),
                "ABOR" => control.say("226 aborted"),
                "PWD" => control.say("257 \"/\""),
                _ => control.say("200 fine"),
            }
        }
    }

    /// Beside the control connection, as NOOPs are to be answered at once.
    fn transfer(&self, line: &str, listener: Listener, control: &Control) {
        let announced =
            if line.starts_with("RETR") { format!(" ({} bytes)", self.0.size) } else { String::new() };
        control.say(&format!("150 go{announced}"));
        let (server, is_upload) = (self.clone(), line.starts_with("STOR"));
        let control = Control { connection: control.connection.clone(), ahead: Vec::new() };
        ftpclient::net::simulation::spawn(async move {
            let mut data = listener.accept().await;
            let moved = if is_upload { server.take(&mut data).await } else { server.send(&mut data).await };
            drop(data);
            sleep(server.0.before_confirming.get()).await;
            control.say(if moved { "226 done" } else { "426 broken" });
        });
    }

    async fn send(&self, data: &mut Connection) -> bool {
        let (after, time) = self.0.stall.get();
        let block = [b'x'; 64 * 1024];
        let mut sent = 0;
        while sent < self.0.size {
            if after > 0 && sent == after {
                sleep(time).await;
            }
            let most = if sent < after { after } else { self.0.size };
            let now = block.len().min(most - sent);
            match wait_for(|| data.write(&block[..now])).await {
                Ok(count) => sent += count,
                Err(_) => return false,
            }
        }
        true
    }

    async fn take(&self, data: &mut Connection) -> bool {
        let mut block = [0; 64 * 1024];
        loop {
            match wait_for(|| data.read(&mut block)).await {
                Ok(0) => return true,
                Ok(count) => self.0.received.borrow_mut().push((clock::now(), count)),
                Err(_) => return false,
            }
        }
    }
}
