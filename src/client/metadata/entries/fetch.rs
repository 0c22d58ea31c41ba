//! The text of a listing: by MLSD, by LIST, or by STAT.

use crate::client::metadata::entries::ListRequest;
use crate::client::metadata::listing;
use crate::client::session::{Gone, Session};
use crate::error::{Error, Result};
use crate::net::clock;
use crate::protocol::command::Command;
use crate::protocol::entries::{Entries, NoMemory};
use crate::protocol::listing::{Format, Kind, Now, decide};
use crate::protocol::reply::Reply;

/// The longest listing that is held as a whole, in bytes: two million entries.
const MOST_HELD: usize = 256 * 1024 * 1024;

/// How a directory is listed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By facts, which mean one thing only.
    Mlsd,
    /// In the words of the server.
    List,
    /// In the words of the server, over the control connection.
    Stat,
}

/// A listing, or its beginning.
pub(super) struct Fetched {
    pub entries: Entries,
    /// The transfer goes on.
    pub is_open: bool,
}

impl Fetched {
    pub(super) fn whole(entries: Entries) -> Fetched {
        Fetched { entries, is_open: false }
    }
}

impl Session<'_> {
    pub(super) async fn fetch(&mut self, way: Way, wanted: &ListRequest) -> Result<Fetched> {
        let path = wanted.path.as_deref().map(|path| self.system().as_named(path));
        match way {
            Way::Mlsd => {
                self.choose_facts().await?;
                self.receive_entries(&listing("MLSD", path.as_deref())?, Some(Format::Mlsd), wanted.streamed)
                    .await
            }
            Way::List if wanted.hidden => self.list_hidden(wanted).await,
            Way::List => self.fetch_by_list(wanted, "LIST").await,
            Way::Stat => self.fetch_by_stat(path.as_deref()).await,
        }
    }

    /// LIST, perhaps with an option. A path that servers read in a way of their own, or in that of their system, is not named: the
    /// session goes there.
    pub(super) async fn fetch_by_list(
        &mut self,
        wanted: &ListRequest,
        list: &'static str,
    ) -> Result<Fetched> {
        let system = self.system();
        let path = wanted.path.as_deref().map(|path| system.as_named(path));
        let is_to_be_entered = |path: &&[u8]| is_misread(path) || !system.lists_by_path(path);
        if let Some(path) = path.as_deref().filter(is_to_be_entered)
            && let Some(fetched) = self.fetch_inside(path, &Command::new(list), wanted.streamed).await?
        {
            return Ok(fetched);
        }
        self.receive_entries(&listing(list, path.as_deref())?, None, wanted.streamed).await
    }

    /// Lists a directory from inside. `None`: nobody would know the way back.
    ///
    /// # Errors
    /// As for any listing; the refusal of CWD.
    pub(super) async fn fetch_inside(
        &mut self,
        path: &[u8],
        command: &Command,
        streamed: bool,
    ) -> Result<Option<Fetched>> {
        match self.go_away_to(path).await? {
            Gone::There => {}
            Gone::NoWayBack => return Ok(None),
            Gone::Refused(refusal) => return Err(refusal),
        }
        let fetched = self.receive_entries(command, None, streamed).await?;
        if !fetched.is_open {
            self.come_back().await?;
        }
        Ok(Some(fetched))
    }

    async fn fetch_by_stat(&mut self, path: Option<&[u8]>) -> Result<Fetched> {
        let Some(path) = path.filter(|path| !is_misread(path)) else {
            return self.fetch_by_stat_inside(path).await;
        };
        let mut entries = self.stat_reply(path).await?;
        // Some servers tell of the directory itself. If it may be one of the same name in it, nobody can tell.
        if names_only(&mut entries, &self.system().split(path).name) {
            return Err(no_listing("it tells of the directory only"));
        }
        Ok(Fetched::whole(entries))
    }

    /// Without a path, STAT would tell about the server.
    async fn fetch_by_stat_inside(&mut self, path: Option<&[u8]>) -> Result<Fetched> {
        if let Some(path) = path {
            match self.go_away_to(path).await? {
                Gone::There => {}
                Gone::NoWayBack => return self.stat_reply(path).await.map(Fetched::whole),
                Gone::Refused(refusal) => return Err(refusal),
            }
        }
        let entries = self.stat_reply(b".").await?;
        self.come_back().await?;
        Ok(Fetched::whole(entries))
    }

    async fn stat_reply(&mut self, path: &[u8]) -> Result<Entries> {
        let reply = self.exchange_completed(&Command::with("STAT", path)?).await?;
        let lines = lines_in(&reply).ok_or_else(|| no_listing(&reply.excerpt()))?;
        let mut entries = Entries::of(lines, None, self.now_there()).map_err(no_memory)?;
        entries.set_offsets(self.connection.known.login.learned.offsets);
        Ok(entries)
    }

    /// Receives a listing: all of it, or as much as tells its format.
    pub(super) async fn receive_entries(
        &mut self,
        command: &Command,
        format: Option<Format>,
        streamed: bool,
    ) -> Result<Fetched> {
        let offsets = self.connection.known.login.learned.offsets;
        let mut entries = Entries::new(format, self.settings.charset, self.now_there(), offsets);
        self.begin_listing(command).await?;
        while let Some(text) = self.more_of_listing().await? {
            entries.push(text).map_err(no_memory)?;
            if streamed && entries.has_sample() {
                return Ok(Fetched { entries, is_open: true });
            }
            if entries.held() > MOST_HELD {
                return Err(Error::Limit(format!(
                    "{}: the listing has more than {MOST_HELD} bytes (FTP_LIST_STREAM reads it piece by piece)",
                    command.shown()
                )));
            }
        }
        entries.end().map_err(no_memory)?;
        Ok(Fetched::whole(entries))
    }

    /// The date there, by this machine's clock and what is known of the server's. An offset is applied to each time by itself: it may
    /// not be the same all year.
    pub(super) fn now_there(&self) -> Now {
        let here = clock::date();
        let offset = self.connection.known.login.learned.offsets.at(here).unwrap_or_default();
        Now { seconds: here.saturating_add(offset), offset: None }
    }
}

/// Whether servers may take a path behind LIST for a pattern, or for more than one word. Servers agree on no way to escape it.
pub(super) fn is_misread(path: &[u8]) -> bool {
    path.iter().any(|byte| b"*?[]{}\\".contains(byte) || byte.is_ascii_whitespace())
}

pub(super) fn no_memory(error: NoMemory) -> Error {
    Error::Limit(error.to_string())
}

fn no_listing(said: &str) -> Error {
    Error::Unsupported(format!("the reply to STAT is no listing: {said}"))
}

/// Whether the one entry is a directory of this name.
fn names_only(entries: &mut Entries, name: &[u8]) -> bool {
    let is_first =
        entries.next_entry().is_some_and(|entry| entry.kind == Kind::Directory && *entry.name == *name);
    let is_only = is_first && entries.next_entry().is_none();
    entries.rewind();
    is_only
}

/// The lines of the listing that a reply to STAT holds. `None`: it holds none.
///
/// The first and the last line say that it begins and ends; but some servers have entries there.
fn lines_in(reply: &Reply) -> Option<Vec<u8>> {
    let code = reply.text().get(..3)?;
    let lines: Vec<&[u8]> = reply.text().split(|&byte| byte == b'\n').collect();
    let last = lines.len() - 1;
    let mut text = Vec::with_capacity(reply.text().len());
    for (at, line) in lines.iter().enumerate() {
        let line = match line.strip_prefix(code) {
            Some([b'-', rest @ ..]) => rest,
            Some([b' ', rest @ ..]) if at == last => rest,
            _ => line,
        };
        // A line that might look like the end of the reply has a space before it (RFC 959, section 4.2).
        let line = line.strip_prefix(b" ").unwrap_or(line);
        let is_inside = at > 0 && at < last;
        if is_inside || is_entry(line) {
            text.extend_from_slice(line);
            text.extend_from_slice(b"\r\n");
        }
    }
    let is_blank = reply.text().get(3..).is_some_and(|text| text.trim_ascii().is_empty());
    (last > 0 || is_blank || !text.is_empty()).then_some(text)
}

/// Whether a line is one of a listing, in one of the formats that nothing else looks like.
fn is_entry(line: &[u8]) -> bool {
    matches!(decide(line), Some(Format::Unix | Format::Dos | Format::Mlsd))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_servers_read_in_their_own_way_is_not_named() {
        for path in [" a", "a ", "a b", "/a/b c/d", "a\t", "*", "a?", "[a]", "a[b", "{a,b}", "a\\b"] {
            assert!(is_misread(path.as_bytes()), "{path:?}");
        }
        for path in
            ["", "a", "/ab/c", "a-b", "./-a", "./~a", ".", "..", "caf\u{e9}", "it's", "\"q\"", "$a;#b"]
        {
            assert!(!is_misread(path.as_bytes()), "{path:?}");
        }
    }

    #[test]
    fn the_lines_of_a_reply_to_stat_are_a_listing() {
        for (reply, lines) in [
            ("213-Status of /:\n-rw a\ndrwx b\n213 End", "-rw a\r\ndrwx b\r\n"),
            ("213-Status:\n -rw a\n213-drwx b\n211 x\n213 End", "-rw a\r\ndrwx b\r\n211 x\r\n"),
            ("213-Status:\n213 End", ""),
            (
                "200--rw-r--r-- 1 u g 7 Jan 15 2020 a\n200 -rw-r--r-- 1 u g 7 Jan 15 2020 b",
                "-rw-r--r-- 1 u g 7 Jan 15 2020 a\r\n-rw-r--r-- 1 u g 7 Jan 15 2020 b\r\n",
            ),
            ("213 -rw-r--r-- 1 u g 7 Jan 15 2020 a", "-rw-r--r-- 1 u g 7 Jan 15 2020 a\r\n"),
        ] {
            assert_eq!(lines_in(&Reply::from_text(reply)).as_deref(), Some(lines.as_bytes()), "{reply}");
        }
        assert_eq!(lines_in(&Reply::from_text("200 ")).as_deref(), Some(&b""[..]));
        assert_eq!(lines_in(&Reply::from_text("211 all is well")), None);
    }
}
