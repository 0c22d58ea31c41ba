//! The mode of a file, which is set.

use crate::client::metadata::named;
use crate::client::metadata::ways::Refusals;
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::protocol::listing::Kind;
use crate::protocol::modes::ModeWay;

/// The bits that every server sets as it is told. It may have reasons of its own to leave out the others.
const PERMISSIONS: u16 = 0o777;

impl Session<'_> {
    /// Sets the mode of a file.
    pub(crate) async fn chmod(&mut self, path: &[u8], mode: u16) -> Result<()> {
        self.require_sendable(&named("MFF", path)?).await?;
        let features = self.features().await?;
        let mut refusals = Refusals::default();
        for way in self.ways().among(&ModeWay::in_order(&features)) {
            let command = way.command(mode, path)?;
            if self.try_way(way, way.is_named(&features), &command, &mut refusals).await?.is_none() {
                continue;
            }
            if self.ways().has(way) {
                return Ok(());
            }
            if self.may_have_mode(path, mode).await? {
                self.ways().prove(way);
                return Ok(());
            }
            self.ways().strike_out(way);
            refusals.note_useless(&command);
        }
        Err(refusals.into_error("sets the mode of a file"))
    }

    /// Whether a file has a mode, or has it for all that the server tells. What is told of a link may be its own.
    async fn may_have_mode(&mut self, path: &[u8], mode: u16) -> Result<bool> {
        let told = self.history.last_reply.clone();
        let found = match self.entry_by_mlst(path).await {
            Err(Error::NotFound(_)) => None,
            Err(error) if error.is_refusal() => None,
            outcome => outcome?,
        };
        self.history.last_reply = told;
        let told = found.and_then(|mut entries| {
            let entry = entries.next_entry()?;
            entry.mode.filter(|_| entry.kind != Kind::Link)
        });
        Ok(told.is_none_or(|told| (told ^ mode) & PERMISSIONS == 0))
    }
}
