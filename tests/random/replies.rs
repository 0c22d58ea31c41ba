//! How the server says its replies: as they are, or mutated.

use std::time::Duration;

use super::census::{CODES, REPLIES};
use super::ledger::Tag;
use super::mutation::Mutation;
use super::server::{Ended, Server, SinceFence, is_yes};

/// A reply, and what it answers.
pub struct Reply<'a> {
    pub code: u16,
    pub text: &'a str,
    pub tag: Tag,
}

impl Reply<'_> {
    fn line(&self) -> String {
        let Reply { code, text, tag } = self;
        // An announced size stands at the end of a line, and what others tell at its beginning.
        if (100..200).contains(code) {
            format!("{code} {tag} {text}\r\n")
        } else {
            format!("{code} {text} {tag}\r\n")
        }
    }
}

/// Codes of each class. Not 257, by which a client finds out where it is, and not 421, which ends the session: that is another
/// mutation.
const OTHER_CODES: &[u16] =
    &[110, 125, 150, 200, 226, 230, 250, 331, 350, 425, 450, 451, 500, 502, 530, 550, 600, 999];
/// How many bytes a flood has: more than any limit of the client's.
const FLOOD_LENGTH: usize = 8_000_000;

/// What the server is going to say, before anybody can hear it. What the test has to know of it is noted first: the client may go on as
/// soon as it has the last byte.
#[derive(Copy, Clone)]
pub struct Decision {
    code: u16,
    mutation: Mutation,
    has_other_code: bool,
}

impl Decision {
    pub fn code(self) -> u16 {
        self.code
    }

    /// The server does what it was asked for. One that ends the connection in place of a reply has not done it.
    pub fn does_it(self) -> bool {
        use Mutation::*;
        is_yes(self.code) && !matches!(self.mutation, Truncated | Closed | Reset | Endless)
    }

    /// The client learns what has happened.
    pub fn tells(self) -> bool {
        self.mutation.tells() && !self.has_other_code
    }
}

impl Server {
    /// Says a reply in the manners of this server, and returns the code that it has said.
    pub async fn reply(&mut self, code: u16, text: &str) -> Result<u16, Ended> {
        let decision = self.decide(code);
        self.say_decided(decision, text).await
    }

    /// Which code it says, and what becomes of the reply.
    pub fn decide(&mut self, code: u16) -> Decision {
        let mutation = self.choose(code);
        self.has_said_more = matches!(mutation, Mutation::Twice | Mutation::Flood);
        self.taint_if_a_noop_may_look_like_it(mutation);
        if mutation != Mutation::None {
            self.ledger.reached(|census| census.count(REPLIES, format!("{mutation:?}")));
        }
        if mutation != Mutation::OtherCode {
            return Decision { code, mutation, has_other_code: false };
        }
        self.ledger.log("   (OtherCode)".into());
        Decision { code: self.chance.one_of(OTHER_CODES), mutation: Mutation::None, has_other_code: true }
    }

    pub async fn say_decided(&mut self, decision: Decision, text: &str) -> Result<u16, Ended> {
        let reply = Reply { code: decision.code, text, tag: self.tag() };
        self.ledger.reached(|census| census.count(CODES, reply.code.to_string()));
        self.look_at_the_fence(&reply, decision.mutation);
        self.say_mutated(&reply, decision.mutation).await?;
        Ok(reply.code)
    }

    /// One reply that is lost, and one too much before the same PWD, look like none of both.
    fn look_at_the_fence(&mut self, reply: &Reply<'_>, mutation: Mutation) {
        let is_lost =
            matches!(mutation, Mutation::Dropped | Mutation::Unfinished) || (100..200).contains(&reply.code);
        if reply.code == 257 && reply.text.ends_with("is here") && mutation.tells() {
            self.since_fence = SinceFence { has_lost: false, has_said_more: self.has_said_more };
            return;
        }
        self.since_fence.has_lost |= is_lost;
        self.since_fence.has_said_more |= self.has_said_more;
        if self.since_fence.has_lost && self.since_fence.has_said_more {
            self.ledger.note_confused(self.tag().connection);
        }
    }

    /// While data moves, a client knows the replies to its NOOPs by their codes, and by their number.
    fn taint_if_a_noop_may_look_like_it(&self, mutation: Mutation) {
        use Mutation::*;
        let confuses =
            matches!(mutation, OtherCode | Twice | Flood | RubbishFirst | PreliminaryFirst | Unfinished);
        if self.sends_noops && confuses {
            self.ledger.taint(self.tag().connection);
        }
    }

    /// A client waits a second for what may follow a 1yz greeting.
    fn taint_if_the_greeting_may_come_late(&mut self) {
        if self.tag().command == 0 && self.limit > Duration::from_secs(1) {
            self.ledger.taint(self.tag().connection);
        }
    }

    /// Not every reply can have every fault, if the fault is to be one that a client can cope with.
    fn choose(&mut self, code: u16) -> Mutation {
        let mutation = self.manners.for_reply(&mut self.chance);
        let is_preliminary = (100..200).contains(&code);
        match mutation {
            // A final reply behind a 1yz is the one to the same command: what comes later is one too many.
            Mutation::Twice | Mutation::Flood | Mutation::TwiceLater | Mutation::Stray if is_preliminary => {
                Mutation::Split
            }
            other => other,
        }
    }

    async fn say_mutated(&mut self, reply: &Reply<'_>, mutation: Mutation) -> Result<(), Ended> {
        let line = reply.line();
        if mutation != Mutation::None {
            self.ledger.log(format!("   ({mutation:?})"));
        }
        match mutation {
            Mutation::None | Mutation::OtherCode => self.say(&line).await,
            Mutation::Split => self.say_split(&line).await,
            Mutation::Late => {
                self.pause(1, 40).await;
                self.say(&line).await
            }
            Mutation::TooLate => {
                self.pause(110, 250).await;
                self.say(&line).await
            }
            Mutation::ManyLines => {
                let Reply { code, tag, .. } = reply;
                self.say(&format!("{code}-{tag} more follows\r\n 200 {tag} inside\r\n{line}")).await
            }
            Mutation::Unfinished => self.say(&format!("{}-{} more follows\r\n", reply.code, reply.tag)).await,
            Mutation::Rubbish => self.say(&format!("what? {}\r\n", reply.tag)).await,
            Mutation::RubbishFirst => {
                self.say(&format!("what? {}\r\n", reply.tag)).await?;
                self.pause(0, 40).await;
                self.say(&line).await
            }
            Mutation::PreliminaryFirst => {
                self.taint_if_the_greeting_may_come_late();
                self.say(&format!("150 {} wait\r\n", reply.tag)).await?;
                self.pause(0, 40).await;
                self.say(&line).await
            }
            Mutation::Dropped => Ok(()),
            Mutation::Truncated => {
                let length = self.chance.below(line.len());
                self.say(&line[..length]).await?;
                Err(Ended)
            }
            Mutation::Closed => Err(Ended),
            Mutation::Reset => {
                self.reset();
                Err(Ended)
            }
            Mutation::Twice => self.say(&line.repeat(2)).await,
            Mutation::Flood => {
                let count = 1 + self.chance.below(30);
                let code = self.chance.one_of(OTHER_CODES);
                let extra = Reply { code, text: "one too many", tag: reply.tag }.line();
                self.say(&(line + &extra.repeat(count))).await
            }
            Mutation::TooLong => {
                self.say(&format!("{} {}{}\r\n", reply.code, reply.tag, "x".repeat(9000))).await
            }
            Mutation::Bytes => {
                self.ledger.note_garbled();
                let odd = self.chance.one_of(&["\0", "\x1b[2J", "\u{ff}", "\t", "é"]);
                self.say(&Reply { text: &format!("{odd} {}", reply.text), ..*reply }.line()).await
            }
            Mutation::Lf => self.say(&line.replace("\r\n", "\n")).await,
            Mutation::Endless => {
                self.ledger.taint(reply.tag.connection);
                self.flood(reply).await
            }
            Mutation::TwiceLater => {
                self.ledger.taint(reply.tag.connection);
                self.say(&line).await?;
                self.pause(1, 30).await;
                self.say(&line).await
            }
            Mutation::Stray => {
                self.ledger.taint(reply.tag.connection);
                self.say(&line).await?;
                self.pause(1, 30).await;
                let code = self.chance.one_of(OTHER_CODES);
                self.say(&Reply { code, text: "out of nowhere", tag: reply.tag }.line()).await
            }
        }
    }

    async fn say_split(&mut self, line: &str) -> Result<(), Ended> {
        let size = 1 + self.chance.below(8);
        let pause = self.chance.one_of(&[0, 50, 500]);
        for piece in line.as_bytes().chunks(size) {
            self.say_bytes(piece).await?;
            self.place.pause(Duration::from_micros(pause)).await;
        }
        Ok(())
    }

    /// Until the client has had enough.
    async fn flood(&mut self, reply: &Reply<'_>) -> Result<(), Ended> {
        let Reply { code, tag, .. } = reply;
        let line = match self.chance.below(4) {
            0 => "\r\n".to_owned(),
            1 => format!("{code}-{tag} on and on\r\n"),
            2 => format!("150 {tag} still going\r\n"),
            _ => format!("220 {tag} hello\r\n"),
        };
        let block = line.repeat(100);
        for _ in 0..FLOOD_LENGTH / block.len() {
            self.say_bytes(block.as_bytes()).await?;
        }
        Err(Ended)
    }

    async fn say(&mut self, text: &str) -> Result<(), Ended> {
        let shown = if text.len() > 100 { &text[..60] } else { text };
        self.ledger.log(format!("{}", shown.trim_end().escape_debug()));
        self.say_bytes(text.as_bytes()).await
    }

    async fn say_bytes(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        if self.control()?.say(bytes).await { Ok(()) } else { Err(Ended) }
    }
}
