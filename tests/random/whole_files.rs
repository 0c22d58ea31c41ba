//! Calls that move whole files, of this machine or in memory: what has the name, or is in memory, is whole.

use std::fs;
use std::path::Path;
use std::ptr::null_mut;
use std::slice;

use ftpclient::capi::*;

use super::data_calls::Wanted;
use super::files;
use super::session::{Done, Session, Verdict};

/// Has a file begin as the last command would have it, if another attempt of the same call has fetched its beginning.
fn join_attempts(received: &mut [u8], done: &Done) {
    let Some(last) = done.answered else { return };
    for (tag, _) in done.sent.iter().filter(|(_, verb)| verb == "RETR") {
        if let Some(beginning) = received.get_mut(..files::BEGINNING)
            && beginning == files::beginning(*tag).as_bytes()
        {
            return beginning.copy_from_slice(files::beginning(last).as_bytes());
        }
    }
}

impl Session {
    pub fn whole_file(&mut self) -> Verdict {
        match self.chance.below(4) {
            0 => self.get(),
            1 => self.put(),
            2 => self.get_data(),
            _ => self.put_data(),
        }
    }

    fn get(&mut self) -> Verdict {
        let wanted = Wanted { rest: None, ..Wanted::download(&mut self.chance) };
        let flags = self.chance.one_of(&[0, 0, FTP_RESUME, FTP_IN_PLACE]);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("here");
        let (ftp, remote, local) = (self.handle.raw(), self.text(wanted.path()), self.path_text(&path));
        let name = format!("ftp_get {} {flags}", wanted.path());
        // SAFETY: the handle is valid, and the texts outlive the call.
        let call = || unsafe { ftp_get(ftp, remote.as_ptr(), local.as_ptr(), flags) };
        let done = self.ask_again(&name, "RETR", call)?;
        let received = fs::read(&path);
        match (done.is_ok(), received) {
            (false, Ok(_)) => Err(format!("{name}: {:?}, and the file is there", done.status)),
            (false, Err(_)) => Ok(()),
            (true, Err(error)) => Err(format!("{name}: FTP_OK, and no file: {error}")),
            (true, Ok(_)) if self.is_forgiven() => Ok(()),
            (true, Ok(mut received)) => {
                join_attempts(&mut received, &done);
                self.check_download(&name, &wanted, done.answered, &received, true)
            }
        }
    }

    fn put(&mut self) -> Verdict {
        let wanted = Wanted { rest: None, ..Wanted::upload(&mut self.chance) };
        let flags = self.chance.one_of(&[
            0,
            0,
            FTP_ATOMIC,
            FTP_ATOMIC | FTP_RESUME,
            FTP_ATOMIC | FTP_NO_REPLACE,
            FTP_ATOMIC | FTP_MAKE_DIRS | FTP_KEEP_TIME,
        ]);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("here");
        files::write_here(&path, &wanted.upload);
        let (ftp, remote, local) = (self.handle.raw(), self.text(wanted.path()), self.path_text(&path));
        let name = format!("ftp_put {flags}");
        // SAFETY: the handle is valid, and the texts outlive the call.
        let call = || unsafe { ftp_put(ftp, local.as_ptr(), remote.as_ptr(), flags) };
        let is_atomic = flags & FTP_ATOMIC != 0;
        let done = self.ask_again(&name, if is_atomic { "RNTO" } else { "STOR" }, call)?;
        self.check_parts(&name, &done, flags)?;
        if !done.is_ok() || self.is_forgiven() {
            return Ok(());
        }
        if !is_atomic {
            return self.check_upload(&name, &wanted, done.answered, &wanted.upload);
        }
        let stored = self.stored().remove(wanted.path()).map(|stored| stored.tag);
        self.check_upload(&name, &wanted, stored, &wanted.upload)
    }

    fn get_data(&mut self) -> Verdict {
        let wanted = Wanted { rest: None, ..Wanted::download(&mut self.chance) };
        let limit = self.chance.one_of(&[usize::MAX, usize::MAX, 300]);
        let (ftp, remote) = (self.handle.raw(), self.text(wanted.path()));
        let (mut memory, mut len) = (null_mut(), 0);
        let name = format!("ftp_get_data {} {limit}", wanted.path());
        // SAFETY: the handle is valid, and the text and the places outlive the call.
        let call = || unsafe { ftp_get_data(ftp, remote.as_ptr(), limit, &mut memory, &mut len) };
        let done = self.ask(&name, &["RETR"], call)?;
        if done.is_ok() == memory.is_null() {
            return Err(format!("{name}: {:?}, and memory: {}", done.status, !memory.is_null()));
        }
        if !done.is_ok() {
            return Ok(());
        }
        // SAFETY: the memory was just given, with this length, and it is freed once.
        let received = unsafe {
            let received = slice::from_raw_parts(memory.cast::<u8>(), len).to_vec();
            ftp_buffer_free(memory);
            received
        };
        if len > limit {
            return Err(format!("{name}: FTP_OK with {len} bytes"));
        }
        if self.is_forgiven() {
            return Ok(());
        }
        self.check_download(&name, &wanted, done.answered, &received, true)
    }

    fn put_data(&mut self) -> Verdict {
        let wanted = Wanted { rest: None, ..Wanted::upload(&mut self.chance) };
        let (ftp, remote) = (self.handle.raw(), self.text(wanted.path()));
        let (data, len) = (wanted.upload.as_ptr().cast(), wanted.upload.len());
        // SAFETY: the handle is valid, and the text and the data outlive the call.
        let call = || unsafe { ftp_put_data(ftp, remote.as_ptr(), data, len) };
        let done = self.ask("ftp_put_data", &["STOR"], call)?;
        if !done.is_ok() || self.is_forgiven() {
            return Ok(());
        }
        self.check_upload("ftp_put_data", &wanted, done.answered, &wanted.upload)
    }

    /// [`Session::ask`] for a call that may bring the session back, and go on there.
    fn ask_again(
        &mut self,
        name: &str,
        verb: &str,
        call: impl FnMut() -> ftp_status,
    ) -> Result<Done, String> {
        let before = self.watch.connection();
        let done = self.ask(name, &[verb], call)?;
        let now = self.watch.connection();
        if now == before {
            return Ok(done);
        }
        let mut passed = before.unwrap_or_default()..now.unwrap_or_default();
        if now.is_none() || passed.any(|connection| self.ledger.is_tainted(connection)) {
            // Where it was, nobody knows.
            self.home = None;
        }
        if done.is_ok() {
            self.must_be_home(name)?;
        }
        Ok(done)
    }

    fn path_text(&self, path: &Path) -> std::ffi::CString {
        self.text(path.to_str().unwrap())
    }
}
