//! One call of the library with a session of its own, in this process or in one that can be killed.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ftpclient::client::{Client, GetRequest, MirrorAction, MirrorRequest, PutRequest, Retries, TlsMode};
use ftpclient::error::Result;
use ftpclient::protocol::verb;

use super::plan::{Direction, Flags, Plan};
use super::support::drive::{self, Drive};

/// A process that takes longer than this comes to no end.
const LONGEST: Duration = Duration::from_secs(30);
const FIRST_WAIT: Duration = Duration::from_millis(5);
/// The variable that tells a child what to do.
const TASK: &str = "FTPCLIENT_KILL_TASK";
/// The variable that has it shown.
pub const SHOWN: &str = "FTPCLIENT_KILL_SHOW";
pub const NAME: &str = "file";

/// Where the call goes to.
#[derive(Clone, Debug)]
pub struct Place {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    pub authority: PathBuf,
    pub local: PathBuf,
}

/// What came of a call.
#[derive(Debug)]
pub enum Outcome {
    /// `FTP_OK`, after so many attempts.
    Done {
        attempts: u32,
    },
    Failed(String),
    /// There was no session, so the call did not begin.
    NotBegun(String),
    Killed,
}

/// Makes the call in this process.
pub fn perform(plan: &Plan, place: &Place) -> Outcome {
    let run = || {
        let mut client = Client::new().unwrap();
        if env::var_os(SHOWN).is_some() {
            show(&mut client);
        }
        if let Err(error) = log_in(&mut client, plan, place) {
            return Outcome::NotBegun(client.describe(&error));
        }
        match call(&mut client, plan, place) {
            Ok(()) => Outcome::Done { attempts: client.last_report().map_or(1, |report| report.attempts) },
            Err(error) => Outcome::Failed(client.describe(&error)),
        }
    };
    if plan.is_hostile { drive::hostile(run) } else { run() }
}

/// What is said, and when.
fn show(client: &mut Client) {
    let start = Instant::now();
    client.log_mut().sink = Some(Box::new(move |kind, text| {
        eprintln!("{:6} ms {kind:?} {}", start.elapsed().as_millis(), String::from_utf8_lossy(text));
    }));
}

fn log_in(client: &mut Client, plan: &Plan, place: &Place) -> Result<()> {
    client.set_timeout(Some(plan.patience()));
    client.set_retries(Retries { count: plan.retries, first_wait: FIRST_WAIT });
    if plan.has_tls {
        let authority = fs::read(&place.authority).unwrap();
        client.update_tls(|tls| tls.authorities = Some(authority))?;
        client.set_tls(TlsMode::Explicit)?;
    }
    client.run(async |client| client.connect(&place.host, place.port).await)?;
    client.run(async |client| client.login(&place.user, &place.password, "").await)
}

fn call(client: &mut Client, plan: &Plan, place: &Place) -> Result<()> {
    let Flags { resume, atomic, keep_time, no_replace, deletes } = plan.flags;
    let local = place.local.clone();
    let remote = NAME.as_bytes().to_vec();
    match plan.direction {
        Direction::Get => {
            let wanted = GetRequest { remote, local, resume, keep_time, no_replace, ..GetRequest::default() };
            client.run(async |client| client.get(&wanted).await)
        }
        Direction::Put => {
            let wanted =
                PutRequest { local, remote, resume, atomic, keep_time, no_replace, ..PutRequest::default() };
            client.run(async |client| client.put(&wanted).await)
        }
        Direction::MirrorGet | Direction::MirrorPut => {
            let (remote, local) = (b"/".to_vec(), place.local.parent().unwrap().to_owned());
            let sessions = plan.sessions;
            let wanted = MirrorRequest {
                remote,
                local,
                resume,
                atomic,
                deletes,
                sessions,
                ..MirrorRequest::default()
            };
            let action = &mut |_: &MirrorAction<'_>| Ok(());
            let up = plan.direction == Direction::MirrorPut;
            let direction = if up { verb::Direction::ToServer } else { verb::Direction::FromServer };
            let reactor = client.reactor().clone();
            drive::run(&reactor, client.mirror(direction, &wanted, None, action))
        }
    }
}

/// A process that makes the call, and that anybody may kill.
#[derive(Clone, Default)]
pub struct Mortal(Arc<Mutex<Option<Child>>>);

impl Mortal {
    pub fn kill(&self) {
        if let Some(child) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = child.kill();
        }
    }
    /// Runs a program that says little. `None`: it could not be begun.
    pub fn run(&self, mut command: Command) -> Option<Output> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(if env::var_os(SHOWN).is_some() { Stdio::inherit() } else { Stdio::null() });
        *self.0.lock().unwrap() = Some(command.spawn().ok()?);
        let start = Instant::now();
        while self.0.lock().unwrap().as_mut()?.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(1));
            if start.elapsed() > LONGEST {
                self.kill();
            }
        }
        let child = self.0.lock().unwrap().take()?;
        child.wait_with_output().ok()
    }

    /// Makes the call in a process of its own.
    pub fn perform(&self, plan: &Plan, place: &Place) -> Outcome {
        let task = [
            plan.seed.to_string().as_str(),
            if plan.is_compared { "compared" } else { "" },
            &place.host,
            &place.port.to_string(),
            &place.user,
            &place.password,
            place.authority.to_str().unwrap(),
            place.local.to_str().unwrap(),
        ]
        .join("\n");
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "the_client_of_a_run", "--nocapture"]).env(TASK, task);
        let Some(output) = self.run(command) else { return Outcome::Killed };
        let text = String::from_utf8_lossy(&output.stdout);
        let told = |before: &str| text.lines().find_map(|line| line.strip_prefix(before)).map(str::to_owned);
        match (told("done "), told("failed "), told("not begun ")) {
            (Some(attempts), ..) => Outcome::Done { attempts: attempts.parse().unwrap() },
            (_, Some(error), _) => Outcome::Failed(error),
            (.., Some(error)) => Outcome::NotBegun(error),
            _ => Outcome::Killed,
        }
    }
}

/// In the process that can be killed.
pub fn perform_task() {
    let Ok(task) = env::var(TASK) else { return };
    let [seed, is_compared, host, port, user, password, authority, local] =
        task.split('\n').collect::<Vec<_>>().try_into().unwrap();
    let place = Place {
        host: host.into(),
        port: port.parse().unwrap(),
        user: user.into(),
        password: password.into(),
        authority: authority.into(),
        local: local.into(),
    };
    let plan = Plan::of(seed.parse().unwrap());
    let plan = if is_compared.is_empty() { plan } else { plan.compared() };
    // The line that the harness has begun is no part of it.
    match perform(&plan, &place) {
        Outcome::Done { attempts } => println!("\ndone {attempts}"),
        Outcome::Failed(error) => println!("\nfailed {error}"),
        Outcome::NotBegun(error) => println!("\nnot begun {error}"),
        Outcome::Killed => unreachable!(),
    }
}
