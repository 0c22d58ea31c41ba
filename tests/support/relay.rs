//! A relay in front of a server: it records what clients send on their control connections, and can pass on byte by byte what the
//! server sends. Not what the clients send: ProFTPD 1.3.8 waits for ever for the rest of a command that comes in pieces.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

pub struct Relay {
    address: SocketAddr,
    /// One for each client, in their order; each returns what its client has sent.
    clients: Arc<Mutex<Vec<JoinHandle<Vec<u8>>>>>,
}

impl Relay {
    pub fn start(server: SocketAddr, drips: bool) -> Relay {
        let listener = TcpListener::bind((server.ip(), 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let clients = Arc::new(Mutex::new(Vec::new()));
        let begun = clients.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let Ok(server) = TcpStream::connect(server) else { continue };
                let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || pass_on(from, to, drips));
                begun.lock().unwrap().push(thread::spawn(move || pass_on(client, server, false)));
            }
        });
        Relay { address, clients }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the clients have sent since the last time. They must have left.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        let clients = std::mem::take(&mut *self.clients.lock().unwrap());
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    }
}

/// Until either side is gone.
fn pass_on(mut from: TcpStream, mut to: TcpStream, drips: bool) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    to.set_nodelay(true).unwrap();
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        heard.extend_from_slice(&buffer[..count]);
        let piece = if drips { 1 } else { count };
        if buffer[..count].chunks(piece).any(|piece| to.write_all(piece).is_err()) {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    heard
}
