//! The server of a scenario. It reacts to each verb with what the scenario says, so that two clients that do not say the
//! same are both answered, and it writes down what it hears.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::scenario::Scenario;
use super::support::scripted::{ClientPort, Data, DataListener, Gone, Scripted, Session};
use super::text;

/// How long to wait for a client that does not do what the scenario is about.
const PATIENCE: Duration = Duration::from_secs(1);
/// What drips comes in so many pieces at the most.
const MOST_PIECES: usize = 256;

/// What the server does unless the scenario says something else.
const USUAL: &[(&str, &str)] = &[
    ("greeting", "220 ready"),
    ("USER", "331 password please"),
    ("PASS", "230 logged in"),
    ("ACCT", "230 logged in"),
    ("TYPE", "200 type set"),
    ("PASV", "227 entering passive mode ({here})"),
    ("EPSV", "229 entering extended passive mode (|||{port}|)"),
    ("PORT", "200 port noted"),
    ("EPRT", "200 port noted"),
    ("REST", "350 offset noted"),
    ("RETR", r#"150 go ; data "hello" ; end ; 226 done"#),
    ("STOR", "150 go ; take ; 226 done"),
    ("NOOP", "200 here I am"),
    ("PWD", r#"257 "/home" is here"#),
    ("ABOR", "226 nothing to abort"),
    ("QUIT", "221 bye ; close"),
];
const UNUSUAL: &str = "502 not implemented";

type Reactions = HashMap<String, Vec<Vec<String>>>;

pub struct Server {
    server: Scripted,
    heard: Arc<Mutex<BTreeMap<usize, Vec<String>>>>,
}

impl Server {
    /// A server that drips sends nearly everything byte by byte.
    pub fn start(scenario: &Scenario, drips: bool) -> Server {
        let is_v6 = scenario.calls.iter().any(|call| call.name == "connect" && call.argument(0) == b"::1");
        let ip: IpAddr = if is_v6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
        let heard = Arc::<Mutex<BTreeMap<_, _>>>::default();
        let server = Scripted::react_at(ip, {
            let (heard, reactions) = (Arc::clone(&heard), scenario.reactions.clone());
            move |control, number| {
                let lines = Dialogue::new(control, &reactions, drips).run();
                heard.lock().unwrap().insert(number, lines);
            }
        });
        Server { server, heard }
    }

    pub fn port(&self) -> u16 {
        self.server.addr().port()
    }

    /// What the clients have said, connection by connection.
    pub fn finish(self) -> Vec<String> {
        self.server.finish();
        let heard = std::mem::take(&mut *self.heard.lock().unwrap());
        heard.into_iter().flat_map(|(number, lines)| heard_on(number + 1, lines)).collect()
    }
}

fn heard_on(connection: usize, lines: Vec<String>) -> Vec<String> {
    let name = if connection == 1 { String::new() } else { format!(" on connection {connection}") };
    lines.into_iter().map(|line| format!("the server got{name} {line}")).collect()
}

/// One control connection.
struct Dialogue<'a> {
    control: &'a mut Session,
    reactions: &'a Reactions,
    /// How often each verb was heard.
    counts: HashMap<String, usize>,
    heard: Vec<String>,
    passive: Option<DataListener>,
    /// Where an active client listens.
    active: Option<ClientPort>,
    data: Option<Data>,
    drips: bool,
}

impl<'a> Dialogue<'a> {
    fn new(control: &'a mut Session, reactions: &'a Reactions, drips: bool) -> Dialogue<'a> {
        let (counts, heard) = (HashMap::new(), Vec::new());
        Dialogue { control, reactions, counts, heard, passive: None, active: None, data: None, drips }
    }

    fn run(mut self) -> Vec<String> {
        self.react("greeting");
        while let Ok(line) = self.control.hear_bytes() {
            self.hear(&line);
        }
        self.heard
    }

    fn hear(&mut self, line: &[u8]) {
        let command = String::from_utf8_lossy(line.strip_suffix(b"\r\n").unwrap_or(line)).into_owned();
        let (verb, argument) = command.split_once(' ').unwrap_or((&command, ""));
        self.heard.push(match (verb, line.strip_suffix(b"\r\n")) {
            // The client's ports are another each time.
            ("PORT", _) => {
                let numbers: Vec<u16> = argument.split(',').map(|number| number.parse().unwrap()).collect();
                let port = numbers[4] * 256 + numbers[5];
                self.active = Some(self.control.client_port((Ipv4Addr::LOCALHOST, port).into()));
                let [a, b, c, d] = numbers[..4] else { panic!("{command}") };
                format!("\"PORT {a},{b},{c},{d},p,p\"")
            }
            ("EPRT", _) => {
                let parts: Vec<&str> = argument.split('|').collect();
                let host: IpAddr = parts[2].parse().unwrap();
                let address = (host, parts[3].parse().unwrap()).into();
                self.active = Some(self.control.client_port(address));
                format!("\"EPRT |{}|{host}|p|\"", parts[1])
            }
            (_, Some(whole)) => format!("\"{}\"", text::shown(whole)),
            (_, None) => format!("an unfinished \"{}\"", text::shown(line)),
        });
        self.react(verb);
    }

    fn react(&mut self, verb: &str) {
        let count = self.counts.entry(verb.to_owned()).or_insert(0);
        *count += 1;
        let actions = match self.reactions.get(verb) {
            Some(times) => times[(*count).min(times.len()) - 1].clone(),
            None => {
                let usual = USUAL.iter().find(|(usual, _)| *usual == verb).map_or(UNUSUAL, |usual| usual.1);
                usual.split(" ; ").map(str::to_owned).collect()
            }
        };
        for action in actions {
            self.act(&action);
        }
    }

    /// Does one of these:
    ///
    /// - `150 go`: the line, with CRLF. `{here}` is the address of a data connection as 227 has it, `{p,p}` only its port,
    ///   `{port}` the port as 229 has it.
    /// - `raw "150 go\r\n"`: these bytes.
    /// - `data "abc"`: sends data, `take` reads it to its end, `take 10` until there are 10 bytes. Both open the data connection,
    ///   as `open` does. `open 127.0.0.2` comes from that address.
    /// - `end` closes the data connection, `reset` resets it.
    /// - `wait 400`: milliseconds.
    /// - `close`: nothing more will come on the control connection.
    ///
    /// What the client makes impossible is left out: it has its reasons, and the transcripts show them.
    fn act(&mut self, action: &str) {
        let (word, argument) = action.split_once(' ').unwrap_or((action, ""));
        let quoted = || text::bytes(argument.strip_prefix('"').unwrap().strip_suffix('"').unwrap());
        match word {
            "" => {}
            "raw" => self.send(&quoted()),
            "wait" => thread::sleep(Duration::from_millis(argument.parse().unwrap())),
            "close" => self.control.shutdown_write(),
            "open" => self.open(argument.parse().ok()),
            "data" => {
                let (bytes, pieces) = (quoted(), if self.drips { MOST_PIECES } else { 1 });
                self.with_data(|data| {
                    data.try_drip(&bytes, pieces);
                });
            }
            "end" => {
                self.open_once();
                self.data = None;
            }
            "reset" => {
                self.open_once();
                if let Some(data) = self.data.take() {
                    data.reset();
                }
            }
            "take" => self.take(argument.parse().unwrap_or(usize::MAX)),
            _ => {
                let line = text::bytes(&self.with_address(action));
                self.send(&[&line, &b"\r\n"[..]].concat());
            }
        }
    }

    /// Listens for the data connection if the reply tells an address.
    fn with_address(&mut self, reply: &str) -> String {
        if !reply.contains("{here}") && !reply.contains("{p,p}") && !reply.contains("{port}") {
            return reply.to_owned();
        }
        let listener = self.control.data_listener();
        let port = listener.addr().port();
        self.passive = Some(listener);
        (self.active, self.data) = (None, None);
        let numbers = format!("{},{}", port / 256, port % 256);
        reply
            .replace("{here}", &format!("127,0,0,1,{numbers}"))
            .replace("{p,p}", &numbers)
            .replace("{port}", &port.to_string())
    }

    fn with_data(&mut self, act: impl FnOnce(&mut Data)) {
        self.open_once();
        if let Some(data) = &mut self.data {
            act(data);
        }
    }

    fn open_once(&mut self) {
        if self.data.is_none() {
            self.open(None);
        }
    }

    /// Accepts the data connection, or makes it, from `source` if that is given.
    fn open(&mut self, source: Option<IpAddr>) {
        self.data = match (&self.active, &self.passive) {
            (Some(client), _) => client.try_connect(source.unwrap_or(self.control.server_ip()), PATIENCE),
            (None, Some(listener)) => listener.try_accept(PATIENCE),
            (None, None) => None,
        };
    }

    /// Reads data to its end, or at least so many bytes.
    fn take(&mut self, enough: usize) {
        let (mut all, mut ended) = (Vec::new(), false);
        self.with_data(|data| (all, ended) = data.take(enough, PATIENCE));
        let end = if ended { ", the end" } else { "" };
        self.heard.push(format!("data \"{}\"{end}", text::shown(&all)));
    }

    /// Sends all of it, as far as the client takes it.
    fn send(&mut self, bytes: &[u8]) {
        let _: Result<(), Gone> = self.control.try_drip(bytes, if self.drips { MOST_PIECES } else { 1 });
    }
}
