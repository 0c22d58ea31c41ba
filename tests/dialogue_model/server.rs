//! The oracle: a server that knows which command each of its replies answers, and says so in the text of the reply.

use std::collections::VecDeque;

use ftpclient::protocol::verb::{Direction, Fact, Verb};

use super::chance::Chance;
use super::wire::Data;

/// The text of a reply that answers nothing.
pub const NOBODY: &str = "nobody";
/// The final replies to a transfer that are told from those to STAT, NOOP and ABOR by their codes.
const ENDS: [u16; 9] = [226, 250, 425, 426, 450, 451, 452, 551, 552];

/// The longest that the server takes for a step, in milliseconds.
pub const LONGEST_PAUSE: i32 = 400;

/// In what servers differ. Each is the same for the whole of a session.
pub struct Habits {
    /// While a transfer goes on, other commands are answered at once, and not after it.
    answers_at_once: bool,
    pub drops_noops: bool,
    announces_transfers: bool,
    /// Ends transfers with codes that are also those of other replies.
    pub ends_oddly: bool,
    /// Says something else before it begins a transfer.
    strays_before_transfers: bool,
    /// The last that is said of a download whose data connection the client has closed early is a 1yz reply.
    pub ends_early_with_1yz: bool,
    refuses_pwd: bool,
    to_abor: ToAbor,
    /// Of a hundred commands, how many are answered wrongly.
    pub faults: usize,
}

#[derive(Copy, Clone)]
enum ToAbor {
    Aborted,
    Completed,
    OnlyTransfer,
    OnlyAbor,
    Nothing,
    /// 225 alone, if no data has moved: the transfer is kept for the next data connection then, as pyftpdlib does.
    Denied,
}

impl Habits {
    pub fn any(chance: &mut Chance) -> Habits {
        use ToAbor::*;
        Habits {
            answers_at_once: chance.percent(50),
            drops_noops: chance.percent(20),
            ends_oddly: chance.percent(20),
            announces_transfers: !chance.percent(10),
            strays_before_transfers: chance.percent(10),
            ends_early_with_1yz: chance.percent(10),
            refuses_pwd: chance.percent(5),
            to_abor: chance.one_of(&[
                Aborted,
                Completed,
                Aborted,
                Completed,
                OnlyTransfer,
                OnlyAbor,
                Nothing,
                Denied,
            ]),
            faults: chance.one_of(&[0, 0, 2, 10]),
        }
    }
}

struct Command {
    line: String,
    verb: Verb,
    /// The test has sent it, and not the library by itself: it has a number.
    is_by_hand: bool,
    /// Nothing else was to be answered when it came.
    is_alone: bool,
}

struct Running {
    command: Command,
    /// `None` if the client plays the transfer by hand, or has closed it.
    data: Option<Data>,
    is_by_hand: bool,
    is_announced: bool,
    /// It was announced as one whose data connection is open, or has sent data.
    is_open: bool,
    /// How much is left to be done; what the client does not wait for is not.
    steps: usize,
}

pub struct Server {
    chance: Chance,
    pub habits: Habits,
    heard: VecDeque<Command>,
    running: Option<Running>,
    /// The data connection of the next transfer.
    pub data: Option<Data>,
    /// Where the client is to connect to for the next one.
    pub port: u16,
    /// It was named.
    pub has_named: bool,
    /// In the middle of which transfer it was named: the data of that may be cut for it.
    pub has_cut: Option<String>,
    /// What is to be sent to the client.
    pub said: String,
    /// There is nothing to do, and nothing on its way.
    pub is_idle: bool,
    /// The connection is closed from its side.
    pub is_gone: bool,
    /// An aborted transfer gets the next data connection.
    kept: Option<String>,
    /// What a transfer has got the data of.
    pub mixed: Option<String>,
    /// Something that no RFC allows was said or left out.
    pub has_erred: bool,
    /// A line that is no reply was said.
    pub has_said_no_reply: bool,
}

impl Server {
    pub fn new(mut chance: Chance) -> Server {
        let habits = Habits::any(&mut chance);
        let mut server = Server {
            chance,
            habits,
            heard: VecDeque::new(),
            running: None,
            data: None,
            port: 0,
            has_named: false,
            has_cut: None,
            said: String::new(),
            is_idle: false,
            is_gone: false,
            kept: None,
            mixed: None,
            has_erred: false,
            has_said_no_reply: false,
        };
        server.hear("");
        server
    }

    pub fn hear(&mut self, line: &str) {
        let verb = Verb::of(line.as_bytes());
        let is_alone = self.heard.is_empty() && self.running.is_none();
        let is_by_hand = line.ends_with(|last: char| last.is_ascii_digit());
        self.is_idle = false;
        self.heard.push_back(Command { line: line.to_owned(), verb, is_by_hand, is_alone });
    }

    /// The next command begins a transfer.
    pub fn wants_data(&self) -> bool {
        self.running.is_none() && self.heard.front().is_some_and(|command| command.verb.direction().is_some())
    }

    /// How long the next step takes, in milliseconds.
    pub fn pause(&mut self) -> u64 {
        self.chance.one_of(&[0, 0, 0, 60, 150, LONGEST_PAUSE as u64])
    }

    /// Says one of these.
    fn say(&mut self, codes: &[u16], to: &Command) {
        let code = self.chance.one_of(codes);
        self.say_unasked(&format!("{code} {}", to.line));
    }

    /// Says perhaps that it has begun what it has begun already. Whether that was 125.
    fn say_again(&mut self, to: &Command) -> bool {
        if !self.chance.percent(10) {
            return false;
        }
        self.has_erred = true;
        let code = self.chance.one_of(&[120, 125, 150]);
        self.say(&[code], to);
        code == 125
    }

    fn stay_silent(&mut self, about: &Command) {
        self.has_erred |= about.verb != Verb::Noop;
    }

    fn say_no_reply(&mut self) {
        self.has_said_no_reply = true;
        self.say_unasked("no reply");
    }

    fn say_unasked(&mut self, text: &str) {
        self.said.push_str(text);
        self.said.push_str("\r\n");
    }

    /// Whether something is to be said while nothing is owed.
    pub fn wants_to_stray(&mut self) -> bool {
        self.chance.below(100) < self.habits.faults
    }

    /// Says something while nothing is owed.
    pub fn stray(&mut self) {
        if self.is_idle && !self.is_gone {
            self.has_erred = true;
            let code = self.chance.one_of(&["150", "200", "226", "250", "257", "331", "421", "500", "abc"]);
            self.say_unasked(&format!("{code} {NOBODY}"));
            self.is_gone = code == "421";
        }
    }

    /// Does the next thing. Returns whether there was any.
    pub fn work(&mut self) -> bool {
        if self.is_gone {
            return false;
        }
        if let Some(running) = self.running.take() {
            self.go_on(running);
            return true;
        }
        let Some(command) = self.heard.pop_front() else { return false };
        if self.err(&command) {
            self.data = None;
            return true;
        }
        match command.verb {
            verb if verb.direction().is_some() => self.begin(command),
            Verb::Noop if !command.is_by_hand && self.habits.drops_noops => self.stay_silent(&command),
            // Of servers with this greeting the library knows that they take turns. This one does not, or not always.
            _ if command.line.is_empty() => self.say_unasked("220 (vsFTPd of the oracle)"),
            Verb::Quit => {
                self.say(&[221], &command);
                self.is_gone = true;
            }
            Verb::Pasv if self.chance.percent(10) => self.say(&[425, 500, 502, 550], &command),
            Verb::Pasv => self.name_address(&command),
            Verb::Type => self.say(&[200], &command),
            Verb::Abor if command.is_alone && !command.is_by_hand && self.chance.percent(30) => {
                self.say(&[426], &command);
                self.say(&[226], &command);
            }
            verb => {
                let is_plain = !matches!(verb, Verb::Pwd | Verb::Stat | Verb::Noop | Verb::Abor);
                if is_plain && self.chance.percent(15) {
                    self.say(&[110, 120, 150], &command);
                    self.say_again(&command);
                }
                let codes: &[u16] = match verb {
                    Verb::Pwd if self.habits.refuses_pwd => {
                        self.has_erred = true;
                        &[500, 550]
                    }
                    Verb::Pwd => &[257],
                    Verb::Mkd => {
                        // Where its reply is not read, a 257 is waited for.
                        self.has_erred = true;
                        &[257, 257, 521, 550]
                    }
                    Verb::Abor if self.habits.announces_transfers => &[225, 226],
                    Verb::Abor => &[225],
                    Verb::Stat if self.habits.drops_noops => &[211],
                    Verb::Stat => &[211, 213, 500, 502],
                    Verb::Noop => &[200, 200, 500],
                    _ => &[200, 211, 226, 250, 331, 350, 426, 450, 451, 500, 502, 550, 552],
                };
                self.say(codes, &command);
            }
        }
        true
    }

    /// Errs perhaps; returns whether it has answered by that.
    fn err(&mut self, command: &Command) -> bool {
        if command.line.is_empty() || self.chance.below(100) >= self.habits.faults {
            return false;
        }
        self.has_erred = true;
        match self.chance.below(4) {
            0 => {
                self.say(&[421, 421, 221], command);
                self.is_gone = true;
            }
            1 => self.say_no_reply(),
            _ => {
                self.say_no_reply();
                return false;
            }
        }
        true
    }

    fn name_address(&mut self, to: &Command) {
        let [high, low] = self.port.to_be_bytes();
        self.say_unasked(&format!("227 {} (127,0,0,1,{high},{low})", to.line));
        self.has_named = true;
    }

    fn begin(&mut self, command: Command) {
        let data = self.data.take();
        if self.chance.percent(15) {
            return self.say(&[425, 450, 451, 500, 501, 530, 550, 553], &command);
        }
        let is_by_hand = data.is_none();
        if let Some(kept) = self.kept.take_if(|_| !is_by_hand) {
            self.mixed = Some(format!("{} got the data connection for {kept}", command.line));
        }
        let steps = self.chance.below(4);
        if !is_by_hand && !self.habits.announces_transfers {
            self.has_erred = true;
            self.say(&[226, 250], &command);
            if let (Some(mut data), Some(Direction::FromServer)) = (data, command.verb.direction()) {
                (0..steps).for_each(|_| data.send());
            }
            return;
        }
        if !is_by_hand && self.habits.strays_before_transfers {
            self.has_erred = true;
            let code = self.chance.one_of(&[200, 226, 250]);
            self.say_unasked(&format!("{code} {NOBODY}"));
        }
        self.running =
            Some(Running { command, data, is_by_hand, is_announced: false, is_open: false, steps });
    }

    fn go_on(&mut self, mut running: Running) {
        // That the library has asked for by itself.
        let is_next = |command: &Command| command.verb == Verb::Pasv && !command.is_by_hand;
        if self.habits.answers_at_once
            && self.heard.front().is_some_and(is_next)
            && self.chance.percent(30)
            && let Some(next) = self.heard.pop_front()
        {
            self.name_address(&next);
            self.has_cut = Some(running.command.line.clone());
            self.has_erred = true;
            if self.chance.percent(50) {
                running.steps = 0;
            }
            self.running = Some(running);
            return;
        }
        if !running.is_announced {
            running.is_open = self.chance.percent(50);
            self.say(if running.is_open { &[125] } else { &[150] }, &running.command);
            running.is_open |= self.say_again(&running.command);
            running.is_announced = true;
            self.running = Some(running);
            return;
        }
        let is_asked = |command: &Command| {
            matches!(command.verb, Verb::Stat | Verb::Noop | Verb::Abor)
                || command.verb.is(Fact::AgreesOnData) && !is_next(command)
        };
        if self.habits.answers_at_once
            && self.heard.front().is_some_and(is_asked)
            && self.chance.percent(50)
            && let Some(asked) = self.heard.pop_front()
        {
            return self.answer_meanwhile(running, asked);
        }
        if self.chance.below(300) < self.habits.faults {
            self.has_erred = true;
            if self.chance.percent(50) {
                self.say(&[421], &running.command);
                self.is_gone = true;
                return;
            }
            self.say_no_reply();
        }
        let is_closed = running.data.as_mut().is_some_and(Data::is_closed_by_client);
        let is_download = running.command.verb.direction() == Some(Direction::FromServer);
        if running.steps > 0 && !is_closed {
            running.steps -= 1;
            if let Some(data) = running.data.as_mut().filter(|_| is_download) {
                data.send();
                running.is_open = true;
            }
            self.running = Some(running);
            return;
        }
        drop(running.data);
        if running.steps > 0 && is_download && !running.is_by_hand && self.habits.ends_early_with_1yz {
            self.has_erred = true;
            return self.say(&[150], &running.command);
        }
        let is_odd = self.habits.ends_oddly && !running.is_by_hand;
        self.say(if is_odd { &[211, 331, 550, 553] } else { &ENDS }, &running.command);
    }

    fn answer_meanwhile(&mut self, running: Running, asked: Command) {
        match asked.verb {
            Verb::Noop if !asked.is_by_hand && self.habits.drops_noops => self.stay_silent(&asked),
            Verb::Noop => self.say(&[200, 500, 502], &asked),
            Verb::Abor => {
                let transfer = running.command;
                // What is never answered is never told from what is late, and the user does not wait for PWD.
                let to_abor = if asked.is_by_hand { ToAbor::Aborted } else { self.habits.to_abor };
                let to_both = |server: &mut Server, code, answer| {
                    server.say(&[code], &transfer);
                    server.say(&[answer], &asked);
                };
                match to_abor {
                    ToAbor::Aborted => to_both(self, 426, 226),
                    ToAbor::Completed => to_both(self, 226, 225),
                    ToAbor::OnlyTransfer => {
                        self.say(&[426], &transfer);
                        self.stay_silent(&asked);
                    }
                    ToAbor::OnlyAbor => {
                        self.say(&[226], &asked);
                        self.stay_silent(&transfer);
                    }
                    ToAbor::Denied if running.is_open => to_both(self, 426, 226),
                    ToAbor::Denied => {
                        self.say(&[225], &asked);
                        self.stay_silent(&transfer);
                        self.kept = Some(transfer.line);
                    }
                    ToAbor::Nothing => {
                        self.stay_silent(&transfer);
                        self.stay_silent(&asked);
                    }
                }
                return;
            }
            _ if self.habits.drops_noops => self.say(&[211, 227], &asked),
            _ => self.say(&[200, 211, 227, 500, 502], &asked),
        }
        self.running = Some(running);
    }
}
