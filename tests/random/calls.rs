//! The calls of a session, each with arguments at random, and what must be true after it.

use std::ffi::CStr;
use std::ptr::null;

use ftpclient::capi::*;

use super::c_client::text;
use super::files;
use super::opened;
use super::session::{Session, Verdict};

/// Commands that a program sends as they are.
const OWN_COMMANDS: &[&CStr] = &[c"NOOP", c"STAT", c"SYST", c"HELP x", c"SITE CHMOD 644 f", c"XCRC f"];
const SYSTEMS: &[i32] = &[
    FTP_SYSTEM_AUTO,
    FTP_SYSTEM_UNIX,
    FTP_SYSTEM_IBM_I,
    FTP_SYSTEM_MVS,
    FTP_SYSTEM_VMS,
    FTP_SYSTEM_GUARDIAN,
];
const DIRECTORIES: &[&CStr] = &[c"d", c"..", c".", c"/a/b", c"nowhere", c"e/f", c"/"];

/// A function that makes one call, or a few that belong together, and checks what must be true after them.
#[derive(Copy, Clone)]
pub struct Call {
    /// The functions of the C API that it calls: many sessions must have seen each of them succeed.
    pub names: &'static [&'static str],
    make: fn(&mut Session) -> Verdict,
}

/// How often which call is made. A new one has its line here, and its function below.
pub const CALLS: &[(usize, Call)] = &[
    // Where each session begins.
    (0, Call { names: &["ftp_connect", "ftp_login"], make: Session::begin }),
    (4, Call { names: &["ftp_cwd"], make: Session::cwd }),
    (4, Call { names: &["ftp_pwd"], make: Session::pwd }),
    (2, Call { names: &["ftp_size"], make: Session::size }),
    (
        6,
        Call {
            names: &["ftp_delete", "ftp_rename", "ftp_mkd", "ftp_rmd", "ftp_acct"],
            make: Session::simple,
        },
    ),
    (4, Call { names: &["ftp_sendcmd", "ftp_voidcmd"], make: Session::own_command }),
    (3, Call { names: &["ftp_putcmd"], make: Session::putcmd }),
    (1, Call { names: &["ftp_getresp"], make: Session::getresp }),
    (6, Call { names: &["ftp_retrbinary"], make: Session::retrbinary }),
    (4, Call { names: &["ftp_retrlines"], make: Session::retrlines }),
    (3, Call { names: &["ftp_nlst", "ftp_dir", "ftp_mlsd"], make: Session::listing }),
    (1, Call { names: &["ftp_walk", "ftp_glob"], make: Session::tree }),
    (2, Call { names: &["ftp_list_open"], make: Session::entries }),
    (5, Call { names: &["ftp_storbinary", "ftp_storlines"], make: Session::store }),
    (4, Call { names: &["ftp_get", "ftp_put", "ftp_get_data", "ftp_put_data"], make: Session::whole_file }),
    (1, Call { names: &["ftp_hash"], make: Session::hash }),
    (1, Call { names: &["ftp_modified"], make: Session::modified }),
    (1, Call { names: &["ftp_makedirs"], make: Session::makedirs }),
    (1, Call { names: &["ftp_remove_tree"], make: Session::remove_tree }),
    (1, Call { names: &["ftp_mirror_get", "ftp_mirror_put"], make: Session::mirror }),
    (4, Call { names: &["ftp_batch_run"], make: Session::batch }),
    (4, Call { names: opened::NAMES, make: Session::transfercmd }),
    (2, Call { names: &["ftp_prearm"], make: Session::prearm }),
    (1, Call { names: &["ftp_abort"], make: Session::abort }),
    (1, Call { names: &["ftp_reconnect"], make: Session::reconnect }),
    (1, Call { names: &["ftp_quit", "ftp_close"], make: Session::end }),
    (1, Call { names: &["ftp_resync"], make: Session::resync }),
    (
        4,
        Call {
            names: &[
                "ftp_set_pasv",
                "ftp_set_epsv",
                "ftp_set_noop_interval",
                "ftp_set_type",
                "ftp_set_system",
                "ftp_set_utf8",
                "ftp_set_retries",
                "ftp_set_prearm",
            ],
            make: Session::settings,
        },
    ),
];

impl Session {
    /// Any call that fits the state of the session, or does not.
    pub fn any_call(&mut self) -> Verdict {
        if !self.handle.is_connected() && self.chance.percent(80) {
            return if self.chance.percent(30) { self.reconnect() } else { self.begin() };
        }
        if self.transfer.is_some() && self.chance.percent(80) {
            return self.go_on_with_transfer();
        }
        if !self.owed.is_empty() && self.chance.percent(80) {
            return self.getresp();
        }
        let call = self.chance.weighted(CALLS);
        (call.make)(self)
    }

    /// Connects and logs in.
    pub fn begin(&mut self) -> Verdict {
        let (ftp, port) = (self.handle.raw(), self.server.port());
        let host = self.text(&self.server.ip().to_string());
        // SAFETY: the handle and the text are valid.
        let connect = || unsafe { ftp_connect(ftp, host.as_ptr(), port) };
        self.home = None;
        if !self.make("ftp_connect", connect)?.is_ok() {
            return Ok(());
        }
        let verbs = &["USER", "PASS", "ACCT"];
        let (user, password) = (c"user".as_ptr(), c"secret".as_ptr());
        // SAFETY: the handle and the texts are valid.
        let done = self.ask("ftp_login", verbs, || unsafe { ftp_login(ftp, user, password, null()) })?;
        self.home = None;
        if done.is_ok() {
            self.come_home();
        }
        Ok(())
    }

    fn reconnect(&mut self) -> Verdict {
        let ftp = self.handle.raw();
        if self.is_forgiven() && self.handle.is_connected() {
            self.home = None;
        }
        // SAFETY: the handle is valid.
        let done = self.make("ftp_reconnect", || unsafe { ftp_reconnect(ftp) })?;
        if !done.is_ok() {
            return Ok(());
        }
        self.must_be_home("ftp_reconnect")
    }

    /// After a success that leaves the session where it was before.
    pub fn must_be_home(&mut self, name: &str) -> Verdict {
        let Some(wanted) = self.home.take() else { return Ok(()) };
        self.come_home();
        match &self.home {
            Some(home) if wanted != *home && !self.is_forgiven() => {
                Err(format!("{name}: FTP_OK in {home} instead of {wanted}"))
            }
            _ => Ok(()),
        }
    }

    /// Where the session is now, is where a reconnection has to come back to.
    fn come_home(&mut self) {
        self.home = self.watch.connection().and_then(|connection| self.ledger.directory(connection));
    }

    fn end(&mut self) -> Verdict {
        let ftp = self.handle.raw();
        if self.chance.percent(50) {
            self.transfer = None;
            // SAFETY: the handle is valid.
            return self.ask("ftp_quit", &["QUIT"], || unsafe { ftp_quit(ftp) }).map(drop);
        }
        // SAFETY: the handle is valid.
        self.make("ftp_close", || unsafe { ftp_close(ftp) }).map(drop)
    }

    fn prearm(&mut self) -> Verdict {
        let ftp = self.handle.raw();
        // SAFETY: the handle is valid.
        self.make("ftp_prearm", || unsafe { ftp_prearm(ftp) }).map(drop)
    }

    fn settings(&mut self) -> Verdict {
        let ftp = self.handle.raw();
        let on = i32::from(self.chance.percent(60));
        let wanted_type = self.chance.one_of(&[FTP_TYPE_IMAGE, FTP_TYPE_ASCII, FTP_TYPE_AS_IS]);
        let interval = self.noop_interval();
        let system = self.chance.one_of(SYSTEMS);
        let retries = self.chance.one_of(&[0, 1, 3]);
        let prearm = self.chance.one_of(&[0, 1, FTP_PREARM_TOGETHER]);
        // SAFETY: the handle is valid.
        unsafe {
            match self.chance.below(8) {
                0 => self.make("ftp_set_pasv", || ftp_set_pasv(ftp, on)),
                1 => self.make("ftp_set_epsv", || ftp_set_epsv(ftp, on)),
                2 => self.make("ftp_set_noop_interval", || ftp_set_noop_interval(ftp, interval)),
                3 => {
                    self.has_system = true;
                    self.make("ftp_set_system", || ftp_set_system(ftp, system))
                }
                4 => self.make("ftp_set_utf8", || ftp_set_utf8(ftp, on)),
                5 => self.make("ftp_set_retries", || ftp_set_retries(ftp, retries, 0)),
                6 => self.make("ftp_set_prearm", || ftp_set_prearm(ftp, prearm)),
                _ => {
                    let done = self.make("ftp_set_type", || ftp_set_type(ftp, wanted_type))?;
                    if done.is_ok() {
                        self.wanted_type = wanted_type;
                    }
                    Ok(done)
                }
            }
        }
        .map(drop)
    }

    fn cwd(&mut self) -> Verdict {
        let (ftp, path) = (self.handle.raw(), self.chance.one_of(DIRECTORIES));
        let name = format!("ftp_cwd {path:?}");
        // SAFETY: the handle and the text are valid.
        let done = self.ask(&name, &["CWD", "CDUP"], || unsafe { ftp_cwd(ftp, path.as_ptr()) })?;
        match done.status {
            // A refusal may be that of another command.
            _ if self.is_forgiven() => self.home = None,
            ftp_status::FTP_OK if self.home.is_some() => self.come_home(),
            // It was refused, or did not begin.
            ftp_status::FTP_ERR_PERM | ftp_status::FTP_ERR_STATE | ftp_status::FTP_ERR_DENIED => {}
            _ => self.home = None,
        }
        Ok(())
    }

    fn pwd(&mut self) -> Verdict {
        let (ftp, mut path) = (self.handle.raw(), null());
        // SAFETY: the handle is valid.
        let done = self.ask("ftp_pwd", &["PWD"], || unsafe { ftp_pwd(ftp, &mut path) })?;
        if !done.is_ok() || self.is_forgiven() || !done.reply.starts_with("257 \"") {
            return Ok(());
        }
        // SAFETY: the path was just given.
        let path = unsafe { text(path) };
        let said = done.reply.split('"').nth(1).unwrap_or_default();
        if path == said { Ok(()) } else { Err(format!("ftp_pwd: {path:?} where the server said {said:?}")) }
    }

    fn size(&mut self) -> Verdict {
        let (ftp, file, mut out) = (self.handle.raw(), self.chance.weighted(files::FILES), 0);
        let argument = self.text(file);
        // SAFETY: the handle and the text are valid.
        let size = || unsafe { ftp_size(ftp, argument.as_ptr(), &mut out) };
        let done = self.ask("ftp_size", &["SIZE"], size)?;
        let real = files::size(file).unwrap() as i64;
        let is_told = done.reply.starts_with(&format!("213 {real} "));
        if done.is_ok() && out != real && is_told && !self.is_forgiven() {
            return Err(format!("ftp_size: {out} instead of {real}"));
        }
        Ok(())
    }

    fn simple(&mut self) -> Verdict {
        let ftp = self.handle.raw();
        // SAFETY: the handle and the texts are valid.
        unsafe {
            match self.chance.below(5) {
                0 => self.ask("ftp_delete", &["DELE"], || ftp_delete(ftp, c"f7".as_ptr())),
                1 => {
                    let rename = || ftp_rename(ftp, c"a".as_ptr(), c"b".as_ptr());
                    self.ask("ftp_rename", &["RNTO"], rename)
                }
                2 => self.ask("ftp_mkd", &["MKD"], || ftp_mkd(ftp, c"d".as_ptr(), std::ptr::null_mut())),
                3 => self.ask("ftp_rmd", &["RMD"], || ftp_rmd(ftp, c"d".as_ptr())),
                _ => self.ask("ftp_acct", &["ACCT"], || ftp_acct(ftp, c"account".as_ptr())),
            }
        }
        .map(drop)
    }

    fn own_command(&mut self) -> Verdict {
        let (ftp, command) = (self.handle.raw(), self.chance.one_of(OWN_COMMANDS));
        let verb = command.to_str().unwrap().split(' ').next().unwrap();
        let cmd = command.as_ptr();
        // SAFETY: the handle and the text are valid.
        unsafe {
            if self.chance.percent(50) {
                self.ask("ftp_sendcmd", &[verb], || ftp_sendcmd(ftp, cmd))
            } else {
                self.ask("ftp_voidcmd", &[verb], || ftp_voidcmd(ftp, cmd))
            }
        }
        .map(drop)
    }

    fn putcmd(&mut self) -> Verdict {
        let (ftp, command) = (self.handle.raw(), self.chance.one_of(OWN_COMMANDS));
        let cmd = command.as_ptr();
        // SAFETY: the handle and the text are valid.
        let done = self.make("ftp_putcmd", || unsafe { ftp_putcmd(ftp, cmd) })?;
        if done.is_ok() {
            self.owed.extend(done.sent.last().map(|(tag, _)| *tag));
        }
        // Of two replies, one that is missing or comes twice makes the other look like it.
        if ((self.owed.len() > 1 || self.transfer.is_some()) && self.is_hostile
            || self.transfer.is_some() && self.sends_noops)
            && let Some(connection) = self.watch.connection()
        {
            self.ledger.taint(connection);
        }
        Ok(())
    }

    fn getresp(&mut self) -> Verdict {
        use ftp_status::*;
        let ftp = self.handle.raw();
        let owed = self.owed.first().copied();
        // SAFETY: the handle is valid.
        let done = self.make("ftp_getresp", || unsafe { ftp_getresp(ftp) })?;
        let is_reply = matches!(done.status, FTP_OK | FTP_ERR_TEMP | FTP_ERR_PERM | FTP_ERR_REPLY);
        if matches!(done.status, FTP_ERR_PROTO | FTP_ERR_LIMIT) {
            // Whatever it was, it was taken.
            self.owed.clear();
        }
        if !is_reply {
            return Ok(());
        }
        if owed.is_some() && done.answered != owed && !self.is_forgiven() {
            return Err(format!("ftp_getresp: the reply {:?} instead of {owed:?}", done.reply));
        }
        if !done.reply.starts_with('1') && !self.owed.is_empty() {
            self.owed.remove(0);
        }
        Ok(())
    }

    /// When no transfer is open.
    fn abort(&mut self) -> Verdict {
        let ftp = self.handle.raw();
        if self.transfer.is_some() {
            return Ok(());
        }
        // SAFETY: the handle is valid.
        self.ask("ftp_abort", &["ABOR"], || unsafe { ftp_abort(ftp) }).map(drop)
    }

    /// Whatever is owed, it is not any more.
    fn resync(&mut self) -> Verdict {
        let ftp = self.handle.raw();
        // SAFETY: the handle is valid.
        let done = self.make("ftp_resync", || unsafe { ftp_resync(ftp) })?;
        self.transfer = None;
        self.owed.clear();
        let may_go_on = matches!(done.status, ftp_status::FTP_OK | ftp_status::FTP_ERR_STATE);
        if !may_go_on && self.handle.is_connected() {
            return Err(format!("ftp_resync: {:?}, and the session is not closed", done.status));
        }
        Ok(())
    }
}
