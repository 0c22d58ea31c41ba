//! Whole files in memory.

use crate::client::session::Session;
use crate::client::transfer::body::{DEFAULT_BLOCK, Room};
use crate::error::{Error, Result};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::Direction;

/// How much memory the announced size of a file is reason enough to ask for. Anybody can announce anything.
const MOST_TRUSTED: u64 = 1024 * 1024;

impl Session<'_> {
    /// Receives a file of at most `limit` bytes, and puts them behind what is in `data`. Nothing is left of it after an error.
    pub(crate) async fn get_data(
        &mut self,
        command: &Command,
        limit: usize,
        data: &mut Vec<u8>,
    ) -> Result<Reply> {
        let before = data.len();
        let outcome = self.receive_data(command, limit, data).await;
        if outcome.is_err() {
            data.truncate(before);
        }
        outcome
    }

    async fn receive_data(&mut self, command: &Command, limit: usize, data: &mut Vec<u8>) -> Result<Reply> {
        self.prepare_for(command, TransferType::Image, Direction::FromServer).await?;
        self.begin(command, None).await?;
        let too_long = || Error::Limit(format!("{}: the file has more than {limit} bytes", command.shown()));
        let announced = self.connection.transfer.announced.unwrap_or_default();
        if usize::try_from(announced).map_or(true, |announced| announced > limit) {
            return Err(too_long());
        }
        make_room(data, usize::try_from(announced.min(MOST_TRUSTED)).unwrap_or_default(), command)?;
        let mut room = Room::new(DEFAULT_BLOCK)?;
        let mut left = limit;
        loop {
            let block = self.read_block(&mut room).await?;
            if block.is_empty() {
                return self.finish("received").await;
            }
            left = left.checked_sub(block.len()).ok_or_else(too_long)?;
            make_room(data, block.len(), command)?;
            data.extend_from_slice(block);
            self.checkpoint().await?;
        }
    }

    /// Sends all of `data`, which is borrowed whenever the network takes some of it, and never while the call waits.
    pub(crate) async fn put_data(
        &mut self,
        command: &Command,
        data: &(dyn AsRef<[u8]> + Sync),
    ) -> Result<Reply> {
        self.prepare_for(command, TransferType::Image, Direction::ToServer).await?;
        self.begin(command, None).await?;
        self.expect_total(u64::try_from(data.as_ref().len()).ok());
        self.transmit(data).await?;
        self.finish("sent").await
    }
}

fn make_room(data: &mut Vec<u8>, more: usize, command: &Command) -> Result<()> {
    let no_memory = |_| Error::Limit(format!("{}: there is no memory for the file", command.shown()));
    data.try_reserve(more).map_err(no_memory)
}
