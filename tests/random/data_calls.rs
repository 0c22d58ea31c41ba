//! The calls that move data, and whether what has come is what was to come.

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

    pub fn download(chance: &mut Chance) -> Wanted {
        let command = format!("RETR {}", chance.weighted(files::FILES));
        Wanted { command, rest: any_rest(chance), upload: Vec::new() }
    }

    pub fn upload(chance: &mut Chance) -> Wanted {
        let size = chance.weighted(files::UPLOADS);
        let lines = b"one line\r\nand another one\n";
        let mut upload = lines.repeat(1 + size / lines.len());
        upload.truncate(size);
        Wanted { command: "STOR f".into(), rest: any_rest(chance), upload }
    }

    pub fn verb(&self) -> &str {
        self.command.split(' ').next().unwrap_or_default()
    }

    pub fn path(&self) -> &str {
        self.command.split(' ').nth(1).unwrap_or_default()
    }

    pub fn is_upload(&self) -> bool {
        self.verb() == "STOR"
    }

    pub fn rest_for_c(&self) -> i64 {
        self.rest.map_or(-1, |rest| rest as i64)
    }

    /// What a download gives, if all goes well.
    fn content(&self, tag: Tag) -> Vec<u8> {
        files::content(self.path(), tag).get(self.rest.unwrap_or(0)..).unwrap_or_default().to_vec()
    }
}

fn any_rest(chance: &mut Chance) -> Option<usize> {
    chance.percent(25).then(|| chance.one_of(&[0, 5, 100, 4000]))
}

impl Session {
    fn data(&mut self) -> Data {
        let patience = self.chance.percent(10).then(|| self.chance.below(5));
        Data { patience, ..Data::default() }
    }

    pub fn retrbinary(&mut self) -> Verdict {
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

    pub fn retrlines(&mut self) -> Verdict {
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
        // A server that refuses TYPE A may be in a type that the client does not know: the user's own commands leave it in doubt.
        let is_cut = self.ledger.fact(tag).is_some_and(|fact| fact.is_cut);
        self.compare(&name, tag, &content, &data.received, !is_cut)
    }

    pub fn listing(&mut self) -> Verdict {
        let (mut data, ftp) = (self.data(), self.handle.raw());
        let user = data.user();
        let (name, verb) =
            self.chance.one_of(&[("ftp_nlst", "NLST"), ("ftp_dir", "LIST"), ("ftp_mlsd", "MLSD")]);
        // SAFETY: the handle is valid, and the data outlives the call.
        let call = || unsafe {
            match verb {
                "NLST" => ftp_nlst(ftp, null(), Some(on_line), user),
                "LIST" => ftp_dir(ftp, null(), Some(on_line), user),
                _ => ftp_mlsd(ftp, null(), null(), Some(on_entry), user),
            }
        };
        let done = self.ask(name, &[verb], call)?;
        let (Some(tag), true, false) = (done.answered, done.is_ok(), self.is_forgiven()) else {
            return Ok(());
        };
        let Some(fact) = self.ledger.fact(tag) else { return Err(format!("{name}: no such transfer")) };
        let sent = String::from_utf8(fact.data).unwrap();
        let names = sent.lines().map(|line| line.split_once("; ").map_or(line, |(_, name)| name));
        let names: String = names.map(|name| format!("{name}\n")).collect();
        self.compare(name, tag, names.as_bytes(), &data.received, true)
    }

    /// A list of entries. Its server has no MLSD, and lists bare names: no format understands them.
    pub fn entries(&mut self) -> Verdict {
        let (ftp, mut list, streams) = (self.handle.raw(), std::ptr::null_mut(), self.chance.percent(50));
        let flags = if streams { FTP_LIST_STREAM } else { 0 };
        // SAFETY: the handle is valid.
        let open = || unsafe { ftp_list_open(ftp, null(), flags, &mut list) };
        let done = self.make("ftp_list_open", open)?;
        if !done.is_ok() {
            return Ok(());
        }
        let tag = done.command(&["LIST"]);
        let mut names = Vec::new();
        let status = loop {
            let mut entry = null();
            // SAFETY: the list is valid.
            let mut next = || unsafe { ftp_list_next(list, &mut entry) };
            let status = if streams { self.make("ftp_list_next", next)?.status } else { next() };
            if status != ftp_status::FTP_OK {
                break status;
            }
            // SAFETY: the entry was just given.
            names.extend_from_slice(unsafe { text((*entry).raw) }.as_bytes());
            names.push(b'\n');
        };
        // SAFETY: nobody else has the list.
        unsafe { ftp_list_free(list) };
        let (Some(tag), ftp_status::FTP_END, false) = (tag, status, self.is_forgiven()) else {
            return Ok(());
        };
        let Some(fact) = self.ledger.fact(tag) else { return Err("ftp_list_open: no such transfer".into()) };
        let sent = String::from_utf8(fact.data).unwrap().replace("\r\n", "\n");
        self.compare("ftp_list_next", tag, sent.as_bytes(), &names, true)
    }

    pub fn store(&mut self) -> Verdict {
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

    pub fn check_download(
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
        // The user's own commands may have left the type in doubt.
        let is_whole = has_ended && !(fact.is_cut && file_type == FTP_TYPE_AS_IS);
        self.compare(name, tag, &fact.data, received, is_whole)
    }

    pub fn check_upload(&self, name: &str, wanted: &Wanted, tag: Option<Tag>, sent: &[u8]) -> Verdict {
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
