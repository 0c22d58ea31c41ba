//! The text of a listing, as it comes over the data connection.

use crate::client::connection::Driver;
use crate::client::session::Session;
use crate::client::transfer::TransferId;
use crate::client::transfer::body::block_of;
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;
use crate::protocol::text::LineError;
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::Verb;

/// How many bytes of a listing are read at once. With what is before its first page, a block has 64 KiB.
const BLOCK: usize = 60 * 1024;

impl Session<'_> {
    /// Begins a listing, whose text [`Session::more_of_listing`] reads.
    pub(crate) async fn begin_listing(&mut self, command: &Command) -> Result<()> {
        self.require_protection_decided()?;
        self.require_sendable(command).await?;
        // MLSD has a type of its own, whatever is set (RFC 3659, section 7.2).
        if command.verb() != Verb::Mlsd {
            self.prefer_type(TransferType::Ascii).await?;
        }
        self.begin(command, None).await
    }

    /// The next piece of the listing. `None` is its end, which the server has confirmed.
    pub(crate) async fn more_of_listing(&mut self) -> Result<Option<Vec<u8>>> {
        let mut block = block_of(BLOCK)?;
        let read = self.watch_fill(&mut block, BLOCK).await?;
        self.count(read);
        if read == 0 {
            let reply = self.finish("received").await?;
            if was_not_read(&reply) {
                return Err(Error::Reply { what: self.connection.transfer.what.clone(), reply });
            }
            return Ok(None);
        }
        let block = block.into_bytes();
        let transfer = &mut self.connection.transfer;
        transfer.line = measure(transfer.line, &block, self.settings.max_line)
            .map_err(|error| Error::Limit(format!("{}: {error}", transfer.what)))?;
        self.checkpoint().await?;
        Ok(Some(block))
    }

    /// Leaves the listing to the user, who reads it from one call to the next.
    pub(crate) fn leave_listing_to_the_user(&mut self) -> TransferId {
        self.connection.transfer.driver = Driver::User;
        self.transfer_id()
    }

    /// [`Session::more_of_listing`] for who it was left to.
    pub(crate) async fn more_of_open_listing(&mut self, id: TransferId) -> Result<Option<Vec<u8>>> {
        self.drive(id)?;
        let more = self.more_of_listing().await?;
        if more.is_some() {
            self.connection.transfer.driver = Driver::User;
        }
        Ok(more)
    }
}

/// What servers say behind the code of a success, of a directory that they may not read, or have not read to its end.
const NOT_READ: [&[u8]; 3] = [
    // vsftpd: "226 Transfer done (but failed to open directory)."
    b"(but failed to open directory)",
    // Pure-FTPd: "226-Sorry, we were unable to read [d]"
    b"226-Sorry, we were unable to read [",
    // Pure-FTPd, where a directory has as many entries as its limit (LimitRecursion) or more: "226 Output truncated to 10000 matches"
    b"226 Output truncated to ",
];

/// Whether the server has confirmed a listing that it could not make, or only a part of it.
fn was_not_read(reply: &Reply) -> bool {
    NOT_READ.iter().any(|words| reply.text().windows(words.len()).any(|text| text == *words))
}

/// How long the last line of a listing is after another block, of which no line may have more than `most` bytes. Its end counts as
/// one byte, as in all texts.
fn measure(before: usize, block: &[u8], most: usize) -> Result<usize, LineError> {
    let (mut before, mut rest) = (before, block);
    loop {
        let room = most.saturating_add(1).saturating_sub(before);
        let window = rest.get(..room);
        // The last end in it: no line before that is longer.
        match (window.unwrap_or(rest).iter().rposition(|&byte| byte == b'\n'), window) {
            (Some(end), Some(_)) => (before, rest) = (0, rest.get(end + 1..).unwrap_or_default()),
            (Some(end), None) => return Ok(rest.len() - end - 1),
            (None, Some(_)) => return Err(LineError::TooLong { limit: most }),
            (None, None) => return Ok(before + rest.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_may_tell_that_a_directory_was_not_read_or_not_to_its_end() {
        for (text, expected) in [
            ("226 Transfer done (but failed to open directory).", true),
            ("226-Sorry, we were unable to read [t/x]\n226-Options: -l \n226 0 matches total", true),
            ("226-Options: -l \n226 0 matches total", false),
            ("226 Output truncated to 10000 matches", true),
            ("226-Options: -l \n226 Output truncated to 10000 matches", true),
            ("226 10000 matches total", false),
            ("226 Directory send OK.", false),
        ] {
            assert_eq!(was_not_read(&Reply::from_text(text)), expected, "{text}");
        }
    }

    #[test]
    fn no_line_of_a_listing_is_longer_than_the_limit() {
        let too_long = Err(LineError::TooLong { limit: 4 });
        for (shown, before, block, expected) in [
            ("nothing", 0, "", Ok(0)),
            ("lines of the greatest length", 0, "abc\r\nabc\nab", Ok(2)),
            ("one that goes on", 3, "\r\nabc", Ok(3)),
            ("many short ones", 0, "\n\na\nb\nc\n\n", Ok(0)),
            ("one that has begun behind others", 0, "a\nb\nc", Ok(1)),
            ("the rest of one, and another", 4, "\nab", Ok(2)),
            ("one without an end", 0, "abcd", Ok(4)),
            ("one that is too long", 0, "abcde\n", too_long),
            ("one after another", 0, "a\nabcde", too_long),
            ("the rest of one", 3, "ab\n", too_long),
            ("the rest of a longer one", 9, "\n", too_long),
        ] {
            assert_eq!(measure(before, block.as_bytes(), 4), expected, "{shown}");
        }
    }
}
