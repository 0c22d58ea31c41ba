//! A server that ends one transfer as its cell says, and answers everything else as it should.

use std::net::IpAddr;
#[cfg(feature = "tls")]
use std::sync::LazyLock;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use super::cells::{Amount, Announced, Call, Cell, End, OFFSET, Protection, Replies};
#[cfg(feature = "tls")]
use super::support::certificates::{CertificateRequest, Identity, Key};
#[cfg(feature = "tls")]
use super::support::scripted::TlsServer;
use super::support::scripted::{ClientPort, Data, DataListener, Gone, Session};

/// What is in the file, and what the directory holds.
pub const CONTENT: &str = "one\r\ntwo\r\n";
const FACTS: &str = "type=file;size=1; one\r\ntype=file;size=2; two\r\n";

/// Long enough for a busy machine: the server waits no longer for its client.
const PATIENCE: Duration = Duration::from_secs(20);

/// How much later a late reply is.
const LATE: Duration = Duration::from_millis(30);

#[cfg(feature = "tls")]
static TLS: LazyLock<TlsServer> = LazyLock::new(|| {
    let request = CertificateRequest { key: Key::EcP256, ..CertificateRequest::default() };
    TlsServer::new(&Identity::self_signed(&request))
});

struct Server<'a> {
    cell: Cell,
    control: &'a mut Session,
    listener: Option<DataListener>,
    client_port: Option<ClientPort>,
    /// Connections that stay open.
    kept: Vec<Data>,
    /// The reply that comes too late.
    held_back: Option<&'static str>,
    /// What the client has uploaded.
    received: Vec<u8>,
}

/// Plays one session. `end` is heard when the client has done all that it does. Returns what was uploaded.
pub fn play(cell: Cell, control: &mut Session, end: &Receiver<()>) -> Vec<u8> {
    let mut server = Server {
        cell,
        control,
        listener: None,
        client_port: None,
        kept: Vec::new(),
        held_back: None,
        received: Vec::new(),
    };
    let _ = server.serve();
    // What was left open stays open until the client has seen all of it.
    let _ = end.recv();
    server.received
}

impl Server<'_> {
    fn serve(&mut self) -> Result<(), Gone> {
        self.control.say("220 ready")?;
        loop {
            let line = self.control.hear()?;
            if let Some(reply) = self.held_back.take() {
                self.control.say(reply)?;
            }
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            match verb {
                "AUTH" => {
                    self.control.say("234 go")?;
                    self.start_tls()?;
                }
                "USER" => self.control.say("331 password")?,
                "PASS" => self.control.say("230 welcome")?,
                "PWD" => self.control.say("257 \"/in/step\" is here")?,
                "SIZE" => {
                    let size = self.size();
                    self.control.say(&size)?;
                }
                "REST" => self.control.say("350 go on")?,
                "PASV" => self.listener = Some(self.control.offer_passive()?),
                "PORT" => {
                    self.client_port = Some(self.control.port_of(argument));
                    self.control.say("200 fine")?;
                }
                "RETR" | "LIST" | "NLST" | "MLSD" | "STOR" => self.transfer(verb)?,
                "ABOR" => {
                    self.kept.clear();
                    self.control.say("226 aborted")?;
                }
                "QUIT" => return self.control.say("221 goodbye"),
                _ => self.control.say("200 fine")?,
            }
        }
    }

    fn transfer(&mut self, verb: &str) -> Result<(), Gone> {
        match self.cell.replies {
            Replies::ForPreliminary => {}
            Replies::TransientForPreliminary => return self.control.say("450 busy"),
            Replies::PermanentForPreliminary => return self.control.say("550 no"),
            _ => {
                let reply = self.preliminary(verb);
                self.control.say(&reply)?;
            }
        }
        let data = if self.cell.replies == Replies::ForPreliminary {
            self.open_and_say_done()?
        } else {
            self.open()?
        };
        if let Some(data) = data {
            match self.cell.replies {
                Replies::Early => self.control.say("226 done")?,
                Replies::TransientEarly => self.control.say("451 failed")?,
                _ => {}
            }
            self.move_data(verb, data);
        }
        match self.cell.replies {
            Replies::Positive => self.control.say("226 done"),
            Replies::Late => {
                thread::sleep(LATE);
                self.control.say("226 done")
            }
            Replies::Twice => self.control.say("226 done\r\n226 done"),
            Replies::ThenPreliminary => self.control.say("226 done\r\n150 again"),
            Replies::Transient => self.control.say("451 failed"),
            Replies::Permanent => self.control.say("551 failed"),
            Replies::TooLate => {
                self.held_back = Some("226 done");
                Ok(())
            }
            Replies::Closed => {
                self.control.close();
                Err(Gone)
            }
            _ => Ok(()),
        }
    }

    /// In passive mode the client has connected already; in active mode it has to be told that the connection comes.
    fn open_and_say_done(&mut self) -> Result<Option<Data>, Gone> {
        if self.listener.is_none() {
            self.control.say("226 done")?;
            return self.open();
        }
        let data = self.open()?;
        self.control.say("226 done")?;
        Ok(data)
    }

    fn preliminary(&self, verb: &str) -> String {
        match self.announced() {
            Some(size) => format!("150 Opening data connection for f ({size} bytes)"),
            None => format!("150 here is {verb}"),
        }
    }

    fn announced(&self) -> Option<usize> {
        let real = self.content("RETR").len();
        match self.cell.announced {
            Announced::None | Announced::BySize | Announced::MoreBySize => None,
            Announced::Equal => Some(real),
            Announced::Less => Some(real - 1),
            Announced::More => Some(real + OFFSET),
            Announced::FarMore => Some(real + OFFSET + 1),
        }
    }

    fn size(&self) -> String {
        let before = if self.cell.call == Call::RetrbinaryRest { OFFSET } else { 0 };
        let whole = before + self.content("RETR").len();
        match self.cell.announced {
            Announced::BySize => format!("213 {whole}"),
            Announced::MoreBySize => format!("213 {}", whole + 1),
            _ => "502 no".to_owned(),
        }
    }

    /// What the client gets.
    fn content(&self, verb: &str) -> &'static [u8] {
        match (self.cell.amount, verb) {
            (Amount::Nothing, _) => b"",
            (_, "MLSD") => FACTS.as_bytes(),
            _ => CONTENT.as_bytes(),
        }
    }

    /// The data connection, if anything is to go over it.
    fn open(&mut self) -> Result<Option<Data>, Gone> {
        let opened = match (self.cell.end, &self.client_port) {
            // What has connected stays in the queue of the listener.
            (End::Never, _) => return Ok(None),
            (End::Stranger, Some(port)) => {
                self.kept.extend(port.try_connect([127, 0, 0, 2].into(), PATIENCE));
                return Ok(None);
            }
            (_, Some(port)) => port.try_connect(IpAddr::from([127, 0, 0, 1]), PATIENCE),
            (_, None) => self.listener.as_ref().and_then(|listener| listener.try_accept(PATIENCE)),
        };
        let Some(mut data) = opened else { return Err(Gone) };
        if self.cell.end == End::NoHandshake {
            // The client's hello is taken, so that the end is a FIN and no reset.
            data.take(1, PATIENCE);
            return Ok(None);
        }
        if self.cell.protection == Protection::Tls && !secure(&mut data) {
            return Ok(None);
        }
        Ok(Some(data))
    }

    fn move_data(&mut self, verb: &str, mut data: Data) {
        if self.cell.is_upload() {
            let at_most = if self.cell.end == End::Reset { 1 } else { usize::MAX };
            (self.received, _) = data.take(at_most, PATIENCE);
        } else {
            data.try_send(self.content(verb));
        }
        match self.cell.end {
            End::Ended => end(data),
            End::Cut => drop(data),
            End::Reset => data.reset_when_sent(),
            _ => self.kept.push(data),
        }
    }

    #[cfg(feature = "tls")]
    fn start_tls(&mut self) -> Result<(), Gone> {
        self.control.try_start_tls(&TLS).map_err(|_| Gone)
    }

    #[cfg(not(feature = "tls"))]
    fn start_tls(&mut self) -> Result<(), Gone> {
        Err(Gone)
    }
}

/// The handshake of a data connection, and whether it was one.
#[cfg(feature = "tls")]
fn secure(data: &mut Data) -> bool {
    data.try_start_tls(&TLS).is_ok()
}

#[cfg(not(feature = "tls"))]
fn secure(_: &mut Data) -> bool {
    false
}

/// Closes in an orderly way.
fn end(mut data: Data) {
    data.try_close_notify();
}
