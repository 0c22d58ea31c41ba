//! The rest of a large file, which the system moves by itself between the data connection and a file of this machine.
//!
//! The first block goes through this process: for small files, a pipe costs more than a copy. So does what the system does not move:
//! what is encrypted, or goes to a file that is appended to. Each step here ends with some bytes moved, and is watched, counted and
//! paced like those that copy.

use std::os::fd::BorrowedFd;
use std::task::Poll;

use crate::client::connection::First;
use crate::client::session::Session;
use crate::error::Result;
use crate::net::{Pipe, Stream, is_refusal};
use crate::protocol::verb::Direction;

/// Moves some of what a pipe holds to a file. False: the system does not.
pub(crate) type Drain<'a> = &'a mut (dyn FnMut(&mut Pipe) -> Result<bool> + Send);

impl Session<'_> {
    fn is_movable(&self) -> bool {
        self.connection.data.stream().is_some_and(Stream::is_movable)
    }

    /// Lets the system move the rest of the data to a file, for as long as it does. What has come and is in no file is left in the
    /// pipe that comes back. The end of the data is still to be read.
    pub(crate) async fn move_to_file(&mut self, drain: Drain<'_>) -> Result<Option<Pipe>> {
        if !self.is_movable() {
            return Ok(None);
        }
        let Ok(mut pipe) = Pipe::new() else { return Ok(None) };
        while self.move_to_pipe(&mut pipe).await? {
            while pipe.held() > 0 {
                if !drain(&mut pipe)? {
                    return Ok(Some(pipe));
                }
            }
            self.checkpoint().await?;
        }
        Ok(None)
    }

    /// False at the end of the data, or where the system does not move it.
    async fn move_to_pipe(&mut self, pipe: &mut Pipe) -> Result<bool> {
        let most = self.may_move(Direction::FromServer).await?;
        let mut is_refused = false;
        let mut step = |stream: &mut Stream| match stream.poll_receive_to(pipe, most) {
            Poll::Ready(Err(error)) if is_refusal(&error) => {
                is_refused = true;
                Poll::Ready(Ok(1))
            }
            outcome => outcome,
        };
        let moved = self.watch_receive(&mut step).await?;
        if is_refused {
            return Ok(false);
        }
        self.count(moved);
        Ok(moved > 0)
    }

    /// Lets the system send a regular file, for as long as it does, and at most so many bytes: from an offset, which moves on, or from
    /// where the file stands. That there is no more of it is still to be read.
    pub(crate) async fn move_from_file(
        &mut self,
        file: BorrowedFd<'_>,
        mut offset: Option<&mut u64>,
        mut left: u64,
    ) -> Result<()> {
        while left > 0 && self.is_movable() {
            self.checkpoint().await?;
            let most =
                self.may_move(Direction::ToServer).await?.min(usize::try_from(left).unwrap_or(usize::MAX));
            let mut moved = 0;
            let mut step =
                |stream: &mut Stream| match stream.poll_send_file(file, offset.as_deref_mut(), most) {
                    Poll::Ready(Err(error)) if is_refusal(&error) => Poll::Ready(Ok(1)),
                    Poll::Ready(Ok(count)) => {
                        moved = count;
                        Poll::Ready(Ok(count.max(1)))
                    }
                    outcome => outcome,
                };
            if self.watch("the server to take data", First::Control, &mut step).await? == 0 {
                return Err(self.nobody_took());
            }
            if moved == 0 {
                break;
            }
            left -= moved as u64;
            self.count(moved);
        }
        Ok(())
    }
}
