//! A server in a simulated world, with files, for many sessions at the same time. It can be told to misbehave.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use ftpclient::net::simulation::{Connection, Listener, World, sleep, spawn, wait_for};

/// How the server refuses one session more than it takes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 421 in place of the greeting.
    Greeting,
    /// 530 to PASS.
    Login,
    /// The connection is reset.
    Reset,
    /// Nothing is ever said.
    Silence,
}

/// What happens to the session that says the command which is counted down to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It ends without an answer.
    Dies,
    /// It ends with 421.
    IsClosed,
    /// It ends after the answer.
    DiesAfter,
    /// It never says anything again.
    Hangs,
}

/// What the server has, and what it is to do.
#[derive(Clone)]
pub(super) struct Served(Rc<Inside>);

pub(super) struct Inside {
    address: SocketAddr,
    pub files: RefCell<BTreeMap<String, Vec<u8>>>,
    pub lines: RefCell<Vec<String>>,
    pub open: Cell<usize>,
    pub most_open: Cell<usize>,
    pub accepted: Cell<usize>,
    pub most: Cell<usize>,
    pub refusal: Cell<Refusal>,
    /// After so many commands, this happens once.
    pub fate: Cell<Option<(usize, Fate)>>,
    /// How long a file takes.
    pub slowness: Cell<Duration>,
    pub knows_rest: Cell<bool>,
    /// REST is confirmed, and the file comes from its beginning.
    pub ignores_rest: Cell<bool>,
    /// Another RETR is refused while one goes on, for the time being.
    pub sends_once: Cell<bool>,
    pub sending: Cell<usize>,
    /// What XMD5 tells, where FEAT names it.
    pub hash: RefCell<Option<String>>,
    /// After so many RETR, the files have other bytes.
    pub changes: Cell<Option<usize>>,
    pub directories: RefCell<BTreeSet<String>>,
    /// The commands that are answered with 550.
    pub refused: RefCell<Vec<String>>,
    /// Names that differ in case only are the same.
    pub folds_case: Cell<bool>,
    /// It greets as a server that is known to answer out of order.
    pub is_black_listed: Cell<bool>,
    /// So many bytes of a file come, and then its connection ends, once.
    pub cut: Cell<Option<usize>>,
    /// After the answer to SITE it ends the session.
    pub ends_after_site: Cell<bool>,
}

impl std::ops::Deref for Served {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.0
    }
}

impl Served {
    pub(super) fn start(world: &World) -> Served {
        let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let served = Served(Rc::new(Inside {
            address: listener.local_addr(),
            files: RefCell::default(),
            lines: RefCell::default(),
            open: Cell::new(0),
            most_open: Cell::new(0),
            accepted: Cell::new(0),
            most: Cell::new(usize::MAX),
            refusal: Cell::new(Refusal::Greeting),
            fate: Cell::new(None),
            slowness: Cell::new(Duration::ZERO),
            knows_rest: Cell::new(true),
            ignores_rest: Cell::new(false),
            sends_once: Cell::new(false),
            sending: Cell::new(0),
            hash: RefCell::default(),
            changes: Cell::new(None),
            directories: RefCell::default(),
            refused: RefCell::default(),
            folds_case: Cell::new(false),
            is_black_listed: Cell::new(false),
            cut: Cell::new(None),
            ends_after_site: Cell::new(false),
        }));
        let server = served.clone();
        world.spawn(async move {
            loop {
                let connection = Rc::new(RefCell::new(listener.accept().await));
                let server = server.clone();
                spawn(async move { server.greet(connection).await });
            }
        });
        served
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0.address
    }

    pub(super) fn put(&self, name: &str, content: &[u8]) {
        self.files.borrow_mut().insert(name.into(), content.into());
    }

    pub(super) fn get(&self, name: &str) -> Option<Vec<u8>> {
        self.files.borrow().get(&self.name_of(name)).cloned()
    }

    /// The name that a file has here.
    fn name_of(&self, name: &str) -> String {
        let files = self.files.borrow();
        let is_it = |other: &&String| self.folds_case.get() && other.eq_ignore_ascii_case(name);
        files.keys().find(is_it).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// What a directory has, in the form of ls.
    fn listing(&self, directory: &str) -> String {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let mut lines = String::new();
        for name in self.directories.borrow().iter() {
            if let Some(name) = name.strip_prefix(&prefix).filter(|name| !name.contains('/')) {
                lines += &format!("drwxr-xr-x 1 u g 0 Jan 2 2026 {name}\r\n");
            }
        }
        for (name, content) in self.files.borrow().iter() {
            if let Some(name) = name.strip_prefix(&prefix).filter(|name| !name.contains('/')) {
                lines += &format!("-rw-r--r-- 1 u g {} Jan 2 2026 {name}\r\n", content.len());
            }
        }
        lines
    }

    /// How often a command was heard that begins like this.
    pub(super) fn heard(&self, beginning: &str) -> usize {
        self.lines.borrow().iter().filter(|line| line.starts_with(beginning)).count()
    }

    async fn greet(self, connection: Rc<RefCell<Connection>>) {
        let control = Control { connection, ahead: Vec::new() };
        self.accepted.set(self.accepted.get() + 1);
        let is_one_too_many = self.open.get() >= self.most.get();
        match (is_one_too_many, self.refusal.get()) {
            (true, Refusal::Greeting) => return control.say("421 too many connections from your address"),
            (true, Refusal::Reset) => return control.connection.borrow().set_abortive_close(),
            (true, Refusal::Silence) => return sleep(Duration::from_secs(3600)).await,
            _ => {}
        }
        self.open.set(self.open.get() + 1);
        if !is_one_too_many {
            self.most_open.set(self.most_open.get().max(self.open.get()));
        }
        self.clone().talk(control, is_one_too_many).await;
        self.open.set(self.open.get() - 1);
    }

    /// What becomes of the session that has said this command.
    fn fate(&self) -> Option<Fate> {
        let (left, fate) = self.fate.get()?;
        self.fate.set(left.checked_sub(1).map(|left| (left, fate)));
        (left == 0).then_some(fate)
    }

    async fn talk(self, mut control: Control, is_one_too_many: bool) {
        control.say(if self.is_black_listed.get() { "220 Ready" } else { "220 ready" });
        let (mut passive, mut rest) = (None, 0);
        while let Some(line) = control.line().await {
            self.lines.borrow_mut().push(line.clone());
            let fate = self.fate();
            match fate {
                Some(Fate::Dies) => return,
                Some(Fate::IsClosed) => return control.say("421 I am going down"),
                Some(Fate::Hangs) => {
                    // The client ends it.
                    while control.line().await.is_some() {}
                    return;
                }
                Some(Fate::DiesAfter) | None => {}
            }
            let (verb, name) = line.split_once(' ').unwrap_or((&line, ""));
            match verb {
                _ if self.refused.borrow().contains(&line) => control.say("550 not this one"),
                "USER" => control.say("331 and?"),
                "PASS" if is_one_too_many => {
                    return control.say("530 Sorry, the maximum number of clients are already connected.");
                }
                "PASS" => control.say("230 welcome"),
                "QUIT" => return control.say("221 bye"),
                "PWD" => control.say("257 \"/\""),
                "SIZE" => match self.get(name) {
                    Some(file) => control.say(&format!("213 {}", file.len())),
                    None => control.say("550 no such file"),
                },
                "MDTM" => control.say("213 20260102030405"),
                "REST" if self.knows_rest.get() => {
                    rest = if self.ignores_rest.get() { 0 } else { name.parse().unwrap() };
                    control.say("350 go on");
                }
                "FEAT" if self.hash.borrow().is_some() => control.say("211-has\r\n XMD5\r\n211 end"),
                "XMD5" if self.hash.borrow().as_deref() == Some("") => {}
                "XMD5" => control.say(&format!("250 {}", self.hash.borrow().as_deref().unwrap_or("?"))),
                "REST" | "FEAT" | "MLST" => control.say("502 no"),
                "MKD" => {
                    let is_new = self.directories.borrow_mut().insert(name.into());
                    control.say(&if is_new { format!("257 \"{name}\"") } else { "550 it exists".into() });
                }
                "RMD" if self.has_something_in(name) => control.say("550 it is not empty"),
                "RMD" => {
                    let was_there = self.directories.borrow_mut().remove(name);
                    control.say(if was_there { "250 gone" } else { "550 no such directory" });
                }
                "CWD" if name != "/" && !self.directories.borrow().contains(name) => {
                    control.say("550 no such directory");
                }
                "DELE" => {
                    let was_there = self.files.borrow_mut().remove(name).is_some();
                    control.say(if was_there { "250 gone" } else { "550 no such file" });
                }
                "PASV" => {
                    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
                    let port = listener.local_addr().port();
                    control.say(&format!("227 (127,0,0,1,{},{})", port >> 8, port & 0xff));
                    passive = Some(listener);
                }
                "RETR" | "STOR" | "LIST" => {
                    let listener = passive.take().unwrap();
                    if !self.transfer(&control, verb, name, listener, std::mem::take(&mut rest)).await {
                        return;
                    }
                }
                "ABOR" => control.say("226 aborted"),
                "BAD" => control.say("500 no"),
                _ => control.say("200 fine"),
            }
            if fate.is_some() || verb == "SITE" && self.ends_after_site.get() {
                return;
            }
        }
    }

    fn has_something_in(&self, directory: &str) -> bool {
        let is_in_it = |path: &String| path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
        self.files.borrow().keys().any(is_in_it) || self.directories.borrow().iter().any(is_in_it)
    }

    fn change_if_due(&self) {
        let Some(left) = self.changes.get() else { return };
        self.changes.set(left.checked_sub(1));
        if left == 0 {
            let mut files = self.files.borrow_mut();
            files.values_mut().flatten().for_each(|byte| *byte = !*byte);
        }
    }

    /// False if the session is to end.
    async fn transfer(&self, control: &Control, verb: &str, name: &str, from: Listener, rest: usize) -> bool {
        if verb == "RETR" {
            self.change_if_due();
        }
        let file = self.get(name);
        if verb == "RETR" && file.is_none() {
            control.say("550 no such file");
            return true;
        }
        if verb == "RETR" && self.sends_once.get() && self.sending.get() > 0 {
            control.say("450 it is being sent");
            return true;
        }
        self.sending.set(self.sending.get() + 1);
        let goes_on = self.send_or_take(control, verb, name, from, rest, file).await;
        self.sending.set(self.sending.get() - 1);
        goes_on
    }

    async fn send_or_take(
        &self,
        control: &Control,
        verb: &str,
        name: &str,
        from: Listener,
        rest: usize,
        file: Option<Vec<u8>>,
    ) -> bool {
        control.say("150 go");
        let mut data = from.accept().await;
        sleep(self.slowness.get()).await;
        let content = match verb {
            "RETR" => file.unwrap_or_default().split_off(rest),
            _ => self.listing(name).into_bytes(),
        };
        let is_done = if verb == "STOR" {
            let (mut content, mut block) = (Vec::new(), vec![0; 1 << 16]);
            loop {
                match wait_for(|| data.read(&mut block)).await {
                    Ok(0) => break,
                    Ok(count) => content.extend_from_slice(&block[..count]),
                    Err(_) => return false,
                }
            }
            let name = self.name_of(name);
            self.files.borrow_mut().insert(name, content);
            true
        } else {
            let cut = self.cut.take().filter(|&cut| cut < content.len());
            let mut left = &content[..cut.unwrap_or(content.len())];
            while !left.is_empty() {
                match wait_for(|| data.write(left)).await {
                    Ok(count) => left = &left[count..],
                    Err(_) => break,
                }
            }
            if cut.is_some() {
                data.set_abortive_close();
                return false;
            }
            left.is_empty()
        };
        drop(data);
        control.say(if is_done { "226 done" } else { "426 broken" });
        true
    }
}

struct Control {
    connection: Rc<RefCell<Connection>>,
    ahead: Vec<u8>,
}

impl Control {
    fn say(&self, reply: &str) {
        // The client is there, and there is room for a reply; or it has left, and nobody minds.
        let _ = self.connection.borrow_mut().write(format!("{reply}\r\n").as_bytes());
    }

    async fn line(&mut self) -> Option<String> {
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
