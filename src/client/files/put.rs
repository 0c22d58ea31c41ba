//! A file of this machine becomes a file of the server.

use std::path::PathBuf;

use crate::client::files::get::is_for_good;
use crate::client::files::hash::Check;
use crate::client::files::held::{Compared, Held};
use crate::client::files::naming::{require_a_name, temporary_name};
use crate::client::files::resume;
use crate::client::files::verdict::{is_want_of_room, leaves_open};
use crate::client::history::{Report, Verified};
use crate::client::metadata::named;
use crate::client::session::Session;
use crate::client::transfer::body::{FIRST_BLOCK, buffer_of, grow};
use crate::disk::Source;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::Direction;

/// So much of a file is sent only when it is known not to have changed before.
const HELD_BACK: u64 = FIRST_BLOCK as u64;

/// What is to be uploaded, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutRequest {
    /// The file of this machine.
    pub local: PathBuf,
    /// The path on the server.
    pub remote: Vec<u8>,
    /// What an earlier call has left is continued.
    pub resume: bool,
    /// The data goes to another name, which becomes the final one.
    pub atomic: bool,
    /// What is there already is not replaced.
    pub no_replace: bool,
    /// The file gets the time of the one here.
    pub keep_time: bool,
    /// The directories above it are made.
    pub make_dirs: bool,
    /// A hash that the server tells must be that of the file.
    pub verify: bool,
}

/// An upload, over all its attempts.
pub(crate) struct Upload<'a> {
    pub(super) wanted: &'a PutRequest,
    pub(super) source: Source,
    /// The name that the data goes to.
    pub(super) name: Vec<u8>,
    /// The server may have made a file of this name.
    may_be_there: bool,
    pub(super) stage: Stage,
    way: Way,
    /// What the server has was seen to be something else, by its bytes or its hash: it is not compared again, but replaced.
    pub(super) is_other: bool,
    /// If there is no room for all of it, other files are to have what it has taken. What is there is mostly an older version.
    pub(super) is_of_mirror: bool,
    /// Since the server has gone on in the middle: where it may have filled the file with zeros. Some take the data, and do that with
    /// what is before it.
    pub(super) in_doubt: Option<u64>,
    /// The server goes on in the middle and keeps what was before, or nobody can tell.
    is_proved: bool,
    /// How many bytes had the name before this call has sent any, where that was asked.
    pub(super) before: Option<Option<u64>>,
    /// What had the final name has this one meanwhile.
    pub(super) aside: Option<Vec<u8>>,
    timing: Timing,
    check: Check,
    /// What the server has begins with what an earlier call has left there.
    is_resumed: bool,
    /// The file here has changed on the way. What the server has of it is of no version.
    pub(crate) is_torn: bool,
    /// What its own transfer came to. Other ones may come after it, to compare or to look for a name.
    report: Option<Report>,
}

/// Whether the file gets the time of the one here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Timing {
    No,
    /// Without it, the upload has failed.
    Must,
    /// If the server does that.
    IfPossible,
    /// The server has refused it, in these words.
    Refused(String),
}

/// How far an upload has got.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    New,
    /// Nothing is in the way.
    Ready,
    /// The server has begun to take data of this call.
    Begun,
    /// All is there.
    Stored(Verified),
    /// It gets its final name, and perhaps has it.
    Renaming(Verified),
}

/// How an upload goes on in the middle of a file, on this server.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Way {
    /// APPE: it cannot be told a wrong offset.
    Append,
    /// REST and STOR.
    Restart,
    /// Not at all.
    Anew,
}

impl Upload<'_> {
    /// What can be found out before anything is sent.
    pub(crate) fn begin(wanted: &PutRequest) -> Result<Upload<'_>> {
        if wanted.no_replace && wanted.resume && !wanted.atomic {
            let text = "what is continued is there already: FTP_NO_REPLACE with FTP_RESUME needs FTP_ATOMIC";
            return Err(Error::InvalidArgument(text.into()));
        }
        named("STOR", &wanted.remote)?;
        require_a_name(wanted)?;
        let timing = if wanted.keep_time { Timing::Must } else { Timing::No };
        let source = Source::open(&wanted.local)?;
        if wanted.keep_time && !source.identity().has_exact_time() {
            let text = "FTP_KEEP_TIME: the time of the local file is not between the years 1677 and 2262";
            return Err(Error::Unsupported(text.into()));
        }
        Ok(Upload::of(source, wanted, timing))
    }

    /// As [`Upload::begin`], of a file that is open. It gets the time of that one if the server does that.
    pub(crate) fn begin_of(source: Source, wanted: &PutRequest) -> Result<Upload<'_>> {
        named("STOR", &wanted.remote)?;
        Ok(Upload { is_of_mirror: true, ..Upload::of(source, wanted, Timing::IfPossible) })
    }

    fn of(source: Source, wanted: &PutRequest, timing: Timing) -> Upload<'_> {
        let name = if wanted.atomic { temporary_name(wanted, &source) } else { wanted.remote.clone() };
        Upload {
            wanted,
            source,
            name,
            may_be_there: false,
            stage: Stage::New,
            way: Way::Append,
            is_other: false,
            is_of_mirror: false,
            in_doubt: None,
            is_proved: false,
            before: None,
            aside: None,
            timing,
            check: Check::default(),
            is_resumed: false,
            is_torn: false,
            report: None,
        }
    }

    /// Why the file did not get its time, if the server has refused that.
    pub(crate) fn untimed(&self) -> Option<&str> {
        match &self.timing {
            Timing::Refused(reason) => Some(reason),
            Timing::No | Timing::Must | Timing::IfPossible => None,
        }
    }

    /// Where a transfer that begins at an offset ends.
    ///
    /// Who only knows the end of the file is not to take it for whole while the server may have filled its beginning with zeros: at
    /// first, the server gets less than what is compared.
    fn end_from(&self, from: u64) -> u64 {
        let is_trial = self.way == Way::Restart && from > 0 && !self.is_proved;
        if is_trial { self.size().min(from.saturating_add(resume::TRIAL)) } else { self.size() }
    }

    pub(crate) fn size(&self) -> u64 {
        self.source.identity().size()
    }

    /// The path on the server.
    pub(crate) fn remote(&self) -> &[u8] {
        &self.wanted.remote
    }

    /// By another call.
    pub(super) fn can_be_continued(&self) -> bool {
        self.wanted.resume && !self.is_other
    }

    /// A name that is left, and that nobody wants.
    pub(crate) fn left_over(&self, error: &Error) -> Option<&[u8]> {
        let gives_way = self.is_of_mirror && is_want_of_room(error);
        let can_be_continued = self.can_be_continued() && !gives_way;
        let is_wanted = !self.is_torn && (!self.wanted.atomic || can_be_continued) || self.aside.is_some();
        let has_final_name = matches!(self.stage, Stage::Renaming(_));
        (self.may_be_there && !has_final_name && !is_wanted).then_some(self.name.as_slice())
    }
}

impl Session<'_> {
    /// One attempt. After it, all of the file is on the server, as far as that can be known.
    pub(crate) async fn upload(&mut self, upload: &mut Upload<'_>) -> Result<()> {
        if upload.is_torn {
            upload.source.require_not_written()?;
        }
        let outcome = self.upload_in_steps(upload).await;
        let is_on_its_way = outcome.is_err() && upload.stage == Stage::Begun;
        upload.is_torn |= is_on_its_way && upload.source.require_not_written().is_err();
        if !outcome.as_ref().is_err_and(Error::is_cancelled) {
            // Who has asked for it decides what becomes of it.
            self.connection.known.left_over = None;
        }
        outcome
    }

    async fn upload_in_steps(&mut self, upload: &mut Upload<'_>) -> Result<()> {
        if upload.wanted.verify {
            self.choose_check(&mut upload.check).await?;
        }
        if upload.wanted.atomic {
            let temporary = self.about("STOR", &upload.name)?;
            self.env.progress.knows_as(temporary.argument(), &upload.wanted.remote);
            if upload.may_be_there {
                self.note_left_over(upload)?;
            }
        }
        if upload.stage == Stage::New {
            if upload.timing == Timing::Must {
                self.require_times()?;
            }
            self.prepare_place(upload).await?;
            upload.stage = Stage::Ready;
        }
        if matches!(upload.stage, Stage::Ready | Stage::Begun) {
            let verified = self.store(upload).await?;
            upload.stage = Stage::Stored(verified);
        }
        if matches!(upload.stage, Stage::Stored(_)) {
            self.give_time(upload).await?;
        }
        self.give_final_name(upload).await?;
        if let Stage::Stored(verified) | Stage::Renaming(verified) = upload.stage {
            self.history.report = upload.report.map(|report| Report { verified, ..report });
        }
        Ok(())
    }

    async fn give_time(&mut self, upload: &mut Upload<'_>) -> Result<()> {
        if upload.timing == Timing::No {
            return Ok(());
        }
        match self.set_modified(&upload.name, upload.source.identity().modified()).await {
            Err(error) if upload.timing == Timing::Must => Err(error),
            // It does so with no file.
            Ok(()) | Err(Error::Unsupported(_)) => Ok(()),
            Err(refusal) => {
                let refusal = self.go_on_after(refusal).await?;
                // Other servers take the question how to do it for the name of a file.
                if self.sets_times().await? {
                    upload.timing = Timing::Refused(refusal.to_string());
                }
                Ok(())
            }
        }
    }

    async fn prepare_place(&mut self, upload: &Upload<'_>) -> Result<()> {
        self.require_nothing_there(upload).await?;
        if !upload.wanted.make_dirs {
            return Ok(());
        }
        match self.directory_of(&upload.wanted.remote).await? {
            Some(directory) => self.makedirs(&directory).await,
            None => Ok(()),
        }
    }

    async fn store(&mut self, upload: &mut Upload<'_>) -> Result<Verified> {
        if self.wants_to_know_what_is_replaced(upload) {
            upload.before = self.size_for_certain(&upload.name).await?;
        }
        let goes_on = (upload.wanted.resume || upload.stage == Stage::Begun) && !upload.is_other;
        let mut offset = match if goes_on { self.held(upload).await? } else { Held::Nothing } {
            Held::All(verified) => {
                let here = Report { offset: upload.size(), resumed: true, ..Report::begin(0) };
                upload.report.get_or_insert(here);
                return Ok(verified);
            }
            Held::Part(offset) => {
                upload.is_resumed |= upload.stage == Stage::Ready;
                offset
            }
            Held::Nothing => 0,
        };
        loop {
            let sent = self.send_file(upload, offset).await;
            upload.report = self.history.report;
            let from = sent?;
            let size = upload.size();
            let end = upload.end_from(from);
            let told = self.size_of_upload(upload).await?;
            if let Some(told) = told.filter(|&told| told != end) {
                let text = format!(
                    "STOR {}: the server confirmed {end} bytes, and the file has {told}",
                    String::from_utf8_lossy(&upload.name)
                );
                return Err(Error::Integrity(text));
            }
            if end < size {
                let again = upload.in_doubt.unwrap_or(from);
                if self.compare(upload, again, end).await? == Compared::Different {
                    (upload.way, offset) = (Way::Anew, 0);
                } else {
                    (upload.is_proved, upload.in_doubt, offset) = (true, None, end);
                }
                continue;
            }
            let verified = match told {
                _ if upload.wanted.verify => Verified::Hash,
                Some(_) => Verified::Size,
                None => Verified::FinalReply,
            };
            if upload.wanted.verify && !self.has_hash_of(upload).await? {
                if from > 0 {
                    // It may be what was there before.
                    (upload.way, offset) = (Way::Anew, 0);
                    continue;
                }
                upload.is_other = true;
                let text = format!(
                    "STOR {}: the server confirmed {size} bytes, and tells the hash of others",
                    String::from_utf8_lossy(&upload.name)
                );
                return Err(Error::Integrity(text));
            }
            if let Some(again) = upload.in_doubt.filter(|_| !upload.wanted.verify)
                && self.compare(upload, again, size).await? == Compared::Different
            {
                (upload.way, offset) = (Way::Anew, 0);
                continue;
            }
            return Ok(verified);
        }
    }

    /// What the server tells of the size afterwards. Some servers know no other size than 0: then it must stand in a listing as well.
    async fn size_of_upload(&mut self, upload: &Upload<'_>) -> Result<Option<u64>> {
        let told = self.size_if_told(&upload.name).await?;
        if told != Some(0) || upload.size() == 0 {
            return Ok(told);
        }
        let before = self.history.last_reply.clone();
        let listed = self.stat(Some(&upload.name)).await;
        let listed = match listed {
            Err(Error::NotFound(_)) => None,
            listed => self.unless_refused(listed).await?,
        };
        self.history.last_reply = before;
        let size = listed.and_then(|mut entries| entries.next_entry().and_then(|entry| entry.size));
        Ok(size.or(told))
    }

    /// Whether the server tells the hash of the whole file.
    pub(super) async fn has_hash_of(&mut self, upload: &mut Upload<'_>) -> Result<bool> {
        let size = upload.size();
        self.has_same_hash(&upload.name, size, &mut upload.check, &upload.source).await
    }

    /// Sends the file from an offset on, if the server lets it. Returns where it has begun.
    async fn send_file(&mut self, upload: &mut Upload<'_>, offset: u64) -> Result<u64> {
        self.take_up_to(offset, &mut upload.check, &upload.source).await?;
        let (command, from) = self.begin_upload(upload, offset).await?;
        // For who is told how far it has got: APPE does not name the offset, and STOR not the size.
        let transfer = &mut self.connection.transfer;
        (transfer.is_upload, transfer.rest, transfer.total) = (true, from, Some(upload.size()));
        upload.is_resumed &= from > 0;
        if let Some(report) = &mut self.history.report {
            (report.offset, report.resumed) = (from, upload.is_resumed);
        }
        upload.stage = Stage::Begun;
        upload.is_other &= from > 0;
        upload.in_doubt = match upload.way {
            _ if from == 0 => None,
            Way::Restart if !upload.is_proved => {
                upload.in_doubt.or(Some(from.saturating_sub(resume::OVERLAP)))
            }
            Way::Restart | Way::Append | Way::Anew => upload.in_doubt,
        };
        // What is hashed while it moves goes through this process.
        let end = upload.end_from(from);
        let (mut may_move, mut was_moved) = (!upload.check.is_wanted() && end == upload.size(), false);
        let (mut buffer, mut at) = (buffer_of(FIRST_BLOCK)?, from);
        loop {
            let count = upload.source.read_at(&mut buffer, at)?;
            let count = count.min(usize::try_from(end - at.min(end)).unwrap_or(usize::MAX));
            let Some(block) = buffer.get(..count).filter(|block| !block.is_empty()) else { break };
            if at + count as u64 >= end {
                // All is read. If something else was written, the server does not get the end: what it has must not look whole.
                upload.source.require_not_written()?;
            }
            self.transmit(&block).await?;
            upload.check.take(at, block)?;
            at += count as u64;
            if count < buffer.len() {
                continue;
            }
            if may_move {
                may_move = false;
                let left = (end - at.min(end)).saturating_sub(HELD_BACK);
                self.move_from_file(upload.source.file(), Some(&mut at), left).await?;
                was_moved = true;
            }
            grow(&mut buffer)?;
        }
        // Before the end is said: what has changed is not to be confirmed.
        upload.source.require_unchanged()?;
        upload.source.require_read_to(end, at)?;
        match self.finish("sent").await {
            Err(error) if leaves_open(&error) => {
                let what = command.shown();
                let text =
                    format!("{what}: all {at} bytes were sent, and the server did not confirm it: {error}");
                return Err(Error::Unverified(text));
            }
            outcome => outcome?,
        };
        if was_moved {
            // Until the server had it, what was changed in the file was changed on its way as well.
            upload.source.require_unchanged()?;
        }
        Ok(from)
    }

    async fn begin_upload(&mut self, upload: &mut Upload<'_>, offset: u64) -> Result<(Command, u64)> {
        let transfers = self.history.transfers;
        loop {
            let (verb, from, rest) = match upload.way {
                Way::Append if offset > 0 => ("APPE", offset, None),
                Way::Restart if offset > 0 => ("STOR", offset, Some(offset)),
                _ => ("STOR", 0, None),
            };
            let command = self.about(verb, &upload.name)?;
            self.prepare_for(&command, TransferType::Image, Direction::ToServer).await?;
            self.note_left_over(upload)?;
            match self.begin(&command, rest).await {
                Err(refusal) if from > 0 && is_for_good(&refusal) => {
                    self.go_on_after(refusal).await?;
                    upload.way = if upload.way == Way::Append { Way::Restart } else { Way::Anew };
                }
                outcome => {
                    // A server that has not refused the command itself may have made a file, whatever became of the data connection.
                    let is_refused = matches!(&outcome, Err(error) if error.is_refusal());
                    upload.may_be_there |= self.history.transfers > transfers
                        && (!is_refused || self.connection.transfer.has_begun);
                    return outcome.map(|()| (command, from));
                }
            }
        }
    }
}
