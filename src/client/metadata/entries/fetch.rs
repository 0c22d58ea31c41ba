//! The text of a listing: by MLSD, by LIST, or by STAT.

use crate::client::metadata::entries::ListRequest;
use crate::client::metadata::listing;
use crate::client::session::{Gone, Session};
use crate::client::verdict::completed;
use crate::error::{Error, Result};
use crate::net::clock;
use crate::protocol::command::Command;
use crate::protocol::entries::Entries;
use crate::protocol::listing::{Format, Now};
use crate::protocol::path::as_named;
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
        let path = wanted.path.as_deref().map(as_named);
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

    /// LIST, perhaps with an option. A path that servers read in a way of their own is not named: the session goes there.
    pub(super) async fn fetch_by_list(
        &mut self,
        wanted: &ListRequest,
        list: &'static str,
    ) -> Result<Fetched> {
        let path = wanted.path.as_deref().map(as_named);
        if let Some(path) = path.as_deref().filter(|path| is_misread(path))
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
        let reply = match path {
            Some(path) if is_misread(path) => match self.go_away_to(path).await? {
                Gone::There => {
                    let reply = self.exchange(&Command::with("STAT", b".")?).await?;
                    self.come_back().await?;
                    reply
                }
                Gone::NoWayBack => self.exchange(&Command::with("STAT", path)?).await?,
                Gone::Refused(refusal) => return Err(refusal),
            },
            // Without a path it would tell about the server.
            path => self.exchange(&Command::with("STAT", path.unwrap_or(b"."))?).await?,
        };
        let reply = completed(reply, "STAT")?;
        let mut entries = Entries::of(lines_in(&reply), None, self.now_there());
        entries.set_offsets(self.connection.known.login.learned.offsets);
        Ok(Fetched::whole(entries))
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
            entries.push(text);
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
        entries.end();
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
fn is_misread(path: &[u8]) -> bool {
    path.iter().any(|byte| b"*?[]{}\\".contains(byte) || byte.is_ascii_whitespace())
}

/// The lines of the listing that a reply to STAT holds: all but its first and its last.
fn lines_in(reply: &Reply) -> Vec<u8> {
    let code = reply.text().get(..3).unwrap_or_default();
    let lines: Vec<&[u8]> = reply.text().split(|&byte| byte == b'\n').collect();
    let [_, lines @ .., _] = lines.as_slice() else { return Vec::new() };
    let mut text = Vec::with_capacity(reply.text().len());
    for line in lines {
        let line = match line.strip_prefix(code) {
            Some([b'-', rest @ ..]) => rest,
            _ => line,
        };
        // A line that might look like the end of the reply has a space before it (RFC 959, section 4.2).
        text.extend_from_slice(line.strip_prefix(b" ").unwrap_or(line));
        text.extend_from_slice(b"\r\n");
    }
    text
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
            ("213 a file", ""),
        ] {
            assert_eq!(lines_in(&Reply::from_text(reply)), lines.as_bytes(), "{reply}");
        }
    }
}
