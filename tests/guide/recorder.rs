//! A server that says yes to everything, and remembers what it was told.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

pub(crate) struct Recorder {
    addr: SocketAddr,
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Vec<String>>>,
}

impl Recorder {
    pub(crate) fn start() -> Recorder {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let addr = listener.local_addr().unwrap();
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopping);
        let thread = thread::spawn(move || {
            let mut sessions = Vec::new();
            loop {
                let (stream, _) = listener.accept().unwrap();
                if stop.load(Ordering::SeqCst) {
                    return sessions
                        .into_iter()
                        .map(|session: JoinHandle<_>| session.join().unwrap())
                        .collect();
                }
                sessions.push(thread::spawn(move || Session::serve(stream)));
            }
        });
        Recorder { addr, stopping, thread }
    }

    pub(crate) fn port(&self) -> u16 {
        self.addr.port()
    }

    /// What each connection said: its address, its commands, its data. The client must have left.
    pub(crate) fn finish(self) -> Vec<Vec<String>> {
        self.stopping.store(true, Ordering::SeqCst);
        TcpStream::connect(self.addr).unwrap();
        self.thread.join().unwrap()
    }
}

enum DataPort {
    Passive(TcpListener),
    Active(SocketAddr),
}

struct Session {
    control: BufReader<TcpStream>,
    data_port: Option<DataPort>,
    logged_in: bool,
    has_moved: bool,
    rest: usize,
    said: Vec<String>,
}

impl Session {
    fn serve(stream: TcpStream) -> Vec<String> {
        // Urgent data, as in ftplib's ABOR, is to be seen where it stands.
        SockRef::from(&stream).set_out_of_band_inline(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let said = vec![format!("from {}", stream.peer_addr().unwrap().ip())];
        let control = BufReader::new(stream);
        let mut session =
            Session { control, data_port: None, logged_in: false, has_moved: false, rest: 0, said };
        // A client that leaves is no failure: what it has said is compared.
        if let Err(error) = session.talk() {
            session.said.push(format!("{:?}", error.kind()));
        }
        session.said
    }

    fn talk(&mut self) -> io::Result<()> {
        self.reply("220 ready")?;
        let mut line = Vec::new();
        while self.control.read_until(b'\n', &mut line)? > 0 {
            let command = line.escape_ascii().to_string();
            line.clear();
            let command = command.strip_suffix("\\r\\n").expect("a line ends with CRLF");
            let (verb, argument) = command.split_once(' ').unwrap_or((command, ""));
            match verb {
                // Not every TYPE is sent, and the port is another one each time.
                "TYPE" => {}
                // Where a change of directory has led is asked by the library only.
                "PWD" if self.has_moved => {}
                "PORT" => self.said.push(format!("PORT {}", &argument[..argument.len().min(9)])),
                _ => self.said.push(command.to_owned()),
            }
            self.has_moved = matches!(verb, "CWD" | "CDUP") || self.has_moved && verb == "NOOP";
            self.obey(verb, argument)?;
        }
        Ok(())
    }

    fn obey(&mut self, verb: &str, argument: &str) -> io::Result<()> {
        match verb {
            "USER" => self.reply("331 password, please"),
            // The second login on a connection is asked for the account as well.
            "PASS" if self.logged_in => self.reply("332 account, please"),
            "PASS" => {
                self.logged_in = true;
                self.reply("230 welcome")
            }
            "QUIT" => self.reply("221 goodbye"),
            "CWD" if argument == "secret" => self.reply("550 no"),
            "MKD" | "PWD" => self.reply("257 \"/my \"\"pub\"\"\" it is"),
            "ABOR" => self.reply("226 nothing to abort"),
            "SIZE" => self.reply("213 12"),
            "STAT" => self.reply("211-fine\r\n and well\r\n211 end"),
            "RNFR" => self.reply("350 to what?"),
            "REST" => {
                self.rest = argument.parse().unwrap();
                self.reply("350 go on")
            }
            "PASV" => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                let [high, low] = listener.local_addr()?.port().to_be_bytes();
                self.data_port = Some(DataPort::Passive(listener));
                self.reply(&format!("227 listening (127,0,0,1,{high},{low})"))
            }
            "PORT" => {
                let numbers: Vec<u8> = argument.split(',').map(|number| number.parse().unwrap()).collect();
                let port = u16::from_be_bytes([numbers[4], numbers[5]]);
                self.data_port = Some(DataPort::Active((Ipv4Addr::LOCALHOST, port).into()));
                self.reply("200 ok")
            }
            "LIST" => self.send(b"-rw-r--r-- 1 ann ann 12 Mar  3 12:00 README\r\ntotal 1\r\n"),
            "NLST" => self.send(b"README\r\npub\r\n"),
            "MLSD" => self.send(b"type=file;size=12; README\r\ntype=file;size=0; two words\r\n"),
            "RETR" => self.send(b"hello\nworld\n"),
            "STOR" | "APPE" => self.receive(),
            _ => self.reply("200 ok"),
        }
    }

    fn reply(&mut self, text: &str) -> io::Result<()> {
        self.control.get_mut().write_all(format!("{text}\r\n").as_bytes())
    }

    fn data_connection(&mut self) -> io::Result<TcpStream> {
        match self.data_port.take().expect("PASV or PORT comes before a transfer") {
            DataPort::Passive(listener) => Ok(listener.accept()?.0),
            DataPort::Active(addr) => TcpStream::connect(addr),
        }
    }

    fn send(&mut self, data: &[u8]) -> io::Result<()> {
        let rest = std::mem::take(&mut self.rest);
        self.reply(&format!("150 sending it ({} bytes)", data.len() - rest))?;
        self.data_connection()?.write_all(&data[rest..])?;
        self.reply("226 done")
    }

    fn receive(&mut self) -> io::Result<()> {
        self.reply("150 send it")?;
        let mut data = Vec::new();
        self.data_connection()?.read_to_end(&mut data)?;
        self.said.push(format!("data: {}", data.escape_ascii()));
        self.reply("226 done")
    }
}
