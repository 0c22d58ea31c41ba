//! Walks and patterns: whatever the server lists, the session is in step afterwards, and a walk shows each path once.

use std::collections::HashSet;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::slice;

use ftpclient::capi::*;

use super::session::{Session, Verdict};

/// What a walk has shown, and how much more it may show.
struct Shown {
    paths: Vec<Vec<u8>>,
    patience: usize,
}

unsafe extern "C-unwind" fn on_path(
    path: *const c_char,
    len: usize,
    _: *const ftp_entry,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the library's promise; `user` is a `Shown`, which nobody else uses meanwhile.
    let (shown, path) =
        unsafe { (&mut *user.cast::<Shown>(), slice::from_raw_parts(path.cast::<u8>(), len)) };
    shown.paths.push(path.to_vec());
    match shown.paths.len() > shown.patience {
        true => 7,
        false => 0,
    }
}

impl Session {
    pub fn tree(&mut self) -> Verdict {
        if self.chance.percent(50) { self.walk() } else { self.glob() }
    }

    fn walk(&mut self) -> Verdict {
        let ftp = self.handle.raw();
        let flags = self.chance.one_of(&[0, FTP_WALK_DEPTH, FTP_WALK_CONTINUE]);
        let mut shown = Shown { paths: Vec::new(), patience: self.chance.one_of(&[0, 3, 1000]) };
        let user = (&raw mut shown).cast();
        // SAFETY: the handle is valid, and what is shown outlives the call.
        let done =
            self.ask("ftp_walk", &["LIST"], || unsafe { ftp_walk(ftp, null(), flags, Some(on_path), user) })?;
        let unique: HashSet<&Vec<u8>> = shown.paths.iter().collect();
        if done.is_ok() && shown.paths.len() > shown.patience {
            return Err("ftp_walk: FTP_OK, although the callback stopped it".into());
        }
        if !self.is_forgiven() && unique.len() != shown.paths.len() {
            return Err(format!("ftp_walk shows a path twice: {:?}", shown.paths));
        }
        Ok(())
    }

    fn glob(&mut self) -> Verdict {
        let ftp = self.handle.raw();
        let pattern = self.chance.one_of(&[c"*", c"*/*", c"**", c"[a-f]*"]);
        let mut list = null_mut();
        // SAFETY: the handle is valid, and the list's place outlives the call.
        let done =
            self.ask("ftp_glob", &["LIST"], || unsafe { ftp_glob(ftp, pattern.as_ptr(), 0, &raw mut list) })?;
        if done.is_ok() == list.is_null() {
            return Err(format!("ftp_glob: {:?}, and a list: {}", done.status, !list.is_null()));
        }
        let mut entry = null();
        // SAFETY: the list is valid, or NULL, which the functions bear.
        unsafe {
            while ftp_list_next(list, &raw mut entry) == ftp_status::FTP_OK {}
            ftp_list_free(list);
        }
        Ok(())
    }
}
