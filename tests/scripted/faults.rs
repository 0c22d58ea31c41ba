//! One fault anywhere in a dialogue: afterwards the next command gets its own reply, or is told that there is no session
//! to send it in. It never gets another command's reply.
//!
//! The server here knows the whole dialogue by heart and reacts to commands; its one fault is a reply of another kind, a
//! connection that is cut at some byte, or nothing at all while a callback of the client stops.

use std::sync::mpsc::{self, Receiver};
use std::thread;

use super::*;
use support::scripted::Gone;

#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    /// The n-th reply after the login is another one.
    Reply(usize, &'static str),
    /// After the login the control connection is closed before its n-th byte.
    CutControl(usize),
    /// The data connection is reset before its n-th byte.
    CutData(usize),
}

const OTHER_REPLIES: &[&str] = &[
    "150 other\r\n",
    "250 other\r\n",
    "350 other\r\n",
    "421 other\r\n",
    "450 other\r\n",
    "550 other\r\n",
    "999 other\r\n",
    "what?\r\n",
    "250-other\r\n250 in two lines\r\n",
    "250 other\r\n250 and one more\r\n",
];

const CONTENT: &[u8] = b"one\r\ntwo\r\nthree\r\n";

/// Neither side waits longer for what should come than this.
const PATIENCE: Duration = Duration::from_secs(5);

/// The server's side of one control connection.
struct Server<'a> {
    control: &'a mut Session,
    /// They stay to the end of the test: a client that comes late must not find a server of another test at such a port.
    listeners: Vec<DataListener>,
    /// The last of them waits for the client.
    is_agreed_on: bool,
    fault: Fault,
    /// Replies and bytes since the login.
    replies: usize,
    bytes: usize,
    logged_in: bool,
}

/// A server with this fault, and how many replies and bytes it has sent since the login.
fn serve(fault: Fault) -> (Scripted, Receiver<(usize, usize, Vec<DataListener>)>) {
    let (tell, counts) = mpsc::channel();
    let server = Scripted::start(move |s| {
        let (listeners, is_agreed_on) = (Vec::new(), false);
        let mut server =
            Server { control: s, listeners, is_agreed_on, fault, replies: 0, bytes: 0, logged_in: false };
        // The fault, or the client, has ended the session.
        let _ = server.play();
        tell.send((server.replies, server.bytes, server.listeners)).unwrap();
    });
    (server, counts)
}

impl Server<'_> {
    fn play(&mut self) -> Result<(), Gone> {
        self.say("220 ready\r\n")?;
        loop {
            let line = self.control.hear()?;
            let verb = line.split(' ').next().unwrap_or_default().to_owned();
            match verb.as_str() {
                "USER" => self.reply("331 password\r\n")?,
                "PASS" => {
                    self.reply("230 welcome\r\n")?;
                    self.logged_in = true;
                }
                "PWD" => self.say("257 \"/in/step\"\r\n")?,
                "PASV" => self.passive()?,
                "RETR" | "LIST" | "NLST" | "MLSD" | "STOR" => self.transfer(&verb)?,
                "ABOR" => self.reply("225 nothing to abort\r\n")?,
                "SIZE" => self.reply("213 12\r\n")?,
                "RNFR" | "REST" => self.reply("350 go on\r\n")?,
                "MKD" => self.reply("257 \"/made\"\r\n")?,
                "QUIT" => return self.reply("221 goodbye\r\n"),
                _ => self.reply("250 fine\r\n")?,
            }
        }
    }

    fn passive(&mut self) -> Result<(), Gone> {
        let listener = self.control.data_listener();
        let [high, low] = listener.addr().port().to_be_bytes();
        self.listeners.push(listener);
        self.is_agreed_on = true;
        self.reply(&format!("227 here (127,0,0,1,{high},{low})\r\n"))
    }

    /// A server that refuses a transfer, for whatever reason, transfers nothing and says no more.
    fn transfer(&mut self, verb: &str) -> Result<(), Gone> {
        let starts = match self.fault {
            Fault::Reply(at, other) => at != self.replies || other.starts_with(['1', '2']),
            _ => true,
        };
        self.reply("150 go\r\n")?;
        if !std::mem::take(&mut self.is_agreed_on) || !starts {
            return Ok(());
        }
        let data = self.listeners.last().and_then(|listener| listener.try_accept(PATIENCE));
        let Some(mut data) = data else { return Err(Gone) };
        let whole = match self.fault {
            Fault::CutData(at) => at.min(CONTENT.len()),
            _ => CONTENT.len(),
        };
        let is_cut = matches!(self.fault, Fault::CutData(_));
        if verb == "STOR" {
            data.take(if is_cut { whole.max(1) } else { usize::MAX }, PATIENCE);
        } else {
            data.try_send(&CONTENT[..whole]);
        }
        if is_cut {
            data.reset();
            return self.reply("426 cut\r\n");
        }
        drop(data);
        self.reply("226 done\r\n")
    }

    /// A reply that may be the one with the fault.
    fn reply(&mut self, text: &str) -> Result<(), Gone> {
        let text = match self.fault {
            Fault::Reply(at, other) if self.logged_in && at == self.replies => other,
            _ => text,
        };
        if self.logged_in {
            self.replies += 1;
        }
        self.say(text)
    }

    fn say(&mut self, text: &str) -> Result<(), Gone> {
        let mut text = text.as_bytes();
        if let Fault::CutControl(at) = self.fault
            && self.logged_in
        {
            text = &text[..text.len().min(at - self.bytes)];
        }
        if self.logged_in {
            self.bytes += text.len();
        }
        self.control.try_send(text)?;
        match self.fault {
            Fault::CutControl(at) if self.logged_in && self.bytes == at => {
                self.control.close();
                Err(Gone)
            }
            _ => Ok(()),
        }
    }
}

/// Counts callbacks and stops at one of them.
struct Stopper {
    called: usize,
    stop_at: Option<usize>,
}

impl Stopper {
    fn call(&mut self) -> Result<(), i64> {
        self.called += 1;
        if self.stop_at == Some(self.called - 1) { Err(1) } else { Ok(()) }
    }
}

/// What is tried, by its name.
const OPERATIONS: &[&str] = &[
    "cwd",
    "cdup",
    "size",
    "delete",
    "rename",
    "mkd",
    "rmd",
    "sendcmd",
    "voidcmd",
    "putcmd",
    "abort",
    "retrbinary",
    "retrbinary rest",
    "retrlines",
    "nlst",
    "dir",
    "mlsd",
    "storbinary",
    "storlines",
    "transfercmd",
    "open and abort",
];

async fn operate(client: &mut Client, operation: &str, stopper: &mut Stopper) -> Result<()> {
    let mut left = CONTENT;
    let mut sink = |_: &[u8]| stopper.call();
    match operation {
        "cwd" => client.cwd(b"d").await,
        "cdup" => client.cwd(b"..").await,
        "size" => client.size(b"f").await.map(drop),
        "delete" => client.delete(b"f").await,
        "rename" => client.rename(b"a", b"b").await,
        "mkd" => client.mkd(b"d").await.map(drop),
        "rmd" => client.rmd(b"d").await,
        "sendcmd" => client.sendcmd(&command("NOOP")).await.map(drop),
        "voidcmd" => client.voidcmd(&command("NOOP")).await.map(drop),
        "putcmd" => {
            client.putcmd(&command("NOOP")).await?;
            client.voidresp().await.map(drop)
        }
        "abort" => client.abort().await.map(drop),
        "retrbinary" => client.retrbinary(&command("RETR f"), 7, None, &mut sink).await.map(drop),
        "retrbinary rest" => client.retrbinary(&command("RETR f"), 7, Some(3), &mut sink).await.map(drop),
        "retrlines" => client.retrlines(&command("RETR f"), &mut sink).await.map(drop),
        "nlst" => client.nlst(None, &mut sink).await.map(drop),
        "dir" => client.dir(None, &mut sink).await.map(drop),
        "mlsd" => client.mlsd(None, b"size;", &mut |_| stopper.call()).await.map(drop),
        "storbinary" | "storlines" => {
            let stor = command("STOR f");
            let mut sent = |_: &[u8]| stopper.call();
            let mut source = |buffer: &mut [u8]| {
                let (now, later) = left.split_at(left.len().min(buffer.len()));
                buffer[..now.len()].copy_from_slice(now);
                left = later;
                Ok(now.len())
            };
            if operation == "storlines" {
                client.storlines(&stor, &mut source, &mut sent).await.map(drop)
            } else {
                client.storbinary(&stor, 7, None, &mut source, &mut sent).await.map(drop)
            }
        }
        "transfercmd" => {
            let id = client.transfercmd(&command("RETR f"), None).await?;
            while client.transfer_read(id, &mut [0; 7]).await? > 0 {}
            client.transfer_finish(id).await.map(drop)
        }
        "open and abort" => {
            let id = client.transfercmd(&command("RETR f"), None).await?;
            client.transfer_read(id, &mut [0; 7]).await?;
            client.abort().await.map(drop)
        }
        other => panic!("there is no {other}"),
    }
}

struct Outcome {
    succeeded: bool,
    replies: usize,
    bytes: usize,
    callbacks: usize,
}

/// One operation with one fault, and the check that is the point of all this.
fn run(operation: &str, fault: Fault, stop_at: Option<usize>) -> Outcome {
    let (server, counts) = serve(fault);
    let mut client = client();
    connect_to(&mut client, server.addr()).unwrap();
    client.run(async |client| client.login("user", "secret", "").await).unwrap();
    // After a fault most of the replies never come. Without one all come, however late.
    let is_sound = matches!(fault, Fault::None) && stop_at.is_none();
    client.set_timeout(Some(if is_sound { PATIENCE } else { Duration::from_millis(150) }));
    let mut stopper = Stopper { called: 0, stop_at };
    let outcome = client.run(async |client| operate(client, operation, &mut stopper).await);
    let case = || format!("{operation}, {fault:?}, stopped at {stop_at:?}: {outcome:?}");
    for _ in 0..2 {
        match pwd(&mut client) {
            Ok(path) => assert_eq!(path, "/in/step", "{}", case()),
            // It says that there is no session, or that a reply is to be read first.
            Err(Error::NotConnected(_) | Error::OutOfTurn(_)) => {}
            // It found out just now, and closed.
            Err(_) => assert!(!client.is_connected(), "{}", case()),
        }
    }
    drop(client);
    server.finish();
    let (replies, bytes, _) = counts.recv().unwrap();
    Outcome { succeeded: outcome.is_ok(), replies, bytes, callbacks: stopper.called }
}

/// Every fault at every place of one operation; returns how many there were.
fn every_fault(operation: &str) -> usize {
    let sound = run(operation, Fault::None, None);
    assert!(sound.succeeded, "{operation}");
    let mut count = 0;
    let mut check = |fault, stop_at| {
        run(operation, fault, stop_at);
        count += 1;
    };
    for at in 0..sound.replies {
        OTHER_REPLIES.iter().for_each(|other| check(Fault::Reply(at, other), None));
    }
    (0..sound.bytes).for_each(|at| check(Fault::CutControl(at), None));
    (0..sound.callbacks).for_each(|at| check(Fault::None, Some(at)));
    if sound.replies > 2 {
        (0..=CONTENT.len()).for_each(|at| check(Fault::CutData(at), None));
    }
    count
}

#[test]
fn no_reply_is_taken_for_another_after_any_single_fault() {
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            thread::spawn(move || {
                let mine = OPERATIONS.iter().skip(worker).step_by(4);
                mine.map(|operation| every_fault(operation)).sum::<usize>()
            })
        })
        .collect();
    let count: usize = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
    println!("{} operations, {count} faults", OPERATIONS.len());
    assert!(count > 1000, "only {count} faults were tried");
}
