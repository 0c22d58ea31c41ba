//! A server that answers by a model, and then not as it should.

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::chance::Chance;
use super::files;
use super::ledger::{Ledger, Tag};
use super::mutation::Manners;
use super::plain::{Data, PATIENCE, Wire};

/// The control connection is no more.
pub struct Ended;

/// One control connection.
pub struct Server {
    pub chance: Chance,
    pub manners: Manners,
    pub ledger: Arc<Ledger>,
    tag: Tag,
    control: Option<BufReader<Wire>>,
    peer: SocketAddr,
    /// Where its connections come from and go to.
    pub own: IpAddr,
    pub told: Told,
    /// The data connection to come.
    pub listener: Option<TcpListener>,
    pub client_port: Option<SocketAddr>,
    /// Data connections that stay open.
    pub kept: Vec<Data>,
    /// The last reply has told the client what has happened.
    pub was_told: bool,
    /// There were others in one piece with it.
    pub has_said_more: bool,
}

/// What the client has told this server, and what ends with the login.
pub struct Told {
    /// It has been let choose a type.
    has_types: bool,
    pub is_image: bool,
    pub rest: usize,
    directory: String,
    pub private: bool,
}

impl Told {
    fn nothing() -> Told {
        Told { has_types: false, is_image: false, rest: 0, directory: "/".to_owned(), private: false }
    }
}

/// Serves each connection on a thread of its own, until `is_over` is set and somebody connects once more.
pub fn serve(
    listener: &TcpListener,
    mut chance: Chance,
    manners: Manners,
    ledger: &Arc<Ledger>,
    is_over: &AtomicBool,
) {
    thread::scope(|scope| {
        for connection in 1.. {
            let Ok((stream, peer)) = listener.accept() else { continue };
            if is_over.load(Ordering::SeqCst) {
                return;
            }
            let (chance, ledger) = (chance.fork(), Arc::clone(ledger));
            scope.spawn(move || {
                let tag = Tag { connection, command: 0 };
                let mut server = Server::new(stream, peer, tag, chance, manners, ledger);
                let _ = server.play();
                server.ledger.log(format!("-- the server leaves {connection}"));
            });
        }
    });
}

impl Server {
    fn new(
        stream: TcpStream,
        peer: SocketAddr,
        tag: Tag,
        chance: Chance,
        manners: Manners,
        ledger: Arc<Ledger>,
    ) -> Server {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
        let own = stream.local_addr().unwrap().ip();
        let control = Some(BufReader::new(Wire::Clear(stream)));
        let told = Told::nothing();
        Server {
            chance,
            manners,
            ledger,
            tag,
            control,
            peer,
            own,
            told,
            listener: None,
            client_port: None,
            kept: Vec::new(),
            was_told: true,
            has_said_more: false,
        }
    }

    /// Of the command that is being answered.
    pub fn tag(&self) -> Tag {
        self.tag
    }

    fn play(&mut self) -> Result<(), Ended> {
        self.reply(220, "ready")?;
        loop {
            let line = self.line()?;
            self.tag.command += 1;
            self.ledger.log(format!("{} {line}", self.tag));
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            if verb == "QUIT" {
                return self.reply(221, "goodbye").map(drop);
            }
            self.answer(verb, argument)?;
        }
    }

    fn answer(&mut self, verb: &str, argument: &str) -> Result<(), Ended> {
        match verb {
            "AUTH" => {
                if is_yes(self.reply(234, "go")?) {
                    self.start_tls()?;
                }
            }
            "USER" => {
                let private = self.told.private;
                self.told = Told { private, ..Told::nothing() };
                self.ledger.note_directory(self.tag.connection, Some("/"));
                self.reply(331, "password")?;
            }
            "PROT" => {
                if is_yes(self.reply(200, "fine")?) {
                    self.told.private = argument == "P";
                }
            }
            "TYPE" => {
                // One that knows no TYPE has one type only, and it is the right one.
                let said = self.reply(200, "fine")?;
                self.told.has_types |= is_yes(said);
                if is_yes(said) || !self.told.has_types {
                    self.told.is_image = argument == "I";
                }
            }
            "REST" => {
                if is_yes(self.reply(350, "from there")?) {
                    self.told.rest = argument.parse().unwrap_or(0);
                }
            }
            "PASV" => self.passive()?,
            "PORT" => self.active(argument)?,
            "RETR" | "LIST" | "NLST" | "MLSD" | "STOR" | "APPE" => self.transfer(verb, argument)?,
            "CWD" | "CDUP" => self.change_directory(if verb == "CDUP" { ".." } else { argument })?,
            "ABOR" => {
                self.kept.clear();
                // It is sent while the transfer's replies are on their way: one too many looks like that to it.
                if self.has_said_more {
                    self.ledger.taint(self.tag.connection);
                }
                self.reply(226, "aborted")?;
            }
            _ => {
                let (code, text) = self.plain_reply(verb, argument);
                self.reply(code, &text)?;
            }
        }
        Ok(())
    }

    /// To a command that changes nothing here.
    fn plain_reply(&self, verb: &str, argument: &str) -> (u16, String) {
        match verb {
            "PASS" => (230, "welcome".into()),
            "PWD" => (257, format!("\"{}\" is here", self.told.directory)),
            "MKD" => (257, format!("\"{argument}\" is made")),
            "RNFR" => (350, "to what?".into()),
            "SIZE" => files::size(argument).map_or((550, "no file".into()), |size| (213, size.to_string())),
            "XCRC" => (502, "not here".into()),
            _ => (250, "fine".into()),
        }
    }

    fn change_directory(&mut self, path: &str) -> Result<(), Ended> {
        if path == "nowhere" {
            return self.reply(550, "no such directory").map(drop);
        }
        let (connection, wanted) = (self.tag.connection, files::join(&self.told.directory, path));
        self.ledger.note_directory(connection, Some(&wanted));
        let outcome = self.reply(250, "changed");
        if !matches!(outcome, Ok(said) if !is_yes(said)) {
            self.told.directory = wanted;
        }
        if !self.was_told {
            self.ledger.note_directory(connection, None);
        }
        outcome.map(drop)
    }

    fn passive(&mut self) -> Result<(), Ended> {
        let listener = TcpListener::bind((self.own, 0)).unwrap();
        let [high, low] = listener.local_addr().unwrap().port().to_be_bytes();
        (self.listener, self.client_port) = (Some(listener), None);
        let host = self.own.to_string().replace('.', ",");
        self.reply(227, &format!("here ({host},{high},{low})")).map(drop)
    }

    fn active(&mut self, argument: &str) -> Result<(), Ended> {
        let numbers: Vec<u16> = argument.split(',').filter_map(|number| number.parse().ok()).collect();
        let [_, _, _, _, high, low] = numbers[..] else { return self.reply(501, "no address").map(drop) };
        (self.listener, self.client_port) = (None, Some((self.peer.ip(), high * 256 + low).into()));
        self.reply(200, "fine").map(drop)
    }

    fn start_tls(&mut self) -> Result<(), Ended> {
        let Some(Wire::Clear(stream)) = self.control.take().map(BufReader::into_inner) else {
            return Err(Ended);
        };
        self.control = Some(BufReader::new(Wire::start_tls(stream).ok_or(Ended)?));
        Ok(())
    }

    fn line(&mut self) -> Result<String, Ended> {
        let mut line = Vec::new();
        match self.control.as_mut().ok_or(Ended)?.read_until(b'\n', &mut line) {
            Ok(1..) if line.ends_with(b"\r\n") => Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
            _ => Err(Ended),
        }
    }

    pub fn wire(&mut self) -> Result<&mut Wire, Ended> {
        Ok(self.control.as_mut().ok_or(Ended)?.get_mut())
    }

    pub fn reset(&mut self) {
        if let Ok(wire) = self.wire() {
            let _ = SockRef::from(wire.stream()).set_linger(Some(Duration::ZERO));
        }
    }
}

/// A server that has said something else has done nothing.
pub fn is_yes(code: u16) -> bool {
    !(400..600).contains(&code)
}
