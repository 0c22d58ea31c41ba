//! What the runs came to.

use std::collections::BTreeMap;
use std::fmt;

use super::plan::{Direction, Plan, SERVERS, Victim};
use super::run::Ending;

/// See the module.
#[derive(Default)]
pub struct Tally(BTreeMap<(usize, Direction, usize, Victim), Row>);

#[derive(Default)]
struct Row {
    in_clear: usize,
    with_tls: usize,
    endings: BTreeMap<Ending, usize>,
    wrong: usize,
}

impl Tally {
    pub fn add(&mut self, plan: &Plan, outcome: &Result<Ending, String>) {
        let row = self.0.entry((plan.server, plan.direction, plan.sessions, plan.victim)).or_default();
        *(if plan.has_tls { &mut row.with_tls } else { &mut row.in_clear }) += 1;
        match outcome {
            Ok(ending) => *row.endings.entry(*ending).or_default() += 1,
            Err(_) => row.wrong += 1,
        }
    }

    pub fn merge(&mut self, other: Tally) {
        for (key, row) in other.0 {
            let sum = self.0.entry(key).or_default();
            sum.in_clear += row.in_clear;
            sum.with_tls += row.with_tls;
            sum.wrong += row.wrong;
            for (ending, count) in row.endings {
                *sum.endings.entry(ending).or_default() += count;
            }
        }
    }

    pub fn runs(&self) -> usize {
        self.0.values().map(|row| row.in_clear + row.with_tls).sum()
    }

    /// In how many of them something was killed before the end.
    pub fn touched(&self) -> usize {
        let untouched = |row: &Row| row.endings.get(&Ending::Untouched).copied().unwrap_or(0);
        self.runs() - self.0.values().map(untouched).sum::<usize>()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "| server | call | killed | runs in clear | with TLS | not reached | ended at once | by retries | by another call | wrong |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|---|---|---|")?;
        for (&(server, direction, sessions, victim), row) in &self.0 {
            let call = match direction {
                Direction::Get => "get",
                Direction::Put => "put",
                Direction::MirrorGet => "mirror-get",
                Direction::MirrorPut => "mirror-put",
            };
            let together = if sessions > 1 { format!(", {sessions} sessions") } else { String::new() };
            let killed = format!("{victim:?}").to_lowercase();
            write!(
                out,
                "| {} | {call}{together} | {killed} | {} | {} |",
                SERVERS[server], row.in_clear, row.with_tls
            )?;
            for ending in [Ending::Untouched, Ending::AtOnce, Ending::ByRetries, Ending::ByAnotherCall] {
                write!(out, " {} |", row.endings.get(&ending).copied().unwrap_or(0))?;
            }
            writeln!(out, " {} |", row.wrong)?;
        }
        Ok(())
    }
}
