//! What other clients make of the same faults: each with the flags that continue and try again, and run again while it says that it has
//! failed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

use super::operation::{Mortal, NAME, Outcome, Place};
use super::plan::{Direction, Plan};
use super::run::Site;

/// How often somebody runs the same command again.
const RUNS: usize = 3;

/// Begins a client; `None` if it cannot do that.
type Client = fn(&Plan, &Place) -> Option<Command>;

const PEERS: [(&str, Client); 4] =
    [("curl -C -", curl), ("lftp -c", lftp), ("wget -c", wget), ("ftplib in a loop", python)];
const OURS: &str = "libftpclient";

/// What a client came to, of all runs.
#[derive(Default)]
struct Row {
    runs: usize,
    right: usize,
    /// It said so, and the file was another.
    falsely_done: usize,
    /// Whenever the client had ended, or was killed, the final name had something that is no file of anybody.
    seen_wrong: usize,
    /// It is wrong in the end, or not there, and the client knows.
    failed: usize,
}

#[derive(Default)]
pub struct Comparison(BTreeMap<(Direction, bool, &'static str), Row>);

impl Comparison {
    /// Plays it with each client.
    pub fn play(&mut self, site: &Site, plan: &Plan) {
        for (name, client) in PEERS {
            self.play_with(site, plan, name, |mortal, place| {
                let command = client(plan, place)?;
                Some(mortal.run(command).is_some_and(|output| output.status.success()))
            });
        }
        self.play_with(site, plan, OURS, |mortal, place| {
            Some(matches!(mortal.perform(plan, place), Outcome::Done { .. }))
        });
    }

    /// `run`: whether it says that it is done; `None` if it cannot do that.
    fn play_with(
        &mut self,
        site: &Site,
        plan: &Plan,
        name: &'static str,
        run: impl Fn(&Mortal, &Place) -> Option<bool>,
    ) {
        let mut round = site.begin(plan);
        let mortal = Mortal::default();
        site.arm(plan, &mortal);
        let (mut has_said_so, mut has_seen_wrong) = (false, false);
        for call in 0..RUNS {
            let Some(says_so) = run(&mortal, &round.place) else { return site.calm() };
            has_said_so = says_so;
            has_seen_wrong |= !round.has_no_wrong_file();
            if says_so {
                break;
            }
            if plan.changes && call == 0 {
                round.change(plan);
            }
        }
        site.calm();
        let is_right = round.is_right();
        let row = self.0.entry((plan.direction, plan.changes, name)).or_default();
        row.runs += 1;
        row.right += usize::from(has_said_so && is_right);
        row.falsely_done += usize::from(has_said_so && !is_right);
        row.seen_wrong += usize::from(has_seen_wrong);
        row.failed += usize::from(!has_said_so);
    }

    pub fn merge(&mut self, other: Comparison) {
        for (key, row) in other.0 {
            let sum = self.0.entry(key).or_default();
            sum.runs += row.runs;
            sum.right += row.right;
            sum.falsely_done += row.falsely_done;
            sum.seen_wrong += row.seen_wrong;
            sum.failed += row.failed;
        }
    }

    pub fn shown(&self) -> String {
        let mut text = String::from(
            "| direction | the file changes | client | runs | right | success for a wrong file | gave up | a wrong file had the name |\n\
             |---|---|---|---|---|---|---|---|\n",
        );
        for ((direction, changes, name), row) in &self.0 {
            let direction = if *direction == Direction::Get { "down" } else { "up" };
            let changes = if *changes { "after the first run" } else { "no" };
            let Row { runs, right, falsely_done, failed, seen_wrong } = row;
            writeln!(
                text,
                "| {direction} | {changes} | {name} | {runs} | {right} | {falsely_done} | {failed} | {seen_wrong} |"
            )
            .unwrap();
        }
        text
    }
}

fn url(scheme: &str, place: &Place) -> String {
    format!("{scheme}://{}:{}@{}:{}/{NAME}", place.user, place.password, place.host, place.port)
}

fn curl(plan: &Plan, place: &Place) -> Option<Command> {
    let mut command = Command::new("curl");
    command.args(["-sS", "-C", "-", "--retry", "2", "--retry-all-errors", "--retry-delay", "1"]);
    command.args(["--connect-timeout", "3", "--speed-time", "2", "--max-time", "5"]);
    if plan.has_tls {
        command.arg("--ssl-reqd").arg("--cacert").arg(&place.authority);
    }
    command.arg(if plan.direction == Direction::Get { "-o" } else { "-T" }).arg(&place.local);
    command.arg(url("ftp", place));
    Some(command)
}

fn lftp(plan: &Plan, place: &Place) -> Option<Command> {
    let tls = if plan.has_tls {
        format!(
            "set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ssl:ca-file {};",
            place.authority.display()
        )
    } else {
        "set ftp:ssl-allow no;".into()
    };
    let local = place.local.display();
    let moved = match plan.direction {
        Direction::Get | Direction::MirrorGet => format!("get -c {NAME} -o {local}"),
        Direction::Put | Direction::MirrorPut => format!("put -c {local} -o {NAME}"),
    };
    let script = format!(
        "set net:timeout 2; set net:max-retries 3; set net:reconnect-interval-base 1; set xfer:clobber yes; {tls} \
         open -u {},{} -p {} {}; {moved}",
        place.user, place.password, place.port, place.host
    );
    let mut command = Command::new("lftp");
    command.args(["--norc", "-c", &script]);
    Some(command)
}

/// It sends no files.
fn wget(plan: &Plan, place: &Place) -> Option<Command> {
    if plan.direction == Direction::Put {
        return None;
    }
    let mut command = Command::new("wget");
    command.args(["-q", "-c", "-t", "4", "-T", "2", "--waitretry=1", "-P"]).arg(place.local.parent()?);
    if plan.has_tls {
        command.arg("--ca-certificate").arg(&place.authority);
    }
    command.arg(url(if plan.has_tls { "ftps" } else { "ftp" }, place));
    Some(command)
}

fn python(plan: &Plan, place: &Place) -> Option<Command> {
    let mut command = Command::new("python3");
    command.arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/kill/ftplib_loop.py"));
    command.arg(if plan.direction == Direction::Get { "get" } else { "put" });
    command.args([&place.host, &place.port.to_string(), &place.user, &place.password]);
    command.arg(if plan.has_tls { place.authority.as_os_str() } else { "".as_ref() });
    command.arg(NAME).arg(&place.local);
    Some(command)
}

/// What the comparison needs.
pub const PROGRAMS: [&str; 4] = ["curl", "lftp", "wget", "python3"];
