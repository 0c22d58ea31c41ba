//! A server that ends one transfer as its cell says, and answers everything else as it should.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use super::cells::{Announced, Call, Cell, End, OFFSET, Protection, Replies};
use super::plain::{Data, PATIENCE, Wire};

/// What is in the file, and what the directory holds.
pub const CONTENT: &str = "one\r\ntwo\r\n";
const FACTS: &str = "type=file;size=1; one\r\ntype=file;size=2; two\r\n";

/// How much later a late reply is.
const LATE: Duration = Duration::from_millis(30);

/// The connection is gone.
pub struct Gone;

pub struct Server {
    cell: Cell,
    /// `None` once the server has closed it.
    control: Option<BufReader<Wire>>,
    peer: SocketAddr,
    listener: Option<TcpListener>,
    client_port: Option<SocketAddr>,
    /// Connections that stay open.
    kept: Vec<Data>,
    /// The reply that comes too late.
    held_back: Option<&'static str>,
    /// What the client has uploaded.
    received: Vec<u8>,
}

/// Plays one session. `end` is heard when the client has done all that it does. Returns what was uploaded.
pub fn play(cell: Cell, listener: &TcpListener, end: &Receiver<()>) -> Vec<u8> {
    let (stream, peer) = listener.accept().unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut server = Server {
        cell,
        control: Some(BufReader::new(Wire::Clear(stream))),
        peer,
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

impl Server {
    fn serve(&mut self) -> Result<(), Gone> {
        self.say("220 ready")?;
        loop {
            let line = self.line()?;
            if let Some(reply) = self.held_back.take() {
                self.say(reply)?;
            }
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            match verb {
                "AUTH" => {
                    self.say("234 go")?;
                    self.start_tls()?;
                }
                "USER" => self.say("331 password")?,
                "PASS" => self.say("230 welcome")?,
                "PWD" => self.say("257 \"/in/step\" is here")?,
                "SIZE" => self.say(&self.size())?,
                "REST" => self.say("350 go on")?,
                "PASV" => self.passive()?,
                "PORT" => self.active(argument)?,
                "RETR" | "LIST" | "NLST" | "MLSD" | "STOR" => self.transfer(verb)?,
                "ABOR" => {
                    self.kept.clear();
                    self.say("226 aborted")?;
                }
                "QUIT" => return self.say("221 goodbye"),
                _ => self.say("200 fine")?,
            }
        }
    }

    fn passive(&mut self) -> Result<(), Gone> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let [high, low] = listener.local_addr().unwrap().port().to_be_bytes();
        self.listener = Some(listener);
        self.say(&format!("227 here (127,0,0,1,{high},{low})"))
    }

    fn active(&mut self, argument: &str) -> Result<(), Gone> {
        let numbers: Vec<u16> = argument.split(',').filter_map(|number| number.parse().ok()).collect();
        let [_, _, _, _, high, low] = numbers[..] else { panic!("no address: {argument}") };
        self.client_port = Some((self.peer.ip(), high * 256 + low).into());
        self.say("200 fine")
    }

    fn transfer(&mut self, verb: &str) -> Result<(), Gone> {
        match self.cell.replies {
            Replies::ForPreliminary => {}
            Replies::TransientForPreliminary => return self.say("450 busy"),
            Replies::PermanentForPreliminary => return self.say("550 no"),
            _ => self.say(&self.preliminary(verb))?,
        }
        let data = if self.cell.replies == Replies::ForPreliminary {
            self.open_and_say_done()?
        } else {
            self.open()?
        };
        if let Some(data) = data {
            match self.cell.replies {
                Replies::Early => self.say("226 done")?,
                Replies::TransientEarly => self.say("451 failed")?,
                _ => {}
            }
            self.move_data(verb, data);
        }
        match self.cell.replies {
            Replies::Positive => self.say("226 done"),
            Replies::Late => {
                thread::sleep(LATE);
                self.say("226 done")
            }
            Replies::Twice => self.say("226 done\r\n226 done"),
            Replies::ThenPreliminary => self.say("226 done\r\n150 again"),
            Replies::Transient => self.say("451 failed"),
            Replies::Permanent => self.say("551 failed"),
            Replies::TooLate => {
                self.held_back = Some("226 done");
                Ok(())
            }
            Replies::Closed => {
                self.control = None;
                Err(Gone)
            }
            _ => Ok(()),
        }
    }

    /// In passive mode the client has connected already; in active mode it has to be told that the connection comes.
    fn open_and_say_done(&mut self) -> Result<Option<Data>, Gone> {
        if self.listener.is_none() {
            self.say("226 done")?;
            return self.open();
        }
        let data = self.open()?;
        self.say("226 done")?;
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
            (super::cells::Amount::Nothing, _) => b"",
            (_, "MLSD") => FACTS.as_bytes(),
            _ => CONTENT.as_bytes(),
        }
    }

    /// The data connection, if anything is to go over it.
    fn open(&mut self) -> Result<Option<Data>, Gone> {
        let opened = match (self.cell.end, self.client_port) {
            // What has connected stays in the queue of the listener.
            (End::Never, _) => return Ok(None),
            (End::Stranger, Some(port)) => {
                self.kept.extend(Data::connect([127, 0, 0, 2].into(), port));
                return Ok(None);
            }
            (_, Some(port)) => Data::connect(self.peer.ip(), port),
            (_, None) => self.listener.as_ref().and_then(Data::accept),
        };
        let Some(mut data) = opened else { return Err(Gone) };
        if self.cell.end == End::NoHandshake {
            data.close_before_handshake();
            return Ok(None);
        }
        if self.cell.protection == Protection::Tls && !data.start_tls() {
            return Ok(None);
        }
        Ok(Some(data))
    }

    fn move_data(&mut self, verb: &str, mut data: Data) {
        if self.cell.is_upload() {
            let at_most = if self.cell.end == End::Reset { 1 } else { usize::MAX };
            self.received = data.receive(at_most);
        } else {
            let _ = data.send(self.content(verb));
        }
        match self.cell.end {
            End::Ended => data.close(),
            End::Cut => drop(data),
            End::Reset => data.reset(),
            _ => self.kept.push(data),
        }
    }

    fn start_tls(&mut self) -> Result<(), Gone> {
        let Some(Wire::Clear(stream)) = self.control.take().map(BufReader::into_inner) else {
            return Err(Gone);
        };
        self.control = Some(BufReader::new(Wire::start_tls(stream).ok_or(Gone)?));
        Ok(())
    }

    fn line(&mut self) -> Result<String, Gone> {
        let mut line = String::new();
        let read = self.control.as_mut().ok_or(Gone)?.read_line(&mut line);
        match read {
            Ok(1..) => Ok(line.trim_end().to_owned()),
            _ => Err(Gone),
        }
    }

    fn say(&mut self, reply: &str) -> Result<(), Gone> {
        let control = self.control.as_mut().ok_or(Gone)?.get_mut();
        control.write_all(format!("{reply}\r\n").as_bytes()).map_err(|_| Gone)
    }
}
