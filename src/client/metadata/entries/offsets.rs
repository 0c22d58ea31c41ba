//! How far the server's clock is from UTC: files tell it, each by its time in a listing and by MDTM.

use crate::client::metadata::entries::find::seconds_of;
use crate::client::session::Session;
use crate::error::Result;
use crate::protocol::entries::Entries;
use crate::protocol::listing::{Entry, Kind, Precision, Zone};
use crate::protocol::offsets::Part;

/// How many entries of a listing are looked at.
const MOST_ENTRIES: usize = 1000;

/// A file that tells an offset.
struct Witness {
    part: Part,
    name: Vec<u8>,
    /// Its time in the listing, in seconds since 1970.
    listed: i64,
}

impl Session<'_> {
    /// Finds out what the times of a listing are in UTC, if MDTM can tell: one file is asked for in each part of the year that the
    /// listing has times of, and each part is asked for once in a login.
    pub(super) async fn find_offsets(&mut self, path: Option<&[u8]>, entries: &mut Entries) -> Result<()> {
        let witnesses = self.witnesses(entries);
        if witnesses.is_empty() || !self.features().await?.has("MDTM") {
            return Ok(());
        }
        for Witness { part, name, listed } in witnesses {
            if !self.connection.known.login.learned.offsets.wants(part) {
                continue;
            }
            let Some(path) = self.system().join(path.unwrap_or_default(), &name, false) else { continue };
            let told = self.ask_mdtm(&path).await?;
            let told = told.and_then(|digits| seconds_of(&digits));
            self.connection.known.login.learned.offsets.learn(part, listed, told);
        }
        entries.set_offsets(self.connection.known.login.learned.offsets);
        Ok(())
    }

    /// The first file of each part of the year that is to be measured.
    fn witnesses(&self, entries: &mut Entries) -> Vec<Witness> {
        let mut witnesses: Vec<Witness> = Vec::new();
        for _ in 0..MOST_ENTRIES {
            let Some(entry) = entries.next_entry() else { break };
            let Some((part, listed)) = time_of(&entry) else { continue };
            let is_wanted = self.connection.known.login.learned.offsets.wants(part)
                && witnesses.iter().all(|witness| witness.part != part);
            // A name that begins with digits may look like a time behind MDTM.
            let is_plain = !entry.is_unsafe_name() && !entry.name.first().is_some_and(u8::is_ascii_digit);
            if is_wanted && is_plain {
                witnesses.push(Witness { part, name: entry.name.into_owned(), listed });
            }
        }
        entries.rewind();
        witnesses
    }
}

/// The time of a file on the server's clock, if it is told to the minute.
fn time_of(entry: &Entry<'_>) -> Option<(Part, i64)> {
    let modified = entry.modified?;
    if entry.kind != Kind::File || modified.precision != Precision::Minute || modified.zone != Zone::Server {
        return None;
    }
    let seconds = modified.nanoseconds.div_euclid(1_000_000_000);
    Some((Part::of(seconds)?, seconds))
}
