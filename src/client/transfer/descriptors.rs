//! Files from and to descriptors of the user's.

use std::io;
use std::os::fd::BorrowedFd;
use std::task::Poll;

use crate::client::connection::Driver;
use crate::client::session::Session;
use crate::client::transfer::body::{DEFAULT_BLOCK, FIRST_BLOCK, Room, buffer_of, grow};
use crate::error::{Error, Result};
use crate::net::{Local, Pipe, Stream, is_refusal};
use crate::protocol::command::Command;
use crate::protocol::reply::Reply;
use crate::protocol::transfer_type::TransferType;
use crate::protocol::verb::Direction;

impl Session<'_> {
    /// Receives data as it is (TYPE I), and writes it to a descriptor.
    pub(crate) async fn retrfd(
        &mut self,
        command: &Command,
        local: &Local<'_>,
        rest: Option<u64>,
    ) -> Result<Reply> {
        self.prepare_for(command, TransferType::Image, Direction::FromServer).await?;
        self.begin_for(Driver::Call, command, rest).await?;
        let mut room = Room::new(DEFAULT_BLOCK)?;
        let mut file = local.plain_file();
        loop {
            if room.is_full()
                && let Some(file) = file.take()
            {
                self.move_to_local(command, local, file, &mut room).await?;
            }
            let block = self.read_block(&mut room).await?;
            if block.is_empty() {
                return self.finish("received").await;
            }
            self.write_local(command, local, block).await?;
        }
    }

    async fn move_to_local(
        &mut self,
        command: &Command,
        local: &Local<'_>,
        file: BorrowedFd<'_>,
        room: &mut Room,
    ) -> Result<()> {
        let mut drain = |pipe: &mut Pipe| match pipe.write_to(file, None) {
            Ok(_) => Ok(true),
            Err(error) if is_refusal(&error) => Ok(false),
            Err(source) => Err(cannot("write to", command, source)),
        };
        let Some(mut pipe) = self.move_to_file(&mut drain).await? else { return Ok(()) };
        while pipe.held() > 0 {
            pipe.read(room.block()).map_err(|source| cannot("write to", command, source))?;
            self.write_local(command, local, room.block().bytes()).await?;
        }
        Ok(())
    }

    async fn write_local(&mut self, command: &Command, local: &Local<'_>, mut block: &[u8]) -> Result<()> {
        while !block.is_empty() {
            let written = self.of_local(&mut || local.poll_write(block)).await?;
            let written = written.map_err(|source| cannot("write to", command, source))?;
            block = block.get(written..).unwrap_or_default();
            self.checkpoint().await?;
        }
        Ok(())
    }

    /// Reads a descriptor to its end, and sends the data as it is (TYPE I).
    pub(crate) async fn storfd(
        &mut self,
        command: &Command,
        local: &Local<'_>,
        rest: Option<u64>,
    ) -> Result<Reply> {
        self.prepare_for(command, TransferType::Image, Direction::ToServer).await?;
        self.begin_for(Driver::Call, command, rest).await?;
        self.connection.transfer.is_upload = true;
        self.expect_total(local.rest().map(|size| size.saturating_add(rest.unwrap_or_default())));
        let mut buffer = buffer_of(FIRST_BLOCK)?;
        let mut file = local.plain_file();
        loop {
            let read = self.of_local(&mut || local.poll_read(&mut buffer)).await?;
            let read = read.map_err(|source| cannot("read", command, source))?;
            let Some(block) = buffer.get(..read).filter(|block| !block.is_empty()) else { break };
            self.transmit(&block).await?;
            self.checkpoint().await?;
            if read < buffer.len() {
                continue;
            }
            if let Some(file) = file.take() {
                self.move_from_file(file, None, u64::MAX).await?;
            }
            grow(&mut buffer)?;
        }
        self.finish("sent").await
    }

    /// Waits for the descriptor, if it has to be waited for. That is no wait for the server, whose replies are watched meanwhile.
    async fn of_local(
        &mut self,
        step: &mut (dyn FnMut() -> Poll<io::Result<usize>> + Send),
    ) -> Result<io::Result<usize>> {
        if let Poll::Ready(outcome) = step() {
            return Ok(outcome);
        }
        let mut outcome = None;
        let mut step = |_: &mut Stream| {
            step().map(|done| {
                outcome = Some(done);
                Ok(1)
            })
        };
        self.watch_freely(&mut step).await?;
        outcome.ok_or_else(|| self.nobody_took())
    }
}

fn cannot(verb: &str, command: &Command, source: io::Error) -> Error {
    Error::File { what: format!("{}: cannot {verb} the descriptor", command.shown()), source }
}
