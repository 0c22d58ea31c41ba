//! What the server has of an upload already, and whether it is part of this file at all.

use crate::client::files::get::is_for_good;
use crate::client::files::put::{Stage, Upload};
use crate::client::files::resume;
use crate::client::history::Verified;
use crate::client::session::Session;
use crate::client::transfer::body::{DEFAULT_BLOCK, Room, buffer_of};
use crate::error::{Error, Result};
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::Direction;

/// What came of comparing what the server has with what is here.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Compared {
    Same,
    Different,
    /// The user may not read it.
    Unreadable,
}

/// What the server has of the file.
pub(super) enum Held {
    Nothing,
    /// So many bytes.
    Part(u64),
    All(Verified),
}

impl Upload<'_> {
    /// Whether so many bytes on the server are what this call has sent. Some servers keep the old file until an upload is complete.
    fn has_sent(&self, held: u64) -> bool {
        let is_new = self.wanted.atomic || self.before.is_some_and(|before| before != Some(held));
        self.stage == Stage::Begun && is_new
    }
}

impl Session<'_> {
    /// Another attempt may go on where this one ends, but not on what was there before. For a small file, that is not worth the question.
    pub(super) fn wants_to_know_what_is_replaced(&self, upload: &Upload<'_>) -> bool {
        let may_be_tried_again = self.settings.retries.count > 0 && upload.size() > resume::OVERLAP;
        let is_to_begin = upload.stage == Stage::Ready && upload.before.is_none();
        may_be_tried_again && is_to_begin && !upload.wanted.resume && !upload.wanted.atomic
    }

    /// How many bytes a file has, or that the server knows of none. `None`: it does not say so for good.
    pub(super) async fn size_for_certain(&mut self, path: &[u8]) -> Result<Option<Option<u64>>> {
        let command = self.about("SIZE", path)?;
        let told = self.history.last_reply.clone();
        let size = self.size(&command).await;
        let is_certain = size.as_ref().err().is_none_or(is_for_good);
        let size = self.unless_refused(size).await?.flatten();
        self.history.last_reply = told;
        Ok(is_certain.then_some(size))
    }

    /// What the server has of the file already: its size, and at least its last bytes.
    pub(super) async fn held(&mut self, upload: &mut Upload<'_>) -> Result<Held> {
        let size = upload.size();
        let told = self.size_for_certain(&upload.name).await?;
        upload.before = upload.before.or(told);
        let Some(held) = told.flatten() else { return Ok(Held::Nothing) };
        if held == size && upload.wanted.verify {
            let is_there = self.has_hash_of(upload).await?;
            return Ok(if is_there { Held::All(Verified::Hash) } else { Held::Nothing });
        }
        if held == size && upload.stage == Stage::Begun {
            // The final reply was lost.
            match self.has_same_hash_if_told(&upload.name, size, &upload.source).await? {
                Some(true) => return Ok(Held::All(Verified::Hash)),
                Some(false) => return Ok(Held::Nothing),
                None => {}
            }
        }
        let Some(from) = resume::upload(held, size) else { return Ok(Held::Nothing) };
        let mut from = upload.in_doubt.map_or(from, |doubt| doubt.min(from));
        if from > 0 && !self.may_be_part(upload, held).await? {
            if !upload.is_of_mirror {
                return Ok(Held::Nothing);
            }
            from = 0;
        }
        let compared = self.compare(upload, from, held).await?;
        if compared == Compared::Unreadable && !self.may_be_part(upload, held).await? {
            return Ok(Held::Nothing);
        }
        Ok(match compared {
            Compared::Same if held == size => Held::All(Verified::Compared),
            Compared::Unreadable if held == size && upload.has_sent(held) => Held::All(Verified::Size),
            Compared::Same | Compared::Unreadable if held < size => Held::Part(held),
            _ => Held::Nothing,
        })
    }

    /// Whether so many bytes on the server are some of this file if the last of them are. An older version may end in the same way.
    async fn may_be_part(&mut self, upload: &Upload<'_>, held: u64) -> Result<bool> {
        // A temporary name is that of this call alone, or tells size and time of the file here.
        if upload.wanted.atomic || upload.has_sent(held) {
            return Ok(true);
        }
        if !upload.wanted.resume || upload.is_of_mirror {
            return Ok(false);
        }
        // What was written before the file here got its content is something else. Few servers tell more than seconds.
        let written = self.modified_if_told(&upload.name).await?;
        let changed = upload.source.identity().modified();
        Ok(written.is_none_or(|written| written >= changed.saturating_sub(changed.rem_euclid(1_000_000_000))))
    }

    /// Fetches bytes again, to the end of the file, and compares them with those here. It stops at no difference: not every session
    /// outlives that, and the next one would come to the same difference.
    pub(super) async fn compare(&mut self, upload: &mut Upload<'_>, from: u64, end: u64) -> Result<Compared> {
        let command = self.about("RETR", &upload.name)?;
        self.prepare_for(&command, TransferType::Image, Direction::FromServer).await?;
        match self.begin(&command, (from > 0).then_some(from)).await {
            Err(refusal) if is_for_good(&refusal) => {
                let refusal = self.go_on_after(refusal).await?;
                // A server that knows no REST forbids nothing: what cannot be compared there is not believed.
                let is_about_rest = matches!(&refusal, Error::Reply { what, .. } if what.starts_with("REST"));
                return Ok(if is_about_rest { Compared::Different } else { Compared::Unreadable });
            }
            outcome => outcome?,
        }
        let (mut room, mut here, mut at) = (Room::new(DEFAULT_BLOCK)?, buffer_of(DEFAULT_BLOCK)?, from);
        loop {
            let block = self.read_block(&mut room).await?;
            if block.is_empty() {
                upload.is_other |= at != end;
                self.finish("compared").await?;
                return Ok(if upload.is_other { Compared::Different } else { Compared::Same });
            }
            let same = here.get_mut(..block.len()).unwrap_or_default();
            let count = upload.source.read_at(same, at)?;
            at += block.len() as u64;
            upload.is_other |= count < block.len() || same != block;
            if at > end {
                // It grows, perhaps without end.
                upload.is_other = true;
                self.stop_to_begin_anew(&command).await?;
                return Ok(Compared::Different);
            }
            self.checkpoint().await?;
        }
    }
}
