//! The data of the server's transfers.

use std::time::Duration;

use super::census::DATA;
use super::files;
use super::ledger::Fact;
use super::mutation::DataMutation;
use super::network::Data;
use super::replies::Decision;
use super::server::{Ended, Server, is_yes};

/// What a transfer sends, and what is said of it.
struct Sending {
    data: Vec<u8>,
    /// How many bytes the server announces.
    announced: Option<usize>,
    /// A client can compare what comes with the announced size.
    is_comparable: bool,
}

impl Server {
    pub async fn transfer(&mut self, verb: &str, argument: &str) -> Result<(), Ended> {
        let rest = std::mem::take(&mut self.told.rest);
        let mutation = self.manners.for_data(&mut self.chance);
        if mutation != DataMutation::None {
            self.ledger.log(format!("   (data: {mutation:?})"));
            self.ledger.reached(|census| census.count(DATA, format!("{mutation:?}")));
        }
        match verb {
            "STOR" | "APPE" => {
                self.ledger.note_removed(argument, false);
                self.receive(rest, mutation).await
            }
            _ => {
                let sending = self.prepare(verb, argument, rest);
                self.send(&sending, mutation).await
            }
        }
    }

    fn prepare(&mut self, verb: &str, argument: &str, rest: usize) -> Sending {
        let tag = self.tag();
        let directory = argument.strip_prefix("-a ").unwrap_or(argument);
        if let Some(left) = self.ledger.left_in(directory).filter(|_| verb == "LIST") {
            let data = left.into_iter().map(|name| listed(directory, name)).collect::<String>().into_bytes();
            return Sending { data, announced: None, is_comparable: false };
        }
        if verb != "RETR" {
            let count = self.chance.one_of(&[0, 1, 5, 40]);
            let names = files::names(count, tag);
            let facts = if verb == "MLSD" { "type=file;size=1; " } else { "" };
            let lines: String = names.iter().map(|name| format!("{facts}{name}\r\n")).collect();
            return Sending { data: lines.into_bytes(), announced: None, is_comparable: false };
        }
        let whole = files::content(argument, tag);
        let size = whole.len();
        let rest_of_it = whole.get(rest..).unwrap_or_default();
        let (is_image, announces) = (self.told.is_image, self.chance.percent(70));
        let data = if is_image { rest_of_it.to_vec() } else { files::to_network(rest_of_it) };
        // The size of the whole file, also after REST: as most servers announce it.
        Sending {
            data,
            announced: announces.then_some(size),
            is_comparable: announces && is_image && rest == 0,
        }
    }

    async fn send(&mut self, sending: &Sending, mutation: DataMutation) -> Result<(), Ended> {
        let Sending { data, announced, is_comparable } = sending;
        let secret = self.told.private;
        let is_hidden = match mutation {
            // Over TLS the missing close_notify tells.
            DataMutation::Cut | DataMutation::Reset => !is_comparable && !secret,
            // An empty file or listing looks the same, unless something was announced.
            DataMutation::Never | DataMutation::LeftOpen | DataMutation::NoHandshake => announced.is_none(),
            _ => false,
        };
        let is_cut = matches!(mutation, DataMutation::Cut | DataMutation::Reset) && !secret;
        let fact = Fact { data: data.clone(), is_image: self.told.is_image, offset: 0, is_hidden, is_cut };
        self.ledger.note_fact(self.tag(), fact);
        let text =
            announced.map_or("here it comes".into(), |size| format!("Opening connection ({size} bytes)"));
        let beginning = self.decide(150);
        if is_yes(beginning.code()) && !beginning.tells() {
            // The client has not heard of a size, and of a transfer only that it is over.
            let shows_nothing = matches!(mutation, DataMutation::Never | DataMutation::LeftOpen);
            let is_hidden = is_hidden || shows_nothing || (!secret && mutation != DataMutation::None);
            let is_image = self.told.is_image;
            let fact = Fact { data: data.clone(), is_image, offset: 0, is_hidden, is_cut };
            self.ledger.note_fact(self.tag(), fact);
        }
        if !self.begins(beginning, &text).await? {
            return Ok(());
        }
        if let Some(mut connection) = self.open(mutation).await {
            if mutation == DataMutation::EarlyReply {
                self.reply(226, "done").await?;
            }
            let is_less = matches!(mutation, DataMutation::Cut | DataMutation::Reset);
            let length = if is_less { self.chance.below(data.len()) } else { data.len() };
            self.send_data(&mut connection, &data[..length], mutation).await;
            self.end(connection, mutation).await;
        }
        self.confirm(mutation).await
    }

    /// The 1yz reply, and whether the transfer goes on.
    async fn begins(&mut self, decision: Decision, text: &str) -> Result<bool, Ended> {
        if (200..400).contains(&decision.code()) {
            // There will be two final replies to one command.
            self.ledger.taint(self.tag().connection);
        }
        self.say_decided(decision, text).await.map(is_yes)
    }

    async fn send_data(&mut self, connection: &mut Data, data: &[u8], mutation: DataMutation) {
        let (size, pause) = match mutation {
            DataMutation::Slow => (1 + data.len() / 16, self.limit * self.chance.below(10) as u32 / 100),
            _ => (data.len().max(1), Duration::ZERO),
        };
        for piece in data.chunks(size) {
            if !connection.send(piece).await {
                return;
            }
            self.place.pause(pause).await;
        }
    }

    async fn receive(&mut self, offset: usize, mutation: DataMutation) -> Result<(), Ended> {
        let is_hidden = match mutation {
            // The client's system has sent what nobody reads.
            DataMutation::Reset | DataMutation::Cut | DataMutation::Never | DataMutation::NoHandshake => true,
            // The server says that it has what has not come yet.
            DataMutation::EarlyReply => true,
            _ => false,
        };
        let (tag, is_image) = (self.tag(), self.told.is_image);
        let mut fact = Fact { data: Vec::new(), is_image, offset, is_hidden, is_cut: false };
        self.ledger.note_fact(tag, fact.clone());
        let beginning = self.decide(150);
        if !self.begins(beginning, "send it").await? {
            return Ok(());
        }
        if let Some(mut connection) = self.open(mutation).await {
            if mutation == DataMutation::EarlyReply {
                self.reply(226, "done").await?;
            }
            let is_less = matches!(mutation, DataMutation::Cut | DataMutation::Reset);
            fact.data = connection.receive(if is_less { 1 } else { usize::MAX }).await;
            self.ledger.note_fact(tag, fact);
            self.end(connection, mutation).await;
        }
        self.confirm(mutation).await
    }

    async fn open(&mut self, mutation: DataMutation) -> Option<Data> {
        let (listener, client_port) = (self.listener.take(), self.client_port.take());
        if mutation == DataMutation::Never {
            // What has connected stays in the queue of the listener.
            self.listener = listener;
            return None;
        }
        let mut data = match client_port {
            Some(port) => {
                if matches!(mutation, DataMutation::StrangerFirst | DataMutation::StrangerOnly)
                    && let Some(mut stranger) = Data::connect(self.place, self.stranger(), port).await
                {
                    let _ = stranger.send(b"forged").await;
                    self.kept.push(stranger);
                }
                if mutation == DataMutation::StrangerOnly {
                    return None;
                }
                Data::connect(self.place, self.own, port).await?
            }
            None => Data::accept(&listener?).await?,
        };
        if self.told.private {
            if mutation == DataMutation::NoHandshake {
                data.close_before_handshake().await;
                return None;
            }
            if !data.start_tls().await {
                self.ledger.log("   (no handshake)".into());
                return None;
            }
        }
        Some(data)
    }

    async fn end(&mut self, connection: Data, mutation: DataMutation) {
        match mutation {
            DataMutation::Cut => drop(connection),
            DataMutation::Reset => connection.reset().await,
            DataMutation::LeftOpen => self.kept.push(connection),
            _ => connection.close().await,
        }
    }

    /// The final reply, which need not be true.
    async fn confirm(&mut self, mutation: DataMutation) -> Result<(), Ended> {
        match mutation {
            DataMutation::EarlyReply => Ok(()),
            DataMutation::Cut | DataMutation::Reset | DataMutation::Never if self.chance.percent(40) => {
                self.reply(426, "failed").await.map(drop)
            }
            _ => self.reply(226, "done").await.map(drop),
        }
    }
}

/// As most servers list it.
fn listed(directory: &str, name: &str) -> String {
    let (kind, size) = match files::inside(&format!("{directory}/{name}")) {
        Some(_) => ("drwxr-xr-x", 4096),
        None => ("-rw-r--r--", files::size(name).unwrap_or(0)),
    };
    format!("{kind} 1 ftp ftp {size} Jan  1  2026 {name}\r\n")
}
