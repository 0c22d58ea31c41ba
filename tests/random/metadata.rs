//! Questions about files that the library has several ways to ask, and directories that it makes by more than one command.

use std::ptr::null;

use ftpclient::capi::*;

use super::c_client::text;
use super::files;
use super::session::{Session, Verdict};

impl Session {
    pub fn hash(&mut self) -> Verdict {
        let (file, mut out) = (self.chance.weighted(files::FILES), null());
        let algorithm = self.chance.one_of(&[null(), c"MD5".as_ptr()]);
        let (ftp, path) = (self.handle.raw(), self.text(file));
        // SAFETY: the handle and the texts are valid.
        let call = || unsafe { ftp_hash(ftp, path.as_ptr(), algorithm, &mut out) };
        let done = self.ask("ftp_hash", &["XMD5"], call)?;
        if !done.is_ok() || self.is_forgiven() {
            return Ok(());
        }
        // SAFETY: the hash was just given.
        let (hash, real) = (unsafe { text(out) }, files::hash(file));
        if hash == real { Ok(()) } else { Err(format!("ftp_hash: {hash} instead of {real}")) }
    }

    pub fn modified(&mut self) -> Verdict {
        let (file, mut out) = (self.chance.weighted(files::FILES), FTP_NO_TIME);
        let (ftp, path) = (self.handle.raw(), self.text(file));
        // SAFETY: the handle and the text are valid.
        let call = || unsafe { ftp_modified(ftp, path.as_ptr(), &mut out) };
        let done = self.ask("ftp_modified", &["MDTM", "MLST"], call)?;
        if !done.is_ok() || self.is_forgiven() || out == FTP_NO_TIME {
            return Ok(());
        }
        let real = files::TIME_IN_NANOSECONDS;
        if out == real { Ok(()) } else { Err(format!("ftp_modified: {out} instead of {real}")) }
    }

    /// After a refusal the library finds out what is there, and may go to other directories for that.
    pub fn makedirs(&mut self) -> Verdict {
        let (ftp, path) = (self.handle.raw(), self.chance.one_of(&[c"d", c"e/f", c"/a/b"]));
        // SAFETY: the handle and the text are valid.
        let done = self.make("ftp_makedirs", || unsafe { ftp_makedirs(ftp, path.as_ptr()) })?;
        if !done.is_ok() || self.is_forgiven() {
            self.home = None;
            return Ok(());
        }
        if !done.sent.iter().any(|(tag, _)| Some(*tag) == done.answered) {
            return Err(format!("ftp_makedirs: FTP_OK with the reply {:?}", done.reply));
        }
        self.must_be_home("ftp_makedirs")
    }
}
