//! The calls of a session, each with arguments at random, and what must be true after it.

use std::ffi::CStr;
use std::ptr::null;

use ftpclient::capi::*;

use super::c_client::text;
use super::callbacks::{Data, on_data, on_entry, on_line, on_read, on_sent};
use super::chance::Chance;
use super::files;
use super::ledger::{Fact, Tag};
use super::session::{Session, Verdict};

/// What a transfer is to do.
pub struct Wanted {
    pub command: String,
    pub rest: Option<usize>,
    pub upload: Vec<u8>,
}

impl Wanted {
    pub fn any(chance: &mut Chance) -> Wanted {
        match chance.below(10) {
            0..6 => Wanted::download(chance),
            6..9 => Wanted::upload(chance),
            _ => Wanted { command: "NLST".into(), rest: None, upload: Vec::new() },
        }
    }

    fn download(chance: &mut Chance) -> Wanted {
        let command = format!("RETR {}", chance.one_of(files::FILES));
        Wanted { command, rest: any_rest(chance), upload: Vec::new() }
    }

    fn upload(chance: &mut Chance) -> Wanted {
        let size = chance.one_of(&[0, 10, 1000, 100_000, 500_000]);
        let lines = b"one line\r\nand another one\n";
        let mut upload = lines.repeat(1 + size / lines.len());
        upload.truncate(size);
        Wanted { command: "STOR f".into(), rest: any_rest(chance), upload }
    }

    pub fn verb(&self) -> &str {
        self.command.split(' ').next().unwrap_or_default()
    }

    pub fn is_upload(&self) -> bool {
        self.verb() == "STOR"
    }

    pub fn rest_for_c(&self) -> i64 {
        self.rest.map_or(-1, |rest| rest as i64)
    }

    /// What a download gives, if all goes well.
    fn content(&self, tag: Tag) -> Vec<u8> {
        let name = self.command.split(' ').nth(1).unwrap_or_default();
        files::content(name, tag).get(self.rest.unwrap_or(0)..).unwrap_or_default().to_vec()
    }
}

fn any_rest(chance: &mut Chance) -> Option<usize> {
    chance.percent(25).then(|| chance.one_of(&[0, 5, 100, 4000]))
}

/// Commands that a program sends as they are.
const OWN_COMMANDS: &[&CStr] = &[c"NOOP", c"STAT", c"SYST", c"HELP x", c"SITE CHMOD 644 f", c"XCRC f"];
const DIRECTORIES: &[&CStr] = &[c"d", c"..", c".", c"/a/b", c"nowhere", c"e/f", c"/"];

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
        match self.chance.below(54) {
            0..4 => self.cwd(),
            4..8 => self.pwd(),
            8..10 => self.size(),
            10..16 => self.simple(),
            16..20 => self.own_command(),
            20..23 => self.putcmd(),
            23 => self.getresp(),
            24..30 => self.retrbinary(),
            30..34 => self.retrlines(),
            34..37 => self.listing(),
            37..42 => self.store(),
            42..46 => self.transfercmd(),
            46 => self.abort(),
            47 => self.reconnect(),
            48 => self.end(),
            49 => self.resync(),
            _ => self.settings(),
        }
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
        let wanted = self.home.take();
        self.come_home();
        match (wanted, &self.home) {
            (Some(wanted), Some(home)) if wanted != *home && !self.is_forgiven() => {
                Err(format!("ftp_reconnect: FTP_OK in {home} instead of {wanted}"))
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

    fn settings(&mut self) -> Verdict {
        let ftp = self.handle.raw();
        let on = i32::from(self.chance.percent(60));
        let wanted_type = self.chance.one_of(&[FTP_TYPE_IMAGE, FTP_TYPE_ASCII, FTP_TYPE_AS_IS]);
        let interval = self.noop_interval();
        // SAFETY: the handle is valid.
        unsafe {
            match self.chance.below(4) {
                0 => self.make("ftp_set_pasv", || ftp_set_pasv(ftp, on)),
                1 => self.make("ftp_set_epsv", || ftp_set_epsv(ftp, on)),
                2 => self.make("ftp_set_noop_interval", || ftp_set_noop_interval(ftp, interval)),
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
        let (ftp, file, mut out) = (self.handle.raw(), self.chance.one_of(files::FILES), 0);
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

    fn data(&mut self) -> Data {
        let patience = self.chance.percent(10).then(|| self.chance.below(5));
        Data { patience, ..Data::default() }
    }

    fn retrbinary(&mut self) -> Verdict {
        let wanted = Wanted::download(&mut self.chance);
        let (mut data, cmd, ftp) = (self.data(), self.text(&wanted.command), self.handle.raw());
        let block = self.chance.one_of(&[0, 1000]);
        let (rest, user) = (wanted.rest_for_c(), data.user());
        let name = format!("ftp_retrbinary {} {rest}", wanted.command);
        // SAFETY: the handle is valid, and the text and the data outlive the call.
        let call = || unsafe { ftp_retrbinary(ftp, cmd.as_ptr(), Some(on_data), user, block, rest) };
        let done = self.ask(&name, &["RETR"], call)?;
        if !done.is_ok() || self.is_forgiven() {
            return Ok(());
        }
        self.check_download(&name, &wanted, done.answered, &data.received, true)
    }

    fn retrlines(&mut self) -> Verdict {
        let wanted = Wanted { rest: None, ..Wanted::download(&mut self.chance) };
        let (mut data, cmd, ftp) = (self.data(), self.text(&wanted.command), self.handle.raw());
        let (user, name) = (data.user(), format!("ftp_retrlines {}", wanted.command));
        // SAFETY: the handle is valid, and the text and the data outlive the call.
        let call = || unsafe { ftp_retrlines(ftp, cmd.as_ptr(), Some(on_line), user) };
        let done = self.ask(&name, &["RETR"], call)?;
        let (Some(tag), true, false) = (done.answered, done.is_ok(), self.is_forgiven()) else {
            return Ok(());
        };
        let mut content = wanted.content(tag);
        // The last line ends as all others for who gets lines.
        if content.last().is_some_and(|byte| *byte != b'\n') {
            content.push(b'\n');
        }
        self.compare(&name, tag, &content, &data.received, true)
    }

    fn listing(&mut self) -> Verdict {
        let (mut data, ftp) = (self.data(), self.handle.raw());
        let user = data.user();
        let verb = self.chance.one_of(&["NLST", "LIST", "MLSD"]);
        // SAFETY: the handle is valid, and the data outlives the call.
        let call = || unsafe {
            match verb {
                "NLST" => ftp_nlst(ftp, null(), Some(on_line), user),
                "LIST" => ftp_dir(ftp, null(), Some(on_line), user),
                _ => ftp_mlsd(ftp, null(), null(), Some(on_entry), user),
            }
        };
        let done = self.ask(verb, &[verb], call)?;
        let (Some(tag), true, false) = (done.answered, done.is_ok(), self.is_forgiven()) else {
            return Ok(());
        };
        let Some(fact) = self.ledger.fact(tag) else { return Err(format!("{verb}: no such transfer")) };
        let sent = String::from_utf8(fact.data).unwrap();
        let names = sent.lines().map(|line| line.split_once("; ").map_or(line, |(_, name)| name));
        let names: String = names.map(|name| format!("{name}\n")).collect();
        self.compare(verb, tag, names.as_bytes(), &data.received, true)
    }

    fn store(&mut self) -> Verdict {
        let mut wanted = Wanted::upload(&mut self.chance);
        let as_lines = self.chance.percent(40);
        if as_lines {
            wanted.rest = None;
        }
        let (mut data, cmd, ftp) = (self.data(), self.text(&wanted.command), self.handle.raw());
        data.upload = wanted.upload.clone();
        let (user, block, rest) = (data.user(), self.chance.one_of(&[0, 1000]), wanted.rest_for_c());
        let name = if as_lines { "ftp_storlines" } else { "ftp_storbinary" };
        // SAFETY: the handle is valid, and the text and the data outlive the call.
        let call = || unsafe {
            if as_lines {
                ftp_storlines(ftp, cmd.as_ptr(), Some(on_read), Some(on_sent), user)
            } else {
                ftp_storbinary(ftp, cmd.as_ptr(), Some(on_read), Some(on_sent), user, block, rest)
            }
        };
        let done = self.ask(name, &["STOR"], call)?;
        if !done.is_ok() || self.is_forgiven() {
            return Ok(());
        }
        if as_lines {
            wanted.upload = network_lines(&wanted.upload);
            let upload = wanted.upload.clone();
            return self.check_stored(name, &wanted, done.answered, &upload, FTP_TYPE_ASCII);
        }
        let upload = wanted.upload.clone();
        self.check_upload(name, &wanted, done.answered, &upload)
    }

    fn check_download(
        &self,
        name: &str,
        wanted: &Wanted,
        tag: Option<Tag>,
        received: &[u8],
        has_ended: bool,
    ) -> Verdict {
        let Some(tag) = tag else { return Err(format!("{name}: whose reply is it?")) };
        let content = match wanted.verb() {
            "RETR" => wanted.content(tag),
            _ => self.ledger.fact(tag).unwrap_or_default().data,
        };
        self.compare(name, tag, &content, received, has_ended)
    }

    /// Of a transfer whose type the test has chosen.
    pub fn check_download_as(
        &self,
        name: &str,
        file_type: i32,
        tag: Option<Tag>,
        received: &[u8],
        has_ended: bool,
    ) -> Verdict {
        let Some((tag, fact)) = tag.and_then(|tag| Some((tag, self.ledger.fact(tag)?))) else {
            return Err(format!("{name}: no such transfer"));
        };
        if !is_of_type(&fact, file_type) {
            return Err(format!("{name}: FTP_OK in the wrong type"));
        }
        self.compare(name, tag, &fact.data, received, has_ended)
    }

    fn check_upload(&self, name: &str, wanted: &Wanted, tag: Option<Tag>, sent: &[u8]) -> Verdict {
        self.check_stored(name, wanted, tag, sent, FTP_TYPE_IMAGE)
    }

    pub fn check_stored(
        &self,
        name: &str,
        wanted: &Wanted,
        tag: Option<Tag>,
        sent: &[u8],
        file_type: i32,
    ) -> Verdict {
        let Some(fact) = tag.and_then(|tag| self.ledger.fact(tag)) else {
            return Err(format!("{name}: no such transfer"));
        };
        if !is_of_type(&fact, file_type) {
            return Err(format!("{name}: FTP_OK in the wrong type"));
        }
        if fact.offset != wanted.rest.unwrap_or(0) {
            return Err(format!("{name}: FTP_OK at offset {}", fact.offset));
        }
        if fact.data != sent && !fact.is_hidden {
            return Err(format!("{name}: FTP_OK, {} bytes of {} are stored", fact.data.len(), sent.len()));
        }
        Ok(())
    }

    /// Whether what was received is what was to come, or where nobody could know better, its beginning.
    fn compare(&self, name: &str, tag: Tag, content: &[u8], received: &[u8], has_ended: bool) -> Verdict {
        let is_hidden = self.ledger.fact(tag).is_some_and(|fact| fact.is_hidden);
        let may_be_less = is_hidden || !has_ended;
        // A last line that was cut got the line end that each line gets.
        let beginning = received.strip_suffix(b"\n").unwrap_or(received);
        if received == content || (may_be_less && content.starts_with(beginning)) {
            return Ok(());
        }
        let at = received.iter().zip(content).take_while(|(a, b)| a == b).count();
        let (got, due) = (received.len(), content.len());
        Err(format!("{name}: FTP_OK with {got} bytes for the {due} of {tag}, which differ from {at} on"))
    }
}

/// A listing is what it is, and so is a file in a type that nobody has chosen.
fn is_of_type(fact: &Fact, file_type: i32) -> bool {
    file_type == FTP_TYPE_AS_IS || fact.is_image == (file_type == FTP_TYPE_IMAGE)
}

/// As text goes over the network.
fn network_lines(text: &[u8]) -> Vec<u8> {
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    let bare = lines.map(|line| {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    });
    bare.flat_map(|line| [line, b"\r\n"]).collect::<Vec<_>>().concat()
}
