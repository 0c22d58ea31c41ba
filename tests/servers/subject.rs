//! A server that the scenarios run on, and what most of them do with a client of it.

use super::*;

/// A server to run the scenarios on, and how.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    pub(crate) user: String,
    pub(crate) password: String,
    /// What PWD says after the login.
    pub(crate) login_dir: String,
    /// The same directory on this machine.
    pub(crate) root: PathBuf,
    pub(crate) passive: bool,
}

pub(crate) fn on_daemon(name: &str, daemon: &Daemon, passive: bool) -> Subject {
    Subject {
        name: name.into(),
        address: daemon.addr(),
        user: daemon.user.clone(),
        password: daemon.password.clone(),
        login_dir: daemon.login_dir.clone(),
        root: daemon.root.clone(),
        passive,
    }
}

pub(crate) fn on_libunftp(server: &Embedded, passive: bool) -> Subject {
    Subject {
        name: "libunftp".into(),
        address: server.addr(),
        user: embedded::USER.into(),
        password: embedded::PASSWORD.into(),
        login_dir: "/".into(),
        root: server.root().to_owned(),
        passive,
    }
}

impl Subject {
    pub(crate) fn title(&self) -> String {
        format!("{}, {}", self.name, if self.address.is_ipv6() { "IPv6" } else { "IPv4" })
    }

    /// Runs a scenario, and returns what each session said.
    pub(crate) fn behind_a_relay(&self, pace: Pace, same: Same, run: fn(&Subject)) -> Vec<Vec<String>> {
        if same == Direct {
            run(self);
            return Vec::new();
        }
        let relay = Relay::start(self.address, pace);
        run(&Subject { address: relay.addr(), ..self.clone() });
        relay.finish()
    }

    pub(crate) fn connect(&self) -> Client {
        let mut client = Client::new().unwrap();
        client.set_timeout(Some(Duration::from_secs(20)));
        client.set_passive(self.passive);
        let (host, port) = (self.address.ip().to_string(), self.address.port());
        client.run(async |client| client.connect(&host, port).await).must();
        client
    }

    pub(crate) fn log_in(&self) -> Client {
        let mut client = self.connect();
        client.run(async |client| client.login(&self.user, &self.password, "").await).must();
        client
    }

    /// The size of a file that takes many blocks. zope.server's two threads share the data that they send without a lock: the longer it
    /// takes, the more likely it is that the server sends wrong bytes, whoever fetches them.
    pub(crate) fn large(&self) -> usize {
        if self.name == "zope.server" { 100_000 } else { 1_000_000 }
    }

    /// Puts a file into the user's directory behind the server's back.
    pub(crate) fn put(&self, name: &str, content: &[u8]) {
        let (path, root) = (self.root.join(name), fs::metadata(&self.root).unwrap());
        fs::write(&path, content).unwrap();
        chown(&path, Some(root.uid()), Some(root.gid())).unwrap();
    }

    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        fs::read(self.root.join(name)).unwrap()
    }

    pub(crate) fn mkdir(&self, name: &str) {
        let (path, root) = (self.root.join(name), fs::metadata(&self.root).unwrap());
        fs::create_dir_all(&path).unwrap();
        chown(&path, Some(root.uid()), Some(root.gid())).unwrap();
    }
}

pub(crate) fn pwd(client: &mut Client) -> String {
    String::from_utf8(client.run(async |client| client.pwd().await).must()).unwrap()
}

/// PWD has a reply like no other command's: a session that is one reply off is found out.
pub(crate) fn assert_in_step(client: &mut Client, subject: &Subject) {
    for _ in 0..2 {
        assert_eq!(pwd(client), subject.login_dir);
    }
}

/// After a transfer was stopped: in step, or with a server that cannot do that, closed and saying so.
pub(crate) fn assert_in_step_after_a_stop(client: &mut Client, subject: &Subject) {
    if subject.may_end_at_a_stop() && !client.is_connected() {
        let outcome = client.run(async |client| client.pwd().await);
        assert!(matches!(outcome, Err(Error::NotConnected(_))), "{outcome:?}");
        *client = subject.log_in();
    }
    assert_in_step(client, subject);
}

/// [`Result::unwrap`] in the words that a user would read.
pub(crate) trait Must<T> {
    fn must(self) -> T;
}

impl<T> Must<T> for Result<T> {
    #[track_caller]
    fn must(self) -> T {
        self.unwrap_or_else(|error| panic!("{error}"))
    }
}

pub(crate) fn told<T>(outcome: &Result<T>) -> String {
    outcome.as_ref().err().map_or("success".into(), Error::to_string)
}

pub(crate) fn quit(mut client: Client) {
    client.run(async |client| client.quit().await).must();
}

pub(crate) fn retrieve(client: &mut Client, text: &str, rest: Option<u64>) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    let mut sink = |block: &[u8]| {
        data.extend_from_slice(block);
        Ok(())
    };
    client.run(async |client| client.retrbinary(&command(text), 0, rest, &mut sink).await)?;
    Ok(data)
}
