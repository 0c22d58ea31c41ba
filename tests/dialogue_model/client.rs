//! The library in a dialogue with the oracle: calls in any order, stopped at any turn. Of each reply that a call tells of, the reply
//! itself says which command it answers.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use ftpclient::client::{Client, TransferId};
use ftpclient::error::{Error, Result};
use ftpclient::net::simulation::{self, Listener, Nature, World};
use ftpclient::protocol::command::Command;
use ftpclient::protocol::reply::{Class, Reply};
use ftpclient::protocol::verb::Verb;

use super::chance::Chance;
use super::server::{LONGEST_PAUSE, NOBODY, Server};
use super::wire::{ADDRESS, serve};

const LIMIT: Duration = Duration::from_secs(10);
/// Less than the oracle takes for many of its steps.
const NOOP_INTERVAL: Duration = Duration::from_millis(100);

/// What a call comes to: nothing if it has failed as it may, or what was wrong.
type Verdict = std::result::Result<(), String>;

pub struct Dialogue {
    client: Client,
    server: Rc<RefCell<Server>>,
    chance: Chance,
    /// How likely the user stops a call, in percent.
    stops: usize,
    /// A call was stopped.
    was_stopped: bool,
    commands: usize,
    transfer: Option<(TransferId, String)>,
    /// The commands whose replies are the user's to read, in their order.
    owed: VecDeque<String>,
    /// What the calls have come to.
    pub census: BTreeMap<&'static str, u64>,
}

/// Plays one dialogue, from the greeting to the end: what was wrong, and what was counted.
pub fn play(seed: u64, log: Option<ftpclient::client::LogSink>) -> (Verdict, BTreeMap<&'static str, u64>) {
    let mut chance = Chance::new(seed);
    let server = Rc::new(RefCell::new(Server::new(chance.fork())));
    let world = World::new(Nature { seed, latency: Duration::ZERO, ..Nature::default() });
    world.spawn(serve(Listener::bind(ADDRESS).unwrap(), Rc::clone(&server)));
    let mut client = Client::new().unwrap();
    client.set_timeout(Some(LIMIT));
    if chance.percent(50) {
        client.set_noop_interval(Some(NOOP_INTERVAL));
    }
    match chance.below(3) {
        0 => {}
        1 => client.set_prearm(true),
        _ => client.set_prearm_together(),
    }
    if let Some(sink) = log {
        (client.log_mut().level, client.log_mut().sink) = (1, Some(sink));
    }
    let stops = chance.one_of(&[0, 0, 5, 20]);
    let mut dialogue = Dialogue {
        client,
        server,
        chance,
        stops,
        was_stopped: false,
        commands: 0,
        transfer: None,
        owed: VecDeque::new(),
        census: BTreeMap::new(),
    };
    let verdict = dialogue.play();
    (verdict, dialogue.census)
}

impl Dialogue {
    fn play(&mut self) -> Verdict {
        let connected =
            self.client.block_on(async |client| client.connect("127.0.0.1", ADDRESS.port()).await);
        if connected.is_err() {
            return self.require_reason();
        }
        for _ in 0..self.chance.below(12) {
            // What comes unasked while a reply is due, nobody can tell from that.
            if self.transfer.is_none() && self.owed.is_empty() && self.server.borrow_mut().wants_to_stray() {
                simulation::poll(&mut [], LONGEST_PAUSE);
                self.server.borrow_mut().stray();
                simulation::poll(&mut [], 0);
            }
            self.any_call()?;
            if let Some(mixed) = self.server.borrow_mut().mixed.take() {
                return Err(mixed);
            }
            let id = self.transfer.as_ref().map(|(id, _)| *id);
            if id.is_some_and(|id| self.client.transfer_size(id).is_err()) {
                self.transfer = None;
            }
            if !self.client.is_connected() {
                return self.require_reason();
            }
        }
        self.stops = 0;
        self.abort()?;
        while self.client.is_connected() && !self.owed.is_empty() {
            self.get()?;
        }
        // Is it in step?
        self.command(&["DELE"])?;
        if self.client.is_connected() { Ok(()) } else { self.require_reason() }
    }

    /// A session is not closed without a reason.
    fn require_reason(&mut self) -> Verdict {
        self.count("closed");
        let is_excused = self.is_excused() || self.server.borrow().is_gone;
        if is_excused { Ok(()) } else { Err("it was closed without need".into()) }
    }

    /// The server has erred, or the user has stopped a call.
    fn is_excused(&self) -> bool {
        self.was_stopped || self.server.borrow().has_erred
    }

    fn count(&mut self, what: &'static str) {
        *self.census.entry(what).or_default() += 1;
    }

    fn any_call(&mut self) -> Verdict {
        if self.transfer.is_some() {
            let (is_odd, drops_noops) = {
                let habits = &self.server.borrow().habits;
                (habits.ends_oddly || habits.ends_early_with_1yz, habits.drops_noops)
            };
            return match self.chance.below(8) {
                // Nobody can tell which of the two such a server means.
                0 | 1 if is_odd => self.data(),
                0 | 1 if drops_noops => self.put(&["STAT", "ABOR"]),
                0 | 1 => self.put(&["STAT", "NOOP", "ABOR", "STAT"]),
                2 | 3 => self.get(),
                4 => self.abort(),
                5 => self.finish(),
                _ => self.data(),
            };
        }
        match self.chance.below(18) {
            0..=2 => self.command(&["CWD", "DELE", "PWD", "MKD", "STAT", "PORT", "QUIT"]),
            3 => self.first_reply(&["STOR", "RETR", "DELE", "SITE"]),
            4 | 5 => self.put(&["STAT", "NOOP", "MKD", "PWD", "RETR", "LIST", "CWD", "ABOR"]),
            6..=8 => self.get(),
            9 => self.resync(),
            10 => self.abort(),
            11 => self.command(&["PORT"]),
            16 | 17 => self.download(),
            _ => self.begin(),
        }
    }

    /// Makes a call, which the user may stop at any turn: by a cancel, or by making no more of it.
    fn call<T>(&mut self, name: &'static str, call: impl AsyncFnOnce(&mut Client) -> Result<T>) -> Result<T> {
        let stops = self.chance.below(100) < self.stops;
        let (mut turns, cancels) = (self.chance.below(10), self.chance.percent(50));
        let reactor = self.client.reactor().clone();
        let _running = reactor.begin();
        let outcome = {
            let mut call = pin!(self.client.perform(call));
            loop {
                if let Poll::Ready(outcome) = reactor.turn(call.as_mut()) {
                    break outcome;
                }
                if stops && turns == 0 {
                    self.was_stopped = true;
                    if !cancels {
                        break Err(Error::Cancelled("given up".into()));
                    }
                    reactor.wake().cancel();
                }
                turns = turns.wrapping_sub(1);
                reactor.wait();
            }
        };
        self.count(if outcome.is_ok() { name } else { "failed" });
        outcome
    }

    fn name(&mut self, verbs: &[&str]) -> (String, Command) {
        self.commands += 1;
        let line = format!("{} {}", self.chance.one_of(verbs), self.commands);
        let command = Command::parse(line.as_bytes()).unwrap();
        (line, command)
    }

    /// A reply that was told of as that to a command of the test's.
    fn require_own(&self, reply: &Reply, line: &str) -> Verdict {
        let truth = String::from_utf8_lossy(reply.text().get(4..).unwrap_or_default()).into_owned();
        // The server ends the session, whatever it was asked; and whose a line is that is no reply, nobody knows.
        let is_of_all = matches!(reply.code(), Some(421 | 221)) || reply.class().is_none();
        if truth == line || is_of_all {
            Ok(())
        } else {
            Err(format!("\"{reply}\" was taken for that to {line}"))
        }
    }

    /// Of the outcome of a command whose own reply is waited for. The other commands of a call have no number.
    fn require_outcome(&self, outcome: &Result<Reply>, line: &str) -> Verdict {
        match outcome {
            Ok(reply) => self.require_own(reply, line),
            Err(Error::Reply { what, reply }) if what == line => self.require_own(reply, line),
            Err(Error::Reply { reply, .. }) => {
                let truth = String::from_utf8_lossy(reply.text()).into_owned();
                let is_elses = truth.ends_with(|last: char| last.is_ascii_digit()) || truth.contains(NOBODY);
                let is_elses = is_elses && !matches!(reply.code(), Some(421 | 221));
                if is_elses { Err(format!("\"{reply}\" was taken for one of {line}")) } else { Ok(()) }
            }
            Err(_) => Ok(()),
        }
    }

    /// A command whose final reply is waited for.
    fn command(&mut self, verbs: &[&str]) -> Verdict {
        let (line, command) = self.name(verbs);
        let outcome = self.call("command", async |client| client.voidcmd(&command).await);
        self.require_outcome(&outcome, &line)
    }

    /// A command whose first reply is waited for; after 1yz the user reads the other one.
    fn first_reply(&mut self, verbs: &[&str]) -> Verdict {
        let (line, command) = self.name(verbs);
        let outcome = self.call("first reply", async |client| client.sendcmd(&command).await);
        self.require_outcome(&outcome, &line)?;
        if outcome.is_ok_and(|reply| reply.class() == Some(Class::Preliminary)) {
            self.owed.push_back(line);
        }
        Ok(())
    }

    /// A command whose replies the user reads.
    fn put(&mut self, verbs: &[&str]) -> Verdict {
        let (line, command) = self.name(verbs);
        if self.call("put", async |client| client.putcmd(&command).await).is_ok() {
            self.owed.push_back(line);
        }
        Ok(())
    }

    /// The user reads a reply, and is told which command it answers.
    fn get(&mut self) -> Verdict {
        let outcome = self.call("get", async |client| client.getresp().await);
        let reply = match outcome {
            Ok(reply) | Err(Error::Reply { reply, .. }) => reply,
            Err(Error::OutOfTurn(_)) => {
                let lost = std::mem::take(&mut self.owed);
                let is_excused = lost.is_empty() || self.is_excused();
                return if is_excused { Ok(()) } else { Err(format!("no reply was told of to {lost:?}")) };
            }
            Err(_) => return Ok(()),
        };
        let line = self.client.last_command_sent().to_owned();
        self.require_own(&reply, &line)?;
        let Some(at) = self.owed.iter().position(|owed| *owed == line) else {
            return if self.is_excused() { Ok(()) } else { Err(format!("nobody waits for \"{reply}\"")) };
        };
        // Only the end of a transfer that the test plays by hand comes later than what was asked after it.
        let moves_data = |line: &String| Verb::of(line.as_bytes()).direction().is_some();
        if !self.owed.iter().take(at).all(moves_data) && !self.is_excused() {
            return Err(format!("\"{reply}\" came, and {:?} is owed", self.owed));
        }
        if reply.class() != Some(Class::Preliminary) {
            self.owed.remove(at);
        }
        Ok(())
    }

    fn begin(&mut self) -> Verdict {
        let (line, command) = self.name(&["RETR", "STOR", "LIST"]);
        match self.call("begin", async |client| client.transfercmd(&command, None).await) {
            Ok(id) => self.transfer = Some((id, line)),
            Err(error) => self.require_outcome(&Err(error), &line)?,
        }
        Ok(())
    }

    /// A file whose data the library moves. It may ask for the next data connection meanwhile.
    fn download(&mut self) -> Verdict {
        let (line, command) = self.name(&["RETR"]);
        let outcome =
            self.call("download", async |client| client.retrbinary(&command, 0, None, &mut |_| Ok(())).await);
        if outcome.is_ok() && self.server.borrow().has_cut.as_ref() == Some(&line) {
            return Err(format!("{line} was told to be whole, and may have been cut"));
        }
        self.require_outcome(&outcome, &line)
    }

    /// Some data moves.
    fn data(&mut self) -> Verdict {
        let Some((id, line)) = self.transfer.clone() else { return Ok(()) };
        let outcome = if line.starts_with("STOR") {
            self.call("write", async |client| client.transfer_write(id, b"data").await)
        } else {
            let mut buffer = [0; 3];
            self.call("read", async |client| client.transfer_read(id, &mut buffer).await.map(drop))
        };
        self.require_outcome(&outcome.map(|()| Reply::from_text(format!("226 {line}"))), &line)
    }

    fn finish(&mut self) -> Verdict {
        let Some((id, line)) = self.transfer.take() else { return Ok(()) };
        let outcome = self.call("finish", async |client| client.transfer_finish(id).await);
        self.require_outcome(&outcome, &line)
    }

    /// Ends the transfer that is open, or sends ABOR as a command.
    fn abort(&mut self) -> Verdict {
        let line = self.transfer.take().map_or("ABOR".to_owned(), |(_, line)| line);
        let outcome = self.call("abort", async |client| client.abort().await);
        match outcome {
            Err(error) => self.require_outcome(&Err(error), &line),
            // After a line that is no reply nobody can tell which of those that follow it is.
            Ok(_) if self.server.borrow().has_said_no_reply => Ok(()),
            // It is that to the transfer or to ABOR, which the user may have sent.
            Ok(reply) if reply.to_string().contains(" ABOR") => Ok(()),
            Ok(reply) => self.require_own(&reply, &line),
        }
    }

    fn resync(&mut self) -> Verdict {
        if self.call("resync", async |client| client.resync().await).is_ok() {
            self.owed.clear();
        }
        Ok(())
    }
}
