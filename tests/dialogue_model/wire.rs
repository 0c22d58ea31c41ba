//! The oracle's connections in the simulated world.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use ftpclient::net::simulation::{Connection, Listener, sleep, wait_for, within};

use super::server::Server;

pub const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 21);
/// Longer than a client takes to connect.
const PATIENCE: Duration = Duration::from_secs(1);

/// A data connection, closed when dropped.
pub struct Data {
    connection: Connection,
}

impl Data {
    pub fn send(&mut self) {
        // The client may have closed it.
        let _ = self.connection.write(b"data");
    }

    pub fn is_closed_by_client(&mut self) -> bool {
        loop {
            match self.connection.read(&mut [0; 64]) {
                Ok(1..) => {}
                Ok(0) => return true,
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }
}

/// What the client sends goes to the oracle, and what that says to the client, until one of them leaves.
pub async fn serve(listener: Listener, server: Rc<RefCell<Server>>) {
    let mut control = listener.accept().await;
    let mut ahead = Vec::new();
    // Where the next transfer finds its data connection, and where that after it does.
    let (mut passive, mut spare) = (None, offer(&server));
    loop {
        if !hear(&mut control, &mut ahead, &server) {
            return;
        }
        let wants_data = server.borrow().wants_data();
        if let Some(listener) = passive.take_if(|_| wants_data) {
            server.borrow_mut().data = accept(&listener).await;
        }
        let has_worked = server.borrow_mut().work();
        if std::mem::take(&mut server.borrow_mut().has_named) {
            passive = std::mem::replace(&mut spare, offer(&server));
        }
        say(&mut control, &server).await;
        if server.borrow().is_gone {
            return;
        }
        let pause = server.borrow_mut().pause();
        match (has_worked, pause) {
            (true, 0) => {}
            (true, pause) => sleep(Duration::from_millis(pause)).await,
            (false, _) => {
                server.borrow_mut().is_idle = true;
                until_something_happens().await;
            }
        }
    }
}

/// Listens at the address that the oracle names next.
fn offer(server: &RefCell<Server>) -> Option<Listener> {
    let listener = Listener::bind((ADDRESS.ip(), 0).into()).ok();
    server.borrow_mut().port = listener.as_ref().map_or(0, |listener| listener.local_addr().port());
    listener
}

async fn accept(listener: &Listener) -> Option<Data> {
    let connection = within(PATIENCE, listener.accept()).await?;
    let mut data = Data { connection };
    // One that was made ahead is closed when the user plays the transfer by hand.
    if data.is_closed_by_client() { None } else { Some(data) }
}

/// Hears what has come. Whether the client is still there.
fn hear(control: &mut Connection, ahead: &mut Vec<u8>, server: &RefCell<Server>) -> bool {
    let mut buffer = [0; 512];
    loop {
        match control.read(&mut buffer) {
            Ok(0) => return false,
            Ok(count) => ahead.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => return false,
        }
    }
    while let Some(end) = ahead.windows(2).position(|end| end == b"\r\n") {
        let line = String::from_utf8_lossy(&ahead[..end]).into_owned();
        ahead.drain(..end + 2);
        server.borrow_mut().hear(&line);
    }
    true
}

/// Says what the oracle has to say.
async fn say(control: &mut Connection, server: &RefCell<Server>) {
    let said = std::mem::take(&mut server.borrow_mut().said);
    if !said.is_empty() {
        // Such dialogues are short: everything fits.
        let _ = wait_for(|| control.write(said.as_bytes())).await;
    }
}

async fn until_something_happens() {
    let mut has_waited = false;
    poll_fn(|_| if std::mem::replace(&mut has_waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}
