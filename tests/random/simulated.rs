//! The connections of servers in a simulated world.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ftpclient::net::simulation::{Connection, Listener, wait_for, within};

/// So long a server waits for a client: longer than any client for a server.
const PATIENCE: Duration = Duration::from_secs(100 * 3600);

/// A connection, in clear or over TLS, with what was read ahead.
pub struct Wire {
    transport: Option<Transport>,
    ahead: Vec<u8>,
}

enum Transport {
    Clear(Connection),
    #[cfg(feature = "tls")]
    Tls(Box<openssl::ssl::SslStream<Connection>>),
}

impl Transport {
    fn connection(&self) -> &Connection {
        match self {
            Transport::Clear(connection) => connection,
            #[cfg(feature = "tls")]
            Transport::Tls(tls) => tls.get_ref(),
        }
    }
}

impl Wire {
    pub fn new(connection: Connection) -> Wire {
        Wire { transport: Some(Transport::Clear(connection)), ahead: Vec::new() }
    }

    pub async fn line(&mut self) -> Vec<u8> {
        loop {
            if let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') {
                return self.ahead.drain(..=end).collect();
            }
            let mut buffer = [0; 4096];
            match self.read(&mut buffer).await {
                0 => return std::mem::take(&mut self.ahead),
                count => self.ahead.extend_from_slice(&buffer[..count]),
            }
        }
    }

    /// 0 at the end, however it comes.
    async fn read(&mut self, buffer: &mut [u8]) -> usize {
        wait_for(|| match &mut self.transport {
            None => Ok(0),
            Some(Transport::Clear(connection)) => connection.read(buffer),
            #[cfg(feature = "tls")]
            Some(Transport::Tls(tls)) => tls.read(buffer),
        })
        .await
        .unwrap_or(0)
    }

    pub async fn say(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let written = wait_for(|| match &mut self.transport {
                None => Err(io::ErrorKind::NotConnected.into()),
                Some(Transport::Clear(connection)) => connection.write(bytes),
                #[cfg(feature = "tls")]
                Some(Transport::Tls(tls)) => tls.write(bytes),
            });
            let Ok(count) = written.await else { return false };
            bytes = &bytes[count..];
        }
        true
    }

    #[cfg(feature = "tls")]
    pub async fn start_tls(mut self) -> Option<Wire> {
        use openssl::ssl::{ErrorCode, Ssl, SslStream};

        let Some(Transport::Clear(connection)) = self.transport else { return None };
        let mut tls = SslStream::new(Ssl::new(super::sockets::context()).unwrap(), connection).unwrap();
        let handshake = wait_for(|| {
            tls.accept().map_err(|error| match error.code() {
                ErrorCode::WANT_READ | ErrorCode::WANT_WRITE => io::ErrorKind::WouldBlock.into(),
                _ => io::Error::other("no handshake"),
            })
        });
        within(PATIENCE, handshake).await?.ok()?;
        self.transport = Some(Transport::Tls(Box::new(tls)));
        Some(self)
    }

    #[cfg(not(feature = "tls"))]
    pub async fn start_tls(self) -> Option<Wire> {
        None
    }

    pub fn reset(&mut self) {
        if let Some(transport) = &self.transport {
            transport.connection().set_abortive_close();
        }
    }
}

/// The server's end of a data connection. Dropping it closes it with FIN, over TLS without a close_notify.
pub struct Data {
    /// `None` after a handshake that failed.
    wire: Option<Wire>,
}

impl Data {
    pub async fn accept(listener: &Listener) -> Option<Data> {
        Some(Data { wire: Some(Wire::new(within(PATIENCE, listener.accept()).await?)) })
    }

    pub async fn connect(from: IpAddr, to: SocketAddr) -> Option<Data> {
        let connection = within(PATIENCE, Connection::connect((from, 0).into(), to));
        Some(Data { wire: Some(Wire::new(connection.await?.ok()?)) })
    }

    pub async fn start_tls(&mut self) -> bool {
        if let Some(wire) = self.wire.take() {
            self.wire = wire.start_tls().await;
        }
        self.wire.is_some()
    }

    pub async fn close_before_handshake(mut self) {
        if let Some(wire) = &mut self.wire {
            within(PATIENCE, wire.read(&mut [0; 4096])).await;
        }
    }

    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        let Some(wire) = &mut self.wire else { return false };
        wire.say(bytes).await
    }

    pub async fn receive(&mut self, at_most: usize) -> Vec<u8> {
        let mut all = Vec::new();
        let mut buffer = [0; 4096];
        while let Some(wire) = &mut self.wire
            && all.len() < at_most
        {
            match wire.read(&mut buffer).await {
                count @ 1.. => all.extend_from_slice(&buffer[..count]),
                _ => break,
            }
        }
        all
    }

    #[allow(unused_mut)]
    pub fn close(mut self) {
        #[cfg(feature = "tls")]
        if let Some(Wire { transport: Some(Transport::Tls(tls)), .. }) = &mut self.wire {
            let _ = tls.shutdown();
        }
    }

    /// Closes with RST, once the client's system has all that was sent.
    pub async fn reset(self) {
        let Some(Wire { transport: Some(transport), .. }) = self.wire else { return };
        let delivered = || match transport.connection().has_delivered() {
            true => Ok(()),
            false => Err(io::ErrorKind::WouldBlock.into()),
        };
        let _ = wait_for(delivered).await;
        transport.connection().set_abortive_close();
    }
}
