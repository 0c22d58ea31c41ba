//! Real FTP servers, as they run in the field. `tests/daemons/setup.sh` installs them.
//!
//! ```ignore
//! let Some(server) = Daemon::start("vsftpd", DaemonOptions::default()) else { return };
//! server.put("hello.txt", "hello");
//! // … connect to server.addr(), log in as server.user with server.password …
//! ```
//!
//! The environment variable `FTPCLIENT_DAEMONS` says what happens when a server cannot run here: `required` lets the
//! test fail, and without it the test is skipped, which is reported on standard error. `off` skips all of them.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread};

use super::tools::skipped;

/// The servers, by the names that [`Daemon::start`] knows them.
pub const ALL: [&str; 12] = [
    "vsftpd",
    "proftpd",
    "pure-ftpd",
    "pyftpdlib",
    "inetutils-ftpd",
    "ftpd-ssl",
    "globus-gridftp-server",
    "aioftp",
    "twisted",
    "zope.server",
    "copyparty",
    "ftp-srv",
];

/// The exit status with which servers.py says that a server cannot run on this machine.
const UNAVAILABLE: i32 = 69;
/// The same of a server that is not required there, whatever the policy.
const NOT_FOR_THIS_MACHINE: i32 = 70;

#[derive(Clone, Copy, Default)]
pub struct DaemonOptions {
    /// Listen at ::1 instead of 127.0.0.1.
    pub ipv6: bool,
    /// Let in "anonymous" as well, to read. Only vsftpd and pyftpdlib can.
    pub anonymous: bool,
    pub tls: Tls,
    /// Data connections must resume the TLS session of the control connection. Pure-FTPd cannot require it.
    pub reuse_required: bool,
    /// "1.2" or "1.3"; empty is any.
    pub tls_version: &'static str,
    /// Sessions end when they are idle for that long; 0 is the server's own limit. vsftpd, ProFTPD and pyftpdlib can.
    pub idle_seconds: u32,
    /// So many sessions are let in at the same time; 0 is as many as come. vsftpd, ProFTPD and Pure-FTPd can.
    pub most_sessions: u32,
    /// The server listens at the first address, and clients come through a relay at the second.
    pub behind: Option<[Ipv4Addr; 2]>,
}

/// How a server begins TLS, in the words of servers.py.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum Tls {
    #[default]
    None,
    Explicit,
    Implicit,
}

impl Tls {
    pub fn name(self) -> &'static str {
        match self {
            Tls::None => "none",
            Tls::Explicit => "explicit",
            Tls::Implicit => "implicit",
        }
    }
}

/// A running server with an account and a directory of its own. Dropping it ends it and removes both.
pub struct Daemon {
    pub host: IpAddr,
    pub port: u16,
    pub user: String,
    pub password: String,
    /// The local directory that the user's home directory on the server is.
    pub root: PathBuf,
    /// The server's name for that directory: what PWD says after the login.
    pub login_dir: String,
    /// The authority that has signed the server's certificate; empty without TLS.
    pub ca: PathBuf,
    log: PathBuf,
    process: Child,
}

impl Daemon {
    /// Starts the server, or skips it (`None`) where it cannot run.
    pub fn start(name: &str, options: DaemonOptions) -> Option<Daemon> {
        let started = Daemon::start_under(Policy::from_environment(), name, options);
        started.inspect_err(|reason| skipped::report(name, reason)).ok()
    }

    /// The server, or the reason why it is skipped.
    pub fn start_under(policy: Policy, name: &str, options: DaemonOptions) -> Result<Daemon, String> {
        if policy == Policy::Off {
            return policy.skip(name, "FTPCLIENT_DAEMONS=off");
        }
        let mut command = Command::new("python3");
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/daemons/servers.py")).args(["start", name]);
        if options.ipv6 {
            command.args(["--host", "::1"]);
        }
        if options.anonymous {
            command.arg("--anonymous");
        }
        command.args(["--tls", options.tls.name()]);
        if options.reuse_required {
            command.args(["--reuse", "required"]);
        }
        if !options.tls_version.is_empty() {
            command.args(["--tls-version", options.tls_version]);
        }
        if options.idle_seconds > 0 {
            command.args(["--idle-seconds", &options.idle_seconds.to_string()]);
        }
        if options.most_sessions > 0 {
            command.args(["--most-sessions", &options.most_sessions.to_string()]);
        }
        if let Some([own, relay]) = options.behind {
            command.args(["--host", &own.to_string(), "--behind", &relay.to_string()]);
        }
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut process = match spawned {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return policy.skip(name, "there is no python3"),
            spawned => spawned.expect("cannot run python3"),
        };
        match read_facts(&mut process) {
            Some(facts) => Ok(Daemon::new(process, &facts)),
            None => {
                let output = process.wait_with_output().unwrap();
                let complaint = String::from_utf8_lossy(&output.stderr);
                match output.status.code() {
                    Some(UNAVAILABLE) => policy.skip(name, complaint.trim()),
                    Some(NOT_FOR_THIS_MACHINE) => Policy::IfAvailable.skip(name, complaint.trim()),
                    _ => panic!("{name} does not start:\n{complaint}"),
                }
            }
        }
    }

    fn new(process: Child, facts: &HashMap<String, String>) -> Daemon {
        Daemon {
            host: facts["host"].parse().unwrap(),
            port: facts["port"].parse().unwrap(),
            user: facts["user"].clone(),
            password: facts["password"].clone(),
            root: facts["root"].clone().into(),
            login_dir: facts["login_dir"].clone(),
            ca: facts["ca"].clone().into(),
            log: facts["log"].clone().into(),
            process,
        }
    }

    /// The process whose children the server and its sessions are.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    pub fn addr(&self) -> SocketAddr {
        (self.host, self.port).into()
    }

    /// Creates a file in the user's directory that belongs to the user, as if the user had uploaded it.
    pub fn put(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.root.join(name);
        let root = fs::metadata(&self.root).unwrap();
        fs::write(&path, content).unwrap();
        chown(&path, Some(root.uid()), Some(root.gid())).unwrap();
    }

    /// The content of a file in the user's directory.
    pub fn get(&self, name: impl AsRef<Path>) -> Vec<u8> {
        fs::read(self.root.join(name)).unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("The server's log:\n{}", fs::read_to_string(&self.log).unwrap_or_default());
        }
        // The end of its standard input tells servers.py to end the server.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Reads KEY=VALUE lines until an empty one; `None` when the output ends before.
fn read_facts(process: &mut Child) -> Option<HashMap<String, String>> {
    let mut facts = HashMap::new();
    for line in BufReader::new(process.stdout.as_mut()?).lines() {
        match line.unwrap().split_once('=') {
            Some((key, value)) => facts.insert(key.to_owned(), value.to_owned()),
            None => return Some(facts),
        };
    }
    None
}

/// What to do about servers that cannot run here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    Required,
    IfAvailable,
    Off,
}

impl Policy {
    pub fn from_environment() -> Policy {
        Policy::parse(env::var("FTPCLIENT_DAEMONS").ok().as_deref())
    }

    pub fn parse(value: Option<&str>) -> Policy {
        match value {
            Some("required") => Policy::Required,
            Some("off") => Policy::Off,
            None | Some("") => Policy::IfAvailable,
            Some(other) => panic!("FTPCLIENT_DAEMONS={other}: it can be \"required\", \"off\" or unset"),
        }
    }

    /// Skips the server for this reason, or panics when it is required.
    pub fn skip(self, name: &str, reason: &str) -> Result<Daemon, String> {
        assert!(self != Policy::Required, "{name} is required, but: {reason}");
        Err(reason.to_owned())
    }
}
