//! How fast a transfer goes: the user is told, and may have set a limit.

use crate::client::limits::Wait;
use crate::client::progress::Standing;
use crate::client::rate::Rate;
use crate::client::session::Session;
use crate::error::{Error, Result};
use crate::net::Deadline;
use crate::protocol::reply::Reply;
use crate::protocol::verb::Direction;

impl Session<'_> {
    /// Waits until data may move in this direction, and returns how much of it at once. Meanwhile all else goes on as while data is
    /// waited for, but no limit runs: it is this side that waits.
    pub(crate) async fn may_move(&mut self, direction: Direction) -> Result<usize> {
        if let Some(end) = self.rate(direction).pause() {
            let reactor = self.env.reactor.clone();
            if let Ok(failed) = Deadline::at(end).limit(&reactor, self.watch_nothing()).await {
                failed?;
            }
        }
        Ok(self.rate(direction).step())
    }

    fn rate(&self, direction: Direction) -> &Rate {
        match direction {
            Direction::FromServer => &self.env.rates.receive,
            Direction::ToServer => &self.env.rates.send,
        }
    }

    /// Data has gone over the data connection.
    pub(crate) fn count(&mut self, bytes: usize) {
        let transfer = &mut self.connection.transfer;
        transfer.bytes += bytes as u64;
        transfer.is_counted = true;
        if let Some(report) = &mut self.history.report {
            report.bytes = Some(transfer.bytes);
        }
        let is_upload = transfer.is_upload;
        self.rate(if is_upload { Direction::ToServer } else { Direction::FromServer }).moved(bytes);
    }

    /// The size of the whole file, for who is told how far the transfer has got.
    pub(crate) fn expect_total(&mut self, total: Option<u64>) {
        self.connection.transfer.total = total;
    }

    /// Tells the user how far the transfer has got, if it is time, and returns when it will be time again. The time that this takes
    /// is the user's.
    ///
    /// # Errors
    /// [`Error::Callback`](crate::error::Error::Callback): the user stops the transfer.
    pub(crate) fn tell_progress_if_due(&mut self, wait: &mut Wait) -> Result<Deadline> {
        if !self.env.progress.is_set() || !self.connection.transfer.is_counted {
            return Ok(Deadline::after(None));
        }
        if self.env.progress.is_due() {
            let standing = self.how_far();
            let told = wait.deadline.pause(|| self.env.progress.tell(standing));
            told.map_err(|value| self.connection.transfer.stopped(value))?;
        }
        Ok(self.env.progress.next().map_or_else(|| Deadline::after(None), Deadline::at))
    }

    /// Tells the user that the transfer has ended well: there is nothing left to stop. Of a file, that is told when it is known to be whole.
    pub(crate) fn tell_end_of_progress(&mut self) {
        if self.connection.transfer.is_counted {
            let standing = self.how_far();
            self.env.progress.end(standing);
        }
    }

    fn how_far(&self) -> Standing {
        let transfer = &self.connection.transfer;
        // After an offset, servers announce the whole file or the rest of it: nobody can tell which.
        let is_from_start = transfer.rest == 0 && !transfer.has_unknown_offset;
        let is_comparable = transfer.is_image && is_from_start && !transfer.is_upload;
        Standing {
            bytes: transfer.bytes,
            offset: transfer.rest,
            total: transfer.total.or(transfer.announced.filter(|_| is_comparable)),
            is_upload: transfer.is_upload,
            has_ended: false,
            is_listing: !transfer.is_upload && transfer.file.is_none(),
        }
    }

    /// The next reply, while the user is told how far the transfer has got.
    pub(crate) async fn reply_in_transfer(&mut self, wait: &mut Wait) -> Result<Reply> {
        let reactor = self.env.reactor.clone();
        loop {
            let next = self.tell_progress_if_due(wait)?;
            match next.limit(&reactor, self.arriving_reply(*wait, |_| ())).await {
                // The server cannot confirm what is still on its way to it.
                Ok(Err(Error::Timeout { .. })) if self.connection.data.goes_on_arriving() => {
                    wait.deadline = wait.deadline.anew();
                }
                Ok(outcome) => return outcome,
                Err(_) => {}
            }
        }
    }
}
