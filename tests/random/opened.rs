//! Transfers whose data the test moves.

use std::ptr::null_mut;

use ftpclient::capi::*;

use super::data_calls::Wanted;
use super::ledger::Tag;
use super::session::{Session, Verdict};

/// The functions that a session calls for them.
pub const NAMES: &[&str] = &[
    "ftp_transfercmd",
    "ftp_transfer_read",
    "ftp_transfer_write",
    "ftp_transfer_close_data",
    "ftp_transfer_finish",
];

/// An open transfer, freed with this value.
pub struct Opened {
    raw: *mut ftp_transfer,
    tag: Option<Tag>,
    wanted: Wanted,
    /// The type that it was opened in.
    file_type: i32,
    /// What has gone over it.
    moved: Vec<u8>,
    has_ended: bool,
    /// The test has closed the data connection: what is read after that proves nothing.
    was_closed: bool,
}

// SAFETY: as the handle, a transfer may move from one thread to another between calls.
unsafe impl Send for Opened {}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: nobody else has it.
        unsafe { ftp_transfer_free(self.raw) };
    }
}

impl Session {
    pub fn transfercmd(&mut self) -> Verdict {
        let wanted = Wanted::any(&mut self.chance);
        let (cmd, rest) = (self.text(&wanted.command), wanted.rest_for_c());
        let (ftp, mut raw) = (self.handle.raw(), null_mut());
        let name = format!("ftp_transfercmd {} {rest}", wanted.command);
        // SAFETY: the handle and the text are valid.
        let done = self.make(&name, || unsafe { ftp_transfercmd(ftp, cmd.as_ptr(), rest, &mut raw) })?;
        if done.is_ok() {
            let tag = done.command(&[wanted.verb()]);
            // A listing is no file.
            let file_type = if wanted.verb() == "NLST" { FTP_TYPE_AS_IS } else { self.wanted_type };
            let moved = Vec::new();
            self.transfer =
                Some(Opened { raw, tag, wanted, file_type, moved, has_ended: false, was_closed: false });
        } else if done.status == ftp_status::FTP_ERR_REPLY && done.reply.starts_with('1') {
            self.owed.extend(done.answered);
        }
        Ok(())
    }

    /// The next step of the transfer that is open.
    pub fn go_on_with_transfer(&mut self) -> Verdict {
        let Some(mut opened) = self.transfer.take() else { return Ok(()) };
        match self.chance.below(14) {
            0 => return self.free(opened),
            1 => return self.finish(opened),
            2 => return self.abort_open(opened),
            3 => {
                self.transfer = Some(opened);
                return self.any_call();
            }
            4 => return self.close_data(opened),
            _ => {}
        }
        let is_over =
            if opened.wanted.is_upload() { self.write(&mut opened)? } else { self.read(&mut opened)? };
        if is_over {
            return self.finish(opened);
        }
        self.transfer = Some(opened);
        Ok(())
    }

    /// Reads once, or to the end; whether it is the end.
    fn read(&mut self, opened: &mut Opened) -> Result<bool, String> {
        let size = self.chance.one_of(&[1, 100, 65536]);
        let (mut buffer, raw) = (vec![0_u8; size], opened.raw);
        let mut rounds = self.chance.weighted(&[(10, 1), (10, 3), (9, 100), (1, 1000)]);
        while rounds > 0 {
            rounds -= 1;
            let (memory, mut count) = (buffer.as_mut_ptr().cast(), 0);
            // SAFETY: the transfer is open, and the buffer is valid.
            let read = || unsafe { ftp_transfer_read(raw, memory, size, &mut count) };
            let done = self.make("ftp_transfer_read", read)?;
            if !done.is_ok() {
                return Ok(true);
            }
            opened.moved.extend_from_slice(&buffer[..count]);
            if count == 0 {
                opened.has_ended = !opened.was_closed;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn write(&mut self, opened: &mut Opened) -> Result<bool, String> {
        let data = opened.wanted.upload.clone();
        let size = self.chance.one_of(&[1, 1000, 100_000]).min(data.len());
        let (block, raw) = (&data[..size], opened.raw);
        // SAFETY: the transfer is open, and the block is valid.
        let write = || unsafe { ftp_transfer_write(raw, block.as_ptr().cast(), size) };
        let done = self.make("ftp_transfer_write", write)?;
        if done.is_ok() {
            opened.moved.extend_from_slice(block);
        }
        Ok(!done.is_ok() || self.chance.percent(50))
    }

    fn finish(&mut self, opened: Opened) -> Verdict {
        let raw = opened.raw;
        // SAFETY: the transfer is valid.
        let done = self.make("ftp_transfer_finish", || unsafe { ftp_transfer_finish(raw) })?;
        if !done.is_ok() || self.is_forgiven() {
            return Ok(());
        }
        if done.answered.is_none() || done.answered != opened.tag {
            return Err(format!("ftp_transfer_finish: FTP_OK with the reply {:?}", done.reply));
        }
        if opened.wanted.is_upload() {
            return self.check_stored(
                "ftp_transfer_finish",
                &opened.wanted,
                done.answered,
                &opened.moved,
                opened.file_type,
            );
        }
        self.check_download_as(
            "ftp_transfer_finish",
            opened.file_type,
            done.answered,
            &opened.moved,
            opened.has_ended,
        )
    }

    /// The end of an upload, and of a download that was not read to its end, whose reply is still to come.
    fn close_data(&mut self, mut opened: Opened) -> Verdict {
        let raw = opened.raw;
        opened.was_closed = true;
        // SAFETY: the transfer is valid.
        self.make("ftp_transfer_close_data", || unsafe { ftp_transfer_close_data(raw) })?;
        self.transfer = Some(opened);
        Ok(())
    }

    fn free(&mut self, opened: Opened) -> Verdict {
        self.ledger.log("-- ftp_transfer_free".into());
        drop(opened);
        Ok(())
    }

    fn abort_open(&mut self, opened: Opened) -> Verdict {
        let ftp = self.handle.raw();
        // SAFETY: the handle is valid.
        let done = self.make("ftp_abort", || unsafe { ftp_abort(ftp) })?;
        let is_later = done.answered.is_some_and(|tag| opened.tag.is_none_or(|own| tag >= own));
        if done.is_ok() && !is_later && !self.is_forgiven() {
            return Err(format!("ftp_abort: FTP_OK with the reply {:?}", done.reply));
        }
        Ok(())
    }
}
