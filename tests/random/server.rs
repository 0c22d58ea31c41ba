//! A server that answers by a model, and then not as it should.

use std::future::Future;
use std::io::BufReader;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use super::chance::Chance;
use super::files;
use super::ledger::{Ledger, Tag};
use super::mutation::Manners;
use super::network::{Control, Data, Listener, Place};
use super::sockets::{PATIENCE, Wire};

/// The control connection is no more.
pub struct Ended;

/// One control connection.
pub struct Server {
    pub chance: Chance,
    pub place: Place,
    pub limit: Duration,
    pub sends_noops: bool,
    pub manners: Manners,
    pub ledger: Arc<Ledger>,
    tag: Tag,
    control: Option<Control>,
    peer: SocketAddr,
    /// Where its connections come from and go to.
    pub own: IpAddr,
    pub told: Told,
    /// The data connection to come.
    pub listener: Option<Listener>,
    pub client_port: Option<SocketAddr>,
    /// Data connections that stay open.
    pub kept: Vec<Data>,
    /// There were others in one piece with it.
    pub has_said_more: bool,
    /// Since the last PWD.
    pub since_fence: SinceFence,
}

/// What was wrong with the replies since the last PWD was answered. A client that sends many commands together knows by it that each
/// was answered once.
#[derive(Default)]
pub struct SinceFence {
    pub has_lost: bool,
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

/// What all servers of a session share.
#[derive(Clone)]
pub struct Common {
    pub place: Place,
    pub manners: Manners,
    pub ledger: Arc<Ledger>,
    /// The client's limit for each phase.
    pub limit: Duration,
    /// The client may send NOOPs while data moves.
    pub sends_noops: bool,
    /// How long the client takes for a step, where that is known.
    pub step: Duration,
}

/// Serves each connection on a thread of its own, until `is_over` is set and somebody connects once more.
pub fn serve(listener: &TcpListener, mut chance: Chance, common: &Common, is_over: &AtomicBool) {
    thread::scope(|scope| {
        for connection in 1.. {
            let Ok((stream, peer)) = listener.accept() else { continue };
            if is_over.load(Ordering::SeqCst) {
                return;
            }
            let (chance, common) = (chance.fork(), common.clone());
            scope.spawn(move || {
                stream.set_nodelay(true).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
                let own = stream.local_addr().unwrap().ip();
                let control = Control::Socket(BufReader::new(Wire::Clear(stream)));
                let serving = pin!(Server::new(control, own, peer, connection, chance, common).serve());
                let waker = &mut Context::from_waker(Waker::noop());
                assert!(serving.poll(waker).is_ready(), "with sockets each step blocks");
            });
        }
    });
}

/// Serves each connection in a simulated world.
#[cfg(simulation)]
pub async fn serve_in_world(
    listener: ftpclient::net::simulation::Listener,
    mut chance: Chance,
    common: Common,
) {
    for number in 1.. {
        let connection = listener.accept().await;
        let (own, peer) = (connection.local_addr().ip(), connection.peer_addr());
        let control = Control::World(super::simulated::Wire::new(connection));
        let server = Server::new(control, own, peer, number, chance.fork(), common.clone());
        ftpclient::net::simulation::spawn(server.serve());
    }
}

impl Server {
    fn new(
        control: Control,
        own: IpAddr,
        peer: SocketAddr,
        connection: usize,
        chance: Chance,
        common: Common,
    ) -> Server {
        let Common { place, manners, ledger, limit, sends_noops, .. } = common;
        Server {
            chance,
            place,
            limit,
            sends_noops,
            manners,
            ledger,
            tag: Tag { connection, command: 0 },
            control: Some(control),
            peer,
            own,
            told: Told::nothing(),
            listener: None,
            client_port: None,
            kept: Vec::new(),
            has_said_more: false,
            since_fence: SinceFence::default(),
        }
    }

    async fn serve(mut self) {
        let _ = self.play().await;
        self.ledger.log(format!("-- the server leaves {}", self.tag.connection));
    }

    /// Waits for so many hundredths of the client's limit.
    pub async fn pause(&mut self, from: usize, to: usize) {
        let hundredths = from + self.chance.below(to - from);
        self.place.pause(self.limit * hundredths as u32 / 100).await;
    }

    /// Of the command that is being answered.
    pub fn tag(&self) -> Tag {
        self.tag
    }

    async fn play(&mut self) -> Result<(), Ended> {
        // Of vsftpd the library knows that it takes one command after the other, as this server does.
        let name = self.chance.one_of(&["ready", "(vsFTPd 3.0.3)"]);
        self.reply(220, name).await?;
        loop {
            let line = self.line().await?;
            self.tag.command += 1;
            self.ledger.log(format!("{} {line}", self.tag));
            self.ledger.note_heard(&line);
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            if verb == "QUIT" {
                return self.reply(221, "goodbye").await.map(drop);
            }
            self.answer(verb, argument).await?;
        }
    }

    async fn answer(&mut self, verb: &str, argument: &str) -> Result<(), Ended> {
        match verb {
            "AUTH" => {
                if is_yes(self.reply(234, "go").await?) {
                    self.start_tls().await?;
                }
            }
            "USER" => {
                let private = self.told.private;
                self.told = Told { private, ..Told::nothing() };
                self.ledger.note_directory(self.tag.connection, Some("/"));
                self.reply(331, "password").await?;
            }
            "PROT" => {
                if is_yes(self.reply(200, "fine").await?) {
                    self.told.private = argument == "P";
                }
            }
            "TYPE" => {
                // One that knows no TYPE has one type only, and it is the right one.
                let said = self.reply(200, "fine").await?;
                self.told.has_types |= is_yes(said);
                if is_yes(said) || !self.told.has_types {
                    self.told.is_image = argument == "I";
                }
            }
            "REST" => {
                if is_yes(self.reply(350, "from there").await?) {
                    self.told.rest = argument.parse().unwrap_or(0);
                }
            }
            "PASV" | "EPSV" => self.passive(verb).await?,
            "PORT" | "EPRT" => self.active(argument).await?,
            "RETR" | "LIST" | "NLST" | "MLSD" | "STOR" | "APPE" => self.transfer(verb, argument).await?,
            "RMD" if self.ledger.left_in(argument).is_some_and(|left| !left.is_empty()) => {
                self.remove_or_make(argument, true, 550, "it is not empty").await?;
            }
            "RMD" | "DELE" => self.remove_or_make(argument, true, 250, "gone").await?,
            "MKD" => self.remove_or_make(argument, false, 257, &format!("\"{argument}\" is made")).await?,
            "CWD" | "CDUP" => self.change_directory(if verb == "CDUP" { ".." } else { argument }).await?,
            "ABOR" => {
                self.kept.clear();
                // It is sent while the transfer's replies are on their way: one too many looks like that to it.
                if self.has_said_more {
                    self.ledger.taint(self.tag.connection);
                }
                self.reply(226, "aborted").await?;
            }
            _ => {
                let (code, text) = self.plain_reply(verb, argument);
                self.reply(code, &text).await?;
            }
        }
        Ok(())
    }

    /// To a command that changes nothing here.
    fn plain_reply(&self, verb: &str, argument: &str) -> (u16, String) {
        match verb {
            "PASS" => (230, "welcome".into()),
            "PWD" => (257, format!("\"{}\" is here", self.told.directory)),
            "RNFR" => (350, "to what?".into()),
            "SIZE" => files::size(argument).map_or((550, "no file".into()), |size| (213, size.to_string())),
            // What a client takes for the reply to a NOOP while data moves.
            "NOOP" => (200, "fine".into()),
            "MDTM" => (213, files::TIME.into()),
            "XMD5" => (250, files::hash(argument)),
            "HASH" | "XCRC" | "MD5" | "XSHA" | "XSHA1" | "XSHA256" | "XSHA512" => (502, "not here".into()),
            // None looks like the end of a transfer, during which a client may ask.
            "STAT" => (211, "status".into()),
            "HELP" => (214, "help".into()),
            "SYST" => (215, "UNIX Type: L8".into()),
            "SITE" => (200, "fine".into()),
            _ => (250, "fine".into()),
        }
    }

    /// Removes something, or makes it, if that is what the reply comes to.
    async fn remove_or_make(
        &mut self,
        path: &str,
        is_removed: bool,
        code: u16,
        text: &str,
    ) -> Result<(), Ended> {
        let decision = self.decide(code);
        if decision.does_it() {
            self.ledger.note_removed(path, is_removed);
        }
        self.say_decided(decision, text).await.map(drop)
    }

    async fn change_directory(&mut self, path: &str) -> Result<(), Ended> {
        if path == "nowhere" {
            return self.reply(550, "no such directory").await.map(drop);
        }
        let (connection, wanted) = (self.tag.connection, files::join(&self.told.directory, path));
        self.ledger.note_directory(connection, Some(&wanted));
        let decision = self.decide(250);
        if !decision.tells() {
            self.ledger.note_directory(connection, None);
        }
        if is_yes(decision.code()) {
            self.told.directory = wanted;
        }
        self.say_decided(decision, "changed").await.map(drop)
    }

    async fn passive(&mut self, verb: &str) -> Result<(), Ended> {
        let listener = self.place.listen((self.own, 0).into());
        let port = listener.port();
        (self.listener, self.client_port) = (Some(listener), None);
        if verb == "EPSV" {
            return self.reply(229, &format!("here (|||{port}|)")).await.map(drop);
        }
        let ([high, low], host) = (port.to_be_bytes(), self.own.to_string().replace('.', ","));
        self.reply(227, &format!("here ({host},{high},{low})")).await.map(drop)
    }

    async fn active(&mut self, argument: &str) -> Result<(), Ended> {
        let port = if argument.starts_with('|') {
            argument.split('|').nth(3).and_then(|port| port.parse().ok())
        } else {
            let numbers: Vec<u16> = argument.split(',').filter_map(|number| number.parse().ok()).collect();
            numbers.get(4).zip(numbers.get(5)).map(|(high, low)| high * 256 + low)
        };
        let Some(port) = port else { return self.reply(501, "no address").await.map(drop) };
        (self.listener, self.client_port) = (None, Some((self.peer.ip(), port).into()));
        self.reply(200, "fine").await.map(drop)
    }

    /// The address of somebody else.
    pub fn stranger(&self) -> IpAddr {
        if self.own.is_ipv4() { [127, 0, 0, 2].into() } else { [0, 0, 0, 0, 0, 0, 0, 2].into() }
    }

    async fn start_tls(&mut self) -> Result<(), Ended> {
        let control = self.control.take().ok_or(Ended)?;
        self.control = Some(control.start_tls().await.ok_or(Ended)?);
        Ok(())
    }

    async fn line(&mut self) -> Result<String, Ended> {
        let line = self.control()?.line().await;
        if line.ends_with(b"\r\n") {
            return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        Err(Ended)
    }

    pub fn control(&mut self) -> Result<&mut Control, Ended> {
        self.control.as_mut().ok_or(Ended)
    }

    pub fn reset(&mut self) {
        if let Ok(control) = self.control() {
            control.reset();
        }
    }
}

/// A server that has said something else has done nothing.
pub fn is_yes(code: u16) -> bool {
    !(400..600).contains(&code)
}
