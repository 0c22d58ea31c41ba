//! The time of a file, asked for and set.

use crate::client::metadata::named;
use crate::client::metadata::ways::{Refusals, is_unknown};
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::listing::Zone;
use crate::protocol::times::{TimeWay, in_digits, nanoseconds_of, question, time_in};

/// How far a time may be from the one that was set, in nanoseconds: some file systems have no odd seconds.
const NEAR: u64 = 2_000_000_000;

impl Session<'_> {
    /// When a file was changed, in nanoseconds since 1970. `None`: the server does not tell.
    ///
    /// MLST tells what MDTM does not: servers refuse MDTM for directories.
    pub(crate) async fn modified(&mut self, path: &[u8]) -> Result<Option<i64>> {
        self.require_sendable(&named("MDTM", path)?).await?;
        let mut refusal = None;
        if !self.connection.known.login.learned.lacks_mdtm {
            match self.exchange(&question(path)?).await {
                Ok(reply) => {
                    if let Some(time) = time_in(&reply).and_then(nanoseconds_of) {
                        return Ok(Some(time));
                    }
                }
                Err(error) if error.is_refusal() => {
                    self.connection.known.login.learned.lacks_mdtm = is_unknown(&error);
                    refusal = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        let Some(mut entries) = self.entry_by_mlst(path).await? else {
            return match refusal {
                Some(error) if !is_unknown(&error) => Err(error),
                _ if self.connection.known.login.learned.lacks_mdtm => Err(Error::Unsupported(
                    "the server knows no command that tells the time of a file".into(),
                )),
                _ => Ok(None),
            };
        };
        let modified = entries.next_entry().and_then(|entry| entry.modified);
        Ok(modified.filter(|modified| modified.zone == Zone::Utc).map(|modified| modified.nanoseconds))
    }

    /// Whether the server knows MDTM, for all that it has said.
    pub(crate) fn knows_mdtm(&self) -> bool {
        !self.connection.known.login.learned.lacks_mdtm
    }

    /// Sets when a file was changed, to the second.
    pub(crate) async fn set_modified(&mut self, path: &[u8], when: i64) -> Result<()> {
        let outcome = self.try_to_set_modified(path, when).await;
        match &outcome {
            Ok(()) => self.connection.known.login.learned.sets_no_times = false,
            Err(Error::Unsupported(_)) => self.connection.known.login.learned.sets_no_times = true,
            Err(_) => {}
        }
        outcome
    }

    async fn try_to_set_modified(&mut self, path: &[u8], when: i64) -> Result<()> {
        self.require_sendable(&named("MFMT", path)?).await?;
        let digits = in_digits(when).ok_or_else(|| Error::InvalidArgument("there is no such time".into()))?;
        let features = self.features().await?;
        let mut refusals = Refusals::default();
        let mut asked = None;
        for way in self.ways().among(&TimeWay::in_order(&features)) {
            let command = way.command(&digits, path)?;
            if self.try_way(way, way.is_named(&features), &command, &mut refusals).await?.is_none() {
                if way == TimeWay::Mdtm {
                    asked = refusals.take_about("MDTM").map(|refusal| (command, refusal));
                }
                continue;
            }
            if self.ways().has(way) {
                return Ok(());
            }
            if self.may_have_time(path, when).await? {
                self.ways().prove(way);
                return Ok(());
            }
            self.ways().strike_out(way);
            refusals.note_useless(&command);
        }
        match asked {
            Some((command, refusal)) if self.took_time_for_name(&command, &refusal, path).await? => {
                self.ways().strike_out(TimeWay::Mdtm);
                refusals.note_question(refusal);
            }
            Some((_, refusal)) => refusals.note_refusal(refusal),
            None => {}
        }
        Err(refusals.into_error("sets the time of a file"))
    }

    /// Whether the server has taken MDTM with a time for the question about a file whose name begins with the time: it says that name
    /// again, or says that nothing is there where something is.
    async fn took_time_for_name(&mut self, command: &Command, refusal: &Error, path: &[u8]) -> Result<bool> {
        let Error::Reply { reply, .. } = refusal else { return Ok(false) };
        let holds = |text: &[u8]| reply.text().windows(text.len()).any(|part| part == text);
        // Who says the whole command again has perhaps understood it.
        if holds(command.argument()) && !holds(command.text()) {
            return Ok(true);
        }
        Ok(refusal.says_that_nothing_is_there(path) && self.time_it_tells(path).await?.is_some())
    }

    /// That the server sets times, for all that is known yet.
    pub(crate) fn require_times(&self) -> Result<()> {
        if self.connection.known.login.learned.sets_no_times {
            let text = "the server was asked before, and sets no times; nothing was sent";
            return Err(Error::Unsupported(text.into()));
        }
        Ok(())
    }

    /// Whether the server says that it sets times, or has done so in this login.
    pub(crate) async fn sets_times(&mut self) -> Result<bool> {
        let features = self.features().await?;
        let mut ways = TimeWay::in_order(&features).into_iter();
        Ok(ways.any(|way| way.is_named(&features) || self.ways().has(way)))
    }

    /// Whether a file has a time, or has it for all that the server tells.
    async fn may_have_time(&mut self, path: &[u8], when: i64) -> Result<bool> {
        Ok(self.time_it_tells(path).await?.is_none_or(|time| time.abs_diff(when) <= NEAR))
    }

    /// The time that the server tells of a file, if it tells any. The last reply stays the one that was the last before.
    async fn time_it_tells(&mut self, path: &[u8]) -> Result<Option<i64>> {
        let told = self.history.last_reply.clone();
        let time = match self.modified(path).await {
            Err(Error::NotFound(_) | Error::Unsupported(_)) => None,
            Err(error) if error.is_refusal() => None,
            outcome => outcome?,
        };
        self.history.last_reply = told;
        Ok(time)
    }
}
